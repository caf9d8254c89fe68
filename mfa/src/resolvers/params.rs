//! Parameters of resolvers: declared once; forms, checks, sealing and censoring follow.

use std::collections::BTreeMap;

use kernel::SecretText;

use super::{ResolverError, ResolverKind};

/// What is shown in place of a secret, and keeps the stored one when it comes back.
pub const CENSORED: &str = "__CENSORED__";

/// The type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamType {
    /// Text.
    Text,
    /// A secret: sealed when stored, never shown.
    Password,
    /// A whole number.
    Int,
    /// True or false.
    Bool,
}

impl ParamType {
    /// The name in the wire format.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Password => "password",
            Self::Int => "int",
            Self::Bool => "bool",
        }
    }
}

/// One declared parameter.
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: ParamType,
    /// What holds without it; `None` when it is needed.
    pub default: Option<&'static str>,
    /// One sentence.
    pub doc: &'static str,
}

/// The parameters of one resolver, checked against its kind. Not `Debug`: there may be secrets.
#[derive(Clone, Default)]
pub struct ParamValues(BTreeMap<&'static str, SecretText>);

impl ParamValues {
    /// Checks given values: defaults are filled in, unknown names are left out, `__CENSORED__` takes the value of `stored`.
    ///
    /// # Errors
    /// Names the parameter that is missing or wrong.
    pub fn read(
        kind: &ResolverKind,
        given: impl Fn(&str) -> Option<SecretText>,
        stored: Option<&Self>,
    ) -> Result<Self, ResolverError> {
        let mut values = BTreeMap::new();
        for param in kind.params {
            let kept = || stored.and_then(|stored| stored.0.get(param.name).cloned());
            let value = match given(param.name) {
                Some(text) if text.expose() == CENSORED && param.ty == ParamType::Password => kept(),
                Some(text) if !text.is_empty() => Some(text),
                _ => None,
            };
            let Some(value) = value.or_else(|| param.default.map(SecretText::new)) else {
                return Err(ResolverError::Parameters(format!("Missing parameter: {}", param.name)));
            };
            let sound = match param.ty {
                ParamType::Text | ParamType::Password => value.len() <= 10_000,
                ParamType::Int => value.expose().trim().parse::<i64>().is_ok(),
                ParamType::Bool => {
                    matches!(value.expose().to_ascii_lowercase().as_str(), "true" | "false" | "1" | "0" | "yes" | "no")
                }
            };
            if !sound {
                return Err(ResolverError::Parameters(format!("Parameter {}: a {} is expected", param.name, param.ty.name())));
            }
            values.insert(param.name, value);
        }
        Ok(Self(values))
    }

    /// A text; empty when the kind does not declare it.
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).map(SecretText::expose).unwrap_or_default()
    }

    /// All values by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &SecretText)> {
        self.0.iter().map(|(name, value)| (*name, value))
    }

    /// The values as they may be shown.
    pub fn shown(&self, kind: &ResolverKind) -> BTreeMap<String, String> {
        let secret = |name: &str| kind.params.iter().any(|p| p.name == name && p.ty == ParamType::Password);
        let show = |(name, value): (&str, &SecretText)| {
            let text = if secret(name) && !value.is_empty() { CENSORED } else { value.expose() };
            (name.to_owned(), text.to_owned())
        };
        self.iter().map(show).collect()
    }
}
