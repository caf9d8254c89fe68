//! Operations on tokens, as the API, the portal and the command line perform them.

use kernel::SecretBytes;
use serde_json::{Value, json};

use super::*;
use crate::engine::ops::{TriggerChallenge, ValidateCheck};
use crate::engine::{FactorProof, Outcome, Verdict};
use crate::enrol::FreshProof;
use crate::operation::{Authentication, Caller, Code, Done, Failure, Operation, Params, perform};
use crate::people::Person;
use crate::people::ops::AddUser;
use crate::testing::{administer, call, operate, params, sqlite};
use crate::tokens::oath::{Generator, Hash};
use crate::{Mfa, policy};

const SEED: &str = "3132333435363738393031323334353637383930";

fn hotp(counter: u64) -> String {
    let seed = data_encoding::HEXLOWER.decode(SEED.as_bytes()).unwrap();
    Generator::new(Hash::Sha1, &SecretBytes::new(seed), 6).code(counter).expose().to_owned()
}

async fn person(sys: &Mfa, login: &str) -> Person {
    let params = Params::of([("user", login), ("resolver", "internal"), ("password", "geheim")]);
    operate(sys, &AddUser, params).await.unwrap();
    sys.people.resolve(&sys.name(login, None)).await.unwrap().unwrap()
}

async fn by<O: Operation>(sys: &Mfa, who: &Person, op: &O, json: Value) -> Result<Done<O::Output>, Failure> {
    perform(sys, op, call(sys, Caller::Person(who.clone()), params(json))).await
}

async fn admin<O: Operation>(sys: &Mfa, op: &O, json: Value) -> Result<Done<O::Output>, Failure> {
    administer(sys, op, params(json)).await
}

async fn check(sys: &Mfa, json: Value) -> Done<Outcome> {
    perform(sys, &ValidateCheck, call(sys, Caller::Anonymous, params(json))).await.unwrap()
}

async fn factor(sys: &Mfa, who: &Person, value: &str) -> Option<FactorProof> {
    match check(sys, json!({"user": who.login, "pass": value})).await.output.verdict {
        Verdict::Accepted(proof) => Some(proof),
        _ => None,
    }
}

fn message<T>(result: Result<T, Failure>) -> String {
    result.err().map(|failure| failure.message).unwrap_or_default()
}

async fn given_hotp(sys: &Mfa, who: &str, serial: &str, pin: &str) {
    let json = json!({"type": "hotp", "otpkey": SEED, "user": who, "serial": serial, "pin": pin});
    admin(sys, &InitToken, json).await.unwrap();
}

#[tokio::test]
async fn a_new_factor_needs_an_old_one() {
    let (sys, _db) = sqlite().await;
    let ada = person(&sys, "ada").await;
    // The first is trusted on first use, and its owner is told.
    let first = json!({"type": "hotp", "otpkey": SEED, "serial": "FIRST"});
    let enrolled = by(&sys, &ada, &InitToken, first).await.unwrap();
    assert_eq!(enrolled.output.token.owner.as_ref().unwrap().person, ada.id);
    let told = db::outbox::due(&sys.db, sys.clock.now(), 10).await.unwrap();
    assert_eq!((told.len(), told[0].topic.as_str()), (1, crate::notices::TOPIC));
    // The second needs the first.
    let second = || json!({"type": "totp", "genkey": "1", "serial": "SECOND"});
    let refused = "Please confirm this with one of your existing factors first.";
    assert_eq!(message(by(&sys, &ada, &InitToken, second()).await), refused);
    for op in ["enable", "reset", "setpin", "delete"] {
        let json = json!({"serial": "FIRST", "otppin": "1234"});
        let result = match op {
            "enable" => by(&sys, &ada, &EnableToken, json).await.map(drop),
            "reset" => by(&sys, &ada, &ResetToken, json).await.map(drop),
            "setpin" => by(&sys, &ada, &SetPin, json).await.map(drop),
            _ => by(&sys, &ada, &DeleteToken, json).await.map(drop),
        };
        assert_eq!(message(result), refused, "{op}");
    }
    let proof = FreshProof::of(&factor(&sys, &ada, &hotp(0)).await.unwrap()).unwrap();
    let proved = call(&sys, Caller::Person(ada.clone()), params(second())).with_proof(proof.clone());
    perform(&sys, &InitToken, proved).await.unwrap();
    // The proof grows old, and is nobody else's.
    let eve = person(&sys, "eve").await;
    given_hotp(&sys, "eve", "EVE", "").await;
    let stolen = call(&sys, Caller::Person(eve), params(json!({"type": "totp", "genkey": "1"}))).with_proof(proof.clone());
    assert_eq!(message(perform(&sys, &InitToken, stolen).await), refused);
    sys.clock.advance(std::time::Duration::from_secs(601));
    let stale = call(&sys, Caller::Person(ada.clone()), params(json!({"type": "totp", "genkey": "1"}))).with_proof(proof);
    assert_eq!(message(perform(&sys, &InitToken, stale).await), refused);
}

#[tokio::test]
async fn nobody_touches_the_tokens_of_others() {
    let (sys, _db) = sqlite().await;
    let (ada, eve) = (person(&sys, "ada").await, person(&sys, "eve").await);
    given_hotp(&sys, "ada", "ADA", "").await;
    let hidden = by(&sys, &eve, &DisableToken, json!({"serial": "ADA"})).await;
    let missing = by(&sys, &eve, &DisableToken, json!({"serial": "NONE"})).await;
    assert_eq!(hidden.as_ref().err().map(|f| f.code), Some(Code::NotFound));
    assert_eq!(missing.err().map(|f| f.code), Some(Code::NotFound));
    let enrolled = by(&sys, &eve, &InitToken, json!({"type": "hotp", "genkey": "1", "user": "ada"})).await.unwrap();
    assert_eq!(enrolled.output.token.owner.unwrap().person, eve.id);
    let mine = by(&sys, &ada, &ListTokens, json!({})).await.unwrap();
    assert_eq!((mine.output.count, mine.output.tokens[0].serial.as_str()), (1, "ADA"));
}

#[tokio::test]
async fn enrolment_with_a_first_value() {
    let (sys, _db) = sqlite().await;
    let ada = person(&sys, "ada").await;
    let definition = policy::Definition {
        name: "verify".to_owned(),
        scope: "enrollment".to_owned(),
        action: policy::parse_actions("verify_enrollment=hotp totp").unwrap(),
        ..policy::Definition::default()
    };
    crate::testing::with_policy(&sys, definition).await;
    let begun = by(&sys, &ada, &InitToken, json!({"type": "hotp", "otpkey": SEED, "serial": "V"})).await.unwrap();
    let detail = begun.answer.detail.unwrap();
    assert_eq!((detail["rollout_state"].as_str(), detail["verify"]["message"].is_string()), (Some("verify"), true));
    assert!(detail["googleurl"]["value"].as_str().unwrap().starts_with("otpauth://hotp/ada?secret=GEZDGNBVGY3TQOJQ"));
    assert!(!check(&sys, json!({"user": "ada", "pass": hotp(0)})).await.answer.value.as_bool().unwrap());
    let wrong = by(&sys, &ada, &InitToken, json!({"type": "hotp", "serial": "V", "verify": "000000"})).await;
    assert_eq!(wrong.err().map(|f| f.code.number()), Some(905));
    let done = by(&sys, &ada, &InitToken, json!({"type": "hotp", "serial": "V", "verify": hotp(1)})).await.unwrap();
    assert_eq!(done.answer.detail.unwrap()["rollout_state"], "enrolled");
    // The first value is spent.
    assert!(!check(&sys, json!({"user": "ada", "pass": hotp(1)})).await.answer.value.as_bool().unwrap());
    assert!(check(&sys, json!({"user": "ada", "pass": hotp(2)})).await.answer.value.as_bool().unwrap());
}

#[tokio::test]
async fn enrolment_in_two_steps() {
    let (sys, _db) = sqlite().await;
    let begun =
        admin(&sys, &InitToken, json!({"type": "totp", "2stepinit": "1", "serial": "T2", "hashlib": "sha256"})).await.unwrap();
    let detail = begun.answer.detail.unwrap();
    let given = ["2step_salt", "2step_output", "2step_difficulty"].map(|name| detail[name].as_i64().unwrap());
    assert_eq!((detail["rollout_state"].as_str(), given), (Some("clientwait"), [8, 32, 10_000]));
    let ours = detail["otpkey"]["value"].as_str().unwrap().strip_prefix("seed://").unwrap().to_owned();
    let short = admin(&sys, &InitToken, json!({"type": "totp", "serial": "T2", "otpkey": "0011"})).await;
    assert_eq!(short.err().map(|f| f.code), Some(Code::Parameter));
    admin(&sys, &InitToken, json!({"type": "totp", "serial": "T2", "otpkey": "0011223344556677"})).await.unwrap();
    let mut seed = [0; 32];
    let salt = [0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77];
    pbkdf2::pbkdf2_hmac::<sha1::Sha1>(ours.as_bytes(), &salt, 10_000, &mut seed);
    let step = u64::try_from(sys.clock.now().seconds() / 30).unwrap();
    let code = Generator::new(Hash::Sha256, &SecretBytes::new(seed), 6).code(step);
    assert!(check(&sys, json!({"serial": "T2", "pass": code.expose()})).await.answer.value.as_bool().unwrap());
}

#[tokio::test]
async fn answers_of_a_check() {
    let (sys, _db) = sqlite().await;
    person(&sys, "ada").await;
    given_hotp(&sys, "ada", "H1", "1234").await;
    let right = check(&sys, json!({"user": "ada", "pass": format!("1234{}", hotp(0))})).await;
    assert_eq!(right.answer.authentication, Some(Authentication::Accept));
    let expected = json!({"message": "matching 1 tokens", "serial": "H1", "type": "hotp", "otplen": 6});
    assert_eq!(Value::Object(right.answer.detail.unwrap()), expected);
    assert_eq!((right.audit.success, right.audit.serial.as_str(), right.audit.user.as_str()), (true, "H1", "ada"));
    let wrong = check(&sys, json!({"user": "ada", "pass": format!("1234{}", hotp(0))})).await;
    assert_eq!((wrong.answer.value, wrong.answer.authentication), (json!(false), Some(Authentication::Reject)));
    let nobody = check(&sys, json!({"user": "nobody", "pass": "1234"})).await;
    assert_eq!((nobody.answer.value, nobody.audit.user.as_str()), (json!(false), "nobody"));
    let missing = perform(&sys, &ValidateCheck, call(&sys, Caller::Anonymous, params(json!({"user": "ada"})))).await;
    assert_eq!(message(missing), "Missing parameter: pass");
    // PIN asked for by machines that have the value only.
    assert!(!check(&sys, json!({"serial": "H1", "pass": hotp(1)})).await.answer.value.as_bool().unwrap());
    assert!(check(&sys, json!({"serial": "H1", "pass": hotp(1), "otponly": "1"})).await.answer.value.as_bool().unwrap());
}

#[tokio::test]
async fn a_triggered_challenge_is_answered_once() {
    let (sys, _db) = sqlite().await;
    person(&sys, "ada").await;
    given_hotp(&sys, "ada", "H1", "1234").await;
    given_hotp(&sys, "ada", "H2", "").await;
    let anonymous = perform(&sys, &TriggerChallenge, call(&sys, Caller::Anonymous, params(json!({"user": "ada"})))).await;
    assert!(anonymous.is_err());
    let asked = admin(&sys, &TriggerChallenge, json!({"user": "ada"})).await.unwrap();
    assert_eq!((asked.answer.value, asked.answer.authentication), (json!(2), Some(Authentication::Challenge)));
    let detail = asked.answer.detail.unwrap();
    let code = detail["transaction_id"].as_str().unwrap();
    assert_eq!((code.len(), detail["multi_challenge"].as_array().unwrap().len()), (20, 2));
    assert_eq!(detail["multi_challenge"][0]["client_mode"], "interactive");
    let answer = json!({"user": "ada", "pass": hotp(0), "transaction_id": code});
    let right = check(&sys, answer.clone()).await;
    assert_eq!(right.answer.detail.unwrap()["message"], "Found matching challenge");
    assert!(!check(&sys, answer).await.answer.value.as_bool().unwrap());
}

#[tokio::test]
async fn administrators_manage_tokens() {
    let (sys, _db) = sqlite().await;
    person(&sys, "ada").await;
    admin(&sys, &InitToken, json!({"type": "hotp", "otpkey": SEED, "serial": "h1"})).await.unwrap();
    assert_eq!(
        message(admin(&sys, &InitToken, json!({"type": "hotp", "genkey": 1, "serial": "H1"})).await),
        "A token with this serial exists already."
    );
    assert_eq!(message(admin(&sys, &InitToken, json!({"type": "nonsense"})).await), "The token type nonsense is not supported!");
    assert!(message(admin(&sys, &InitToken, json!({"type": "hotp"})).await).contains("otpkey"));
    assert_eq!(
        admin(&sys, &AssignToken, json!({"serial": "H1", "user": "ada", "pin": "1234"})).await.unwrap().answer.value,
        json!(true)
    );
    assert!(check(&sys, json!({"user": "ada", "pass": format!("1234{}", hotp(0))})).await.answer.value.as_bool().unwrap());
    let set = json!({"serial": "h1", "max_failcount": 3, "count_window": 20, "hashlib": "sha1", "validity_period_end": "2030-01-01T00:00+0100"});
    assert_eq!(admin(&sys, &SetToken, set).await.unwrap().answer.value, json!(4));
    assert!(admin(&sys, &SetToken, json!({"serial": "h1", "hashlib": "md5"})).await.is_err());
    admin(&sys, &SetPin, json!({"serial": "h1", "otppin": "99"})).await.unwrap();
    assert!(check(&sys, json!({"user": "ada", "pass": format!("99{}", hotp(15))})).await.answer.value.as_bool().unwrap());
    for _ in 0..3 {
        check(&sys, json!({"user": "ada", "pass": "99000000"})).await;
    }
    let locked = check(&sys, json!({"user": "ada", "pass": format!("99{}", hotp(16))})).await;
    assert_eq!(locked.audit.info, "Failcounter exceeded");
    assert_eq!(admin(&sys, &ResetToken, json!({"user": "ada"})).await.unwrap().answer.value, json!(1));
    assert_eq!(
        admin(&sys, &ResyncToken, json!({"serial": "h1", "otp1": hotp(100), "otp2": hotp(101)})).await.unwrap().answer.value,
        json!(true)
    );
    assert_eq!(
        admin(&sys, &ResyncToken, json!({"serial": "h1", "otp1": hotp(100), "otp2": hotp(101)})).await.unwrap().answer.value,
        json!(false)
    );
    assert!(check(&sys, json!({"user": "ada", "pass": format!("99{}", hotp(102))})).await.answer.value.as_bool().unwrap());
    assert_eq!(admin(&sys, &DisableToken, json!({"serial": "h1"})).await.unwrap().answer.value, json!(1));
    let disabled = check(&sys, json!({"user": "ada", "pass": format!("99{}", hotp(103))})).await;
    assert_eq!(disabled.audit.info, "Token is disabled");
    admin(&sys, &EnableToken, json!({"serial": "h1"})).await.unwrap();
    admin(&sys, &SetDescription, json!({"serial": "h1", "description": "blue one"})).await.unwrap();
    let listed = admin(&sys, &ListTokens, json!({"serial": "h*", "type": "HOTP", "description": "blue*", "active": "true"}))
        .await
        .unwrap();
    let entry = &listed.answer.value["tokens"][0];
    assert_eq!(
        (&entry["username"], &entry["user_realm"], &entry["realms"]),
        (&json!("ada"), &json!("default"), &json!(["default"]))
    );
    assert_eq!(entry["info"]["validity_period_end"], "2029-12-31T23:00+0000");
    assert_eq!(admin(&sys, &UnassignToken, json!({"serial": "h1"})).await.unwrap().answer.value, json!(1));
    admin(&sys, &RevokeToken, json!({"serial": "h1"})).await.unwrap();
    assert_eq!(admin(&sys, &EnableToken, json!({"serial": "h1"})).await.err().map(|f| f.code.number()), Some(1007));
    assert_eq!(admin(&sys, &DeleteToken, json!({"serial": "h1"})).await.unwrap().answer.value, json!(1));
    assert_eq!(admin(&sys, &ListTokens, json!({})).await.unwrap().answer.value["count"], 0);
}

#[tokio::test]
async fn lists_filter_the_same_on_every_database() {
    for db in db::testing::all().await {
        let sys = crate::testing::ready((*db).clone()).await;
        person(&sys, "ada").await;
        for (kind, serial, user) in [("hotp", "A1", "ada"), ("totp", "A2", "ada"), ("totp", "B1", "")] {
            let json = json!({"type": kind, "genkey": 1, "serial": serial, "user": user, "tokenrealm": if user.is_empty() { "other" } else { "" }});
            admin(&sys, &InitToken, json).await.unwrap();
        }
        for (filter, expected) in [
            (json!({}), vec!["A1", "A2", "B1"]),
            (json!({"serial": "a*"}), vec!["A1", "A2"]),
            (json!({"serial": "a1,b1"}), vec!["A1", "B1"]),
            (json!({"type": "totp"}), vec!["A2", "B1"]),
            (json!({"user": "ada"}), vec!["A1", "A2"]),
            (json!({"user": "nobody"}), vec![]),
            (json!({"assigned": "false"}), vec!["B1"]),
            (json!({"assigned": "1", "sortdir": "desc"}), vec!["A2", "A1"]),
            (json!({"tokenrealm": "oth*"}), vec!["B1"]),
            (json!({"realm": "default"}), vec!["A1", "A2"]),
            (json!({"infokey": "timeStep", "infovalue": "30"}), vec!["A2", "B1"]),
            (json!({"infokey": "hashlib", "infovalue": "sha5*"}), vec![]),
            (json!({"page": 2, "pagesize": 2}), vec!["B1"]),
        ] {
            let page = admin(&sys, &ListTokens, filter.clone()).await.unwrap().output;
            let serials: Vec<&str> = page.tokens.iter().map(|token| token.serial.as_str()).collect();
            assert_eq!(serials, expected, "{filter} on {:?}", db.dialect());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_parallel_first_enrolments_one_commits() {
    for db in db::testing::all().await {
        let sys = crate::testing::ready((*db).clone()).await;
        let ada = person(&sys, "ada").await;
        let calls = (0..8).map(|_| {
            let (sys, ada) = (sys.clone(), ada.clone());
            tokio::spawn(async move { by(&sys, &ada, &InitToken, json!({"type": "totp", "genkey": "1"})).await.is_ok() })
        });
        let done = futures::future::join_all(calls).await;
        let enrolled = done.into_iter().filter(|done| *done.as_ref().unwrap()).count();
        assert_eq!(enrolled, 1, "{:?}", db.dialect());
        // When all factors have gone, the next one is a first one again.
        let serial = sys.tokens_of(ada.id).await.unwrap()[0].serial.clone();
        admin(&sys, &DeleteToken, json!({"serial": serial})).await.unwrap();
        by(&sys, &ada, &InitToken, json!({"type": "totp", "genkey": "1"})).await.unwrap();
    }
}

#[tokio::test]
async fn policies_of_authorization_hold() {
    let (sys, _db) = sqlite().await;
    person(&sys, "ada").await;
    given_hotp(&sys, "ada", "H1", "").await;
    let policy = |name: &str, action: &str| policy::Definition {
        name: name.to_owned(),
        scope: "authorization".to_owned(),
        action: policy::parse_actions(action).unwrap(),
        ..policy::Definition::default()
    };
    crate::testing::with_policy(&sys, policy("deny", "authorized=deny_access")).await;
    assert!(factor(&sys, &sys.people.by_id(person_id(&sys).await).await.unwrap().unwrap(), &hotp(0)).await.is_none());
    let stored = sys.tokens_of(person_id(&sys).await).await.unwrap();
    assert_eq!(stored[0].counter, 1, "the value is spent all the same");
    crate::testing::with_policy(&sys, policy("kinds", "tokentype=totp")).await;
    assert!(!check(&sys, json!({"user": "ada", "pass": hotp(1)})).await.answer.value.as_bool().unwrap());
}

async fn person_id(sys: &Mfa) -> kernel::ids::PersonId {
    sys.people.resolve(&sys.name("ada", None)).await.unwrap().unwrap().id
}
