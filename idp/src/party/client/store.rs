//! Rows of `oidc_client`.

use db::{Batch, Db, DbError, Row, args};
use kernel::Timestamp;
use kernel::ids::RowId;

use super::settings::Settings;

db::statements! {
    /// All clients of an issuer, by name.
    CLIENTS = "SELECT id, client_id, version, enabled, settings, secret, former_secret, former_until, created_at, updated_at
        FROM oidc_client WHERE issuer = ? ORDER BY client_id";
    /// One client.
    CLIENT_BY_NAME = "SELECT id, client_id, version, enabled, settings, secret, former_secret, former_until, created_at, updated_at
        FROM oidc_client WHERE issuer = ? AND client_id = ?";
    /// A new client; refused by `oidc_client_name` when the name is taken.
    CLIENT_ADD = "INSERT INTO oidc_client
        (id, issuer, client_id, version, enabled, settings, secret, former_secret, former_until, created_at, updated_at)
        VALUES (?, ?, ?, 1, ?, ?, ?, NULL, NULL, ?, ?)";
    /// Other settings, if nobody changed it meanwhile.
    CLIENT_UPDATE = "UPDATE oidc_client SET version = version + 1, enabled = ?, settings = ?, updated_at = ? WHERE id = ? AND version = ?";
    /// Another secret, if nobody changed it meanwhile.
    CLIENT_SECRET = "UPDATE oidc_client SET version = version + 1, secret = ?, former_secret = ?, former_until = ?, updated_at = ?
        WHERE id = ? AND version = ?";
    /// Gone, if nobody changed it meanwhile.
    CLIENT_DELETE = "DELETE FROM oidc_client WHERE id = ? AND version = ?";
    /// What a client had been granted dies with it.
    CLIENT_GRANTS_END = "UPDATE oidc_grant SET revoked_at = ? WHERE client = ? AND revoked_at IS NULL";
}

keys::sealed_columns! {
    /// Digests of secrets.
    SECRET = "oidc_client", "secret", "id";
    /// Digests of the secrets before.
    FORMER_SECRET = "oidc_client", "former_secret", "id";
}

/// One row.
#[derive(Clone)]
pub(crate) struct ClientRow {
    pub(crate) id: RowId,
    pub(crate) client_id: String,
    pub(crate) version: i64,
    pub(crate) enabled: bool,
    pub(crate) settings: Settings,
    /// Sealed digest.
    pub(crate) secret: Option<String>,
    /// Sealed digest of the secret before.
    pub(crate) former_secret: Option<String>,
    pub(crate) former_until: Option<Timestamp>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

fn read(row: &Row) -> Result<ClientRow, DbError> {
    let mut r = row.reader();
    Ok(ClientRow {
        id: r.next()?,
        client_id: r.next()?,
        version: r.next()?,
        enabled: r.next()?,
        settings: r.parse(|text| serde_json::from_str(text))?,
        secret: r.next()?,
        former_secret: r.next()?,
        former_until: r.next()?,
        created_at: r.next()?,
        updated_at: r.next()?,
    })
}

/// All clients. A row that cannot be read is told beside them, so that one broken client does not stop the others.
pub(crate) async fn clients(db: &Db, issuer: &str) -> Result<Vec<Result<ClientRow, DbError>>, DbError> {
    Ok(db.fetch_all(&CLIENTS, args![issuer]).await?.iter().map(read).collect())
}

/// One client.
pub(crate) async fn client_by_name(db: &Db, issuer: &str, client_id: &str) -> Result<Option<ClientRow>, DbError> {
    db.fetch_optional(&CLIENT_BY_NAME, args![issuer, client_id]).await?.as_ref().map(read).transpose()
}

/// Adds a client.
pub(crate) fn client_add(batch: &mut Batch, issuer: &str, row: &ClientRow, settings: String) {
    let stored = args![row.id, issuer, &row.client_id, row.enabled, settings, row.secret.clone(), row.created_at, row.updated_at];
    batch.run(&CLIENT_ADD, stored);
}

/// Changes settings.
pub(crate) fn client_update(batch: &mut Batch, row: &ClientRow, enabled: bool, settings: String, at: Timestamp) {
    batch.guard("client", &CLIENT_UPDATE, args![enabled, settings, at, row.id, row.version]);
}

/// Changes the secret; the former one stays good until then.
pub(crate) fn client_secret(
    batch: &mut Batch,
    row: &ClientRow,
    secret: Option<String>,
    former: Option<(String, Timestamp)>,
    at: Timestamp,
) {
    let (former, until) = former.unzip();
    batch.guard("client", &CLIENT_SECRET, args![secret, former, until, at, row.id, row.version]);
}

/// Deletes a client and ends what it had been granted.
pub(crate) fn client_delete(batch: &mut Batch, row: &ClientRow, at: Timestamp) {
    batch.guard("client", &CLIENT_DELETE, args![row.id, row.version]);
    batch.run(&CLIENT_GRANTS_END, args![at, row.id]);
}
