//! Settings of a service provider out of parameters: JSON as it is, text of forms read by the type of the setting.

use idp::party::sp::Settings;
use mfa::operation::{Code, Failure, Params, truthy};
use serde_json::{Map, Value, json};

/// Settings that are left out of the stored form while they are unset, with a value of their type.
fn unset() -> [(&'static str, Value); 5] {
    [
        ("name_id_format", json!("")),
        ("required_acr", json!("")),
        ("claims", json!([])),
        ("attribute_names", json!({})),
        ("audiences", json!([])),
    ]
}

/// `base` with whatever parameters say otherwise.
///
/// # Errors
/// When a value is not of the setting's type.
pub(super) fn changed(base: &Settings, params: &Params) -> Result<Settings, Failure> {
    let wrong = |e: serde_json::Error| Failure::new(Code::Parameter, format!("The service provider is not valid: {e}"));
    let object = |settings: &Settings| match serde_json::to_value(settings) {
        Ok(Value::Object(settings)) => Ok(settings),
        _ => Err(Failure::internal("settings of a service provider are no object")),
    };
    let mut settings: Map<String, Value> = object(base)?;
    let known = object(&Settings::default())?;
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
