//! Policies around the check of a factor.

use serde_json::{Value, json};

use crate::Mfa;
use crate::engine::ops::ValidateCheck;
use crate::operation::{Answer, Caller, Code, Failure, Params, perform};
use crate::people::ops::AddUser;
use crate::policy::ops::{EnablePolicy, SetPolicy};
use crate::testing::{administer, call, params, sqlite};

async fn check(sys: &Mfa, user: &str, realm: &str) -> Result<Answer, Failure> {
    let p = Params::of([("user", user), ("realm", realm), ("pass", "123456")]);
    perform(sys, &ValidateCheck, call(sys, Caller::Anonymous, p)).await.map(|done| done.answer)
}

async fn with_people() -> (Mfa, db::testing::TestDb) {
    let (sys, db) = sqlite().await;
    let p = Params::of([("user", "hans"), ("resolver", "internal"), ("password", "geheim")]);
    administer(&sys, &AddUser, p).await.unwrap();
    (sys, db)
}

#[tokio::test]
async fn answers_tell_nobody_who_exists() {
    let (sys, _db) = with_people().await;
    let uniform = Some(serde_json::Map::from_iter([("message".to_owned(), Value::from("Authentication failed."))]));
    let there = check(&sys, "hans", "").await.unwrap();
    assert_eq!(there.detail, uniform);
    for (user, realm) in [("nobody", ""), ("hans", "nowhere"), ("hans@default", "")] {
        assert_eq!(check(&sys, user, realm).await.unwrap(), there, "{user} {realm}");
    }
    administer(&sys, &EnablePolicy(false), Params::of([("name", "hide-specific-error-message")])).await.unwrap();
    let there = check(&sys, "hans", "").await.unwrap();
    assert_ne!(there.detail, uniform);
}

#[tokio::test]
async fn a_policy_that_cannot_be_decided_hides() {
    let (sys, _db) = with_people().await;
    let odd = json!({"name": "hide-specific-error-message", "scope": "authentication", "action": "hide_specific_error_message",
        "conditions": [["token", "serial", "equals", "x", true]]});
    administer(&sys, &SetPolicy, params(odd)).await.unwrap();
    let there = check(&sys, "hans", "").await.unwrap();
    assert_eq!(there.detail.unwrap()["message"], json!("Authentication failed."));
}

#[tokio::test]
async fn failures_are_hidden_too_but_recorded_as_they_are() {
    let (sys, _db) = with_people().await;
    let conflict = |name: &str, value: &str| {
        params(json!({"name": name, "scope": "authentication", "action": {"otppin": value}, "user": ["hans"]}))
    };
    administer(&sys, &SetPolicy, conflict("one", "none")).await.unwrap();
    administer(&sys, &SetPolicy, conflict("two", "userstore")).await.unwrap();
    let refused = check(&sys, "hans", "").await.err().unwrap();
    assert_eq!((refused.code, refused.message.as_str()), (Code::Hidden, "Authentication failed."));
    let missing = perform(&sys, &ValidateCheck, call(&sys, Caller::Anonymous, Params::of([("user", "hans")]))).await;
    assert_eq!(missing.err().unwrap().code, Code::Parameter, "what is wrong with the request is told");
}

#[tokio::test]
async fn the_realm_is_overwritten_before_anything_else() {
    let (sys, _db) = with_people().await;
    let set = json!({"name": "realm", "scope": "authentication", "action": "set_realm=default", "client": "10.0.0.0/8"});
    administer(&sys, &SetPolicy, params(set)).await.unwrap();
    administer(&sys, &EnablePolicy(false), Params::of([("name", "hide-specific-error-message")])).await.unwrap();
    let direct = check(&sys, "hans", "default").await.unwrap();
    assert_eq!(check(&sys, "hans", "nowhere").await.unwrap(), direct);
    assert_eq!(check(&sys, "hans@default", "nowhere").await.unwrap(), direct);
}

#[tokio::test]
async fn details_are_dropped_where_policy_says() {
    let (sys, _db) = with_people().await;
    let drop = json!({"name": "quiet", "scope": "authorization", "action": "no_detail_on_fail"});
    administer(&sys, &SetPolicy, params(drop)).await.unwrap();
    administer(&sys, &EnablePolicy(false), Params::of([("name", "hide-specific-error-message")])).await.unwrap();
    assert_eq!(check(&sys, "hans", "").await.unwrap().detail, None);
}
