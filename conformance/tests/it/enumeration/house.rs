//! A started Symbolon with people of every kind, all of whose names are of one length.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use conformance::Server;
use conformance::server::Options;
use kernel::Entropy;
use tokio::task::JoinSet;

use super::doors::{self, Guess};

/// Each person is guessed at so often: fewer than what makes the limits speak.
const EACH: usize = 7;

/// The server, and what its doors are asked with. Cheap to clone.
#[derive(Clone)]
pub struct House(Arc<Inner>);

struct Inner {
    server: Server,
    admin: String,
    client: reqwest::Client,
    chance: Entropy,
    addresses: AtomicU32,
}

fn name(kind: &str, n: usize) -> String {
    format!("{kind}{n:05}")
}

fn names(kind: &str, samples: usize) -> Vec<String> {
    (0..samples.div_ceil(EACH)).map(|n| name(kind, n)).collect()
}

impl House {
    /// Failures are answered at this deadline, to which hashes of passwords leave much room even where many tests run at once.
    pub async fn open(deadline: Duration) -> Self {
        let deadline = format!("{}ms", deadline.as_millis());
        let settings = [
            ("LOGIN__FAILED_AFTER", deadline.as_str()),
            ("PASSWORD__PASSES", "1"),
            ("API__FAILED_AFTER", deadline.as_str()),
            ("SERVER__TRUSTED_PROXIES", "127.0.0.1"),
            ("LOG__LEVEL", "error"),
        ];
        let env = settings.iter().map(|(name, value)| (format!("SYMBOLON__{name}"), (*value).to_owned())).collect();
        let server = Server::start_with(Options { env, ..Options::default() }).await;
        server.add_client("door", "the-secret-of-the-application", "http://localhost:1/cb", "http://localhost:1/");
        let client = conformance::server::client();
        // The server follows what the command line has registered.
        let mut left = 100;
        while !client.get(server.at(doors::BEGIN)).send().await.is_ok_and(|answer| answer.status().is_redirection()) {
            assert!(left > 0, "the application of the doors stays unknown");
            left -= 1;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let admin = server.admin().await;
        Self(Arc::new(Inner { server, admin, client, chance: Entropy::system(), addresses: AtomicU32::new(0) }))
    }

    pub fn server(&self) -> &Server {
        &self.0.server
    }

    pub fn client(&self) -> &reqwest::Client {
        &self.0.client
    }

    /// The address of a guesser who was never here before: networks have limits of their own.
    pub fn address(&self) -> String {
        let n = self.0.addresses.fetch_add(1, Ordering::Relaxed);
        format!("2001:db8:{:x}:{:x}::1", n >> 16, n & 0xffff)
    }

    /// A random order.
    pub fn shuffle<T>(&self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            let pick = u64::from_be_bytes(self.0.chance.bytes()) % (at as u64 + 1);
            list.swap(at, usize::try_from(pick).expect("an index"));
        }
    }

    /// A guess for each sample, evenly at all these names.
    pub fn guesses(&self, names: &[String], samples: usize, pass: &str) -> Vec<Guess> {
        names.iter().cycle().take(samples).map(|user| Guess { user: user.clone(), pass: pass.to_owned() }).collect()
    }

    /// Names that nobody has.
    pub fn nobody(&self, samples: usize) -> Vec<String> {
        names("nobody", samples)
    }

    /// Names of people in a realm that does not exist.
    pub fn elsewhere(&self, kind: &str, samples: usize) -> Vec<String> {
        names(kind, samples).into_iter().map(|name| format!("{name}@nowhere")).collect()
    }

    /// Names of people in a mail domain.
    pub fn at_domain(&self, kind: &str, domain: &str, samples: usize) -> Vec<String> {
        names(kind, samples).into_iter().map(|name| format!("{name}@{domain}")).collect()
    }

    /// Makes the default realm the home of a mail domain.
    pub async fn own_domain(&self, domain: &str) {
        self.administer("/realm/default/domains", &[("domains", domain)]).await;
    }

    /// People, each with a token for each of these PINs.
    pub async fn people(&self, kind: &str, samples: usize, pins: &[&str]) -> Vec<String> {
        let Inner { server, admin, .. } = &*self.0;
        let names = names(kind, samples);
        for name in &names {
            server.api_add_person(admin, name, "a-Password-that-nobody-guesses-1").await;
            for (n, pin) in pins.iter().enumerate() {
                let serial = format!("{name}T{n}");
                let form = [("type", "hotp"), ("genkey", "1"), ("user", name), ("pin", pin), ("serial", &serial)];
                self.administer("/token/init", &form).await;
            }
        }
        names
    }

    /// Gives each of these people, who live elsewhere, a token.
    pub async fn enrol(&self, people: &[String]) {
        for name in people {
            let (login, realm) = name.split_once('@').expect("a realm");
            let serial = format!("{login}T0");
            let form =
                [("type", "hotp"), ("genkey", "1"), ("user", login), ("realm", realm), ("pin", "1234"), ("serial", &serial)];
            self.administer("/token/init", &form).await;
        }
    }

    pub async fn disabled(&self, samples: usize) -> Vec<String> {
        let names = self.people("barred", samples, &["1234"]).await;
        for name in &names {
            self.0.server.cli_ok(&["user", "disable", name], None);
        }
        names
    }

    pub async fn locked(&self, samples: usize) -> Vec<String> {
        let names = self.people("locked", samples, &["1234"]).await;
        for name in &names {
            self.administer("/token/set", &[("serial", &format!("{name}T0")), ("max_failcount", "1")]).await;
        }
        let mut failing = JoinSet::new();
        for name in names.clone() {
            let house = self.clone();
            failing.spawn(async move { house.0.server.check(&name, "1234000000").await });
        }
        failing.join_all().await;
        names
    }

    pub async fn revoked(&self, samples: usize) -> Vec<String> {
        let names = self.people("voided", samples, &["1234"]).await;
        for name in &names {
            self.administer("/token/revoke", &[("serial", &format!("{name}T0"))]).await;
        }
        names
    }

    pub fn administrators(&self, samples: usize) -> Vec<String> {
        let names = names("master", samples);
        for name in &names {
            self.0.server.cli_ok(&["admin", "add", name], Some("a-Password-that-nobody-guesses-1"));
        }
        names
    }

    async fn administer(&self, path: &str, form: &[(&str, &str)]) {
        let answer = self.0.server.post(path, Some(&self.0.admin), form).await;
        assert_eq!(answer["result"]["status"], true, "{path} {form:?}: {answer}");
    }
}
