//! The `claims` parameter (OpenID Connect Core 5.5).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Longest parameter that we read.
const MOST_BYTES: usize = 8 * 1024;
/// Most claims of one destination, and most values of one claim.
const MOST: usize = 100;

/// The parameter cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the claims parameter is not what OpenID Connect Core 5.5 describes")]
pub struct BadClaims;

/// How one claim is wanted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    /// Whether the client cannot do without it.
    #[serde(default)]
    pub essential: bool,
    /// The only value that will do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// Values that will do, most wanted first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<Value>>,
}

impl Wanted {
    /// The values that will do, as text; none: any.
    pub fn texts(&self) -> Vec<String> {
        let all = self.value.iter().chain(self.values.iter().flatten());
        all.filter_map(Value::as_str).map(str::to_owned).collect()
    }
}

/// Claims that a request names one by one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClaimsRequest {
    /// Those wanted from UserInfo.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub userinfo: BTreeMap<String, Wanted>,
    /// Those wanted in the ID token.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub id_token: BTreeMap<String, Wanted>,
}

impl ClaimsRequest {
    /// Reads the parameter. Unknown members are ignored.
    ///
    /// # Errors
    /// [`BadClaims`] when it is not JSON of the described form, or absurdly large.
    pub fn parse(text: &str) -> Result<Self, BadClaims> {
        if text.len() > MOST_BYTES {
            return Err(BadClaims);
        }
        let value: Value = serde_json::from_str(text).map_err(|_| BadClaims)?;
        let object = value.as_object().ok_or(BadClaims)?;
        Ok(Self { userinfo: members(object.get("userinfo"))?, id_token: members(object.get("id_token"))? })
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.userinfo.is_empty() && self.id_token.is_empty()
    }

    /// Names of all claims, wherever they are wanted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.userinfo.keys().chain(self.id_token.keys()).map(String::as_str)
    }
}

fn members(value: Option<&Value>) -> Result<BTreeMap<String, Wanted>, BadClaims> {
    let object = match value {
        None | Some(Value::Null) => return Ok(BTreeMap::new()),
        Some(Value::Object(object)) if object.len() <= MOST => object,
        Some(_) => return Err(BadClaims),
    };
    object.iter().map(|(name, value)| Ok((name.clone(), wanted(value)?))).collect()
}

fn wanted(value: &Value) -> Result<Wanted, BadClaims> {
    if value.is_null() {
        return Ok(Wanted::default());
    }
    let wanted = Wanted::deserialize(value).map_err(|_| BadClaims)?;
    if wanted.values.as_ref().is_some_and(|values| values.is_empty() || values.len() > MOST) {
        return Err(BadClaims);
    }
    Ok(wanted)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_the_example_of_core() {
        let request = ClaimsRequest::parse(
            r#"{"userinfo": {"given_name": {"essential": true}, "nickname": null, "picture": null},
                "id_token": {"auth_time": {"essential": true}, "acr": {"values": ["2", "1"], "essential": true}}, "x": 1}"#,
        )
        .unwrap();
        assert!(request.userinfo["given_name"].essential && !request.userinfo["nickname"].essential);
        assert_eq!(request.id_token["acr"].texts(), ["2", "1"]);
        assert_eq!(request.names().count(), 5);
        let stored = serde_json::to_string(&request).unwrap();
        assert_eq!(ClaimsRequest::parse(&stored).unwrap(), request);
    }

    #[test]
    fn refuses_what_it_cannot_read() {
        for bad in [
            "",
            "[]",
            "1",
            "{",
            r#"{"userinfo": []}"#,
            r#"{"id_token": {"acr": "2"}}"#,
            r#"{"id_token": {"acr": {"values": []}}}"#,
        ] {
            assert_eq!(ClaimsRequest::parse(bad), Err(BadClaims), "{bad}");
        }
        let deep = "[".repeat(5000);
        assert_eq!(ClaimsRequest::parse(&deep), Err(BadClaims));
        assert!(ClaimsRequest::parse("{}").unwrap().is_empty());
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,200}") {
            let _ = ClaimsRequest::parse(&text);
        }
    }
}
