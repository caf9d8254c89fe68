//! Patterns with `*` in the languages of the databases.

/// Longer patterns, and patterns with more stars, are refused: each star may cost a pass over the text.
const MAX_LENGTH: usize = 512;
const MAX_STARS: usize = 16;

/// Escapes in LIKE. Not a backslash: MySQL and PostgreSQL read those differently in literals.
pub(super) const ESCAPE: char = '!';

/// Whether the pattern is small enough.
pub(super) fn check(pattern: &str) -> Result<(), String> {
    let stars = pattern.bytes().filter(|b| *b == b'*').count();
    if pattern.len() > MAX_LENGTH || stars > MAX_STARS {
        return Err(format!("a pattern has at most {MAX_LENGTH} bytes and {MAX_STARS} wildcards"));
    }
    Ok(())
}

/// For `LIKE ? ESCAPE '!'`.
pub(super) fn like(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    for c in pattern.chars() {
        match c {
            '*' => out.push('%'),
            '%' | '_' | ESCAPE => out.extend([ESCAPE, c]),
            _ => out.push(c),
        }
    }
    out
}

/// For SQLite's `GLOB ?`, where a character in brackets stands for itself.
pub(super) fn glob(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    for c in pattern.chars() {
        match c {
            '?' | '[' => out.extend(['[', c, ']']),
            _ => out.push(c),
        }
    }
    out
}
