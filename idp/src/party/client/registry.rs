//! The registry: changes as parts of a batch, look-ups from a snapshot.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use db::revision::{self, Held, Revisions};
use db::{Batch, Db, DbError, WriteError};
use kernel::ids::RowId;
use kernel::{Class, Classified, Entropy, SecretText, Timestamp};
use keys::{SealError, Sealer};

use super::check::{Problem, problems};
use super::secret::{self, Secrets};
use super::settings::Settings;
use super::store::{self, ClientRow};
use super::{Client, jwks};
use crate::claims::Mapping;
use crate::oidc::scope::Scopes;

/// Why a change of a client was not prepared.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// What was given is wrong; all of it is listed.
    #[error("the client is not valid: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<Problem>),
    /// There is no such client.
    #[error("there is no such client")]
    Unknown,
    /// There is one of that name already.
    #[error("there is a client with this client_id already")]
    Exists,
    /// Somebody changed it meanwhile.
    #[error("the client was changed meanwhile; read it again")]
    Changed,
    /// Its stored secret does not open.
    #[error(transparent)]
    Sealed(#[from] SealError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<WriteError> for ClientError {
    /// What a failed commit of a change means.
    fn from(error: WriteError) -> Self {
        match error {
            e if e.violates("oidc_client_name") => Self::Exists,
            WriteError::Guard(_) => Self::Changed,
            WriteError::Constraint(name) => Self::Db(DbError::Failed(name, "oidc_client")),
            WriteError::Db(e) => Self::Db(e),
        }
    }
}

impl Classified for ClientError {
    fn class(&self) -> Class {
        match self {
            Self::Invalid(_) => Class::Invalid,
            Self::Unknown => Class::NotFound,
            Self::Exists | Self::Changed => Class::Conflict,
            Self::Sealed(e) => e.class(),
            Self::Db(e) => e.class(),
        }
    }
    fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "client_invalid",
            Self::Unknown => "client_unknown",
            Self::Exists => "client_exists",
            Self::Changed => "client_changed",
            Self::Sealed(e) => e.code(),
            Self::Db(e) => e.code(),
        }
    }
}

/// Where the secret of a new client comes from. Clients that authenticate otherwise get none.
pub enum GivenSecret {
    /// We draw one.
    Generate,
    /// It is given: 8 to 255 printable ASCII characters.
    Given(SecretText),
}

/// A client to be.
pub struct NewClient {
    /// Its public name.
    pub client_id: String,
    /// What is configured.
    pub settings: Settings,
    /// Where its secret comes from.
    pub secret: GivenSecret,
    /// Whether it may be used at once.
    pub enabled: bool,
}

/// A client as it was added.
pub struct Added {
    /// Its row.
    pub id: RowId,
    /// Its secret, if it has one that we drew. Shown once, kept nowhere.
    pub secret: Option<SecretText>,
}

/// A client as administrators see it: everything but secrets.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct ClientRecord {
    /// Its row.
    pub id: RowId,
    /// Its public name.
    pub client_id: String,
    /// Rises with every change; given back with the next one.
    pub version: i64,
    /// Whether it may be used.
    pub enabled: bool,
    /// What is configured.
    pub settings: Settings,
    /// Whether it has a secret.
    pub has_secret: bool,
    /// Until when the secret before the present one is good as well.
    pub former_secret_until: Option<Timestamp>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

impl From<ClientRow> for ClientRecord {
    fn from(row: ClientRow) -> Self {
        Self {
            id: row.id,
            client_id: row.client_id,
            version: row.version,
            enabled: row.enabled,
            settings: row.settings,
            has_secret: row.secret.is_some(),
            former_secret_until: row.former_until,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

#[derive(Default)]
struct Snapshot {
    by_name: HashMap<String, Arc<Client>>,
    by_row: HashMap<RowId, Arc<Client>>,
}

impl Snapshot {
    fn insert(&mut self, client: Arc<Client>) {
        self.by_row.insert(client.id, client.clone());
        self.by_name.insert(client.client_id.clone(), client);
    }
}

/// The registry of one issuer. Cheap to clone; all clones share the snapshot.
#[derive(Clone)]
pub struct Clients {
    db: Db,
    sealer: Sealer,
    chance: Entropy,
    issuer: String,
    snapshot: Arc<ArcSwap<Snapshot>>,
    held: Arc<Held>,
}

impl Clients {
    /// Topic of the revision that rises with every change.
    const TOPIC: &str = "oidc_client";

    /// Loads the registry. `issuer` is the name of the issuer in rows (not its URL, which may change).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(db: Db, sealer: Sealer, chance: Entropy, issuer: &str) -> Result<Self, DbError> {
        let held = Arc::new(Held::nothing(Self::TOPIC));
        let clients = Self { db, sealer, chance, issuer: issuer.to_owned(), snapshot: Arc::default(), held };
        clients.reload().await?;
        Ok(clients)
    }

    /// Replaces the snapshot by what the database holds. A client that cannot be read is left out, and logged.
    ///
    /// # Errors
    /// When the database fails; the snapshot stays as it was.
    pub async fn reload(&self) -> Result<(), DbError> {
        self.held.load(&revision::read(&self.db).await?, self.load_all()).await
    }

    /// Reloads if another node has changed something since.
    ///
    /// # Errors
    /// As [`Clients::reload`].
    pub async fn refresh(&self, revisions: &Revisions) -> Result<(), DbError> {
        self.held.refresh(revisions, self.load_all()).await
    }

    async fn load_all(&self) -> Result<(), DbError> {
        let mut snapshot = Snapshot::default();
        for row in store::clients(&self.db, &self.issuer).await? {
            match row.map_err(|e| e.to_string()).and_then(|row| self.compile(row)) {
                Ok(client) => snapshot.insert(Arc::new(client)),
                Err(problem) => tracing::error!(%problem, "a client cannot be read and is not available"),
            }
        }
        self.snapshot.store(Arc::new(snapshot));
        Ok(())
    }

    fn compile(&self, row: ClientRow) -> Result<Client, String> {
        let named = |problem: &str| format!("{}: {problem}", row.client_id);
        let secrets = Secrets::open(&row, &self.sealer).map_err(|e| named(&e.to_string()))?;
        let settings = &row.settings;
        let claims = Mapping::compile(&settings.claims, &settings.claim_attributes, &settings.scopes)
            .map_err(|problems| named(&problems.join("; ")))?;
        let mut scopes = Scopes::default();
        row.settings.scopes.iter().for_each(|scope| scopes.insert(scope));
        let keys = row.settings.jwks.as_ref().and_then(|set| jwks::KeySet::read(set).ok());
        let ClientRow { id, client_id, enabled, settings, .. } = row;
        Ok(Client { id, client_id, enabled, settings, scopes, claims, secrets, keys })
    }

    /// The client of this name, enabled or not. No query.
    pub fn find(&self, client_id: &str) -> Option<Arc<Client>> {
        self.snapshot.load().by_name.get(client_id).cloned()
    }

    /// The client with this row. No query.
    pub fn by_row(&self, id: RowId) -> Option<Arc<Client>> {
        self.snapshot.load().by_row.get(&id).cloned()
    }

    /// One client, from the database.
    ///
    /// # Errors
    /// [`ClientError::Unknown`], or when the database fails.
    pub async fn get(&self, client_id: &str) -> Result<ClientRecord, ClientError> {
        self.row(client_id).await.map(ClientRecord::from)
    }

    /// All clients, from the database, by name.
    ///
    /// # Errors
    /// When the database fails, or a row cannot be read.
    pub async fn list(&self) -> Result<Vec<ClientRecord>, ClientError> {
        let rows = store::clients(&self.db, &self.issuer).await?;
        rows.into_iter().map(|row| Ok(row?.into())).collect()
    }

    async fn row(&self, client_id: &str) -> Result<ClientRow, ClientError> {
        store::client_by_name(&self.db, &self.issuer, client_id).await?.ok_or(ClientError::Unknown)
    }

    /// Prepares a new client. When the batch is committed, [`Clients::reload`].
    ///
    /// # Errors
    /// [`ClientError::Invalid`] with every problem. A taken name shows at the commit: [`ClientError::from`] its error.
    pub fn add(&self, batch: &mut Batch, new: NewClient, now: Timestamp) -> Result<Added, ClientError> {
        let mut found = problems(&new.client_id, &new.settings);
        if let GivenSecret::Given(secret) = &new.secret
            && new.settings.has_secret()
            && !secret::is_acceptable(secret)
        {
            let text = "must be 8 to 255 printable ASCII characters".to_owned();
            found.push(Problem { setting: "client_secret", text });
        }
        let settings = stored(&new.settings, found)?;
        let id = RowId::new(&self.chance, now);
        let (secret, shown) = match (new.settings.has_secret(), new.secret) {
            (false, _) => (None, None),
            (true, GivenSecret::Given(secret)) => (Some(secret), None),
            (true, GivenSecret::Generate) => {
                let secret = secret::generate(&self.chance);
                (Some(secret.clone()), Some(secret))
            }
        };
        let row = ClientRow {
            id,
            client_id: new.client_id,
            version: 1,
            enabled: new.enabled,
            settings: new.settings,
            secret: secret.map(|secret| secret::seal(&secret, &id.to_string(), &self.sealer)),
            former_secret: None,
            former_until: None,
            created_at: now,
            updated_at: now,
        };
        store::client_add(batch, &self.issuer, &row, settings);
        revision::bump(batch, Self::TOPIC);
        Ok(Added { id, secret: shown })
    }

    /// Prepares other settings. `version` is the one that was read; `None` takes the present one. A client that authenticates
    /// with a secret from now on and has none gets one with [`Clients::rotate_secret`].
    ///
    /// # Errors
    /// [`ClientError`]; a change by somebody else shows here or at the commit.
    pub async fn update(
        &self,
        batch: &mut Batch,
        client_id: &str,
        version: Option<i64>,
        change: (Settings, bool),
        now: Timestamp,
    ) -> Result<(), ClientError> {
        let row = self.row(client_id).await?;
        if version.is_some_and(|version| version != row.version) {
            return Err(ClientError::Changed);
        }
        let (settings, enabled) = change;
        let text = stored(&settings, problems(client_id, &settings))?;
        store::client_update(batch, &row, enabled, text, now);
        revision::bump(batch, Self::TOPIC);
        Ok(())
    }

    /// Prepares the end of a client and of everything it was granted.
    ///
    /// # Errors
    /// [`ClientError::Unknown`], or when the database fails.
    pub async fn delete(&self, batch: &mut Batch, client_id: &str, now: Timestamp) -> Result<(), ClientError> {
        let row = self.row(client_id).await?;
        store::client_delete(batch, &row, now);
        revision::bump(batch, Self::TOPIC);
        Ok(())
    }

    /// Prepares a new secret, which is returned, shown once and kept nowhere. The present one stays good for `overlap`.
    ///
    /// # Errors
    /// [`ClientError::Invalid`] when the client uses no secret, [`ClientError::Unknown`], or when the database fails.
    pub async fn rotate_secret(
        &self,
        batch: &mut Batch,
        client_id: &str,
        overlap: Duration,
        now: Timestamp,
    ) -> Result<SecretText, ClientError> {
        let row = self.row(client_id).await?;
        if !row.settings.has_secret() {
            let text = "is a method without a secret".to_owned();
            return Err(ClientError::Invalid(vec![Problem { setting: "token_endpoint_auth_method", text }]));
        }
        let id = row.id.to_string();
        let new = secret::generate(&self.chance);
        let former = match &row.secret {
            Some(sealed) if !overlap.is_zero() => Some((secret::to_former(sealed, &id, &self.sealer)?, now + overlap)),
            _ => None,
        };
        store::client_secret(batch, &row, Some(secret::seal(&new, &id, &self.sealer)), former, now);
        revision::bump(batch, Self::TOPIC);
        Ok(new)
    }
}

fn stored(settings: &Settings, problems: Vec<Problem>) -> Result<String, ClientError> {
    if !problems.is_empty() {
        return Err(ClientError::Invalid(problems));
    }
    serde_json::to_string(settings).map_err(|e| ClientError::Invalid(vec![Problem { setting: "settings", text: e.to_string() }]))
}

#[cfg(test)]
#[path = "registry_tests.rs"]
mod tests;
