//! bcrypt: `$2a$`, `$2b$`, `$2x$`, `$2y$`, as found in SQL user tables and passwd files.

/// 2^16 rounds are about four seconds; more would be a way to keep a core busy.
const HIGHEST_COST: u32 = 16;

pub(super) fn recognises(stored: &str) -> bool {
    let Some((version, rest)) = stored.strip_prefix("$2").and_then(|rest| rest.split_once('$')) else { return false };
    let Some((cost, hash)) = rest.split_once('$') else { return false };
    matches!(version, "a" | "b" | "x" | "y")
        && cost.len() == 2
        && cost.parse::<u32>().is_ok_and(|cost| (4..=HIGHEST_COST).contains(&cost))
        && hash.len() == 53
        && hash.is_ascii()
}

pub(super) fn verify(stored: &str, password: &[u8]) -> bool {
    // bcrypt reads 72 bytes and stops; the crate does the same in `verify`.
    ::bcrypt::verify(password, stored).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with libxcrypt.
    #[test]
    fn foreign_hash() {
        let stored = "$2b$04$abcdefghijklmnopqrstuuPWRtT5yx7FBi4dcf6ROhboeNunUrLQ.";
        assert!(recognises(stored) && verify(stored, b"geheim"));
        assert!(!verify(stored, b"geheim "));
        assert!(!recognises(&stored.replace("$04$", "$31$")));
        assert!(!recognises(&stored[..40]));
    }
}
