//! Outcomes as the wire format shows them.

use serde_json::{Map, Value, json};

use crate::engine::{Asked, Asking, Outcome, Verdict};
use crate::operation::{Answer, Authentication};

fn insert(detail: &mut Map<String, Value>, entries: Value) {
    if let Value::Object(entries) = entries {
        detail.extend(entries);
    }
}

/// `value`, `detail` and `authentication` of a check.
pub(super) fn of(outcome: &Outcome) -> Answer {
    let mut detail = Map::from_iter([("message".to_owned(), Value::from(outcome.message.clone()))]);
    let (value, authentication) = match &outcome.verdict {
        Verdict::Accepted(proof) => {
            tokens(&mut detail, outcome, proof.transaction.is_none());
            (true, Authentication::Accept)
        }
        Verdict::Challenged(asked) => {
            challenge(&mut detail, asked);
            (false, Authentication::Challenge)
        }
        Verdict::Rejected(_) => {
            if outcome.tokens.len() == 1 {
                tokens(&mut detail, outcome, true);
            }
            (false, Authentication::Reject)
        }
        Verdict::Limited { .. } => (false, Authentication::Reject),
    };
    Answer { authentication: Some(authentication), ..Answer::value(value).with_detail(detail) }
}

/// One token is named; of several only what they have in common.
fn tokens(detail: &mut Map<String, Value>, outcome: &Outcome, with_length: bool) {
    match &outcome.tokens[..] {
        [] => {}
        [one] => {
            insert(detail, json!({ "serial": one.serial, "type": one.kind }));
            if with_length {
                insert(detail, json!({ "otplen": one.otplen }));
            }
        }
        [first, rest @ ..] => {
            let same = rest.iter().all(|token| token.kind == first.kind);
            insert(detail, json!({ "type": if same { first.kind } else { "undetermined" } }));
        }
    }
}

fn entry(asked: &Asked, asking: &Asking) -> Map<String, Value> {
    let mut entry = Map::new();
    insert(
        &mut entry,
        json!({
            "transaction_id": asked.set.code,
            "serial": asking.token.serial,
            "type": asking.token.kind,
            "client_mode": asking.client_mode,
            "message": asking.message,
            "attributes": asking.attributes,
        }),
    );
    entry
}

/// Everything about a transaction; the keys of the last challenge stand at the top too, for clients that know one only.
pub(super) fn challenge(detail: &mut Map<String, Value>, asked: &Asked) {
    let entries: Vec<Map<String, Value>> = asked.prompts.iter().map(|asking| entry(asked, asking)).collect();
    let message = detail.get("message").cloned();
    if let Some(last) = entries.last() {
        detail.extend(last.clone());
    }
    if let Some(message) = message {
        detail.insert("message".to_owned(), message);
    }
    let modes: Vec<&str> = asked.prompts.iter().map(|asking| asking.client_mode).collect();
    let preferred = ["interactive", "webauthn", "poll"].into_iter().find(|mode| modes.contains(mode)).unwrap_or("interactive");
    insert(
        detail,
        json!({
            "messages": asked.prompts.iter().map(|asking| &asking.message).collect::<Vec<_>>(),
            "transaction_ids": entries.iter().map(|_| &asked.set.code).collect::<Vec<_>>(),
            "multi_challenge": entries,
            "preferred_client_mode": preferred,
        }),
    );
}
