//! Scopes `admin` and `user`: values that administrators and people are held to in what they may do.

use crate::policy::{Flag, Scope, Span};

crate::choices! {
    /// A hash function of one-time codes.
    HashLib {
        /// SHA-1.
        Sha1 = "sha1",
        /// SHA-256.
        Sha256 = "sha256",
        /// SHA-512.
        Sha512 = "sha512",
    }
}

crate::actions! { Scope::Admin, Scope::User;
    /// Hash function of new tokens.
    HASHLIB: HashLib = "{kind}_hashlib" for "hashlib";
    /// Code length of new tokens.
    OTPLEN: u8 = "{kind}_otplen" for "otplen", if |n| matches!(n, 6 | 8);
    /// Time step of new tokens in seconds.
    TIMESTEP: u16 = "{kind}_timestep" for "timeStep", if |n| matches!(n, 30 | 60);
    /// The secret of new tokens is always made here.
    FORCE_SERVER_GENERATE: Flag = "{kind}_force_server_generate" for "otpkey";
    /// Shortest PIN.
    OTP_PIN_MINLENGTH: u8 = "otp_pin_minlength", group "pin", if |n| *n <= 31;
    /// Longest PIN.
    OTP_PIN_MAXLENGTH: u8 = "otp_pin_maxlength", group "pin", if |n| *n <= 31;
    /// Character classes that a PIN must have.
    OTP_PIN_CONTENTS: String = "otp_pin_contents", group "pin";
    /// Limit the age of the audit entries shown, such as 30d.
    AUDITLOG_AGE: Span = "auditlog_age", group "system";
}
