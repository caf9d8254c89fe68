//! Tickets of a Kerberos domain, which a browser shows in place of a password (RFC 4559).

use std::sync::{Arc, OnceLock};

use kernel::SecretText;

/// What a browser sends, and what it is told. Clones are the same one.
#[derive(Clone)]
pub struct Negotiation(Arc<Inner>);

struct Inner {
    token: SecretText,
    answer: OnceLock<Vec<u8>>,
}

impl Negotiation {
    /// What stands behind `Negotiate` in the header, as it came.
    pub fn new(token: SecretText) -> Self {
        Self(Arc::new(Inner { token, answer: OnceLock::new() }))
    }

    /// What the browser sent.
    pub fn token(&self) -> &SecretText {
        &self.0.token
    }

    /// Has the browser be told that it is we, whatever becomes of the sign-in. The first answer stays.
    pub fn tell(&self, answer: Vec<u8>) {
        // A second one would be for the same token.
        let _ = self.0.answer.set(answer);
    }

    /// What the browser is told.
    pub fn answer(&self) -> Option<&[u8]> {
        self.0.answer.get().map(Vec::as_slice)
    }
}
