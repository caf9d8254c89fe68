//! Characters of foreign text that do something to what stands around them.

/// Whether it turns the direction of what follows: marks, embeddings, overrides and isolates (Unicode, annex 9).
pub const fn turns(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
