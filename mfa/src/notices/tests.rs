//! What is told of operations, and that nothing is told of what did not happen.

use serde_json::{Value, json};

use super::*;
use crate::engine::ops::ValidateCheck;
use crate::operation::{Operation, Params, perform};
use crate::people::ops::{AddUser, UpdateUser};
use crate::testing::{administer, call, operate, params, sqlite};
use crate::token_ops::*;

async fn person(sys: &Mfa, attributes: &[(&str, &str)]) -> Person {
    let usual = [("user", "ada"), ("resolver", "internal"), ("password", "geheim"), ("email", "ada@example.org")];
    let params = usual.iter().chain(attributes).map(|(n, v)| ((*n).to_owned(), Value::from(*v))).collect();
    operate(sys, &AddUser, Params::new(params).unwrap()).await.unwrap();
    sys.people.resolve(&sys.name("ada", None)).await.unwrap().unwrap()
}

/// Takes what waits off the outbox.
async fn told(sys: &Mfa) -> Vec<Notice> {
    let mut notices = Vec::new();
    for entry in outbox::due(&sys.db, sys.clock.now(), 100).await.unwrap() {
        assert!(!entry.payload.contains("ada"), "in the open");
        notices.push(Notice::open(&sys.keys, &entry).unwrap());
        let entry = outbox::claim(&sys.db, entry, sys.clock.now(), std::time::Duration::from_secs(1)).await.unwrap().unwrap();
        outbox::done(&sys.db, &entry).await.unwrap();
    }
    notices
}

async fn names(sys: &Mfa) -> Vec<&'static str> {
    told(sys).await.iter().map(|notice| notice.what.name()).collect()
}

async fn by<O: Operation>(sys: &Mfa, who: &Person, op: &O, json: Value) -> Result<(), crate::operation::Failure> {
    let mut call = call(sys, Caller::Person(who.clone()), params(json));
    (call.origin.language, call.origin.user_agent) = (Some("de".to_owned()), "Browser/1".to_owned());
    perform(sys, op, call).await.map(drop)
}

#[tokio::test]
async fn the_owner_is_told_of_every_change_of_a_factor() {
    let (sys, _db) = sqlite().await;
    person(&sys, &[]).await;
    let admin = async |op: &str, json: Value| {
        let params = params(json);
        match op {
            "init" => administer(&sys, &InitToken, params).await.map(drop),
            "assign" => administer(&sys, &AssignToken, params).await.map(drop),
            "disable" => administer(&sys, &DisableToken, params).await.map(drop),
            "enable" => administer(&sys, &EnableToken, params).await.map(drop),
            "unassign" => administer(&sys, &UnassignToken, params).await.map(drop),
            "revoke" => administer(&sys, &RevokeToken, params).await.map(drop),
            "reset" => administer(&sys, &ResetToken, params).await.map(drop),
            "setpin" => administer(&sys, &SetPin, params).await.map(drop),
            _ => administer(&sys, &DeleteToken, params).await.map(drop),
        }
        .unwrap();
    };
    for (op, json, expected) in [
        ("init", json!({"type": "hotp", "genkey": 1, "serial": "A", "user": "ada", "description": "Pixel"}), "factor_added"),
        ("disable", json!({"serial": "A"}), "factor_disabled"),
        ("disable", json!({"serial": "A"}), ""),
        ("enable", json!({"serial": "A"}), "factor_enabled"),
        ("reset", json!({"serial": "A"}), ""),
        ("unassign", json!({"serial": "A"}), "factor_removed"),
        ("disable", json!({"serial": "A"}), ""),
        ("assign", json!({"serial": "A", "user": "ada"}), "factor_added"),
        ("revoke", json!({"serial": "A"}), "factor_removed"),
        ("delete", json!({"serial": "A"}), ""),
        ("init", json!({"type": "totp", "genkey": 1, "serial": "B", "user": "ada"}), "factor_added"),
        ("delete", json!({"serial": "B"}), "factor_removed"),
        // Enrolment that was never completed is no factor.
        ("init", json!({"type": "totp", "genkey": 1, "serial": "C", "user": "ada", "confirm": 1}), ""),
        ("delete", json!({"serial": "C"}), ""),
        // Nobody's token is nobody's news.
        ("init", json!({"type": "totp", "genkey": 1, "serial": "D"}), ""),
        ("init", json!({"type": "recovery", "genkey": 1, "serial": "R", "user": "ada"}), "recovery_codes_made"),
    ] {
        admin(op, json.clone()).await;
        let told = told(&sys).await;
        assert_eq!(told.iter().map(|n| n.what.name()).collect::<Vec<_>>().join(","), expected, "{op} {json}");
        for notice in told {
            assert_eq!((notice.by, notice.client, notice.user_agent.as_deref()), (By::Administrator, None, None));
            assert_eq!(notice.email.as_deref(), Some("ada@example.org"));
        }
    }
}

#[tokio::test]
async fn a_refused_or_undone_operation_tells_nothing() {
    let (sys, _db) = sqlite().await;
    let ada = person(&sys, &[]).await;
    by(&sys, &ada, &InitToken, json!({"type": "hotp", "genkey": 1, "serial": "A"})).await.unwrap();
    assert_eq!(names(&sys).await, ["factor_added"]);
    // The second factor needs the first; the serial is taken; a policy forbids it.
    by(&sys, &ada, &InitToken, json!({"type": "hotp", "genkey": 1, "serial": "B"})).await.unwrap_err();
    administer(&sys, &InitToken, params(json!({"type": "hotp", "genkey": 1, "serial": "A", "user": "ada"}))).await.err().unwrap();
    by(&sys, &ada, &DeleteToken, json!({"serial": "A"})).await.unwrap_err();
    assert!(names(&sys).await.is_empty());
}

#[tokio::test]
async fn what_a_person_did_is_told_with_address_browser_and_language() {
    let (sys, _db) = sqlite().await;
    let ada = person(&sys, &[("givenname", "Ada"), ("surname", "Löwe\r\nBcc: x@example.org")]).await;
    by(&sys, &ada, &InitToken, json!({"type": "hotp", "genkey": 1, "description": "Pixel"})).await.unwrap();
    let notice = told(&sys).await.remove(0);
    assert_eq!(
        (notice.by, notice.language.as_deref(), notice.user_agent.as_deref()),
        (By::Person, Some("de"), Some("Browser/1"))
    );
    assert_eq!(notice.client.map(|ip| ip.to_string()).as_deref(), Some("10.1.2.3"));
    assert!(matches!(notice.what, What::FactorAdded { factor } if factor.kind == "hotp" && factor.description == "Pixel"));
    // The directory knows better than the browser.
    let own = operate(&sys, &UpdateUser, params(json!({"user": "ada", "resolver": "internal", "locale": "en-GB"}))).await;
    own.unwrap();
    let ada = sys.people.resolve(&sys.name("ada", None)).await.unwrap().unwrap();
    let notice = Notice::new(&call(&sys, Caller::Anonymous, Params::default()).origin, By::Person, &ada, What::CodesMade);
    assert_eq!(notice.language.as_deref(), Some("en-GB"));
}

#[tokio::test]
async fn each_used_recovery_code_is_told() {
    let (sys, _db) = sqlite().await;
    person(&sys, &[]).await;
    let made = administer(&sys, &InitToken, params(json!({"type": "recovery", "genkey": 1, "user": "ada"}))).await.unwrap();
    assert_eq!(names(&sys).await, ["recovery_codes_made"]);
    let code = made.answer.detail.unwrap()["otps"]["0"].as_str().unwrap().to_owned();
    for expected in [true, false] {
        let check = params(json!({"user": "ada", "pass": code}));
        let done = perform(&sys, &ValidateCheck, call(&sys, Caller::Anonymous, check)).await.unwrap();
        assert_eq!(done.answer.value, expected);
    }
    let told = told(&sys).await;
    assert_eq!(told.iter().map(|notice| &notice.what).collect::<Vec<_>>(), [&What::CodeUsed { left: 9 }]);
    assert_eq!(told[0].by, By::Person);
}

#[tokio::test]
async fn a_moved_account_is_told_at_the_old_address() {
    let (sys, _db) = sqlite().await;
    person(&sys, &[]).await;
    let update = async |json: Value| operate(&sys, &UpdateUser, params(json)).await.map(drop).unwrap();
    update(json!({"user": "ada", "resolver": "internal", "email": "ada@example.org"})).await;
    assert!(names(&sys).await.is_empty());
    update(json!({"user": "ada", "resolver": "internal", "email": "eve@evil.example", "password": "anders"})).await;
    let mut told = told(&sys).await;
    told.sort_by_key(|notice| notice.what.name());
    assert_eq!(told.iter().map(|n| n.what.name()).collect::<Vec<_>>(), ["email_changed", "password_changed"]);
    assert!(told.iter().all(|notice| notice.email.as_deref() == Some("ada@example.org")));
}
