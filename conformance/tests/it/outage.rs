//! A directory that stops, freezes or is slow under load: it harms nobody but its own people, what policy promises them happens,
//! and they are back within seconds.

#![allow(clippy::print_stdout, reason = "what was measured is shown with --nocapture")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use conformance::server::Options;
use conformance::slow::Slow;
use conformance::{Server, full_scale};
use kernel::clock::Stopwatch;
use serde_json::Value;
use testbed::{PASSWORD, Slapd};
use tokio::task::JoinHandle;

const DANA: &str = "dana-her-password-1";

/// A server with the realm `default` (Dana, in the house) and the realm `staff` (a directory behind a wire that can be slow).
struct House {
    server: Arc<Server>,
    slapd: Slapd,
    wire: Slow,
}

impl House {
    async fn new() -> Self {
        let env = vec![("SYMBOLON__API__SIGN_RESPONSES".to_owned(), "never".to_owned())];
        let (server, slapd) = (Server::start_with(Options { env, ..Options::default() }).await, Slapd::start());
        let wire = Slow::start(slapd.port()).await;
        server.add_person("dana", DANA);
        let uri = format!("LDAPURI=ldap://127.0.0.1:{}", wire.port());
        let params = [
            "preset=openldap",
            &uri,
            "LDAPBASE=dc=example,dc=org",
            "BINDDN=cn=service,dc=example,dc=org",
            "CACHE_TIMEOUT=1",
            "TIMEOUT=1",
        ];
        let mut args = vec!["resolver", "add", "staff", "--type", "ldap", "--secret-stdin", "BINDPW"];
        args.extend(params.iter().flat_map(|param| ["--param", param]));
        server.cli_ok(&args, Some("service-secret"));
        server.cli_ok(&["realm", "add", "staff", "--resolver", "staff"], None);
        let house = Self { server: Arc::new(server), slapd, wire };
        house.back("became known").await;
        house
    }

    /// Signs somebody in at the API; the token, or the code of the error.
    async fn sign_in(&self, name: &str, password: &str) -> Result<String, i64> {
        sign_in(&self.server, name, password).await
    }

    /// Whether somebody with this token of the API may still use it.
    async fn is_served(&self, token: &str) -> bool {
        self.server.get("/token/", Some(token)).await["result"]["status"] == true
    }

    async fn breaker(&self) -> String {
        let health: Value = self.server.get("/healthz/resolversz", None).await;
        health["states"]["staff"]["breaker"].as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the people of the directory get in again.
    async fn back(&self, what: &str) {
        let watch = Stopwatch::start();
        while self.sign_in("hans@staff", PASSWORD).await.is_err() {
            assert!(watch.elapsed() < Duration::from_secs(60), "nobody of the directory gets in after it {what}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        println!("outage: people get in {:.1} s after the directory {what}", watch.elapsed().as_secs_f64());
    }

    /// How long Dana's sign-ins take, one after the other: the 99th percentile. All of them succeed.
    async fn others(&self, what: &str) -> Duration {
        let rounds = if full_scale() { 500 } else { 20 };
        let mut times = Vec::with_capacity(rounds);
        for _ in 0..rounds {
            let watch = Stopwatch::start();
            assert!(self.sign_in("dana", DANA).await.is_ok(), "{what}: another realm");
            times.push(watch.elapsed());
        }
        times.sort();
        let p99 = times[(rounds * 99 / 100).min(rounds - 1)];
        println!("outage: {what}: another realm signs in with a median of {:?}, a p99 of {p99:?}", times[rounds / 2]);
        p99
    }

    /// Many people of the directory keep signing in until the value is dropped.
    fn load(&self) -> Load {
        let stop = Arc::new(AtomicBool::new(false));
        let tasks = (0..24)
            .map(|n| {
                let (server, stop) = (Arc::clone(&self.server), Arc::clone(&stop));
                tokio::spawn(async move {
                    while !stop.load(Ordering::Relaxed) {
                        // Some who exist, some who do not; the pace of people, not of a benchmark.
                        let name = if n % 3 == 0 { format!("nobody{n}@staff") } else { "hans@staff".to_owned() };
                        let _outcome = sign_in(&server, &name, PASSWORD).await;
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                })
            })
            .collect();
        Load { stop, tasks }
    }
}

struct Load {
    stop: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn sign_in(server: &Server, name: &str, password: &str) -> Result<String, i64> {
    let answer = server.post("/auth", None, &[("username", name), ("password", password)]).await;
    let code = answer["result"]["error"]["code"].as_i64().unwrap_or_default();
    answer["result"]["value"]["token"].as_str().map(str::to_owned).ok_or(code)
}

/// What the wire format says when a store does not answer, and when the password is wrong.
const UNAVAILABLE: i64 = 903;
const WRONG: i64 = 4031;

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_does_not_answer_harms_nobody_else() {
    let mut house = House::new().await;
    let hans = house.sign_in("hans@staff", PASSWORD).await.expect("Hans signs in");
    let load = house.load();
    let usual = house.others("all is well").await;

    house.wire.delay(Duration::from_millis(150));
    let slow = house.others("the directory is slow").await;
    // Slow is not gone.
    house.back("became slow").await;
    house.wire.delay(Duration::ZERO);

    house.slapd.signal("STOP");
    let frozen = house.others("the directory is frozen").await;
    let watch = Stopwatch::start();
    while house.breaker().await == "closed" {
        assert!(watch.elapsed() < Duration::from_secs(60), "the breaker stays closed");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let left_alone = house.others("it is left alone").await;
    // The same for everybody, right password or wrong, whether they exist or not; and nothing goes on without the directory.
    for (name, password) in [("hans@staff", PASSWORD), ("hans@staff", "wrong"), ("nobody@staff", "wrong")] {
        assert_eq!(house.sign_in(name, password).await, Err(UNAVAILABLE), "{name}");
    }
    assert_eq!(house.sign_in("dana", "wrong").await, Err(WRONG));
    assert!(!house.is_served(&hans).await, "a directory that cannot vouch for somebody lets nobody go on");
    let policy = ["policy", "set", "outage", "--scope", "sso", "--action", "resolver_outage=remembered 30m"];
    house.server.cli_ok(&policy, None);
    let watch = Stopwatch::start();
    while !house.is_served(&hans).await {
        assert!(watch.elapsed() < Duration::from_secs(30), "policy remembers Hans");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(house.sign_in("hans@staff", PASSWORD).await, Err(UNAVAILABLE), "a password is never remembered");
    house.slapd.signal("CONT");
    house.back("was thawed").await;

    house.slapd.stop();
    let stopped = house.others("the directory is stopped").await;
    assert!(house.is_served(&hans).await, "policy remembers Hans");
    assert!(house.slapd.run(), "slapd starts again");
    house.back("was started again").await;
    drop(load);
    assert_eq!(house.breaker().await, "closed");
    let ratio = |time: Duration| time.as_secs_f64() / usual.as_secs_f64();
    println!(
        "outage: p99 of another realm against the usual: slow {:.2}, frozen {:.2}, left alone {:.2}, stopped {:.2} (aim: below 1.5)",
        ratio(slow),
        ratio(frozen),
        ratio(left_alone),
        ratio(stopped)
    );
}
