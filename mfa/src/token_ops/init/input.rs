//! Parameters of enrolment that are the same for all kinds.

use kernel::{SecretText, Timestamp};

use super::super::{description, set};
use crate::operation::{FromParams, ParamError, Params};
use crate::people::ops::UserParams;
use crate::tokens::serial;

/// What is wanted. What belongs to a kind alone is read by the kind.
pub struct Input {
    pub(super) kind: String,
    pub(super) serial: Option<String>,
    pub(super) prefix: Option<String>,
    pub(super) user: UserParams,
    pub(super) pin: Option<SecretText>,
    pub(super) description: String,
    pub(super) realms: Vec<String>,
    pub(super) valid_from: Option<Timestamp>,
    pub(super) valid_until: Option<Timestamp>,
    /// The first value, which confirms the token.
    pub(super) verify: Option<SecretText>,
    pub(super) rollover: bool,
    /// Whether a first value is demanded although no policy does: the hosted pages want to see one.
    pub(super) confirm: bool,
    pub(super) has_key: bool,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        let named = |name: &str| match params.optional(name)? {
            Some(text) if !serial::acceptable(&text) => Err(ParamError::wrong(name, "letters, digits, - and _ are possible")),
            text => Ok(text),
        };
        let pin = match params.secret("otppin")? {
            Some(pin) => Some(pin),
            None => params.secret("pin")?,
        };
        let realms = params.list("tokenrealm")?.unwrap_or_default();
        Ok(Self {
            kind: params.optional("type")?.unwrap_or_else(|| "hotp".to_owned()),
            serial: named("serial")?,
            prefix: named("prefix")?,
            user: UserParams::from_params(params)?,
            pin: pin.filter(|pin| !pin.is_empty()),
            description: description::read(params)?.unwrap_or_default(),
            realms: realms.into_iter().map(|realm| realm.to_lowercase()).collect(),
            valid_from: set::period(params, "validity_period_start")?.flatten(),
            valid_until: set::period(params, "validity_period_end")?.flatten(),
            verify: params.secret("verify")?.filter(|value| !value.is_empty()),
            rollover: params.flag("rollover"),
            confirm: params.flag("confirm"),
            has_key: params.optional("otpkey")?.is_some(),
        })
    }
}
