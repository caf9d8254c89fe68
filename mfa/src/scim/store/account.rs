//! Rows of `account` as provisioning sees them, each with what `person` says of it.

use db::{Batch, Db, DbError, Row, args};
use kernel::Timestamp;
use kernel::ids::RowId;

use crate::people::Attributes;
use crate::scim::Object;

db::statements! {
    /// The account of this identifier.
    USER_BY_ID =
        "SELECT a.id, a.login, a.attributes, a.version, a.created_at, a.changed_at, a.external_id, a.profile, p.disabled
           FROM account a LEFT JOIN person p ON p.resolver_id = a.resolver_id AND p.uid_key = a.id
          WHERE a.resolver_id = ? AND a.id = ?";
    /// The account with this folded login.
    USER_BY_LOGIN =
        "SELECT a.id, a.login, a.attributes, a.version, a.created_at, a.changed_at, a.external_id, a.profile, p.disabled
           FROM account a LEFT JOIN person p ON p.resolver_id = a.resolver_id AND p.uid_key = a.id
          WHERE a.resolver_id = ? AND a.login_folded = ?";
    /// The accounts with this identifier of the client; there should be one.
    USER_BY_EXTERNAL =
        "SELECT a.id, a.login, a.attributes, a.version, a.created_at, a.changed_at, a.external_id, a.profile, p.disabled
           FROM account a LEFT JOIN person p ON p.resolver_id = a.resolver_id AND p.uid_key = a.id
          WHERE a.resolver_id = ? AND a.external_id = ? ORDER BY a.id LIMIT 200";
    /// The accounts after one, in the order of their identifiers.
    USERS_AFTER =
        "SELECT a.id, a.login, a.attributes, a.version, a.created_at, a.changed_at, a.external_id, a.profile, p.disabled
           FROM account a LEFT JOIN person p ON p.resolver_id = a.resolver_id AND p.uid_key = a.id
          WHERE a.resolver_id = ? AND a.id > ? ORDER BY a.id LIMIT 500";
    /// A page of all accounts.
    USERS_PAGE =
        "SELECT a.id, a.login, a.attributes, a.version, a.created_at, a.changed_at, a.external_id, a.profile, p.disabled
           FROM account a LEFT JOIN person p ON p.resolver_id = a.resolver_id AND p.uid_key = a.id
          WHERE a.resolver_id = ? ORDER BY a.id LIMIT ? OFFSET ?";
    /// A page of all accounts, by login.
    USERS_PAGE_BY_LOGIN =
        "SELECT a.id, a.login, a.attributes, a.version, a.created_at, a.changed_at, a.external_id, a.profile, p.disabled
           FROM account a LEFT JOIN person p ON p.resolver_id = a.resolver_id AND p.uid_key = a.id
          WHERE a.resolver_id = ? ORDER BY a.login_folded LIMIT ? OFFSET ?";
    /// How many there are.
    USER_COUNT = "SELECT COUNT(*) FROM account WHERE resolver_id = ?";
    /// What provisioning knows of an account, if it is still the one that was read.
    USER_PROFILE = "UPDATE account SET external_id = ?, profile = ? WHERE id = ? AND version = ?";
    /// Nothing has changed since.
    USER_SAME = "UPDATE account SET version = version WHERE id = ? AND version = ?";
}

/// One account.
pub(crate) struct Stored {
    pub(crate) id: String,
    pub(crate) login: String,
    pub(crate) attributes: Attributes,
    pub(crate) version: i64,
    pub(crate) created_at: Timestamp,
    pub(crate) changed_at: Timestamp,
    pub(crate) external_id: Option<String>,
    pub(crate) profile: Object,
    /// Who was never seen is not disabled.
    pub(crate) disabled: bool,
}

fn read(row: &Row) -> Result<Stored, DbError> {
    let mut r = row.reader();
    Ok(Stored {
        id: r.next()?,
        login: r.next()?,
        attributes: r.parse(|json| serde_json::from_str(json))?,
        version: r.next()?,
        created_at: r.next()?,
        changed_at: r.next()?,
        external_id: r.next()?,
        profile: match r.next::<Option<String>>()? {
            Some(json) => serde_json::from_str(&json).map_err(|e| row.broken(7, e.to_string()))?,
            None => Object::new(),
        },
        disabled: r.next::<Option<bool>>()?.unwrap_or(false),
    })
}

fn read_all(rows: &[Row]) -> Result<Vec<Stored>, DbError> {
    rows.iter().map(read).collect()
}

/// The account of this identifier.
pub(crate) async fn by_id(db: &Db, resolver: RowId, id: &str) -> Result<Option<Stored>, DbError> {
    db.fetch_optional(&USER_BY_ID, args![resolver, id]).await?.as_ref().map(read).transpose()
}

/// The account with this login, in any case.
pub(crate) async fn by_login(db: &Db, resolver: RowId, login: &str) -> Result<Option<Stored>, DbError> {
    db.fetch_optional(&USER_BY_LOGIN, args![resolver, login.to_lowercase()]).await?.as_ref().map(read).transpose()
}

/// The accounts with this identifier of the client.
pub(crate) async fn by_external(db: &Db, resolver: RowId, external: &str) -> Result<Vec<Stored>, DbError> {
    read_all(&db.fetch_all(&USER_BY_EXTERNAL, args![resolver, external]).await?)
}

/// The next 500 accounts after an identifier.
pub(crate) async fn after(db: &Db, resolver: RowId, id: &str) -> Result<Vec<Stored>, DbError> {
    read_all(&db.fetch_list(&USERS_AFTER, args![resolver, id]).await?)
}

/// A page of all accounts: in the order in which they were made, or by login.
pub(crate) async fn page(
    db: &Db,
    resolver: RowId,
    by_login: bool,
    (skip, count): (usize, usize),
) -> Result<Vec<Stored>, DbError> {
    let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let stmt = if by_login { &USERS_PAGE_BY_LOGIN } else { &USERS_PAGE };
    read_all(&db.fetch_list(stmt, args![resolver, number(count), number(skip)]).await?)
}

/// How many there are.
pub(crate) async fn count(db: &Db, resolver: RowId) -> Result<usize, DbError> {
    db.fetch_list(&USER_COUNT, args![resolver]).await?.first().map_or(Ok(0), |row| row.get(0))
}

/// Stores what provisioning knows of an account that was read.
pub(crate) fn set_profile(batch: &mut Batch, (id, version): (&str, i64), external: Option<String>, profile: String) {
    batch.guard("account", &USER_PROFILE, args![external, profile, id, version]);
}

/// Goes on only if the account is still the one that was read.
pub(crate) fn same(batch: &mut Batch, stored: &Stored) {
    batch.guard("account", &USER_SAME, args![&stored.id, stored.version]);
}
