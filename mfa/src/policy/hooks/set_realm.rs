//! `set_realm`: overwrites the realm before anything else is done with it.

use async_trait::async_trait;

use super::typed_facts;
use crate::Mfa;
use crate::operation::{Call, Failure, Hook};
use crate::policy::actions::authentication::SET_REALM;
use crate::policy::{Policies, Scope};

pub(super) struct SetRealm(pub(super) Policies);

#[async_trait]
impl Hook for SetRealm {
    fn takes_part(&self, event: &str) -> bool {
        matches!(event, "auth" | "validate_check" | "validate_triggerchallenge") && self.0.load().is_active(Scope::Authentication)
    }

    async fn before(&self, sys: &Mfa, call: &mut Call, _: &str) -> Result<(), Failure> {
        let set = sys.policies.load();
        let facts = typed_facts(sys, call, &call.params);
        let Some(login) = facts.login.clone() else { return Ok(()) };
        let at = set.at(&facts);
        if let Some(realm) = at.get(&SET_REALM)? {
            let field = if call.params.has("user") { "user" } else { "username" };
            call.params.set(field, login);
            call.params.set("realm", realm);
            call.params.remove("resolver");
        }
        call.decided(&at);
        Ok(())
    }
}
