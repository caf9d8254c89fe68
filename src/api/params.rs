//! Parameters of an API request: query, form or JSON body and path, merged into one map.
//!
//! JSON wins over form, body over query, the path over everything. Values of form and query are percent-decoded **once more**,
//! because the clients of this wire format encode twice; agents that are known to encode once are left alone.

use std::collections::BTreeMap;

use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde_json::Value;

use super::error::ApiError;

/// Name to value.
pub type Params = BTreeMap<String, Value>;

const MAX_PARAMS: usize = 300;
const MAX_DEPTH: usize = 16;

/// Agents that encode once.
const ENCODE_ONCE: [&str; 3] = ["privacyidea-cp", "privacyidea-ldap-proxy", "simplesamlphp"];

/// Merges the parts of a request.
///
/// # Errors
/// [`ApiError::Parameter`] when there are too many parameters, they are nested too deeply, or a body that says it is JSON is not.
pub fn merge(headers: &HeaderMap, query: &str, body: &[u8], path: Vec<(String, String)>) -> Result<Params, ApiError> {
    let again = decodes_again(headers);
    let mut params = Params::new();
    encoded(query.as_bytes(), again, &mut params)?;
    let kind = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
    if kind.starts_with("application/x-www-form-urlencoded") {
        // Some clients label JSON as a form.
        match object(body) {
            Some(map) => params.extend(map),
            None => encoded(body, again, &mut params)?,
        }
    } else if !body.is_empty() {
        match object(body) {
            Some(map) => params.extend(map),
            None if kind.starts_with("application/json") => return Err(ApiError::parameter("the body is not a JSON object")),
            None => {}
        }
    }
    params.extend(path.into_iter().map(|(name, value)| (name, Value::String(value))));
    if params.len() > MAX_PARAMS {
        return Err(ApiError::parameter("too many parameters"));
    }
    if params.values().any(|v| depth(v, MAX_DEPTH).is_none()) {
        return Err(ApiError::parameter("a parameter is nested too deeply"));
    }
    Ok(params)
}

fn object(body: &[u8]) -> Option<serde_json::Map<String, Value>> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(map)) => Some(map),
        _ => None,
    }
}

fn depth(value: &Value, left: usize) -> Option<()> {
    let left = left.checked_sub(1)?;
    match value {
        Value::Array(items) => items.iter().try_for_each(|v| depth(v, left)),
        Value::Object(map) => map.values().try_for_each(|v| depth(v, left)),
        _ => Some(()),
    }
}

fn encoded(text: &[u8], again: bool, params: &mut Params) -> Result<(), ApiError> {
    let mut seen = Vec::new();
    for (name, value) in url::form_urlencoded::parse(text) {
        if seen.len() == MAX_PARAMS {
            return Err(ApiError::parameter("too many parameters"));
        }
        // Of a repeated name the first counts.
        if seen.contains(&name) {
            continue;
        }
        let value = if again { percent_decode(&value) } else { value.into_owned() };
        params.insert(name.clone().into_owned(), Value::String(value));
        seen.push(name);
    }
    Ok(())
}

fn decodes_again(headers: &HeaderMap) -> bool {
    let agent = headers.get(http::header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let product = agent.split(['/', ' ']).next().unwrap_or_default().to_ascii_lowercase();
    !ENCODE_ONCE.contains(&product.as_str())
}

/// Decodes `%XX`; leaves everything else, `+` included, as it is. Bytes that are not UTF-8 become replacement characters.
fn percent_decode(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = bytes.get(at + 1..at + 3).and_then(|h| std::str::from_utf8(h).ok());
        let decoded =
            hex.filter(|h| byte == b'%' && h.bytes().all(|b| b.is_ascii_hexdigit())).and_then(|h| u8::from_str_radix(h, 16).ok());
        out.push(decoded.unwrap_or(byte));
        at += if decoded.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> HeaderMap {
        HeaderMap::from_iter([(CONTENT_TYPE, "application/x-www-form-urlencoded".parse().unwrap())])
    }

    #[test]
    fn body_over_query_and_path_over_all() {
        let params = merge(&form(), "user=q&only=1", b"user=b&serial=s", vec![("serial".into(), "p".into())]).unwrap();
        assert_eq!(params["user"], "b");
        assert_eq!(params["only"], "1");
        assert_eq!(params["serial"], "p");
    }

    #[test]
    fn clients_encode_twice() {
        let params = merge(&form(), "", b"pass=p%2541%252B+%25", vec![]).unwrap();
        assert_eq!(params["pass"], "pA+ %");
        let mut once = form();
        once.insert(http::header::USER_AGENT, "simpleSAMLphp/2.0".parse().unwrap());
        assert_eq!(merge(&once, "", b"pass=p%2541", vec![]).unwrap()["pass"], "p%41");
    }

    #[test]
    fn json_by_any_label_is_bounded() {
        let plain = HeaderMap::new();
        assert_eq!(merge(&plain, "", br#"{"a": [1], "s": "%41"}"#, vec![]).unwrap()["s"], "%41");
        assert_eq!(merge(&form(), "", br#"{"a": 1}"#, vec![]).unwrap()["a"], 1);
        let json = HeaderMap::from_iter([(CONTENT_TYPE, "application/json".parse().unwrap())]);
        assert!(merge(&json, "", b"[1", vec![]).is_err());
        let deep = format!("{{\"a\": {}1{}}}", "[".repeat(60), "]".repeat(60));
        assert!(merge(&json, "", deep.as_bytes(), vec![]).is_err());
        let flood: String = (0..400).map(|n| format!("p{n}=1&")).collect();
        assert!(merge(&plain, &flood, b"", vec![]).is_err());
    }

    proptest::proptest! {
        #[test]
        fn decoding_never_fails(text in ".*") {
            let _ = percent_decode(&text);
        }
    }
}
