use db::Dialect;
use serde_json::json;

use crate::support::{Answer, Api, TestApp};

db::on_every_database![
    pin_and_value_are_accepted_once,
    nobody_learns_who_exists_or_who_has_a_token,
    a_triggered_challenge_takes_the_value_alone,
    missing_parameters_are_named,
    only_listed_relays_speak_for_clients,
    no_secret_enters_the_audit_or_the_log_of_errors,
    a_transaction_can_be_asked_after_by_everybody_who_knows_it,
];

/// The key of RFC 4226 appendix D, and its first values.
const KEY: &str = "3132333435363738393031323334353637383930";
const VALUES: [&str; 4] = ["755224", "287082", "359152", "969429"];

async fn prepared(on: Dialect, settings: &[(&str, &str)]) -> TestApp {
    let app = TestApp::with(on, settings).await;
    app.with_person_and_client().await;
    let api = Api::admin(&app).await;
    let token = [("type", "hotp"), ("otpkey", KEY), ("user", "hans"), ("pin", "1234"), ("serial", "OATH1")];
    api.post("/token/init", &token).await.ok();
    app
}

async fn check(app: &TestApp, params: &[(&str, &str)]) -> Answer {
    Api::anonymous(app).post("/validate/check", params).await
}

fn outcome(answer: &Answer) -> (u16, Option<bool>, String) {
    let document = answer.json();
    let word = document["result"]["authentication"].as_str().unwrap_or_default().to_owned();
    (answer.status.as_u16(), document["result"]["value"].as_bool(), word)
}

async fn pin_and_value_are_accepted_once(on: Dialect) {
    let app = prepared(on, &[]).await;
    let first = check(&app, &[("user", "hans"), ("pass", &format!("1234{}", VALUES[0]))]).await;
    assert_eq!(outcome(&first), (200, Some(true), "ACCEPT".to_owned()), "{}", first.text);
    assert_eq!((first.json()["id"].as_i64(), first.json()["detail"]["serial"].as_str()), (Some(2), Some("OATH1")));
    let again = check(&app, &[("user", "hans"), ("pass", &format!("1234{}", VALUES[0]))]).await;
    assert_eq!(outcome(&again).1, Some(false), "{}", again.text);
    let by_serial = check(&app, &[("serial", "OATH1"), ("pass", &format!("1234{}", VALUES[1]))]).await;
    assert_eq!(outcome(&by_serial).1, Some(true), "{}", by_serial.text);
    let by_get = Api::anonymous(&app).get(&format!("/validate/check?user=hans&pass=1234{}", VALUES[2])).await;
    assert_eq!(outcome(&by_get).1, Some(true), "{}", by_get.text);
    assert_eq!(by_get.header("cache-control"), "no-store");
}

async fn nobody_learns_who_exists_or_who_has_a_token(on: Dialect) {
    let app = prepared(on, &[]).await;
    let api = Api::admin(&app).await;
    for name in ["tokenless", "voided", "torn", "barred"] {
        api.post("/user/", &[("user", name), ("resolver", "internal"), ("password", "a-password")]).await.ok();
    }
    for name in ["voided", "barred"] {
        let token = [("type", "hotp"), ("otpkey", KEY), ("user", name), ("pin", "1234"), ("serial", name)];
        api.post("/token/init", &token).await.ok();
    }
    api.post("/token/revoke/voided", &[]).await.ok();
    app.disable(app.person("barred").await).await;
    // Policies about one person that contradict each other: nothing can be decided about them.
    for (name, action) in [("one", "otppin=none"), ("two", "otppin=userstore")] {
        api.post(&format!("/policy/{name}"), &[("scope", "authentication"), ("action", action), ("user", "torn")]).await.ok();
    }
    let mut seen = Vec::new();
    for name in ["hans", "nobody", "tokenless", "voided", "torn", "barred", "hans@default", "nobody@nowhere"] {
        for pass in ["", "wrong", "1234000000"] {
            let answer = check(&app, &[("user", name), ("pass", pass)]).await;
            let headers: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
            seen.push((answer.status, headers, answer.without_time()));
        }
    }
    for other in &seen[1..] {
        assert_eq!(seen[0], *other);
    }
}

async fn a_triggered_challenge_takes_the_value_alone(on: Dialect) {
    let app = prepared(on, &[]).await;
    let api = Api::admin(&app).await;
    assert_eq!(Api::anonymous(&app).post("/validate/triggerchallenge", &[("user", "hans")]).await.error(), (401, 4033));
    let asked = api.post("/validate/triggerchallenge", &[("user", "hans")]).await;
    let document = asked.json();
    assert_eq!(document["result"]["authentication"], "CHALLENGE", "{}", asked.text);
    let transaction = document["detail"]["transaction_id"].as_str().unwrap();
    assert!(transaction.len() == 20 && transaction.bytes().all(|b| b.is_ascii_digit()));
    assert_eq!(document["detail"]["multi_challenge"][0]["serial"], "OATH1");
    let answer = [("user", "hans"), ("pass", VALUES[0]), ("transaction_id", transaction)];
    assert_eq!(outcome(&check(&app, &answer).await).1, Some(true));
    let next = [("user", "hans"), ("pass", VALUES[1]), ("transaction_id", transaction)];
    assert_ne!(outcome(&check(&app, &next).await).1, Some(true), "a transaction is answered once");
}

async fn missing_parameters_are_named(on: Dialect) {
    let app = prepared(on, &[]).await;
    let answer = check(&app, &[("pass", "x")]).await;
    assert_eq!(answer.status, 400, "{}", answer.text);
}

async fn only_listed_relays_speak_for_clients(on: Dialect) {
    let app = prepared(on, &[("api.relays", "127.0.0.1")]).await;
    check(&app, &[("user", "hans"), ("pass", "wrong"), ("client", "203.0.113.7")]).await;
    let api = Api::admin(&app).await;
    let row = api.get("/audit/?action=*validate*").await.ok()["auditdata"][0].clone();
    assert_eq!(row["client"], "203.0.113.7");
    let app = prepared(on, &[]).await;
    check(&app, &[("user", "hans"), ("pass", "wrong"), ("client", "203.0.113.7")]).await;
    let row = Api::admin(&app).await.get("/audit/?action=*validate*").await.ok()["auditdata"][0].clone();
    assert_eq!(row["client"], "127.0.0.1");
}

async fn no_secret_enters_the_audit_or_the_log_of_errors(on: Dialect) {
    let app = prepared(on, &[]).await;
    check(&app, &[("user", "hans"), ("pass", "1234755224")]).await;
    check(&app, &[("user", "hans"), ("pass", "very-secret-guess")]).await;
    let log = Api::admin(&app).await.get("/audit/?page_size=100").await.text;
    for secret in ["755224", "very-secret-guess", KEY, crate::support::PASSWORD, crate::support::ADMIN_PASSWORD] {
        assert!(!log.contains(secret), "{secret}");
    }
}

async fn a_transaction_can_be_asked_after_by_everybody_who_knows_it(on: Dialect) {
    let app = TestApp::new(on).await;
    let api = Api::anonymous(&app);
    for path in
        ["/validate/polltransaction?transaction_id=12345678901234567890", "/validate/polltransaction/12345678901234567890"]
    {
        let answer = api.get(path).await.json();
        assert_eq!(
            (&answer["id"], &answer["result"]["value"], &answer["result"]["authentication"]),
            (&json!(2), &json!(false), &json!("REJECT"))
        );
        assert_eq!(answer["detail"]["challenge_status"], "pending");
    }
    assert_eq!(api.get("/validate/polltransaction").await.error(), (400, 905));
}
