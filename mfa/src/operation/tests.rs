//! The pipeline: order, retry, what is written and what is not.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use db::{Dialect, args};
use serde_json::json;

use super::*;
use crate::Mfa;
use crate::policy::Right;
use crate::policy::actions::rights;
use crate::policy::ops::SetPolicy;
use crate::testing::{administer, bare, call, params, sqlite};

db::statements! {
    MARK = "INSERT INTO setting (name, content, sealed) VALUES (?, ?, FALSE)";
    MARKED = "SELECT content FROM setting WHERE name = ?";
    NEVER = "UPDATE setting SET content = ? WHERE name = 'not there'";
    RECORDS = "SELECT action, success, info, policies, administrator FROM audit_entry ORDER BY id";
}

/// Writes a mark; misses a guard the first `misses` times.
struct Mark {
    misses: usize,
    runs: AtomicUsize,
    right: Option<Right>,
}

struct Text(String);

impl FromParams for Text {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        params.required("text").map(Self)
    }
}

impl Operation for Mark {
    const EVENT: &'static str = "token_set";
    const ACCESS: Access = Access::Both;
    type Input = Text;
    type Output = String;

    fn right(&self, _: &Text) -> Option<Right> {
        self.right.clone()
    }

    async fn run(&self, _: &Mfa, call: &mut Call, input: &Text) -> Result<String, Failure> {
        if input.0 == "fail" {
            call.batch.run(&MARK, args!["mark", "never"]);
            return Err(Failure::user("no"));
        }
        call.batch.run(&MARK, args!["mark", &input.0]);
        if self.runs.fetch_add(1, Ordering::SeqCst) < self.misses {
            call.batch.guard("mark", &NEVER, args!["x"]);
        }
        Ok(input.0.clone())
    }

    fn answer(&self, output: &String) -> Answer {
        Answer::value(output.clone())
    }

    fn constraint(&self, name: &str) -> Option<Failure> {
        (name == "setting_pk").then(|| Failure::new(Code::Conflict, "marked already"))
    }
}

fn mark(misses: usize) -> Mark {
    Mark { misses, runs: AtomicUsize::new(0), right: None }
}

async fn marked(sys: &Mfa) -> Option<String> {
    sys.db.fetch_optional(&MARKED, args!["mark"]).await.unwrap().map(|row| row.get(0).unwrap())
}

async fn last_record(sys: &Mfa) -> (bool, String, String) {
    let rows = sys.db.fetch_all(&RECORDS, args![]).await.unwrap();
    let row = rows.last().unwrap();
    (row.get(1).unwrap(), row.get(2).unwrap(), row.get(3).unwrap())
}

#[tokio::test]
async fn decisions_are_repeated_when_the_state_has_changed() {
    for db in db::testing::all().await {
        let sys = bare((*db).clone(), Hooks::default()).await;
        let op = mark(2);
        let done = perform(&sys, &op, call(&sys, Caller::local_admin("a"), Params::of([("text", "x")]))).await.unwrap();
        assert_eq!((done.output.as_str(), op.runs.load(Ordering::SeqCst)), ("x", 3), "{:?}", db.dialect());
        assert_eq!(marked(&sys).await.as_deref(), Some("x"));
        assert_eq!(sys.db.fetch_all(&RECORDS, args![]).await.unwrap().len(), 1);
        let again = perform(&sys, &mark(0), call(&sys, Caller::local_admin("a"), Params::of([("text", "y")]))).await;
        assert_eq!(again.err().unwrap().message, "marked already");
    }
}

#[tokio::test]
async fn who_never_gets_through_is_told_and_recorded() {
    let (sys, _db) = sqlite().await;
    let op = mark(usize::MAX);
    let failed = perform(&sys, &op, call(&sys, Caller::local_admin("a"), Params::of([("text", "x")]))).await;
    assert_eq!((failed.err().unwrap().code, op.runs.load(Ordering::SeqCst)), (Code::Conflict, 3));
    assert_eq!(marked(&sys).await, None);
    assert!(!last_record(&sys).await.0);
}

#[tokio::test]
async fn a_failure_writes_its_record_alone() {
    let (sys, _db) = sqlite().await;
    let failed = administer(&sys, &mark(0), Params::of([("text", "fail")])).await;
    assert_eq!(failed.err().unwrap().code, Code::User);
    assert_eq!(marked(&sys).await, None);
    assert_eq!(last_record(&sys).await, (false, "no".to_owned(), String::new()));
    let missing = administer(&sys, &mark(0), Params::default()).await;
    assert_eq!(missing.err().unwrap().message, "Missing parameter: text");
    assert_eq!(last_record(&sys).await.1, "Missing parameter: text");
}

#[tokio::test]
async fn rights_are_checked_and_their_policies_recorded() {
    let (sys, _db) = sqlite().await;
    let op = || Mark { right: Some(rights::SET.clone()), ..mark(0) };
    perform(&sys, &op(), call(&sys, Caller::local_admin("admin"), Params::of([("text", "x")]))).await.unwrap();
    assert_eq!(last_record(&sys).await, (true, String::new(), "superuser".to_owned()));
    let narrow = json!({"name": "superuser", "scope": "admin", "action": "policywrite"});
    administer(&sys, &SetPolicy, params(narrow)).await.unwrap();
    let denied = administer(&sys, &op(), Params::of([("text", "x")])).await.err().unwrap();
    assert_eq!((denied.code, denied.code.number()), (Code::Policy, 303));
    let anonymous = perform(&sys, &op(), call(&sys, Caller::Anonymous, Params::of([("text", "x")]))).await;
    assert_eq!(anonymous.err().unwrap().code, Code::Authenticate);
}

/// Rewrites parameters before and answers after, and leaves a row.
struct Meddler {
    before: Option<&'static str>,
}

#[async_trait]
impl Hook for Meddler {
    fn takes_part(&self, event: &str) -> bool {
        event == "token_set"
    }

    async fn before(&self, _: &Mfa, call: &mut Call, _: &str) -> Result<(), Failure> {
        if let Some(text) = self.before {
            call.params.set("text", text);
        }
        Ok(())
    }

    async fn after(&self, _: &Mfa, call: &mut Call, event: &str, answer: &mut Answer) -> Result<(), Failure> {
        if answer.value == json!("stop") {
            return Err(Failure::policy("stopped"));
        }
        call.batch.run(&MARK, args![event, "seen"]);
        answer.value = json!({ "was": answer.value });
        Ok(())
    }
}

#[tokio::test]
async fn hooks_rewrite_parameters_and_answers_and_may_stop() {
    let db = db::testing::one(Dialect::Sqlite).await;
    for (before, expected) in [(Some("other"), Some(json!({"was": "other"}))), (Some("stop"), None), (Some(""), None)] {
        let hooks = Hooks { events: vec![Arc::new(Meddler { before })], ..Hooks::default() };
        let sys = bare((*db).clone(), hooks).await;
        let done = perform(&sys, &mark(1), call(&sys, Caller::local_admin("a"), Params::of([("text", "x")]))).await;
        assert_eq!(done.ok().map(|done| done.answer.value), expected, "{before:?}");
    }
    let seen = db.fetch_all(&MARKED, args!["token_set"]).await.unwrap();
    assert_eq!(seen.len(), 1, "a repeated decision leaves one row, a stopped one none");
}

#[test]
fn events_are_sorted_and_unique() {
    assert!(EVENTS.windows(2).all(|pair| pair[0] < pair[1]));
}
