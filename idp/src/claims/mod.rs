//! Claims about people: which exist, which scope asks for which, and how they are filled from a person's attributes.
//!
//! Claims of scopes go to UserInfo; into an ID token go only those that the request names for it (OpenID Connect Core 5.4,
//! 5.5). To add a claim: one line in [`standard`].

mod request;
mod standard;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub use request::{BadClaims, ClaimsRequest, Wanted};
pub use standard::{Claim, NAMES, is_standard};

use crate::oidc::scope::Scopes;
use crate::ports::Person;

/// Attributes of a person by name. Text is the usual value; numbers and booleans are taken as they are.
pub type Attributes = BTreeMap<String, Value>;

/// The attributes of a person, with the login name as what `preferred_username` and `name` fall back to.
pub fn attributes(person: &Person) -> Attributes {
    let mut attributes = person.attributes.clone();
    attributes.entry("preferred_username".to_owned()).or_insert_with(|| person.login.clone().into());
    if !person.display_name.is_empty() {
        attributes.entry("name".to_owned()).or_insert_with(|| person.display_name.clone().into());
    }
    attributes
}

/// The claims that the scopes grant, for UserInfo. `renamed` maps claims to other attributes than usual.
pub fn for_scopes(scopes: &Scopes, attributes: &Attributes, renamed: &BTreeMap<String, String>) -> Map<String, Value> {
    let granted = standard::CLAIMS.iter().filter(|claim| scopes.contains(claim.scope));
    granted.filter_map(|claim| Some((claim.name.to_owned(), claim.value(attributes, renamed)?))).collect()
}

/// The claims that a request names one by one, as far as `allowed` (the scopes that its client may ask for) covers them.
pub fn for_names<'a>(
    names: impl Iterator<Item = &'a str>,
    allowed: &Scopes,
    attributes: &Attributes,
    renamed: &BTreeMap<String, String>,
) -> Map<String, Value> {
    names
        .filter_map(standard::by_name)
        .filter(|claim| allowed.contains(claim.scope))
        .filter_map(|claim| Some((claim.name.to_owned(), claim.value(attributes, renamed)?)))
        .collect()
}

/// The scope that a claim belongs to.
pub fn scope_of(claim: &str) -> Option<&'static str> {
    standard::by_name(claim).map(|claim| claim.scope)
}

/// Whether claims belong to this scope.
pub fn is_scope(scope: &str) -> bool {
    standard::CLAIMS.iter().any(|claim| claim.scope == scope)
}
