//! Settings of a client out of parameters: JSON as it is, text of forms read by the type of the setting.

use idp::party::client::Settings;
use mfa::operation::{Code, Failure, Params, truthy};
use serde_json::{Map, Value, json};

/// Settings that are left out of the stored form while they are unset, with a value of their type.
fn unset() -> Vec<(&'static str, Value)> {
    let mut all: Vec<(&'static str, Value)> =
        ["jwks_uri", "required_acr", "client_uri", "logo_uri", "policy_uri", "tos_uri"].map(|name| (name, json!(""))).to_vec();
    all.extend([
        ("default_acr_values", json!([])),
        ("jwks", json!({})),
        ("client_names", json!({})),
        ("claim_attributes", json!({})),
        ("claims", json!([])),
    ]);
    all
}

/// `base` with whatever parameters say otherwise.
///
/// # Errors
/// When a value is not of the setting's type.
pub(super) fn changed(base: &Settings, params: &Params) -> Result<Settings, Failure> {
    let wrong = |e: serde_json::Error| Failure::new(Code::Parameter, format!("The client is not valid: {e}"));
    let Value::Object(mut settings) = serde_json::to_value(base).map_err(Failure::internal)? else {
        return Err(Failure::internal("client settings are no object"));
    };
    let known: Map<String, Value> = match serde_json::to_value(Settings::default()).map_err(Failure::internal)? {
        Value::Object(known) => known,
        _ => Map::new(),
    };
    let unset = unset();
    let all = known.iter().map(|(name, value)| (name.as_str(), value)).chain(unset.iter().map(|(name, value)| (*name, value)));
    for (name, sample) in all {
        let Some(given) = params.raw(name) else { continue };
        match read(given, sample).map_err(wrong)? {
            Value::String(text) if text.is_empty() && !known.contains_key(name) => drop(settings.remove(name)),
            value => drop(settings.insert(name.to_owned(), value)),
        }
    }
    serde_json::from_value(Value::Object(settings)).map_err(wrong)
}

/// Text as a value of the same type as `sample`; anything else as it is.
fn read(given: &Value, sample: &Value) -> Result<Value, serde_json::Error> {
    let Value::String(text) = given else { return Ok(given.clone()) };
    Ok(match sample {
        Value::Array(_) if text.trim_start().starts_with('[') => serde_json::from_str(text)?,
        Value::Array(_) => json!(text.split([',', ' ', '\n']).filter(|t| !t.is_empty()).collect::<Vec<_>>()),
        Value::Bool(_) => json!(truthy(given)),
        Value::Number(_) | Value::Object(_) => serde_json::from_str(text)?,
        Value::String(_) | Value::Null => given.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_by_type() {
        let params = Params::of([
            ("redirect_uris", "https://a.example/cb https://b.example/cb"),
            ("require_pkce", "true"),
            ("access_token_lifetime", "60"),
            ("client_uri", "https://a.example/"),
        ]);
        let settings = changed(&Settings::default(), &params).unwrap();
        assert_eq!(settings.redirect_uris.len(), 2);
        assert!(settings.require_pkce);
        assert_eq!(settings.access_token_lifetime, 60);
        let cleared = changed(&settings, &Params::of([("client_uri", "")])).unwrap();
        assert_eq!(cleared.client_uri, None);
        assert_eq!(cleared.redirect_uris.len(), 2);
        assert!(changed(&settings, &Params::of([("access_token_lifetime", "soon")])).is_err());
        assert!(changed(&settings, &Params::of([("token_endpoint_auth_method", "magic")])).is_err());
    }
}
