//! `hide_specific_error_message`: failed sign-ins are answered uniformly. Whether the policy applies is decided by what was typed,
//! never by who exists; when that cannot be decided, it hides.

use async_trait::async_trait;
use serde_json::Map;

use super::typed_facts;
use crate::Mfa;
use crate::operation::{Answer, Authentication, Call, Code, Failure, Hook};
use crate::policy::actions::authentication::HIDE_SPECIFIC_ERROR_MESSAGE;
use crate::policy::{Policies, Scope};

/// What everybody reads.
const MESSAGE: &str = "Authentication failed.";

pub(super) struct Hide(pub(super) Policies);

impl Hide {
    fn hides(sys: &Mfa, call: &mut Call) -> bool {
        let set = sys.policies.load();
        let facts = typed_facts(sys, call, &call.params);
        let at = set.at(&facts);
        let hides = at.any(&HIDE_SPECIFIC_ERROR_MESSAGE).unwrap_or(true);
        call.decided(&at);
        hides
    }
}

/// Whether a failure tells something about the person or their tokens.
fn tells(code: Code) -> bool {
    !matches!(
        code,
        Code::Parameter | Code::UserMissing | Code::Limited | Code::Unavailable | Code::Internal | Code::NotImplemented
    )
}

#[async_trait]
impl Hook for Hide {
    fn takes_part(&self, event: &str) -> bool {
        matches!(event, "auth" | "validate_check") && self.0.load().is_active(Scope::Authentication)
    }

    async fn after(&self, sys: &Mfa, call: &mut Call, _: &str, answer: &mut Answer) -> Result<(), Failure> {
        if answer.authentication == Some(Authentication::Reject) && Self::hides(sys, call) {
            answer.detail = Some(Map::from_iter([("message".to_owned(), MESSAGE.into())]));
        }
        Ok(())
    }

    async fn failed(&self, sys: &Mfa, call: &mut Call, _: &str, failure: Failure) -> Failure {
        if tells(failure.code) && Self::hides(sys, call) { Failure::new(Code::Hidden, MESSAGE) } else { failure }
    }
}
