//! Local administrators: names and passwords of our own, beside the people of administrator realms.

use db::{Batch, Db, DbError};
use kernel::ids::RowId;
use kernel::{Clock, Entropy, SecretText, Timestamp};
use keys::{Keys, Place};

use super::store::administrator as store;
use crate::operation::{Code, Failure};

/// A local administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalAdmin {
    /// Its row.
    pub id: RowId,
    /// The name as written.
    pub name: String,
    /// Mail address; may be empty.
    pub email: String,
    /// Rises when the password changes; API tokens of an older epoch are void.
    pub auth_epoch: i64,
    /// The last sign-in.
    pub last_login: Option<Timestamp>,
}

/// The local administrators. Cheap to clone.
#[derive(Clone)]
pub struct Admins {
    db: Db,
    keys: Keys,
    clock: Clock,
    chance: Entropy,
}

fn admin(stored: store::Stored) -> LocalAdmin {
    LocalAdmin {
        id: stored.id,
        name: stored.name,
        email: stored.email,
        auth_epoch: stored.auth_epoch,
        last_login: stored.last_login_at,
    }
}

impl Admins {
    pub(crate) fn new(db: Db, keys: Keys, clock: Clock, chance: Entropy) -> Self {
        Self { db, keys, clock, chance }
    }

    /// All of them, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn all(&self) -> Result<Vec<LocalAdmin>, DbError> {
        Ok(store::all(&self.db).await?.into_iter().map(admin).collect())
    }

    /// The one of this name, in any case.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn by_name(&self, name: &str) -> Result<Option<LocalAdmin>, DbError> {
        Ok(store::by_name(&self.db, name).await?.map(admin))
    }

    /// Whether name, mail address and password may be those of an administrator.
    ///
    /// # Errors
    /// Says which may not.
    pub fn acceptable(name: &str, email: &str, password: &SecretText) -> Result<(), Failure> {
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@');
        if name.is_empty() || name.chars().count() > 100 || !name.chars().all(plain) {
            let what = "A name of an administrator has 1 to 100 letters, digits and . - _ @";
            return Err(Failure::new(Code::Parameter, what));
        }
        if email.len() > 255 {
            return Err(Failure::new(Code::Parameter, "The mail address is too long."));
        }
        if password.is_empty() || password.len() > 1024 {
            return Err(Failure::new(Code::Parameter, "The password is empty or longer than 1024 bytes."));
        }
        Ok(())
    }

    async fn sealed(&self, id: RowId, password: &SecretText) -> Result<String, Failure> {
        let hash = self.keys.passwords().hash(password).await?;
        Ok(self.keys.sealer().seal(&Place::new("administrator", "password", &id.to_string()), hash.as_bytes()))
    }

    /// Adds one to the batch.
    ///
    /// # Errors
    /// When name or password are not acceptable, or the name is taken.
    pub async fn add(&self, batch: &mut Batch, name: &str, email: &str, password: &SecretText) -> Result<RowId, Failure> {
        Self::acceptable(name, email, password)?;
        if self.by_name(name).await?.is_some() {
            return Err(Failure::new(Code::Conflict, format!("The administrator {name} exists already.")));
        }
        let now = self.clock.now();
        let id = RowId::new(&self.chance, now);
        let sealed = self.sealed(id, password).await?;
        store::insert(batch, (id, name), email, &sealed, now);
        Ok(id)
    }

    /// Changes password or mail address in the batch; API tokens issued before are void.
    ///
    /// # Errors
    /// When there is nobody of this name, or the password is not acceptable.
    pub async fn change(
        &self,
        batch: &mut Batch,
        name: &str,
        email: Option<&str>,
        password: Option<&SecretText>,
    ) -> Result<(), Failure> {
        let old = self.stored(name).await?;
        if let Some(password) = password {
            Self::acceptable(&old.name, email.unwrap_or(&old.email), password)?;
        }
        let sealed = match password {
            Some(password) => self.sealed(old.id, password).await?,
            None => old.password.clone(),
        };
        store::update(batch, &old, email.unwrap_or(&old.email), &sealed);
        Ok(())
    }

    /// Removes one in the batch.
    ///
    /// # Errors
    /// When there is nobody of this name, or it is the last one.
    pub async fn remove(&self, batch: &mut Batch, name: &str) -> Result<(), Failure> {
        let old = self.stored(name).await?;
        if self.all().await?.len() < 2 {
            return Err(Failure::new(Code::ConfigAdmin, "The last administrator cannot be removed."));
        }
        store::delete(batch, old.id);
        Ok(())
    }

    async fn stored(&self, name: &str) -> Result<store::Stored, Failure> {
        let stored = store::by_name(&self.db, name).await?;
        stored.ok_or_else(|| Failure::not_found(format!("The administrator {name} does not exist.")))
    }

    /// Checks a password. Somebody who does not exist costs the same. A success adds the time of the sign-in, and a newer
    /// hash if need be, to the batch. Guess budgets are the caller's business.
    ///
    /// # Errors
    /// When the database fails or too many passwords are being checked.
    pub async fn check(&self, batch: &mut Batch, name: &str, password: &SecretText) -> Result<Option<LocalAdmin>, Failure> {
        let stored = store::by_name(&self.db, name).await?;
        let Some(stored) = stored.filter(|_| password.len() <= 1024) else {
            self.keys.passwords().dummy_verify(password).await?;
            return Ok(None);
        };
        let place = stored.id.to_string();
        let opened = self.keys.sealer().open(&Place::new("administrator", "password", &place), &stored.password)?;
        let hash = opened.into_text().ok_or_else(|| Failure::internal("a password hash is not text"))?;
        let verdict = self.keys.passwords().verify(hash.expose(), password).await?;
        if !verdict.ok {
            return Ok(None);
        }
        store::seen(batch, stored.id, self.clock.now());
        if verdict.rehash {
            let newer = self.sealed(stored.id, password).await?;
            store::rehash(batch, &stored, &newer);
        }
        Ok(Some(admin(stored)))
    }
}
