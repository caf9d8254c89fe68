//! HTML escaping for text and quoted attribute values.

use minijinja::value::Value;
use minijinja::{AutoEscape, Error, Output, State, escape_formatter};

/// Escapes the five characters that have a meaning in text and quoted attributes.
///
/// Unlike the template engine's own, it leaves `/` as it is: addresses stay legible and can be searched for.
pub(crate) fn html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Prints a value of a template; strings that are not marked as HTML are escaped in HTML templates.
pub(crate) fn print(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    match value.as_str() {
        Some(text) if !value.is_safe() && matches!(state.auto_escape(), AutoEscape::Html) => {
            out.write_str(&html(text)).map_err(Error::from)
        }
        _ => escape_formatter(out, state, value),
    }
}
