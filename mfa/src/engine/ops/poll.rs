//! `/validate/polltransaction`: how a question stands that is answered through another channel. Reads only, so that a browser may ask
//! several times a second.

use serde_json::Map;

use crate::Mfa;
use crate::challenge;
use crate::operation::{Access, Answer, Authentication, Call, Failure, FromParams, Operation, ParamError, Params};

/// Looks whether a transaction has been answered. One that does not exist, has expired or was taken already is pending for ever.
pub struct PollTransaction;

/// Which.
pub struct Input {
    transaction: String,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { transaction: params.required("transaction_id")? })
    }
}

impl Operation for PollTransaction {
    const EVENT: &'static str = "validate_poll_transaction";
    const ACCESS: Access = Access::Everybody;
    const QUIET: bool = true;
    type Input = Input;
    /// Whether the answer has come.
    type Output = bool;

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<bool, Failure> {
        let at = call.origin.at;
        let set = challenge::store::by_code(&sys.db, &input.transaction, at).await?;
        let Some(set) = set.filter(|set| set.belongs_at(call.origin.door)) else { return Ok(false) };
        call.audit.person = set.person;
        call.audit.serial = set.challenges.iter().map(|part| part.serial.as_str()).collect::<Vec<_>>().join(",");
        Ok(set.answered(at))
    }

    fn answer(&self, answered: &bool) -> Answer {
        let (status, authentication) =
            if *answered { ("accept", Authentication::Accept) } else { ("pending", Authentication::Reject) };
        let detail = Map::from_iter([("challenge_status".to_owned(), status.into())]);
        Answer { authentication: Some(authentication), ..Answer::value(*answered).with_detail(detail) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use audit::{Door, Origin};
    use db::list::ListQuery;
    use serde_json::json;

    use super::*;
    use crate::engine::ops::{TriggerChallenge, ValidateCheck};
    use crate::events::ops::SetBinding;
    use crate::operation::{Caller, Done, perform};
    use crate::testing::{administer, call, operate, params, ready};
    use crate::token_ops::InitToken;

    async fn poll(sys: &Mfa, door: Door, code: &str) -> Done<bool> {
        let origin = Origin::local(door, sys.clock.now(), "poll", "n");
        let call = Call::new(origin, Caller::Anonymous, "GET /validate/polltransaction", Params::of([("transaction_id", code)]));
        perform(sys, &PollTransaction, call).await.unwrap()
    }

    async fn trigger(sys: &Mfa) -> String {
        let asked = administer(sys, &TriggerChallenge, params(json!({"serial": "H1"}))).await.unwrap();
        asked.answer.detail.unwrap()["transaction_id"].as_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn a_transaction_is_pending_until_it_is_answered() {
        for db in db::testing::all().await {
            let sys = ready((*db).clone()).await;
            operate(&sys, &InitToken, params(json!({"type": "hotp", "genkey": 1, "serial": "H1"}))).await.unwrap();
            let code = trigger(&sys).await;
            let pending = poll(&sys, Door::Validate, &code).await.answer;
            assert_eq!((pending.value, pending.authentication), (json!(false), Some(Authentication::Reject)));
            assert_eq!(pending.detail.unwrap()["challenge_status"], "pending");
            // No token of today is answered elsewhere: its channel would set this.
            db.script("UPDATE challenge SET otp_valid = TRUE").await;
            for _ in 0..2 {
                let accepted = poll(&sys, Door::Validate, &code).await.answer;
                assert_eq!((accepted.value, accepted.authentication), (json!(true), Some(Authentication::Accept)));
                assert_eq!(accepted.detail.unwrap()["challenge_status"], "accept", "{:?}", db.dialect());
            }
            assert!(!poll(&sys, Door::Pages, &code).await.output, "another door has not asked");
            for unknown in ["00000000000000000000", " \u{1f600}"] {
                assert!(!poll(&sys, Door::Validate, unknown).await.output);
            }
            sys.clock.advance(Duration::from_secs(121));
            assert!(!poll(&sys, Door::Validate, &code).await.output, "too late");
        }
    }

    #[tokio::test]
    async fn polling_writes_nothing_unless_a_handler_does() {
        let (sys, _db) = crate::testing::sqlite().await;
        operate(&sys, &InitToken, params(json!({"type": "hotp", "genkey": 1, "serial": "H1"}))).await.unwrap();
        let code = trigger(&sys).await;
        let entries = async || ListQuery::new("audit_entry", &["id"]).count(&sys.db).await.unwrap();
        let before = entries().await;
        poll(&sys, Door::Validate, &code).await;
        assert_eq!(entries().await, before);
        let check = params(json!({"serial": "H1", "pass": "000000", "transaction_id": code}));
        perform(&sys, &ValidateCheck, call(&sys, Caller::Anonymous, check)).await.unwrap();
        assert_eq!(entries().await, before + 1, "what is counted are entries");
        let counter = json!({"name": "polls", "event": PollTransaction::EVENT, "handlermodule": "Counter",
            "action": "increase_counter", "options": {"counter_name": "polls"}});
        administer(&sys, &SetBinding, params(counter)).await.unwrap();
        let before = entries().await;
        poll(&sys, Door::Validate, &code).await;
        assert_eq!((entries().await, sys.events.counter(&sys.db, "polls").await.unwrap()), (before + 1, 1));
    }
}
