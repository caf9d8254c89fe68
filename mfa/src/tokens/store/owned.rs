//! Tokens with an owner, and where the owner lives: a walk over all of them, by identity, however many they are.

use db::{Db, DbError, Row, args};
use kernel::ids::{PersonId, RowId, TokenId};

db::statements! {
    /// The next tokens with an owner.
    TOKENS_OWNED = "SELECT token.id, token.serial, token.kind, token.person, token.owner_resolver, token.owner_uid, \
        token.owner_realm, person.resolver_id, person.uid FROM token LEFT JOIN person ON person.id = token.person \
        WHERE token.person IS NOT NULL AND token.id > ? ORDER BY token.id LIMIT ?";
    /// How many tokens with an owner are left.
    TOKENS_OWNED_LEFT = "SELECT COUNT(*) FROM token WHERE person IS NOT NULL AND id > ?";
}

/// A token with an owner.
#[derive(Clone, Debug)]
pub(crate) struct Owned {
    pub(crate) id: TokenId,
    pub(crate) serial: String,
    pub(crate) kind: String,
    pub(crate) person: PersonId,
    /// Resolver, uid and realm, as the token was given to them.
    pub(crate) given: [String; 3],
    /// Where they live: nothing when we know nothing of them.
    pub(crate) home: Option<(RowId, String)>,
}

fn owned(row: &Row) -> Result<Owned, DbError> {
    let mut r = row.reader();
    let (id, serial, kind, person) = (r.next()?, r.next()?, r.next()?, r.next()?);
    let given: [Option<String>; 3] = [r.next()?, r.next()?, r.next()?];
    let (resolver, uid): (Option<RowId>, Option<String>) = (r.next()?, r.next()?);
    Ok(Owned { id, serial, kind, person, given: given.map(Option::unwrap_or_default), home: resolver.zip(uid) })
}

fn from(after: Option<TokenId>) -> String {
    after.map(|id| id.to_string()).unwrap_or_default()
}

/// At most so many tokens with an owner, after this one.
///
/// # Errors
/// When the database fails.
pub(crate) async fn next(db: &Db, after: Option<TokenId>, most: u32) -> Result<Vec<Owned>, DbError> {
    db.fetch_all(&TOKENS_OWNED, args![from(after), most]).await?.iter().map(owned).collect()
}

/// How many tokens with an owner there are after this one.
///
/// # Errors
/// When the database fails.
pub(crate) async fn left(db: &Db, after: Option<TokenId>) -> Result<i64, DbError> {
    db.fetch_optional(&TOKENS_OWNED_LEFT, args![from(after)]).await?.map_or(Ok(0), |row| row.get(0))
}
