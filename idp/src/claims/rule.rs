//! Rules as they are configured: data, which [`Mapping`](super::Mapping) compiles.
//!
//! ```json
//! [{"claim": "groups", "attribute": "groups", "match": "app-*", "strip": "app-", "multiple": true, "scope": "groups",
//!   "in": ["id_token", "userinfo"]},
//!  {"claim": "display", "template": "{givenname} {surname}"},
//!  {"claim": "tenant", "constant": "acme", "in": ["access_token"]},
//!  {"claim": "email", "attribute": ["work_mail", "email"], "required": true},
//!  {"claim": "phone_number", "in": []}]
//! ```

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::standard::Kind;

/// One text, or several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts(pub Vec<String>);

impl Texts {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Texts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0[..] {
            [one] => serializer.serialize_str(one),
            several => several.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a text or a list of texts is expected")]
        enum Given {
            One(String),
            Several(Vec<String>),
        }
        Ok(Self(match Given::deserialize(deserializer)? {
            Given::One(one) => vec![one],
            Given::Several(several) => several,
        }))
    }
}

/// Where a claim goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Destination {
    /// The ID token.
    IdToken,
    /// The answer of the UserInfo endpoint.
    Userinfo,
    /// The access token, and what introspection says of it.
    AccessToken,
}

impl Destination {
    /// Every destination.
    pub const ALL: [Self; 3] = [Self::IdToken, Self::Userinfo, Self::AccessToken];

    /// Its name in rules.
    pub const fn name(self) -> &'static str {
        match self {
            Self::IdToken => "id_token",
            Self::Userinfo => "userinfo",
            Self::AccessToken => "access_token",
        }
    }
}

/// Of which type the values of a claim are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    /// Text.
    Text,
    /// True or false.
    Boolean,
    /// A whole number.
    Number,
}

impl From<ValueType> for Kind {
    fn from(value: ValueType) -> Self {
        match value {
            ValueType::Text => Self::Text,
            ValueType::Boolean => Self::Flag,
            ValueType::Number => Self::Number,
        }
    }
}

/// How one claim of one application is filled. What is left out is as for the standard claim of that name; for other claims:
/// the attribute of the same name, as one text, with UserInfo, whenever `openid` is granted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The claim.
    pub claim: String,
    /// The attributes that fill it; the first that has a value counts.
    #[serde(default, skip_serializing_if = "Texts::is_empty")]
    pub attribute: Texts,
    /// A template that fills it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// A value that is the same for everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constant: Option<Value>,
    /// Only values that match one of these patterns, in which `*` stands for any characters.
    #[serde(default, rename = "match", skip_serializing_if = "Texts::is_empty")]
    pub only: Texts,
    /// A prefix that is taken off the values; every pattern has to begin with it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub strip: String,
    /// All values, as a list; otherwise the first one.
    #[serde(default, skip_serializing_if = "is_false")]
    pub multiple: bool,
    /// The type of the values.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub value_type: Option<ValueType>,
    /// Nobody signs in to the application for whom this claim has no value.
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    /// The scope that asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Where it goes; nowhere, if the list is empty.
    #[serde(default, rename = "in", skip_serializing_if = "Option::is_none")]
    pub to: Option<Vec<Destination>>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "what serde calls")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// Claims that say something about the token, its person's identity or the sign-in: only the provider sets them.
const RESERVED: &[&str] = &[
    "_claim_names",
    "_claim_sources",
    "acr",
    "act",
    "active",
    "amr",
    "at_hash",
    "aud",
    "auth_time",
    "authorization_details",
    "azp",
    "c_hash",
    "client_id",
    "cnf",
    "events",
    "exp",
    "iat",
    "iss",
    "jti",
    "may_act",
    "nbf",
    "nonce",
    "s_hash",
    "scope",
    "sid",
    "sub",
    "sub_id",
    "sub_jwk",
    "toe",
    "token_type",
    "txn",
    "typ",
];

/// Whether only the provider sets a claim of this name.
pub fn is_reserved(claim: &str) -> bool {
    RESERVED.contains(&claim)
}

/// Whether rules may set a claim of this name: visible ASCII without quote and backslash, such as `groups` or a URL, not reserved.
pub(super) fn is_claim(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\' | b'<' | b'>' | b'&' | b'\'');
    (1..=255).contains(&name.len()) && name.bytes().all(plain)
}

/// Whether attributes of this name can be asked for.
pub(super) fn is_attribute(name: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | ';');
    (1..=255).contains(&name.len()) && name.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_form_is_what_was_given() {
        let text = r#"[{"claim":"groups","attribute":"groups","match":["app-*","staff"],"multiple":true,"required":true,"scope":"groups","in":["id_token","access_token"]},{"claim":"n","attribute":["a","b"],"type":"number"},{"claim":"phone_number","in":[]}]"#;
        let rules: Vec<Rule> = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&rules).unwrap(), text);
        assert_eq!(rules[0].only.0, ["app-*", "staff"]);
        for bad in [
            r#"{"attribute":"x"}"#,
            r#"{"claim":"x","atribute":"y"}"#,
            r#"{"claim":"x","in":["saml"]}"#,
            r#"{"claim":"x","attribute":5}"#,
            r#"{"claim":"x","type":"code"}"#,
        ] {
            assert!(serde_json::from_str::<Rule>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn reserved_names() {
        assert!(RESERVED.is_sorted());
        for name in
            ["iss", "sub", "aud", "exp", "iat", "nonce", "acr", "amr", "sid", "at_hash", "cnf", "scope", "client_id", "jti"]
        {
            assert!(is_reserved(name), "{name}");
        }
        assert!(!is_reserved("groups") && is_claim("https://example.org/claims/x") && !is_claim("a b") && !is_claim("a\0"));
    }
}
