//! The document around every API answer.

use kernel::Timestamp;
use mfa::operation::Authentication;
use serde_json::{Map, Value, json};

use super::error::ApiError;

/// The version of the wire format that is spoken.
const VERSION: &str = "privacyIDEA 3.14";
const VERSION_NUMBER: &str = "3.14";

/// A successful answer.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// `result.value`.
    pub value: Value,
    /// `detail`; left out when `None`.
    pub detail: Option<Map<String, Value>>,
    /// What an authentication came to; its answers have `id` 2.
    pub authentication: Option<Authentication>,
    /// Further top-level members (`auth_items`).
    pub more: Map<String, Value>,
}

impl Reply {
    /// An answer with a value alone.
    pub fn value(value: impl Into<Value>) -> Self {
        Self { value: value.into(), ..Self::default() }
    }

    /// With a detail.
    #[must_use]
    pub fn with_detail(mut self, detail: Map<String, Value>) -> Self {
        self.detail = Some(detail);
        self
    }
}

/// What the document says about its own making.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Server time.
    pub at: Timestamp,
    /// Number shown as `threadid`.
    pub thread: u32,
    /// Echoed from the request.
    pub nonce: Option<&'a str>,
}

/// The document of a success, without its signature.
pub fn success(reply: Reply, frame: Frame<'_>) -> Map<String, Value> {
    let mut result = Map::from_iter([("status".to_owned(), json!(true))]);
    if let Some(authentication) = reply.authentication {
        result.insert("authentication".to_owned(), json!(authentication.name()));
    }
    result.insert("value".to_owned(), reply.value);
    let mut document = reply.more;
    document.insert("id".to_owned(), json!(if reply.authentication.is_some() { 2 } else { 1 }));
    document.insert("result".to_owned(), Value::Object(result));
    document.insert("versionnumber".to_owned(), json!(VERSION_NUMBER));
    if let Some(mut detail) = reply.detail {
        detail.insert("threadid".to_owned(), json!(frame.thread));
        document.insert("detail".to_owned(), Value::Object(detail));
    }
    framed(document, frame)
}

/// The document of an error, without its signature.
pub fn failure(error: &ApiError, frame: Frame<'_>) -> Map<String, Value> {
    let detail = error.detail.clone().map(|mut detail| {
        detail.insert("threadid".to_owned(), json!(frame.thread));
        Value::Object(detail)
    });
    let mut document = Map::new();
    document.insert("id".to_owned(), json!(1));
    document.insert("detail".to_owned(), detail.unwrap_or(Value::Null));
    document.insert("result".to_owned(), json!({ "status": false, "error": { "code": error.code, "message": error.text() } }));
    framed(document, frame)
}

fn framed(mut document: Map<String, Value>, frame: Frame<'_>) -> Map<String, Value> {
    document.insert("jsonrpc".to_owned(), json!("2.0"));
    document.insert("time".to_owned(), json!(frame.at.seconds_f64()));
    document.insert("version".to_owned(), json!(VERSION));
    if let Some(nonce) = frame.nonce {
        document.insert("nonce".to_owned(), json!(nonce));
    }
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame() -> Frame<'static> {
        Frame { at: Timestamp(1_700_000_000_500_000), thread: 7, nonce: Some("n") }
    }

    fn written(document: Map<String, Value>) -> String {
        super::super::python_json::text(&Value::Object(document))
    }

    #[test]
    fn documents() {
        insta::assert_snapshot!(written(success(Reply::value(true), frame())), @r#"{"id": 1, "jsonrpc": "2.0", "nonce": "n", "result": {"status": true, "value": true}, "time": 1700000000.5, "version": "privacyIDEA 3.14", "versionnumber": "3.14"}"#);
        let detail = Map::from_iter([("message".to_owned(), json!("wrong otp pin"))]);
        insta::assert_snapshot!(written(success(Reply { authentication: Some(Authentication::Reject), ..Reply::value(false).with_detail(detail) }, frame())), @r#"{"detail": {"message": "wrong otp pin", "threadid": 7}, "id": 2, "jsonrpc": "2.0", "nonce": "n", "result": {"authentication": "REJECT", "status": true, "value": false}, "time": 1700000000.5, "version": "privacyIDEA 3.14", "versionnumber": "3.14"}"#);
        insta::assert_snapshot!(written(failure(&ApiError::parameter("Missing parameter: user"), frame())), @r#"{"detail": null, "id": 1, "jsonrpc": "2.0", "nonce": "n", "result": {"error": {"code": 905, "message": "ERR905: Missing parameter: user"}, "status": false}, "time": 1700000000.5, "version": "privacyIDEA 3.14"}"#);
    }
}
