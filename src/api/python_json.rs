//! JSON text exactly as the wire format signs it: sorted keys, `, ` and `: ` as separators, everything beyond ASCII escaped.

use std::fmt::Write as _;

use serde_json::Value;

/// Writes `value`.
pub fn text(value: &Value) -> String {
    let mut out = String::with_capacity(1024);
    write_value(value, &mut out);
    out
}

fn write_value(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            // A dependency may switch serde_json's maps to insertion order.
            entries.sort_by(|a, b| a.0.cmp(b.0));
            out.push('{');
            for (position, (name, value)) in entries.into_iter().enumerate() {
                separate(position, out);
                write_string(name, out);
                out.push_str(": ");
                write_value(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (position, item) in items.iter().enumerate() {
                separate(position, out);
                write_value(item, out);
            }
            out.push(']');
        }
        Value::String(text) => write_string(text, out),
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            let _ = write!(out, "{value}");
        }
    }
}

fn separate(position: usize, out: &mut String) {
    if position > 0 {
        out.push_str(", ");
    }
}

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    // Mostly all of it is written as it is: pictures in answers are long texts.
    while let Some(at) = rest.bytes().position(|b| !(b' '..=b'~').contains(&b) || b == b'"' || b == b'\\') {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        let mut chars = special.chars();
        chars.next().into_iter().for_each(|c| write_special(c, out));
        rest = chars.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

fn write_special(c: char, out: &mut String) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        other => {
            let mut units = [0_u16; 2];
            for unit in other.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn as_python_writes_it() {
        let value = serde_json::json!({ "b": [1, 2.5, null, true], "a": "\u{e4}\"\u{1f600}\n\u{7f}", "time": 1_700_000_000.0 });
        assert_eq!(text(&value), r#"{"a": "\u00e4\"\ud83d\ude00\n\u007f", "b": [1, 2.5, null, true], "time": 1700000000.0}"#);
    }
}
