//! Rotation. Every change is a compare-and-set: of several nodes that try at the same time, one wins and the others see
//! its result.

use db::{Batch, WriteError};
use kernel::Timestamp;
use kernel::ids::KeyId;

use super::{Alg, Change, Fate, Key, KeyState, Ring, RingError, Scheme, Unnoted, Use, Witness, alg, place, xml};
use crate::store::signing_key::{self, StoredKey};

/// Violated when two nodes make the same key.
const GENERATION: &str = "signing_key_generation";

/// Which keys take the place of those that sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Successor {
    /// Those that are published already, where there are any.
    Announced,
    /// New ones: whoever has had the private halves of the present keys may have those of published ones too, which are kept in the same
    /// place. Published ones are dropped.
    Fresh,
}

/// What a rotation did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotation {
    /// Keys that were made and published.
    pub published: u32,
    /// Keys that began to sign in place of others.
    pub activated: u32,
    /// Keys that were forgotten.
    pub deleted: u64,
}

impl Ring {
    /// Does what is due: publishes the next keys, lets them sign, forgets expired ones. To be called now and then on any
    /// node; several at a time do no harm.
    ///
    /// # Errors
    /// [`RingError`].
    pub async fn rotate_due(&self, now: Timestamp, witness: &dyn Witness) -> Result<Rotation, RingError> {
        self.reload().await?;
        let mut done = Rotation::default();
        for key_use in Use::ALL {
            for alg in key_use.algs() {
                self.advance((key_use, *alg), now, &mut done, witness).await?;
            }
        }
        let mut batch = Batch::new();
        signing_key::delete_expired(&mut batch, now);
        done.deleted = self.db.write(batch).await?.rows.iter().sum();
        if done.deleted > 0 {
            self.reload().await?;
        }
        Ok(done)
    }

    /// Replaces the active keys of one use at once: for `keys rotate` and after an incident. Relying parties that cache the
    /// JWKS refuse new tokens until they fetch it again. Of a use whose keys are announced otherwise, no key that signed before is
    /// published any more.
    ///
    /// # Errors
    /// [`RingError`].
    pub async fn rotate_now(&self, key_use: Use, by: Successor, witness: &dyn Witness) -> Result<Rotation, RingError> {
        self.reload().await?;
        let (now, mut done) = (self.clock.now(), Rotation::default());
        for alg in self.present(key_use) {
            self.make_room((key_use, *alg), by, witness).await?;
            if self.find(key_use, *alg, KeyState::Next).is_none() {
                self.publish((key_use, *alg), KeyState::Next, now, witness).await?;
                done.published += 1;
            }
            let expires = if key_use.is_announced() { Some(now) } else { self.accepted_until(key_use, now) };
            done.activated += u32::from(self.succeed((key_use, *alg), (now, expires), witness).await?);
        }
        if key_use.is_announced() {
            // Also those that retired before, or that another node has replaced meanwhile.
            let mut batch = Batch::new();
            signing_key::expire_use(&mut batch, &self.issuer_of(key_use), key_use, now);
            let still =
                |key: &&Key| key.stored.key_use == key_use && key.stored.state == KeyState::Retired && key.is_accepted(now);
            for key in self.loaded.load().iter().filter(still) {
                witness.note(&mut batch, &Change::of(&key.stored, Fate::Distrusted));
            }
            self.db.write(batch).await?;
            self.reload().await?;
        }
        Ok(done)
    }

    /// Publishes the next keys of one use, which then sign by themselves when everybody has had the time to fetch them. Keys that are
    /// published already stay as they are.
    ///
    /// # Errors
    /// [`RingError::NoKey`] for a use whose keys are replaced at once only.
    pub async fn announce(&self, key_use: Use, by: Successor, witness: &dyn Witness) -> Result<Rotation, RingError> {
        self.reload().await?;
        let (now, mut done) = (self.clock.now(), Rotation::default());
        let timing = self.config.timing(key_use).ok_or(RingError::NoKey)?;
        for alg in self.present(key_use) {
            self.make_room((key_use, *alg), by, witness).await?;
            if self.find(key_use, *alg, KeyState::Next).is_none() {
                self.publish((key_use, *alg), KeyState::Next, now + timing.ahead, witness).await?;
                done.published += 1;
            }
        }
        Ok(done)
    }

    /// What a retired key signed is accepted no longer, from now on.
    ///
    /// # Errors
    /// [`RingError::NoKey`] when the key is not a retired one, [`RingError::Kept`] when it is kept for good.
    pub async fn distrust(&self, id: KeyId, witness: &dyn Witness) -> Result<(), RingError> {
        self.reload().await?;
        let loaded = self.loaded.load_full();
        let key = loaded.iter().find(|key| key.stored.id == id).ok_or(RingError::NoKey)?;
        if key.stored.key_use.spec().kept {
            return Err(RingError::Kept);
        }
        let mut batch = Batch::new();
        signing_key::expire(&mut batch, id, self.clock.now());
        witness.note(&mut batch, &Change::of(&key.stored, Fate::Distrusted));
        match self.db.write(batch).await {
            Err(WriteError::Guard(_)) => Err(RingError::NoKey),
            Err(error) => Err(error.into()),
            Ok(_) => self.reload().await,
        }
    }

    /// Makes an active key wherever there is none.
    pub(super) async fn make_missing(&self) -> Result<(), RingError> {
        let now = self.clock.now();
        for key_use in Use::ALL {
            for alg in key_use.algs() {
                if !key_use.waits_for(*alg) && self.find(key_use, *alg, KeyState::Active).is_none() {
                    self.publish((key_use, *alg), KeyState::Active, now, &Unnoted).await?;
                }
            }
        }
        Ok(())
    }

    /// Makes the key of a scheme if there is none yet. It signs at once, and our metadata names it from now on.
    ///
    /// # Errors
    /// [`RingError`].
    pub async fn provide(&self, scheme: Scheme) -> Result<(), RingError> {
        let alg = scheme.alg();
        if self.find(Use::Saml, alg, KeyState::Active).is_none() {
            self.publish((Use::Saml, alg), KeyState::Active, self.clock.now(), &Unnoted).await?;
        }
        Ok(())
    }

    /// The algorithms of a use that have a key.
    fn present(&self, key_use: Use) -> impl Iterator<Item = &'static Alg> {
        key_use.algs().iter().filter(move |alg| self.find(key_use, **alg, KeyState::Active).is_some())
    }

    /// Drops the published key of a use and algorithm, if a new one is wanted in its place.
    async fn make_room(&self, (key_use, alg): (Use, Alg), by: Successor, witness: &dyn Witness) -> Result<(), RingError> {
        let next = self.find(key_use, alg, KeyState::Next).filter(|_| by == Successor::Fresh);
        let Some(next) = next else { return Ok(()) };
        let mut batch = Batch::new();
        signing_key::drop_next(&mut batch, next.id);
        witness.note(&mut batch, &Change::of(&next, Fate::Dropped));
        match self.db.write(batch).await {
            // Where it has begun to sign meanwhile, it is replaced as what signs.
            Ok(_) | Err(WriteError::Guard(_)) => self.reload().await,
            Err(error) => Err(error.into()),
        }
    }

    async fn advance(
        &self,
        (key_use, alg): (Use, Alg),
        now: Timestamp,
        done: &mut Rotation,
        witness: &dyn Witness,
    ) -> Result<(), RingError> {
        let Some(timing) = self.config.timing(key_use) else { return Ok(()) };
        if let Some(next) = self.find(key_use, alg, KeyState::Next) {
            if next.activates <= now {
                let expires = self.accepted_until(key_use, now);
                done.activated += u32::from(self.succeed((key_use, alg), (now, expires), witness).await?);
            }
            return Ok(());
        }
        let Some(active) = self.find(key_use, alg, KeyState::Active) else { return Ok(()) };
        let Some(replace) = timing.every.map(|every| active.activates + every) else { return Ok(()) };
        if replace <= now + timing.ahead {
            // A node that slept keeps the promise all the same: published first, used later.
            let activates = replace.max(now + timing.ahead);
            self.publish((key_use, alg), KeyState::Next, activates, witness).await?;
            done.published += 1;
        }
        Ok(())
    }

    fn find(&self, key_use: Use, alg: Alg, state: KeyState) -> Option<StoredKey> {
        let wanted = |key: &&Key| (key.stored.key_use, key.stored.alg, key.stored.state) == (key_use, alg, state);
        self.loaded.load().iter().find(wanted).map(|key| key.stored.clone())
    }

    /// Makes a key. When another node has made it meanwhile, its key counts.
    async fn publish(
        &self,
        (key_use, alg): (Use, Alg),
        state: KeyState,
        activates: Timestamp,
        witness: &dyn Witness,
    ) -> Result<(), RingError> {
        let same = |key: &&Key| (key.stored.key_use, key.stored.alg) == (key_use, alg);
        let generation = self.loaded.load().iter().filter(same).map(|key| key.stored.generation).max().unwrap_or(0) + 1;
        let (chance, now) = (self.chance.clone(), self.clock.now());
        // RSA keys take a while to find.
        let made = tokio::task::spawn_blocking(move || {
            let key = alg::generate(alg)?;
            let mut jwk = alg::public_jwk(alg, &key)?;
            if key_use == Use::Saml {
                jwk.insert("x5c".to_owned(), xml::own_certificate(&key, &chance, now)?);
            }
            Ok::<_, alg::CryptoError>((jwk, zeroize::Zeroizing::new(key.private_key_to_pkcs8()?)))
        });
        let (jwk, pkcs8) = made.await.map_err(|e| alg::CryptoError(e.to_string()))??;
        let id = KeyId::new(&self.chance, now);
        let issuer = self.issuer_of(key_use);
        let stored = StoredKey {
            id,
            issuer,
            key_use,
            alg,
            generation,
            state,
            public_jwk: serde_json::Value::Object(jwk).to_string(),
            private_key: self.sealer.seal(&place(&id.to_string()), &pkcs8),
            created: now,
            activates,
            retires: None,
            expires: None,
        };
        let mut batch = Batch::new();
        signing_key::insert(&mut batch, &stored);
        witness.note(&mut batch, &Change::of(&stored, Fate::Published(activates)));
        match self.db.write(batch).await {
            Ok(_) => {}
            Err(error) if error.violates(GENERATION) => {}
            Err(error) => return Err(error.into()),
        }
        self.reload().await
    }

    /// How long a key is accepted that retires now; none: for good.
    fn accepted_until(&self, key_use: Use, now: Timestamp) -> Option<Timestamp> {
        (!key_use.spec().kept).then(|| now + self.config.overlap)
    }

    /// Whose keys of this use are; empty: those of the installation.
    fn issuer_of(&self, key_use: Use) -> String {
        if key_use.spec().of_issuer { self.config.issuer.clone() } else { String::new() }
    }

    /// The next key signs from now on, and the one before is accepted until `expires`. False when another node has done it meanwhile.
    async fn succeed(
        &self,
        (key_use, alg): (Use, Alg),
        (now, expires): (Timestamp, Option<Timestamp>),
        witness: &dyn Witness,
    ) -> Result<bool, RingError> {
        let (active, next) = (self.find(key_use, alg, KeyState::Active), self.find(key_use, alg, KeyState::Next));
        let (Some(active), Some(next)) = (active, next) else { return Ok(false) };
        let mut batch = Batch::new();
        signing_key::succeed(&mut batch, active.id, next.id, now, expires);
        witness.note(&mut batch, &Change::of(&active, Fate::Retired(expires)));
        witness.note(&mut batch, &Change::of(&next, Fate::Signs));
        let done = match self.db.write(batch).await {
            Ok(_) => true,
            Err(WriteError::Guard(_)) => false,
            Err(error) => return Err(error.into()),
        };
        self.reload().await?;
        Ok(done)
    }
}
