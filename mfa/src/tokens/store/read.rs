//! Reading tokens.

use db::{Db, DbError, Row, args};
use kernel::Timestamp;
use kernel::ids::{PersonId, TokenId};

use super::super::{Info, Owner, Rollout, Token, Uses, kind, serial};

/// Declares the columns of a token once: for static statements and for lists.
macro_rules! columns {
    ($d:tt $first:ident, $($column:ident),+ $(,)?) => {
        /// The columns of a token, in the order in which [`token`] reads them.
        pub(super) const COLUMNS: &[&str] = &[stringify!($first), $(stringify!($column)),+];

        macro_rules! select {
            ($d rest:literal) => {
                concat!("SELECT ", stringify!($first), $(", ", stringify!($column),)+ " FROM token ", $d rest)
            };
        }
    };
}

columns![$
    id, number, serial, kind, person, owner_resolver, owner_uid, owner_realm, realms, pin, seed, otplen,
    counter, count_window, sync_window, failcount, maxfail, failed_at, tried, tried_max, accepted,
    accepted_max, valid_from, valid_until, last_auth, active, locked, revoked, rollout, description, info,
    memory, version, created_at,
];

db::statements! {
    /// All tokens of a person.
    TOKEN_BY_PERSON = select!("WHERE person = ? ORDER BY number");
    /// The token with this serial, in any case.
    TOKEN_BY_SERIAL = select!("WHERE serial_folded = ?");
    /// A token whose owner began to enrol it before a moment and has not completed that.
    TOKEN_UNFINISHED = select!("JOIN enrolment ON token_id = id WHERE id = ? AND begun_at < ?");
    /// How many tokens a realm has.
    TOKEN_COUNT_REALM = "SELECT COUNT(*) FROM token_realm WHERE realm = ?";
}

/// The folded form of a serial, by which it is found.
pub(super) fn folded(serial: &str) -> String {
    serial.to_ascii_uppercase()
}

/// Reads a row of the SELECT list above.
pub(crate) fn token(row: &Row) -> Result<Token, DbError> {
    let mut r = row.reader();
    let (id, number, serial) = (r.next()?, r.next()?, r.next()?);
    let kind = r.parse(|name| kind(name).ok_or("no such kind of token"))?;
    let (person, resolver, uid, realm): (Option<PersonId>, Option<String>, Option<String>, Option<String>) =
        (r.next()?, r.next()?, r.next()?, r.next()?);
    let owner = person.map(|person| Owner {
        person,
        resolver: resolver.unwrap_or_default(),
        uid: uid.unwrap_or_default(),
        realm: realm.unwrap_or_default(),
    });
    Ok(Token {
        id,
        number,
        serial,
        kind,
        owner,
        realms: r.parse(|text| serde_json::from_str::<Vec<String>>(text))?,
        pin: r.next()?,
        seed: r.next()?,
        otplen: r.next()?,
        counter: r.next()?,
        count_window: r.next()?,
        sync_window: r.next()?,
        failcount: r.next()?,
        maxfail: r.next()?,
        failed_at: r.next()?,
        uses: Uses { tried: r.next()?, tried_max: r.next()?, accepted: r.next()?, accepted_max: r.next()? },
        valid_from: r.next()?,
        valid_until: r.next()?,
        last_auth: r.next()?,
        active: r.next()?,
        locked: r.next()?,
        revoked: r.next()?,
        rollout: r.parse(|name| Rollout::parse(name).ok_or("no such rollout state"))?,
        description: r.next()?,
        info: r.parse(|text| serde_json::from_str::<Info>(text))?,
        memory: r.next()?,
        version: r.next()?,
        created_at: r.next()?,
    })
}

/// All tokens of a person, oldest first.
///
/// # Errors
/// When the database fails.
pub(crate) async fn by_person(db: &Db, person: PersonId) -> Result<Vec<Token>, DbError> {
    db.fetch_all(&TOKEN_BY_PERSON, args![person]).await?.iter().map(token).collect()
}

/// The token with this serial; upper and lower case are the same.
///
/// # Errors
/// When the database fails.
pub(crate) async fn by_serial(db: &Db, serial: &str) -> Result<Option<Token>, DbError> {
    if !serial::acceptable(serial) {
        return Ok(None);
    }
    db.fetch_optional(&TOKEN_BY_SERIAL, args![folded(serial)]).await?.as_ref().map(token).transpose()
}

/// The token with this identity, if its owner began to enrol it before a moment and has not completed that.
///
/// # Errors
/// When the database fails.
pub(crate) async fn unfinished(db: &Db, id: TokenId, begun_before: Timestamp) -> Result<Option<Token>, DbError> {
    db.fetch_optional(&TOKEN_UNFINISHED, args![id, begun_before]).await?.as_ref().map(token).transpose()
}

/// How many tokens a realm has.
///
/// # Errors
/// When the database fails.
pub(crate) async fn count_of_realm(db: &Db, realm: &str) -> Result<i64, DbError> {
    count(db.fetch_optional(&TOKEN_COUNT_REALM, args![realm]).await?)
}

fn count(row: Option<Row>) -> Result<i64, DbError> {
    row.map_or(Ok(0), |row| row.get(0))
}
