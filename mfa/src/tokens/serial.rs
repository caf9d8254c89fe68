//! Serial numbers.

use kernel::Entropy;

/// Longest serial that is accepted.
pub const MAX: usize = 40;

/// A fresh serial: prefix, the number of tokens of this kind so far as four digits, and random upper-case hexadecimal
/// digits up to `len` characters after the prefix.
pub fn generate(prefix: &str, existing: i64, len: usize, chance: &Entropy) -> String {
    let count = format!("{:04}", existing.max(0) % 10_000);
    let random = chance.chars(b"0123456789ABCDEF", len.saturating_sub(count.len()));
    format!("{prefix}{count}{random}")
}

/// Whether a serial given by a caller is acceptable: letters, digits, `-` and `_`.
pub fn acceptable(serial: &str) -> bool {
    !serial.is_empty() && serial.len() <= MAX && serial.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        let serial = generate("TOTP", 17, 8, &Entropy::seeded(1));
        assert!(serial.starts_with("TOTP0017") && serial.len() == 12 && acceptable(&serial), "{serial}");
        assert!(!acceptable("") && !acceptable("a b") && !acceptable(&"x".repeat(41)) && !acceptable("a'b"));
    }
}
