//! Secrets of clients: kept as digests that are sealed to their row, so that a stolen database gives nothing to try against,
//! and compared in memory without a query and without a slow hash.

use kernel::{Entropy, SecretText, Timestamp};
use keys::{SealError, SealedColumn, Sealer};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::store::{ClientRow, FORMER_SECRET, SECRET};

/// Shortest secret that may be given instead of a generated one.
pub const SHORTEST: usize = 8;
/// Longest secret.
const LONGEST: usize = 255;

/// A secret that opens a client, as digest.
struct Accepted {
    digest: [u8; 32],
    until: Option<Timestamp>,
}

/// The one or two secrets of a client.
#[derive(Default)]
pub(crate) struct Secrets(Vec<Accepted>);

impl Secrets {
    /// Opens the digests of a row.
    pub(crate) fn open(row: &ClientRow, sealer: &Sealer) -> Result<Self, SealError> {
        let id = row.id.to_string();
        let open = |column: &SealedColumn, sealed: &str| -> Result<[u8; 32], SealError> {
            let digest = sealer.open(&column.place(&id), sealed)?;
            digest.expose().try_into().map_err(|_| SealError::Malformed)
        };
        let mut accepted = Vec::new();
        if let Some(sealed) = &row.secret {
            accepted.push(Accepted { digest: open(&SECRET, sealed)?, until: None });
        }
        if let (Some(sealed), Some(until)) = (&row.former_secret, row.former_until) {
            accepted.push(Accepted { digest: open(&FORMER_SECRET, sealed)?, until: Some(until) });
        }
        Ok(Self(accepted))
    }

    /// Whether `secret` is one of them at this moment. Looks at all of them, wherever they differ.
    pub(crate) fn accept(&self, secret: &SecretText, now: Timestamp) -> bool {
        let given: [u8; 32] = Sha256::digest(secret.expose().as_bytes()).into();
        let mut good = subtle::Choice::from(0);
        for accepted in &self.0 {
            let alive = accepted.until.is_none_or(|until| now < until);
            good |= accepted.digest.ct_eq(&given) & subtle::Choice::from(u8::from(alive));
        }
        good.into()
    }
}

/// Seals the digest of a secret for the row.
pub(crate) fn seal(secret: &SecretText, id: &str, sealer: &Sealer) -> String {
    sealer.seal(&SECRET.place(id), &Sha256::digest(secret.expose().as_bytes()))
}

/// Moves a sealed digest from the present to the former column of the row.
pub(crate) fn to_former(sealed: &str, id: &str, sealer: &Sealer) -> Result<String, SealError> {
    let digest = sealer.open(&SECRET.place(id), sealed)?;
    Ok(sealer.seal(&FORMER_SECRET.place(id), digest.expose()))
}

/// A new secret: 43 characters, 256 bits.
pub(crate) fn generate(chance: &Entropy) -> SecretText {
    SecretText::new(chance.token())
}

/// Whether a given secret may be taken: printable ASCII, neither short nor endless.
pub(crate) fn is_acceptable(secret: &SecretText) -> bool {
    (SHORTEST..=LONGEST).contains(&secret.len()) && secret.expose().bytes().all(|b| (0x20..0x7f).contains(&b))
}
