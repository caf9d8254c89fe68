//! One's own factors as people manage them on pages: begun, confirmed with a first value, given up, and recovery codes made anew.
//!
//! The sign-in and the portal do the same here. Each brings a call of its own: who asks, what the audit shows, and the proof that
//! it vouches for; its parameters are replaced.

use kernel::SecretText;

use super::{DeleteToken, Enrolled, InitToken};
use crate::Mfa;
use crate::operation::{Call, Failure, Params, perform};
use crate::tokens::{Rollout, Token, recovery};

/// A factor that awaits its first value, with what the application needs. It is shown once; it holds the secret.
pub struct Begun {
    /// Its serial.
    pub serial: String,
    /// Its kind.
    pub kind: &'static str,
    /// The `otpauth://` link.
    pub uri: SecretText,
    /// The key in base32, for typing.
    pub key: SecretText,
    /// The link as a picture: a data URI.
    pub qr: SecretText,
    /// Digits of one value.
    pub digits: u8,
}

/// Recovery codes, shown once.
pub struct Codes {
    /// The codes, in the order in which they are shown.
    pub codes: Vec<SecretText>,
    /// Whether others were good until now.
    pub replaced: bool,
}

async fn init(sys: &Mfa, mut call: Call, params: Params) -> Result<Enrolled, Failure> {
    call.params = params;
    Ok(perform(sys, &InitToken, call).await?.output)
}

/// Makes a token that cannot be used before it is confirmed.
///
/// # Errors
/// As [`InitToken`].
pub async fn begin(sys: &Mfa, call: Call, kind: &str) -> Result<Begun, Failure> {
    let params = Params::of([("type", kind), ("genkey", "1"), ("confirm", "1")]);
    let Enrolled { token, shown, .. } = init(sys, call, params).await?;
    let text = |key: &str, member: &str| {
        SecretText::new(shown.get(key).and_then(|v| v.get(member)).and_then(|v| v.as_str()).unwrap_or_default())
    };
    Ok(Begun {
        kind: token.kind.spec().name,
        uri: text("googleurl", "value"),
        key: text("otpkey", "value_b32"),
        qr: text("googleurl", "img"),
        digits: token.otplen,
        serial: token.serial,
    })
}

/// The one of these tokens that has this serial and awaits its first value.
pub fn unconfirmed<'t>(tokens: &'t [Token], serial: &str) -> Option<&'t Token> {
    tokens.iter().find(|token| token.serial == serial && token.rollout == Rollout::Verify)
}

/// Confirms a token with its first value, which is spent.
///
/// # Errors
/// As [`InitToken`]; [`Code::Parameter`](crate::operation::Code::Parameter) when the value is wrong.
pub async fn confirm(sys: &Mfa, call: Call, token: &Token, value: &SecretText) -> Result<(), Failure> {
    let kind = token.kind.spec().name;
    let params = Params::of([("type", kind), ("serial", &token.serial), ("verify", value.expose())]);
    init(sys, call, params).await.map(drop)
}

/// Removes the one of these tokens that has this serial, if its enrolment was never completed; does nothing to any other.
///
/// # Errors
/// As [`DeleteToken`].
pub async fn abandon(sys: &Mfa, mut call: Call, tokens: &[Token], serial: &str) -> Result<(), Failure> {
    if !tokens.iter().any(|token| token.serial == serial && token.rollout.unfinished()) {
        return Ok(());
    }
    call.params = Params::of([("serial", serial)]);
    perform(sys, &DeleteToken, call).await.map(drop)
}

/// The recovery codes among these tokens that are good at present.
pub fn recovery_codes(tokens: &[Token]) -> Option<&Token> {
    tokens.iter().find(|token| token.kind.spec().name == recovery::NAME && !token.revoked)
}

/// Makes recovery codes, in place of those among `tokens`: all tokens of the person.
///
/// # Errors
/// As [`InitToken`].
pub async fn renew_recovery_codes(sys: &Mfa, call: Call, tokens: &[Token]) -> Result<Codes, Failure> {
    let old = recovery_codes(tokens);
    let params = match old {
        Some(old) => Params::of([("type", recovery::NAME), ("genkey", "1"), ("serial", &old.serial), ("rollover", "1")]),
        None => Params::of([("type", recovery::NAME), ("genkey", "1")]),
    };
    let enrolled = init(sys, call, params).await?;
    let shown = enrolled.shown.get("otps").and_then(|codes| codes.as_object());
    let numbered = shown.into_iter().flatten().filter_map(|(n, code)| Some((n.parse().ok()?, code.as_str()?)));
    let mut numbered: Vec<(usize, &str)> = numbered.collect();
    numbered.sort_unstable();
    Ok(Codes { codes: numbered.into_iter().map(|(_, code)| SecretText::new(code)).collect(), replaced: old.is_some() })
}
