//! `GET /token/`: a page of tokens; with `outform=csv` as a file.

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use mfa::token_ops::ListTokens;
use serde_json::{Map, Value};

use crate::api::operation::performed;
use crate::api::request::{Raw, answer, nonce, read};
use crate::http::Who;

pub(super) async fn get(raw: Raw) -> Response {
    let (app, params) = (raw.app().clone(), raw.params(&[]));
    let nonce = nonce(&params);
    let as_file = params.as_ref().is_ok_and(|params| params.get("outform").and_then(Value::as_str) == Some("csv"));
    let outcome = match read(raw, params, Who::Caller, "GET /token").await {
        Ok(request) => performed(&ListTokens, request).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(reply) if as_file => {
            let entries = reply.value.get("tokens").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let head = [
                (CONTENT_TYPE, "text/csv; charset=utf-8"),
                (CONTENT_DISPOSITION, "attachment; filename=\"tokens.csv\""),
                (CACHE_CONTROL, "no-store"),
            ];
            (head, csv(entries.iter().filter_map(Value::as_object))).into_response()
        }
        outcome => answer(&app, nonce.as_deref(), outcome),
    }
}

/// Entries as lines, quoted with `'`, below a line with the names. Empty when there are no entries.
fn csv<'e>(entries: impl Iterator<Item = &'e Map<String, Value>>) -> String {
    let mut out = String::new();
    for entry in entries {
        if out.is_empty() {
            out.push_str(&line(entry.keys().cloned()));
        }
        out.push_str(&line(entry.values().map(cell)));
    }
    out
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(flag) => if *flag { "True" } else { "False" }.to_owned(),
        other => other.to_string(),
    }
}

fn line(cells: impl Iterator<Item = String>) -> String {
    let quoted = cells.map(|cell| format!("'{}'", cell.replace('\'', "''").replace(['\r', '\n'], " ")));
    let mut line = quoted.collect::<Vec<_>>().join(", ");
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_quoted_and_stay_on_their_line() {
        let entry = json!({ "active": true, "description": "it's\nmine", "info": {"a": "b"}, "pin": null, "realms": ["x"] });
        insta::assert_snapshot!(csv([entry.as_object().unwrap()].into_iter()), @r#"
        'active', 'description', 'info', 'pin', 'realms'
        'True', 'it''s mine', '{"a":"b"}', '', '["x"]'
        "#);
        assert_eq!(csv([].into_iter()), "");
    }
}
