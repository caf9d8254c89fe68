//! Scope `sso`: sign-in through the hosted pages, and the sessions that follow.

use crate::policy::{Flag, Scope, Span, Words};

crate::actions! { Scope::Sso;
    /// Demand a second factor at sign-in.
    REQUIRE_SECOND_FACTOR: Flag = "require_second_factor", group "factors";
    /// Token kinds that a person without a second factor may enrol at sign-in, space separated.
    ENROLL_AT_SIGN_IN: Words = "enroll_at_sign_in", group "factors";
    /// How old a password may be before a session asks for it again, such as 8h.
    KNOWLEDGE_MAX_AGE: Span = "knowledge_max_age", group "factors";
    /// How old a proof of possession may be before a session asks for it again, such as 8h.
    POSSESSION_MAX_AGE: Span = "possession_max_age", group "factors";
    /// Idle time after which a session ends, such as 1h.
    SESSION_IDLE: Span = "session_idle", group "session", if |span| !span.0.is_zero();
    /// Time after which a session ends in any case, such as 12h.
    SESSION_LIFETIME: Span = "session_lifetime", group "session", if |span| !span.0.is_zero();
    /// How long a consent is remembered, such as 365d; 0s asks every time.
    REMEMBER_CONSENT: Span = "remember_consent", group "consent";
    /// Days for which a browser counts as known after a successful sign-in.
    KNOWN_DEVICE_DAYS: u16 = "known_device_days", group "session", if |days| *days <= 3650;
}
