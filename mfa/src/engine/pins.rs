//! PINs of tokens: an Argon2id hash inside a seal, and a cache of those that were right.
//!
//! The cache holds keyed digests of (token, sealed hash, PIN) under a secret of this process, so it tells nothing, and a changed PIN
//! (another sealed hash) is simply not in it. It saves the Argon2id of every further check with the same PIN.

use std::time::Duration;

use hmac::{Hmac, Mac};
use kernel::ids::TokenId;
use kernel::{Class, Classified, Entropy, SecretText};
use keys::{Busy, Keys, Place, SealError};
use sha2::Sha256;

/// PINs that are remembered at most, and for how long.
const CACHE: u64 = 100_000;
const REMEMBER: Duration = Duration::from_secs(3600);

/// A PIN could not be judged.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    /// Too many hashes are being computed.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The stored value does not open.
    #[error("PIN of token {token}: {error}")]
    Seal {
        /// Whose.
        token: TokenId,
        /// Why.
        error: SealError,
    },
}

impl Classified for PinError {
    fn class(&self) -> Class {
        match self {
            Self::Busy(e) => e.class(),
            Self::Seal { error, .. } => error.class(),
        }
    }
    fn code(&self) -> &'static str {
        match self {
            Self::Busy(e) => e.code(),
            Self::Seal { error, .. } => error.code(),
        }
    }
}

/// Hashes and checks PINs. Cheap to clone; all clones share the cache.
#[derive(Clone)]
pub struct Pins {
    keys: Keys,
    secret: [u8; 32],
    right: moka::sync::Cache<[u8; 32], ()>,
}

fn place(row: &str) -> Place<'_> {
    Place::new("token", "pin", row)
}

impl Pins {
    /// With an empty cache.
    pub fn new(keys: Keys, chance: &Entropy) -> Self {
        let right = moka::sync::Cache::builder().max_capacity(CACHE).time_to_live(REMEMBER).build();
        Self { keys, secret: chance.bytes(), right }
    }

    /// What is stored for a PIN; nothing for the empty one.
    ///
    /// # Errors
    /// [`PinError::Busy`].
    pub async fn store(&self, token: TokenId, pin: &SecretText) -> Result<Option<String>, PinError> {
        if pin.is_empty() {
            return Ok(None);
        }
        let hash = self.keys.passwords().hash(pin).await?;
        Ok(Some(self.keys.sealer().seal(&place(&token.to_string()), hash.as_bytes())))
    }

    /// Whether this is the token's PIN. Without a stored PIN only the empty one is.
    ///
    /// # Errors
    /// [`PinError`] when the hash cannot be opened or computed.
    pub async fn check(&self, token: TokenId, stored: Option<&str>, pin: &SecretText) -> Result<bool, PinError> {
        let Some(sealed) = stored else { return Ok(pin.is_empty()) };
        if pin.is_empty() {
            return Ok(false);
        }
        if self.remember(token, sealed, pin) {
            return Ok(true);
        }
        let seal_error = |error| PinError::Seal { token, error };
        let hash = self.keys.sealer().open(&place(&token.to_string()), sealed).map_err(seal_error)?;
        let hash = hash.into_text().ok_or(seal_error(SealError::Malformed))?;
        let ok = self.keys.passwords().verify(hash.expose(), pin).await?.ok;
        if ok {
            self.right.insert(self.digest(token, sealed, pin), ());
        }
        Ok(ok)
    }

    /// Whether this PIN was right a while ago: then it is known without a hash.
    pub(super) fn remember(&self, token: TokenId, sealed: &str, pin: &SecretText) -> bool {
        self.right.contains_key(&self.digest(token, sealed, pin))
    }

    /// A sealed hash belongs to its token: at another one it does not open, and is not remembered either.
    fn digest(&self, token: TokenId, sealed: &str, pin: &SecretText) -> [u8; 32] {
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&self.secret).expect("HMAC takes keys of every length");
        mac.update(token.to_string().as_bytes());
        mac.update(&(sealed.len() as u64).to_be_bytes());
        mac.update(sealed.as_bytes());
        mac.update(pin.expose().as_bytes());
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use kernel::Timestamp;

    use super::*;

    #[tokio::test]
    async fn right_and_wrong_cached_and_not() {
        let chance = Entropy::seeded(1);
        let pins = Pins::new(Keys::for_tests(), &chance);
        let (token, other) = (TokenId::new(&chance, Timestamp(0)), TokenId::new(&chance, Timestamp(0)));
        let stored = pins.store(token, &"1234".into()).await.unwrap();
        for _ in 0..2 {
            assert!(pins.check(token, stored.as_deref(), &"1234".into()).await.unwrap());
            assert!(!pins.check(token, stored.as_deref(), &"1235".into()).await.unwrap());
            assert!(!pins.check(token, stored.as_deref(), &"".into()).await.unwrap());
            let moved = pins.check(other, stored.as_deref(), &"1234".into()).await;
            assert!(matches!(moved, Err(PinError::Seal { .. })), "a seal that was moved to another token");
        }
        let changed = pins.store(token, &"9999".into()).await.unwrap();
        assert!(!pins.check(token, changed.as_deref(), &"1234".into()).await.unwrap());
        assert!(matches!(pins.check(other, changed.as_deref(), &"9999".into()).await, Err(PinError::Seal { .. })));
        assert!(pins.store(token, &"".into()).await.unwrap().is_none());
        assert!(pins.check(token, None, &"".into()).await.unwrap() && !pins.check(token, None, &"x".into()).await.unwrap());
    }
}
