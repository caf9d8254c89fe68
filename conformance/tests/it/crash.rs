//! Nothing acknowledged is lost: the process is killed at random points under load and started again.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use conformance::api::accepted;
use conformance::server::Options;
use conformance::{Server, full_scale, oath};
use data_encoding::HEXLOWER;
use futures::future::join_all;

/// What the server has acknowledged before it was killed.
#[derive(Default)]
struct Acknowledged {
    enrolled: Vec<String>,
    spent: Vec<(String, String)>,
}

/// Enrols and checks until the server no longer answers.
async fn load(base: String, admin: String, worker: usize, round: usize, done: Arc<Mutex<Acknowledged>>) {
    let http = conformance::server::client();
    for n in 0.. {
        let user = format!("u{round}-{worker}-{n}");
        let seed = HEXLOWER.encode(format!("{user:-<20}").as_bytes());
        let codes = oath::hotp_list(&seed, 5);
        let post = |path: &str, form: Vec<(&str, String)>| {
            http.post(format!("{base}{path}")).header("Authorization", &admin).form(&form).send()
        };
        let person = vec![("user", user.clone()), ("password", "A-password-1".to_owned()), ("resolver", "internal".to_owned())];
        let Ok(_) = post("/user/", person).await else { return };
        let init = vec![("type", "hotp".to_owned()), ("otpkey", seed), ("user", user.clone()), ("pin", "1".to_owned())];
        let Ok(answer) = post("/token/init", init).await else { return };
        let Ok(answer) = answer.json::<serde_json::Value>().await else { return };
        let Some(serial) = answer["detail"]["serial"].as_str() else { return };
        done.lock().unwrap().enrolled.push(serial.to_owned());
        for code in codes {
            let check = vec![("user", user.clone()), ("pass", format!("1{code}"))];
            let Ok(answer) = post("/validate/check", check).await else { return };
            let Ok(answer) = answer.json::<serde_json::Value>().await else { return };
            if answer["result"]["value"] == true {
                done.lock().unwrap().spent.push((serial.to_owned(), format!("1{code}")));
            }
        }
    }
}

async fn again(server: &Server, serial: &str, pass: &str) -> serde_json::Value {
    server.post("/validate/check", None, &[("serial", serial), ("pass", pass)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_under_load() {
    let rounds = if full_scale() { 20 } else { 4 };
    // What is measured is durability, not hashing.
    let env = [("SYMBOLON__PASSWORD__MEMORY_KIB", "64"), ("SYMBOLON__PASSWORD__PASSES", "1")];
    let env = env.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let mut server = Server::start_with(Options { env, ..Options::default() }).await;
    let mut total = (0, 0);
    for round in 0..rounds {
        let admin = server.admin().await;
        let done = Arc::new(Mutex::new(Acknowledged::default()));
        let workers: Vec<_> = (0..8).map(|w| tokio::spawn(load(server.url(), admin.clone(), w, round, done.clone()))).collect();
        // Random enough: the moment drifts against the load's own rhythm.
        tokio::time::sleep(Duration::from_millis(1500 + (round as u64 * 397) % 1100)).await;
        server.kill();
        for worker in workers {
            worker.await.unwrap();
        }
        server.run().await;
        let admin = server.admin().await;
        let done = std::mem::take(&mut *done.lock().unwrap());
        total = (total.0 + done.enrolled.len(), total.1 + done.spent.len());
        for serial in &done.enrolled {
            let list = server.get(&format!("/token/?serial={serial}"), Some(&admin)).await;
            assert_eq!(list["result"]["value"]["count"], 1, "round {round}: {serial} was acknowledged and is gone");
        }
        // A refusal waits for the moment of all refusals: many at once, or the rounds take hours.
        for some in done.spent.chunks(64) {
            let asked = some.iter().map(|(serial, pass)| again(&server, serial, pass));
            for (answer, (serial, _)) in join_all(asked).await.iter().zip(some) {
                assert!(!accepted(answer), "round {round}: a spent code of {serial} was accepted again");
            }
        }
        for (serial, _) in done.spent.iter().take(20) {
            let rows = server.get(&format!("/audit/?serial={serial}&success=1&action=*validate*"), Some(&admin)).await;
            assert!(
                rows["result"]["value"]["count"].as_i64().unwrap_or(0) >= 1,
                "round {round}: no audit row of {serial}: {rows}"
            );
        }
        let verified = server.cli(&["audit", "verify"], None);
        assert!(verified.status.success(), "round {round}: {}", String::from_utf8_lossy(&verified.stderr));
    }
    assert!(total.0 > rounds && total.1 > rounds, "the load was too small to say anything: {total:?}");
}
