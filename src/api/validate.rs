//! `/validate`: checking factors for machines. What is refused is answered at a fixed time after the request came: neither who
//! exists, nor who has which tokens, nor whether a PIN was right can be read from it.

use http::Method;
use mfa::Mfa;
use mfa::engine::ops::{PollTransaction, TriggerChallenge, ValidateCheck};
use mfa::operation::{Answer, Authentication, Code, Failure, FromParams, Params, perform};
use mfa::people::Name;
use mfa::people::ops::UserParams;

use crate::http::{Route, Who, deadline};

use super::operation::{operation, refused, reply};
use super::request::{Outcome, Request, verb};

const CHECK: &[&str] = &["user", "serial", "pass", "realm", "resolver", "transaction_id", "state", "type", "client", "nonce"];
const TRIGGER: &[&str] = &["user", "serial", "realm", "resolver", "type", "client", "nonce"];

pub(super) fn routes() -> Vec<Route> {
    let check = |method| verb(method, "/validate/check", Who::Anyone, check).about("Check a factor.", CHECK);
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

async fn check(request: Request) -> Outcome {
    let cx = request.cx.clone();
    let (app, call) = request.call()?;
    let name = named(&app.mfa, &call.params);
    let uncertain = || name.as_ref().is_some_and(|name| app.mfa.people.ailing(name));
    let outcome = match perform(&app.mfa, &ValidateCheck, call).await {
        // Somebody who does not get in must look like those whom nobody can look up at present.
        Ok(done) if done.answer.authentication == Some(Authentication::Reject) && uncertain() => {
            Err(refused(&cx.id, Failure::outage("refused while a user store does not answer")))
        }
        Err(failed) if failed.code == Code::Hidden && uncertain() => {
            Err(refused(&cx.id, Failure::outage("refused while a user store does not answer")))
        }
        Ok(done) => Ok(reply(done.answer)),
        // Whoever has but revoked tokens, say, must not be told from those who do not exist.
        Err(failed) if failed.code == Code::Hidden => Ok(reply(Answer::rejected(failed.message))),
        Err(failed) => Err(refused(&cx.id, failed)),
    };
    if outcome.as_ref().map_or(true, |reply| reply.authentication == Some(Authentication::Reject)) {
        deadline::until(&cx, app.config.api.failed_after).await;
    }
    outcome
}

/// The name that parameters give, if it is one that is looked up in a realm.
fn named(sys: &Mfa, params: &Params) -> Option<Name> {
    let user = UserParams::from_params(params).ok()?;
    let typed = user.user.filter(|_| !params.has("serial"))?;
    Some(sys.name(&typed, user.realm.as_deref()))
}
