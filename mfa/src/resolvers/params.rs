//! Parameters of resolvers: declared once; forms, checks, sealing and censoring follow.

use std::collections::BTreeMap;

use kernel::SecretText;

use super::{ResolverError, ResolverKind};

/// What is shown in place of a secret, and keeps the stored one when it comes back.
pub const CENSORED: &str = "__CENSORED__";

/// Parameters beyond the declared ones at most, and bytes of each.
const MAX_EXTRA: usize = 100;
const MAX_TEXT: usize = 100_000;

/// Parameters that say to whom secrets go and how they are protected on the way, besides those of single requests (`config_...`).
const WAYS: &[&str] = &[
    "LDAPURI",
    "KERBEROS_KDC",
    "START_TLS",
    "TLS_VERIFY",
    "TLS_VERSION",
    "TLS_CA_FILE",
    "CACERTIFICATE",
    "Driver",
    "Server",
    "Port",
    "conParams",
    "base_url",
    "endpoint",
    "method",
    "headers",
    "requestMapping",
    "authority",
    "tenant",
    "Authserver",
    "Resourceserver",
    "verify_tls",
    "tls_ca_path",
];

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

/// Values of parameters for a usual case.
pub struct Preset {
    /// Its name.
    pub name: &'static str,
    /// For people.
    pub description: &'static str,
    /// Parameters and their values.
    pub values: &'static [(&'static str, &'static str)],
}

/// Parameters as they were given, by name.
pub type Given = BTreeMap<String, SecretText>;

/// The parameters of one resolver, checked against its kind. Not `Debug`: there may be secrets.
///
/// Parameters that the kind does not declare are kept and shown but mean nothing; one of them is a secret when a parameter
/// `type.NAME` or `NAME.type` says `password`.
#[derive(Clone, Default)]
pub struct ParamValues {
    declared: BTreeMap<&'static str, SecretText>,
    extra: Given,
}

impl ParamValues {
    /// Checks given values: defaults are filled in, `__CENSORED__` takes the value of `stored`.
    ///
    /// # Errors
    /// Names the parameter that is missing or wrong.
    pub fn read(kind: &ResolverKind, given: &Given, stored: Option<&Self>) -> Result<Self, ResolverError> {
        let (mut values, mut kept) = (Self::default(), None);
        for param in kind.params {
            let value = match given.get(param.name) {
                Some(text) if text.expose() == CENSORED && param.ty == ParamType::Password => {
                    kept = stored.filter(|stored| !stored.text(param.name).is_empty()).map(|_| param.name).or(kept);
                    stored.and_then(|stored| stored.declared.get(param.name).cloned())
                }
                Some(text) if !text.is_empty() => Some(text.clone()),
                _ => None,
            };
            let Some(value) = value.or_else(|| param.default.map(SecretText::new)) else {
                return Err(ResolverError::Parameters(format!("Missing parameter: {}", param.name)));
            };
            if !sound(param, &value) {
                return Err(ResolverError::Parameters(format!("Parameter {}: a {} is expected", param.name, param.ty.name())));
            }
            values.declared.insert(param.name, value);
        }
        if let (Some(secret), Some(changed)) = (kept, stored.and_then(|stored| values.leads_elsewhere(stored))) {
            let why =
                format!("Parameter {secret}: give it anew, since {changed} has changed, and a stored secret goes nowhere else.");
            return Err(ResolverError::Parameters(why));
        }
        for (name, value) in given.iter().filter(|(name, _)| kind.params.iter().all(|param| param.name != name.as_str())) {
            let kept = stored.and_then(|stored| stored.extra.get(name)).filter(|_| value.expose() == CENSORED);
            values.extra.insert(name.clone(), kept.unwrap_or(value).clone());
        }
        if values.extra.len() > MAX_EXTRA || values.extra.values().any(|value| value.len() > MAX_TEXT) {
            return Err(ResolverError::Parameters("There are too many unknown parameters, or one is too long.".to_owned()));
        }
        Ok(values)
    }

    /// The first parameter by which secrets would go elsewhere, or less protected, than they did.
    fn leads_elsewhere(&self, stored: &Self) -> Option<&'static str> {
        let leads = |name: &&str| WAYS.contains(name) || name.starts_with("config_");
        let same = |name: &str| same(self.text(name), stored.text(name));
        self.declared.keys().copied().filter(leads).find(|name| !same(name))
    }

    /// A text; empty when the kind does not declare it.
    pub fn text(&self, name: &str) -> &str {
        self.declared.get(name).map(SecretText::expose).unwrap_or_default()
    }

    /// A truth value; false when the kind does not declare it.
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.text(name).trim().to_ascii_lowercase().as_str(), "true" | "1" | "yes")
    }

    /// All values by name, those that mean nothing included.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &SecretText)> {
        let extra = self.extra.iter().map(|(name, value)| (name.as_str(), value));
        self.declared.iter().map(|(name, value)| (*name, value)).chain(extra)
    }

    /// Whether the value of this name is sealed when stored and never shown.
    pub fn is_secret(&self, kind: &ResolverKind, name: &str) -> bool {
        is_secret(kind, &self.extra, name)
    }

    /// The values as they may be shown.
    pub fn shown(&self, kind: &ResolverKind) -> BTreeMap<String, String> {
        let show = |(name, value): (&str, &SecretText)| {
            let text = if self.is_secret(kind, name) && !value.is_empty() { CENSORED } else { value.expose() };
            (name.to_owned(), text.to_owned())
        };
        self.iter().filter(|(name, _)| !describes(name)).map(show).collect()
    }

    /// Names of the secrets among them.
    pub fn secrets<'a>(&'a self, kind: &'a ResolverKind) -> impl Iterator<Item = &'a str> {
        self.iter().map(|(name, _)| name).filter(|name| self.is_secret(kind, name))
    }
}

/// Whether two values mean the same: as text, or as JSON that is written in another way.
fn same(one: &str, other: &str) -> bool {
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    one.trim() == other.trim() || json(one).is_some_and(|value| json(other) == Some(value))
}

/// Whether a parameter of this name is a secret, for a kind and all that is given beside it.
pub(crate) fn is_secret(kind: &ResolverKind, given: &Given, name: &str) -> bool {
    if let Some(param) = kind.params.iter().find(|param| param.name == name) {
        return param.ty == ParamType::Password;
    }
    let says = |key: String| given.get(&key).is_some_and(|ty| ty.expose().eq_ignore_ascii_case("password"));
    !describes(name) && (says(format!("type.{name}")) || says(format!("{name}.type")))
}

/// Whether a name tells type or description of another parameter.
fn describes(name: &str) -> bool {
    name.starts_with("type.") || name.starts_with("desc.") || name.ends_with(".type") || name.ends_with(".desc")
}

fn sound(param: &Param, value: &SecretText) -> bool {
    match param.ty {
        ParamType::Text | ParamType::Password => value.len() <= MAX_TEXT,
        ParamType::Int => value.expose().trim().parse::<i64>().is_ok(),
        ParamType::Bool => {
            matches!(value.expose().trim().to_ascii_lowercase().as_str(), "true" | "false" | "1" | "0" | "yes" | "no")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolvers::{KINDS, kind};

    fn given(pairs: &[(&str, &str)]) -> Given {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), SecretText::new(*value))).collect()
    }

    #[test]
    fn a_stored_secret_goes_where_it_went() {
        let kind = kind("httpresolver").unwrap();
        let first =
            [("base_url", "https://a.example.org"), ("password", "geheim"), ("config_user_auth", r#"{"endpoint": "/x"}"#)];
        let stored = ParamValues::read(kind, &given(&first), None).unwrap();
        for (name, value, kept) in [
            ("timeout", "5", true),
            ("config_user_auth", r#"{ "endpoint":"/x" }"#, true),
            ("base_url", "https://b.example.org", false),
            ("verify_tls", "false", false),
            ("config_user_auth", r#"{"endpoint": "https://b.example.org/x"}"#, false),
        ] {
            let mut params = first.to_vec();
            params[1].1 = CENSORED;
            params.retain(|(known, _)| *known != name);
            params.push((name, value));
            let read = ParamValues::read(kind, &given(&params), Some(&stored));
            assert_eq!(read.as_ref().map(|values| values.text("password")).ok(), kept.then_some("geheim"), "{name}");
            params.retain(|(known, _)| *known != "password");
            params.push(("password", "anew"));
            assert!(ParamValues::read(kind, &given(&params), Some(&stored)).is_ok(), "{name}");
        }
    }

    #[test]
    fn ways_are_parameters() {
        for way in WAYS {
            assert!(KINDS.iter().any(|kind| kind.params.iter().any(|param| param.name == *way)), "{way}");
        }
    }
}
