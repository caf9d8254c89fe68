//! The guides of the documentation, from which peers take their configuration: what is printed there is what is tried.

use std::path::Path;

/// A page of `docs/guides`, its example addresses replaced by those of a test.
pub struct Guide(String);

impl Guide {
    /// Reads a page such as `saml/shibboleth.md`. In it, `https://id.example.org` is us and `https://notes.example.org` the peer.
    ///
    /// # Panics
    /// When there is no such page.
    pub fn open(page: &str, us: &str, peer: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guides").join(page);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        Self(text.replace("https://id.example.org", us).replace("https://notes.example.org", peer))
    }

    /// The first block of code behind the first line of text that names it so, without its fences.
    ///
    /// # Panics
    /// When the page has none.
    pub fn block(&self, named: &str) -> String {
        let mut inside = false;
        let mut lines = self.0.lines().skip_while(|line| {
            inside ^= line.starts_with("```");
            inside || !line.contains(named)
        });
        let found = lines.any(|line| line.starts_with("```"));
        assert!(found, "the guide has no block for {named}");
        lines.take_while(|line| !line.starts_with("```")).map(|line| format!("{line}\n")).collect()
    }

    /// As [`Guide::block`], with parts replaced that cannot be as printed on this machine.
    ///
    /// # Panics
    /// When a part is not there.
    pub fn block_with(&self, named: &str, changes: &[(&str, &str)]) -> String {
        changes.iter().fold(self.block(named), |text, (part, other)| {
            assert!(text.contains(part), "{part} is not in the block for {named}:\n{text}");
            text.replace(part, other)
        })
    }
}
