//! Filters and paths as tokens.

use serde_json::Value;

/// One token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'t> {
    Open,
    Close,
    OpenBracket,
    CloseBracket,
    /// A name, an operator, or a literal that is no text.
    Word(&'t str),
    Text(String),
}

/// Reads all tokens; the error says what cannot be read.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, String> {
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '[' => (Token::OpenBracket, 1),
            ']' => (Token::CloseBracket, 1),
            '"' => quoted(rest)?,
            c if is_word(c) => {
                let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                (Token::Word(&rest[..length]), length)
            }
            c => return Err(format!("the character {} is not understood", c.escape_default())),
        };
        out.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(out)
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':' | '.' | '$' | '+')
}

/// Text in quotation marks, written as in JSON (RFC 7644 figure 1), and its length with them.
fn quoted(rest: &str) -> Result<(Token<'_>, usize), String> {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => {
                return match serde_json::from_str(&rest[..=at]) {
                    Ok(Value::String(text)) => Ok((Token::Text(text), at + 1)),
                    _ => Err("a text in quotation marks cannot be read".to_owned()),
                };
            }
            _ => {}
        }
    }
    Err("a text in quotation marks does not end".to_owned())
}
