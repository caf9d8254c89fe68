//! Policies that fill or rewrite around operations: parameters before, answers and failures after.
//!
//! Each asks the set as it is now and takes part only while its scope has an active policy.

mod answers;
mod hide;
mod set_realm;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::{Facts, Policies};
use crate::Mfa;
use crate::operation::{Call, Hook, Params};

/// All of them: before in this order, after in this order too. Hiding comes last, so that nothing is added to what it hid.
pub(crate) fn all(policies: &Policies) -> Vec<Arc<dyn Hook>> {
    vec![
        Arc::new(set_realm::SetRealm(policies.clone())),
        Arc::new(answers::Answers(policies.clone())),
        Arc::new(hide::Hide(policies.clone())),
    ]
}

/// Facts about whoever was typed, whether they exist or not: what is decided by these tells nothing about it.
fn typed_facts(sys: &Mfa, call: &Call, params: &Params) -> Facts {
    let text = |name: &str| params.text(name).ok().flatten().filter(|text| !text.is_empty());
    let facts = call.facts(&sys.policies.load());
    let Some(typed) = text("user").or_else(|| text("username")) else { return facts };
    let name = sys.name(&typed, text("realm").as_deref());
    let realm = name.realm.or_else(|| sys.people.directory().default_realm().map(str::to_owned));
    Facts { login: Some(name.login), realm, ..facts }
}
