//! Enrolment parameters: what a kind reads and what it makes of it.

use kernel::{SecretBytes, SecretText};

use super::oath::SeedError;
use super::token::{Info, Rollout};

/// Defaults of a new token, from the settings (`DefaultOtpLen`, `hotp.hashlib`, ...).
#[derive(Clone, Debug)]
pub struct Defaults {
    /// Digits of a value.
    pub otplen: u8,
    /// `<kind>.<name>` of the system settings, such as `totp.timeStep`.
    pub kind: Info,
}

impl Default for Defaults {
    fn default() -> Self {
        Self { otplen: 6, kind: Info::new() }
    }
}

/// What a kind may read while it makes a token.
pub struct Request<'a> {
    /// Parameters by name; absent and empty are the same.
    pub get: &'a (dyn Fn(&str) -> Option<String> + Send + Sync),
    /// Defaults from the settings.
    pub defaults: &'a Defaults,
    /// Type name, to look up its defaults.
    pub kind: &'static str,
}

impl Request<'_> {
    /// A parameter as text.
    pub fn text(&self, name: &str) -> Option<String> {
        (self.get)(name).filter(|text| !text.is_empty())
    }

    /// A parameter that is a secret.
    pub fn secret(&self, name: &str) -> Option<SecretText> {
        self.text(name).map(SecretText::new)
    }

    /// Whether a parameter is truthy, as the wire format understands it.
    pub fn flag(&self, name: &str) -> bool {
        self.text(name).is_some_and(|text| matches!(text.to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "on"))
    }

    /// A number within bounds.
    ///
    /// # Errors
    /// [`InitError::Parameter`] when it is no number or out of bounds.
    pub fn number(&self, name: &'static str, bounds: std::ops::RangeInclusive<i64>) -> Result<Option<i64>, InitError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        match text.trim().parse() {
            Ok(n) if bounds.contains(&n) => Ok(Some(n)),
            _ => Err(InitError::Parameter(name)),
        }
    }

    /// A parameter, or the kind's default from the settings.
    pub fn or_default(&self, name: &str) -> Option<String> {
        self.text(name).or_else(|| self.defaults.kind.get(&format!("{}.{name}", self.kind)).cloned())
    }
}

/// Why a kind refuses to make a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InitError {
    /// A parameter has a value that this kind cannot use.
    #[error("parameter {0} is not acceptable")]
    Parameter(&'static str),
    /// A parameter is missing.
    #[error("missing parameter: {0}")]
    Missing(&'static str),
    /// `genkey` and `otpkey` exclude each other.
    #[error("you may either specify genkey or otpkey, but not both")]
    KeyTwice,
    /// The given key cannot be read.
    #[error(transparent)]
    Seed(#[from] SeedError),
}

/// A token that has been made but not stored.
pub struct Made {
    /// The secret; sealed before it is stored.
    pub seed: SecretBytes,
    /// Digits or characters of one value.
    pub otplen: u8,
    /// First moving factor.
    pub counter: i64,
    /// Tokeninfo of the kind.
    pub info: Info,
    /// What the kind remembers from the start.
    pub memory: Option<String>,
    /// How far enrolment has come.
    pub rollout: Rollout,
    /// Whether the secret was made here and therefore is shown.
    pub generated: bool,
    /// Values that are shown once and kept only as hashes.
    pub codes: Vec<SecretText>,
}
