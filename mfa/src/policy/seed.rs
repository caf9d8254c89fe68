//! The policies of a sound start.

use super::definition::Definition;
use super::syntax::parse_actions;

/// Name, scope, actions, description.
const START: &[(&str, &str, &str, &str)] = &[
    (
        "require-second-factor",
        "sso",
        "require_second_factor, enroll_at_sign_in=totp, recovery_codes",
        "Demand a second factor at sign-in; who has none enrols one.",
    ),
    (
        "hide-specific-error-message",
        "authentication",
        "hide_specific_error_message",
        "Answer failed sign-ins uniformly, so that nobody learns who exists.",
    ),
    (
        "superuser",
        "admin",
        "*, set_custom_user_attributes=*: *, delete_custom_user_attributes=*",
        "Administrators may do everything.",
    ),
    (
        "self-service",
        "user",
        "enrollHOTP, enrollTOTP, enrollRECOVERY, enrollpin, delete, disable, enable, setpin, setdescription, resync, reset, auditlog, userlist",
        "People manage their own tokens.",
    ),
];

/// The policies that a new installation starts with.
pub fn policies() -> Vec<Definition> {
    let define = |(name, scope, action, description): &(&str, &str, &str, &str)| Definition {
        name: (*name).to_owned(),
        scope: (*scope).to_owned(),
        action: parse_actions(action).unwrap_or_default(),
        description: Some((*description).to_owned()),
        ..Definition::default()
    };
    START.iter().map(define).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Known, Registry};
    use super::*;

    #[test]
    fn the_start_is_sound() {
        for def in policies() {
            assert_eq!(def.problems(&Registry::of_kinds(), &Known::default()), [], "{}", def.name);
        }
    }
}
