//! The rules of one check: policies and settings, read once and then plain values.

use std::time::Duration;

use crate::policy::actions::authentication::{
    CHALLENGE_RESPONSE, CHALLENGE_TEXT, DISABLED_TOKEN_TYPES, FORCE_CHALLENGE_RESPONSE, INCREASE_FAILCOUNTER_ON_CHALLENGE,
    OTPPIN, OtpPin, RESET_ALL_USER_TOKENS,
};
use crate::policy::actions::authorization::{AUTHORIZED, Authorized, TOKENTYPE};
use crate::policy::{Action, At, Fault, Words};
use crate::settings::Snapshot;
use crate::tokens::{Circumstances, KindRef};

/// The rules of one check.
#[derive(Clone, Debug)]
pub struct Rules {
    /// What is checked as PIN.
    pub pin: OtpPin,
    /// Whether the PIN stands before the value (setting `PrependPin`).
    pub pin_first: bool,
    /// Names of the kinds that a PIN alone may ask for a challenge (policy `challenge_response`).
    pub challenge_kinds: Vec<String>,
    /// PIN and value in one text are refused (policy `force_challenge_response`).
    pub force_challenge: bool,
    /// Names of the kinds that are refused (policy `disabled_token_types`).
    pub disabled_kinds: Vec<String>,
    /// Names of the only kinds that are let through (policy `tokentype`); none: all of them.
    pub allowed_kinds: Option<Vec<String>>,
    /// Whether a success is let through (policy `authorized`).
    pub authorized: bool,
    /// Words of a challenge (policy `challenge_text`).
    pub challenge_text: Option<String>,
    /// A wrong PIN counts against all tokens (setting `IncFailCountOnFalsePin`).
    pub count_wrong_pin: bool,
    /// Asking for a challenge counts as a failure (policy `increase_failcounter_on_challenge`).
    pub count_trigger: bool,
    /// A success resets the fail counters of all tokens of the person (policy `reset_all_user_tokens`).
    pub reset_all: bool,
    /// A full fail counter that has rested this long is forgotten (setting `failcounter_clear_timeout`).
    pub clear_after: Option<Duration>,
    /// Time between the two values of an automatic resynchronisation (settings `AutoResync`, `AutoResyncTimeout`).
    pub auto_resync: Option<Duration>,
    /// Whether use counters are kept (setting `no_auth_counter`).
    pub counted: bool,
    /// How long a challenge may be answered (setting `DefaultChallengeValidityTime`).
    pub challenge_validity: Duration,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            pin: OtpPin::TokenPin,
            pin_first: true,
            challenge_kinds: Vec::new(),
            force_challenge: false,
            disabled_kinds: Vec::new(),
            allowed_kinds: None,
            authorized: true,
            challenge_text: None,
            count_wrong_pin: true,
            count_trigger: false,
            reset_all: false,
            clear_after: None,
            auto_resync: None,
            counted: true,
            challenge_validity: Duration::from_secs(120),
        }
    }
}

fn names(list: &[String], kind: KindRef) -> bool {
    list.iter().any(|name| name.eq_ignore_ascii_case(kind.spec().name))
}

fn seconds(n: u32) -> Duration {
    Duration::from_secs(n.into())
}

impl Rules {
    /// Asks policies and settings.
    ///
    /// # Errors
    /// [`Fault`] when policies contradict each other or cannot be decided.
    pub fn read(at: &At<'_>, settings: &Snapshot) -> Result<Self, Fault> {
        let list = |action: &Action<Words>| Ok::<_, Fault>(at.words(action)?.map(|words| Vec::from_iter(words.0)));
        let names = |action: &Action<Words>| list(action).map(Option::unwrap_or_default);
        let clear = settings.failcounter_clear_timeout;
        Ok(Self {
            pin: at.get(&OTPPIN)?.unwrap_or(OtpPin::TokenPin),
            pin_first: settings.prepend_pin,
            challenge_kinds: names(&CHALLENGE_RESPONSE)?,
            force_challenge: at.any(&FORCE_CHALLENGE_RESPONSE)?,
            disabled_kinds: names(&DISABLED_TOKEN_TYPES)?,
            allowed_kinds: list(&TOKENTYPE)?,
            authorized: at.get(&AUTHORIZED)? != Some(Authorized::Deny),
            challenge_text: at.get(&CHALLENGE_TEXT)?,
            count_wrong_pin: settings.inc_fail_count_on_false_pin,
            count_trigger: at.any(&INCREASE_FAILCOUNTER_ON_CHALLENGE)?,
            reset_all: at.any(&RESET_ALL_USER_TOKENS)?,
            clear_after: (clear > 0).then(|| seconds(clear.saturating_mul(60))),
            auto_resync: settings.auto_resync.then(|| seconds(settings.auto_resync_timeout)),
            counted: !settings.no_auth_counter,
            challenge_validity: seconds(settings.default_challenge_validity_time),
        })
    }

    /// Whether the PIN of such a token may ask for a challenge.
    pub fn challenges(&self, kind: KindRef) -> bool {
        names(&self.challenge_kinds, kind)
    }

    /// Whether such tokens may be used at all.
    pub fn admits(&self, kind: KindRef) -> bool {
        !names(&self.disabled_kinds, kind) && self.allowed_kinds.as_ref().is_none_or(|allowed| names(allowed, kind))
    }

    /// What kinds need to know.
    pub fn circumstances(&self, at: kernel::Timestamp) -> Circumstances {
        Circumstances { at, auto_resync: self.auto_resync }
    }
}
