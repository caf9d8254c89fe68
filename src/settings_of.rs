//! Settings of a registered party out of parameters: JSON as it is, text of forms read by the type of the setting. One for clients
//! and service providers.

use mfa::operation::{Code, Failure, Params, truthy};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

fn object<S: Serialize>(settings: &S) -> Result<Map<String, Value>, Failure> {
    match serde_json::to_value(settings).map_err(Failure::internal)? {
        Value::Object(settings) => Ok(settings),
        _ => Err(Failure::internal("settings of a party are no object")),
    }
}

/// `base` with whatever parameters say otherwise. `unset` are settings that are left out of the stored form while they are unset, with
/// a value of their type.
///
/// # Errors
/// When a value is not of the setting's type; `what` says whose settings they are.
pub(crate) fn changed<S>(base: &S, unset: &[(&str, Value)], params: &Params, what: &str) -> Result<S, Failure>
where
    S: Serialize + DeserializeOwned + Default,
{
    let wrong = |e: serde_json::Error| Failure::new(Code::Parameter, format!("The {what} is not valid: {e}"));
    let mut settings = object(base)?;
    let known = object(&S::default())?;
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

/// `base` with the members of an object, as JSON or as its text; the others stay.
///
/// # Errors
/// When it is no object, or a value is not of the setting's type.
pub(crate) fn overlaid<S: Serialize + DeserializeOwned>(base: &S, given: &Value, what: &str) -> Result<S, Failure> {
    let wrong = |e: serde_json::Error| Failure::new(Code::Parameter, format!("The {what} is not valid: {e}"));
    let mut settings = object(base)?;
    settings.extend(serde_json::from_value::<Map<String, Value>>(read(given, &json!({})).map_err(wrong)?).map_err(wrong)?);
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
