//! Scope `sso`: sign-in through the hosted pages, and the sessions that follow.

use crate::policy::{Flag, Scope, Span, Words};

crate::choices! {
    /// Whether a person may sign in to an application.
    SignIn {
        /// They may.
        Allow = "allow",
        /// They may not.
        Deny = "deny",
    }
    /// When consent is asked for.
    Consent {
        /// Once for each application and scope.
        Remember = "remember",
        /// At every sign-in.
        Always = "always",
        /// Never.
        Never = "never",
    }
}

crate::actions! { Scope::Sso;
    /// Whether people may sign in to an application.
    SIGN_IN: SignIn = "sign_in", group "access";
    /// Demand a second factor at sign-in.
    REQUIRE_SECOND_FACTOR: Flag = "require_second_factor", group "factors";
    /// Demand a factor that cannot be phished.
    REQUIRE_PHISHING_RESISTANT: Flag = "require_phishing_resistant", group "factors";
    /// Token kinds that count as second factor, space separated; all, if none are named.
    FACTOR_KINDS: Words = "factor_kinds", group "factors";
    /// Ask for the PIN of a token beside its code.
    ASK_PIN: Flag = "ask_pin", group "factors";
    /// Token kinds that a person without a second factor may enrol at sign-in, space separated.
    ENROLL_AT_SIGN_IN: Words = "enroll_at_sign_in", group "factors";
    /// Issue recovery codes with the first enrolment.
    RECOVERY_CODES: Flag = "recovery_codes", group "factors";
    /// How old a password may be before a session asks for it again, such as 8h.
    KNOWLEDGE_MAX_AGE: Span = "knowledge_max_age", group "factors";
    /// How old a proof of possession may be before a session asks for it again, such as 8h.
    POSSESSION_MAX_AGE: Span = "possession_max_age", group "factors";
    /// Idle time after which a session ends, such as 1h.
    SESSION_IDLE: Span = "session_idle", group "session", if |span| !span.0.is_zero();
    /// Time after which a session ends in any case, such as 12h.
    SESSION_LIFETIME: Span = "session_lifetime", group "session", if |span| !span.0.is_zero();
    /// When consent is asked for.
    CONSENT: Consent = "consent", group "consent";
    /// Days for which a browser counts as known after a successful sign-in.
    KNOWN_DEVICE_DAYS: u16 = "known_device_days", group "session", if |days| *days <= 3650;
}
