//! The ring of signing keys: kept in the database with sealed private halves, parsed once, swapped as a whole when it
//! changes. Keys are published before they sign and stay published until everything they signed has expired.

mod alg;
mod change;
mod jwt;
mod rotate;
mod usage;
mod xml;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use db::revision::{self, Held, Revisions};
use db::{Db, DbError, WriteError};
use kernel::ids::KeyId;
use kernel::{Class, Classified, Clock, Entropy, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

pub use alg::{Alg, CryptoError};
pub use change::{Change, Fate, Unnoted, Witness};
pub use jwt::VerifyError;
pub use rotate::{Rotation, Successor};
pub use usage::{KeyState, Use};
pub use xml::{Scheme, XmlSignature};

use crate::store::signing_key::{self, StoredKey};
use crate::{Keys, Place, SealError, Sealer};
use alg::{Signer, Verifier};
use jwt::Parsed;

/// Sealed place of the private half of a key.
fn place(id: &str) -> Place<'_> {
    signing_key::PRIVATE_KEY.place(id)
}

/// The ring cannot be loaded or changed.
#[derive(Debug, thiserror::Error)]
pub enum RingError {
    /// The database fails.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A change was not written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A private key does not open.
    #[error("signing key {0}: {1}")]
    Seal(KeyId, SealError),
    /// A stored key makes no sense.
    #[error("signing key {0} is damaged: {1}")]
    Broken(KeyId, String),
    /// The library refused.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// There is no such key in the state that the change needs.
    #[error("there is no such signing key, or it is in use")]
    NoKey,
    /// What keys of this use have signed is verified years later.
    #[error("the key is needed to verify what it signed, and is kept")]
    Kept,
}

impl Classified for RingError {
    fn class(&self) -> Class {
        match self {
            Self::Db(e) => e.class(),
            Self::Write(e) => e.class(),
            Self::Seal(_, e) => e.class(),
            Self::Broken(..) | Self::Crypto(_) => Class::Internal,
            Self::NoKey => Class::NotFound,
            Self::Kept => Class::Conflict,
        }
    }
    fn code(&self) -> &'static str {
        match self {
            Self::Db(e) => e.code(),
            Self::Write(e) => e.code(),
            Self::Seal(_, e) => e.code(),
            Self::Broken(..) => "signing_key_broken",
            Self::Crypto(_) => "signing_failed",
            Self::NoKey => "signing_key_unknown",
            Self::Kept => "signing_key_kept",
        }
    }
}

/// How the ring lives.
#[derive(Clone, Debug)]
pub struct RingConfig {
    /// The issuer whose keys these are.
    pub issuer: String,
    /// A key signs for so long before it is replaced.
    pub rotate_every: Duration,
    /// A key is published so long before it signs: longer than relying parties cache the JWKS.
    pub publish_ahead: Duration,
    /// A retired key is accepted for so long: the longest lifetime of what it signed.
    pub overlap: Duration,
    /// The same for keys of SAML; none: they are replaced when somebody says so, and by nothing else.
    pub saml_rotate_every: Option<Duration>,
    /// A key of SAML is published so long before it signs: longer than parties keep our metadata.
    pub saml_publish_ahead: Duration,
}

impl RingConfig {
    /// 90 days, published a day ahead, accepted for a week after; of SAML on demand, published two weeks ahead.
    pub fn new(issuer: impl Into<String>) -> Self {
        const DAY: u64 = 24 * 60 * 60;
        let days = |n: u64| Duration::from_secs(n * DAY);
        Self {
            issuer: issuer.into(),
            rotate_every: days(90),
            publish_ahead: days(1),
            overlap: days(7),
            saml_rotate_every: None,
            saml_publish_ahead: days(14),
        }
    }
}

/// When keys of a use are replaced.
pub(super) struct Timing {
    /// A key signs for so long; none: until somebody says otherwise.
    pub(super) every: Option<Duration>,
    /// The next one is published so long before it signs.
    pub(super) ahead: Duration,
}

impl RingConfig {
    /// None for keys that are replaced at once, and only when somebody says so.
    pub(super) fn timing(&self, key_use: Use) -> Option<Timing> {
        match key_use {
            Use::Saml => Some(Timing { every: self.saml_rotate_every, ahead: self.saml_publish_ahead }),
            other if other.spec().automatic => Some(Timing { every: Some(self.rotate_every), ahead: self.publish_ahead }),
            _ => None,
        }
    }
}

/// A key as it is shown to administrators.
#[derive(Clone, Debug, Serialize)]
pub struct KeyInfo {
    /// Its identifier.
    pub id: KeyId,
    /// Its thumbprint: the `kid` of what it signs.
    pub kid: String,
    /// What it is for.
    pub key_use: &'static str,
    /// Its algorithm.
    pub alg: &'static str,
    /// `next`, `active` or `retired`.
    pub state: &'static str,
    /// When it was made.
    pub created: Timestamp,
    /// When it began or will begin to sign.
    pub activates: Timestamp,
    /// When it stopped signing.
    pub retires: Option<Timestamp>,
    /// When what it signed is accepted no longer.
    pub expires: Option<Timestamp>,
}

/// A key of the loaded ring.
struct Key {
    stored: StoredKey,
    kid: String,
    jwk: Map<String, Value>,
    signer: Option<Signer>,
    verifier: Option<Verifier>,
}

impl Key {
    fn load(stored: StoredKey, sealer: &Sealer) -> Result<Self, RingError> {
        let broken = |what: &str| RingError::Broken(stored.id, what.to_owned());
        let jwk: Map<String, Value> = serde_json::from_str(&stored.public_jwk).map_err(|_| broken("no JWK"))?;
        let kid = jwk.get("kid").and_then(Value::as_str).ok_or_else(|| broken("no kid"))?.to_owned();
        let verifier = Verifier::new(stored.alg, &jwk)?;
        let signer = match stored.state {
            KeyState::Active => {
                let opened = sealer.open(&place(&stored.id.to_string()), &stored.private_key);
                Some(Signer::new(stored.alg, opened.map_err(|e| RingError::Seal(stored.id, e))?.expose())?)
            }
            KeyState::Next | KeyState::Retired => None,
        };
        Ok(Self { stored, kid, jwk, signer, verifier })
    }

    fn is_accepted(&self, now: Timestamp) -> bool {
        self.stored.state != KeyState::Retired || self.stored.expires.is_none_or(|expires| now < expires)
    }

    fn info(&self) -> KeyInfo {
        let s = &self.stored;
        KeyInfo {
            id: s.id,
            kid: self.kid.clone(),
            key_use: s.key_use.name(),
            alg: s.alg.name(),
            state: s.state.name(),
            created: s.created,
            activates: s.activates,
            retires: s.retires,
            expires: s.expires,
        }
    }
}

/// Signs and verifies. Cheap to clone; all clones see a rotation at the same time.
#[derive(Clone)]
pub struct Ring {
    db: Db,
    sealer: Sealer,
    clock: Clock,
    chance: Entropy,
    config: Arc<RingConfig>,
    loaded: Arc<ArcSwap<Vec<Key>>>,
    held: Arc<Held>,
}

impl Ring {
    /// Loads the ring, and makes the keys that are missing (all of them, the first time).
    ///
    /// # Errors
    /// [`RingError`].
    pub async fn open(db: Db, keys: &Keys, clock: Clock, chance: Entropy, config: RingConfig) -> Result<Self, RingError> {
        let sealer = keys.sealer().clone();
        let (config, loaded) = (Arc::new(config), Arc::new(ArcSwap::from_pointee(Vec::new())));
        let held = Arc::new(Held::nothing(signing_key::TOPIC));
        let ring = Self { db, sealer, clock, chance, config, loaded, held };
        ring.reload().await?;
        ring.make_missing().await?;
        Ok(ring)
    }

    /// Reads the keys again.
    ///
    /// # Errors
    /// [`RingError`]; the keys known so far stay in use.
    pub async fn reload(&self) -> Result<(), RingError> {
        self.held.load(&revision::read(&self.db).await?, self.load_all()).await
    }

    /// Reads the keys again if another node has changed them since. Call it every second or so.
    ///
    /// # Errors
    /// As [`Ring::reload`].
    pub async fn refresh(&self, revisions: &Revisions) -> Result<(), RingError> {
        self.held.refresh(revisions, self.load_all()).await
    }

    async fn load_all(&self) -> Result<(), RingError> {
        let stored = signing_key::all(&self.db, &self.config.issuer).await?;
        let keys: Result<Vec<_>, _> = stored.into_iter().map(|key| Key::load(key, &self.sealer)).collect();
        self.loaded.store(Arc::new(keys?));
        Ok(())
    }

    /// A compact JWS of the claims, signed with the active key of this use and algorithm.
    ///
    /// # Errors
    /// [`RingError::NoKey`] when the use has no key of the algorithm, [`RingError::Crypto`].
    pub fn sign_jwt(&self, key_use: Use, alg: Alg, typ: &str, claims: &impl Serialize) -> Result<String, RingError> {
        let claims = serde_json::to_vec(claims).map_err(|e| CryptoError(e.to_string()))?;
        let loaded = self.loaded.load();
        let (key, signer) = active(&loaded, key_use, alg)?;
        let input = jwt::signing_input(alg.name(), &key.kid, typ, &claims);
        let signature = signer.sign(input.as_bytes())?;
        Ok(jwt::append_signature(input, &signature))
    }

    /// The claims of a token that one of our keys of this use signed, of this `typ`, at present valid (`exp` is demanded).
    /// Only the key named by `kid` is tried, only with its own algorithm.
    ///
    /// # Errors
    /// [`VerifyError`] says what is wrong; outward it is always just an invalid token.
    pub fn verify_jwt<T: DeserializeOwned>(&self, key_use: Use, typ: &str, token: &str) -> Result<T, VerifyError> {
        let claims = self.verify_signature(key_use, typ, token)?;
        if !jwt::in_time(&claims, self.clock.now().seconds()) {
            return Err(VerifyError::Time);
        }
        serde_json::from_value(Value::Object(claims)).map_err(|_| VerifyError::Malformed)
    }

    /// As [`Ring::verify_jwt`] without looking at `exp` and `nbf`: for ID tokens that come back as a hint.
    ///
    /// # Errors
    /// [`VerifyError`].
    pub fn verify_signature(&self, key_use: Use, typ: &str, token: &str) -> Result<Map<String, Value>, VerifyError> {
        let parsed = Parsed::new(token)?;
        let loaded = self.loaded.load();
        let now = self.clock.now();
        let of_use = |key: &&Key| key.stored.key_use == key_use && key.kid == parsed.kid;
        let key = loaded.iter().find(of_use).filter(|key| key.is_accepted(now)).ok_or(VerifyError::UnknownKey)?;
        let verifier = key.verifier.as_ref().ok_or(VerifyError::Algorithm)?;
        if parsed.alg != key.stored.alg.name() {
            return Err(VerifyError::Algorithm);
        }
        if !parsed.is_of_type(typ) {
            return Err(VerifyError::Type);
        }
        if !verifier.verify(parsed.signed.as_bytes(), &parsed.signature) {
            return Err(VerifyError::Signature);
        }
        serde_json::from_slice(&parsed.payload).map_err(|_| VerifyError::Malformed)
    }

    /// The signature of an answer of the management API (RSA-PSS, SHA-256, longest salt): `rsa_sha256_pss:` and hex.
    ///
    /// # Errors
    /// [`RingError::NoKey`], [`RingError::Crypto`].
    pub fn sign_response(&self, text: &str) -> Result<String, RingError> {
        let loaded = self.loaded.load();
        let (_, signer) = active(&loaded, Use::Response, Alg::ResponsePss)?;
        Ok(alg::response_text(&signer.sign(text.as_bytes())?))
    }

    /// The public keys of the given uses as a JWK set: next, active, and retired ones until they expire.
    pub fn jwks(&self, uses: &[Use]) -> Value {
        let (loaded, now) = (self.loaded.load(), self.clock.now());
        let published = loaded.iter().filter(|key| uses.contains(&key.stored.key_use) && key.is_accepted(now));
        json!({ "keys": published.map(|key| Value::Object(key.jwk.clone())).collect::<Vec<_>>() })
    }

    /// All keys, for administrators.
    pub fn list(&self) -> Vec<KeyInfo> {
        self.loaded.load().iter().map(Key::info).collect()
    }
}

fn active(keys: &[Key], key_use: Use, alg: Alg) -> Result<(&Key, &Signer), RingError> {
    let of_kind = |key: &&Key| key.stored.key_use == key_use && key.stored.alg == alg;
    let found = keys.iter().filter(of_kind).find_map(|key| key.signer.as_ref().map(|signer| (key, signer)));
    found.ok_or(RingError::NoKey)
}

#[cfg(test)]
mod tests;
