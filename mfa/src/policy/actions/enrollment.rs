//! Scope `enrollment`: what new tokens are like.

use crate::policy::{Flag, Scope, Words};

crate::actions! { Scope::Enrollment;
    /// Most tokens that one person may have.
    MAX_TOKEN_PER_USER: u32 = "max_token_per_user", group "token";
    /// Most tokens in one realm.
    MAX_TOKEN_PER_REALM: u32 = "max_token_per_realm", group "token";
    /// Most active tokens that one person may have.
    MAX_ACTIVE_TOKEN_PER_USER: u32 = "max_active_token_per_user", group "token";
    /// Most tokens of this kind that one person may have.
    MAX_KIND_PER_USER: u32 = "{kind}_max_token_per_user" for "", group "token";
    /// Most active tokens of this kind that one person may have.
    MAX_ACTIVE_KIND_PER_USER: u32 = "{kind}_max_active_token_per_user" for "", group "token";
    /// Label in the enrolment link; tags such as {user} and {serial} are replaced.
    TOKENLABEL: String = "tokenlabel", group "token";
    /// Issuer in the enrolment link; tags such as {realm} are replaced.
    TOKENISSUER: String = "tokenissuer", group "token";
    /// Length of the random PIN that a new token gets.
    OTP_PIN_RANDOM: u8 = "otp_pin_random", group "pin", if |n| (1..=31).contains(n);
    /// Token kinds that must prove a first code, space separated.
    VERIFY_ENROLLMENT: Words = "verify_enrollment", group "token";
    /// People may add, enable and reset factors of their own without showing an existing one. For older clients; weakens
    /// every account whose password is known.
    ENROLL_WITHOUT_FACTOR: Flag = "enroll_without_factor", group "token";
}
