//! Scope `sso`: sign-in through the hosted pages, and the sessions that follow.

use std::time::Duration;

use crate::policy::{ActionValue, Flag, Scope, Span, ValueType, Words};

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

/// What becomes of people whose store is out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outage {
    /// Nobody is let in whom the store cannot vouch for.
    #[default]
    Refuse,
    /// Those who are remembered count as who they were, for so long after they would have had to be read again.
    Remembered(Duration),
}

/// Nobody is remembered for longer.
pub const LONGEST_OUTAGE: Duration = Duration::from_secs(24 * 60 * 60);

impl ActionValue for Outage {
    const TYPE: ValueType = ValueType::Str;
    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "`refuse`, or `remembered` and a time up to 24h, such as `remembered 30m`, is expected".to_owned();
        match text.split_whitespace().collect::<Vec<_>>()[..] {
            ["refuse"] => Ok(Self::Refuse),
            ["remembered", span] => {
                let Span(span) = Span::parse(span).map_err(|_| wrong())?;
                if span.is_zero() || span > LONGEST_OUTAGE { Err(wrong()) } else { Ok(Self::Remembered(span)) }
            }
            _ => Err(wrong()),
        }
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
    /// What becomes of people whose user store does not answer, once what is remembered of them is as old as it may be: refuse, or,
    /// with remembered and a time such as 30m, those who were looked up lately go on for so long, with their sessions, refresh
    /// tokens and tokens, at every door. A password of that store cannot be checked meanwhile, and whoever is disabled there
    /// in this time gets in until the store answers again. Policies that depend on client address, browser or application do
    /// not apply here.
    RESOLVER_OUTAGE: Outage = "resolver_outage", group "access";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_outages_are_written() {
        assert_eq!(Outage::parse(" refuse "), Ok(Outage::Refuse));
        assert_eq!(Outage::parse("remembered  30m"), Ok(Outage::Remembered(Duration::from_secs(1800))));
        assert_eq!(Outage::parse("remembered 24h"), Ok(Outage::Remembered(LONGEST_OUTAGE)));
        for wrong in ["", "remembered", "remembered 0", "remembered 25h", "30m", "remembered 30m please", "allow"] {
            assert!(Outage::parse(wrong).is_err(), "{wrong}");
        }
    }
}
