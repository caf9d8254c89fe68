//! `/validate`: checking factors for machines.

use http::Method;
use mfa::engine::ops::{PollTransaction, TriggerChallenge, ValidateCheck};

use crate::http::Route;

use super::operation::operation;

const CHECK: &[&str] = &["user", "serial", "pass", "realm", "resolver", "transaction_id", "state", "type", "client", "nonce"];
const TRIGGER: &[&str] = &["user", "serial", "realm", "resolver", "type", "client", "nonce"];

pub(super) fn routes() -> Vec<Route> {
    let check = |method| operation(method, "/validate/check", ValidateCheck).about("Check a factor.", CHECK);
    let trigger =
        |method| operation(method, "/validate/triggerchallenge", TriggerChallenge).about("Trigger challenges.", TRIGGER);
    let poll = |path| {
        operation(Method::GET, path, PollTransaction)
            .about("How a challenge stands that is answered elsewhere.", &["transaction_id", "nonce"])
    };
    vec![
        check(Method::GET),
        check(Method::POST),
        trigger(Method::GET),
        trigger(Method::POST),
        poll("/validate/polltransaction"),
        poll("/validate/polltransaction/{transaction_id}"),
    ]
}
