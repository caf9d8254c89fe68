//! Rows of `audit_chain`, and entries beside them.

use db::list::{Filter, ListQuery};
use db::{Batch, Db, DbError, Row, WriteError};
use kernel::ids::AuditId;

use crate::chain::Link;
use crate::store::entry::columns;

macro_rules! insert {
    ($($row:literal),+) => { concat!("INSERT INTO audit_chain (position, entry_id, entry_mac, link) VALUES ", $($row),+) };
}

db::statements! {
    /// The last link.
    HEAD = "SELECT position, entry_id, entry_mac, link FROM audit_chain ORDER BY position DESC LIMIT 1";
    /// Entries after an identifier that are in no link, and their tags. The identifier bounds the links too, or a database might
    /// read all of them.
    UNSEALED = "SELECT id, mac FROM audit_entry \
                WHERE id > ? AND NOT EXISTS (SELECT 1 FROM audit_chain WHERE audit_chain.entry_id = audit_entry.id \
                                             AND audit_chain.entry_id > ?) \
                ORDER BY id LIMIT ?";
    /// The same up to another identifier.
    UNSEALED_UNTIL = "SELECT id, mac FROM audit_entry \
                      WHERE id > ? AND id <= ? \
                      AND NOT EXISTS (SELECT 1 FROM audit_chain WHERE audit_chain.entry_id = audit_entry.id \
                                      AND audit_chain.entry_id > ? AND audit_chain.entry_id <= ?) \
                      ORDER BY id LIMIT ?";
    /// The entry that lies so many entries before an identifier; none: there are fewer.
    BEFORE = "SELECT id FROM audit_entry WHERE id < ? ORDER BY id DESC LIMIT 1 OFFSET ?";
    /// How many entries after an identifier are in no link.
    COUNT_UNSEALED = "SELECT COUNT(*) FROM audit_entry WHERE id > ? AND \
                      NOT EXISTS (SELECT 1 FROM audit_chain WHERE audit_chain.entry_id = audit_entry.id AND audit_chain.entry_id > ?)";
    /// One link.
    INSERT = insert!("(?, ?, ?, ?)");
    /// Sixteen links in one statement: a round trip to a database costs more than a row.
    INSERT_16 = insert!(
        "(?, ?, ?, ?),", "(?, ?, ?, ?),", "(?, ?, ?, ?),", "(?, ?, ?, ?),", "(?, ?, ?, ?),", "(?, ?, ?, ?),",
        "(?, ?, ?, ?),", "(?, ?, ?, ?),", "(?, ?, ?, ?),", "(?, ?, ?, ?),", "(?, ?, ?, ?),", "(?, ?, ?, ?),",
        "(?, ?, ?, ?),", "(?, ?, ?, ?),", "(?, ?, ?, ?),", "(?, ?, ?, ?)");
    /// Links after a position, each with its entry as far as it exists.
    WALK = concat!(
        "SELECT audit_chain.position, audit_chain.entry_id, audit_chain.entry_mac, audit_chain.link, ", columns!(),
        " FROM audit_chain LEFT JOIN audit_entry ON audit_entry.id = audit_chain.entry_id \
         WHERE audit_chain.position > ? ORDER BY audit_chain.position LIMIT ?");
    /// The first link of an entry that was made at or after an identifier. Entries are not sealed in the order of their making.
    FIRST_SINCE = "SELECT MIN(position) FROM audit_chain WHERE entry_id >= ?";
    /// Drops the entries of a range of links.
    DROP_ENTRIES = "DELETE FROM audit_entry WHERE id IN \
                    (SELECT entry_id FROM audit_chain WHERE position > ? AND position <= ?)";
    /// Drops a range of links.
    DROP_LINKS = "DELETE FROM audit_chain WHERE position > ? AND position <= ?";
    /// The first link.
    FIRST = "SELECT position, entry_id, entry_mac, link FROM audit_chain ORDER BY position LIMIT 1";
}

/// A link of the chain and the row of its entry, if that exists.
pub(crate) struct Walked {
    pub(crate) link: Link,
    pub(crate) entry: Option<Row>,
}

fn read_link(row: &Row) -> Result<Link, DbError> {
    let mut c = row.reader();
    Ok(Link { position: c.next()?, entry: c.next()?, mac: c.next()?, link: c.next()? })
}

pub(crate) async fn head(db: &Db) -> Result<Option<Link>, DbError> {
    db.fetch_optional(&HEAD, db::args![]).await?.map(|row| read_link(&row)).transpose()
}

pub(crate) async fn first(db: &Db) -> Result<Option<Link>, DbError> {
    db.fetch_optional(&FIRST, db::args![]).await?.map(|row| read_link(&row)).transpose()
}

/// Identifier and tag of an entry that is in no link.
pub(crate) type Unsealed = (String, String);

/// Up to `limit` entries that are in no link, in order: those with `after < id`, and `id <= until` if that is given. Without it
/// nothing is left out, whatever somebody has written into the column.
pub(crate) async fn unsealed(db: &Db, after: &str, until: Option<&str>, limit: i64) -> Result<Vec<Unsealed>, DbError> {
    let rows = match until {
        Some(until) => db.fetch_list(&UNSEALED_UNTIL, db::args![after, until, after, until, limit]).await?,
        None => db.fetch_list(&UNSEALED, db::args![after, after, limit]).await?,
    };
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// The identifier that has `count` entries between itself and `id`, itself left out; `None` when there are not so many.
pub(crate) async fn before(db: &Db, id: &str, count: i64) -> Result<Option<String>, DbError> {
    db.fetch_optional(&BEFORE, db::args![id, count]).await?.map(|row| row.get(0)).transpose()
}

pub(crate) async fn count_unsealed(db: &Db, after: AuditId) -> Result<u64, DbError> {
    db.fetch_optional(&COUNT_UNSEALED, db::args![after, after]).await?.map_or(Ok(0), |row| row.get(0))
}

/// The links of these entries.
pub(crate) async fn of_entries(db: &Db, ids: impl Iterator<Item = AuditId>) -> Result<Vec<Link>, DbError> {
    links(db, Filter::any_of("entry_id", ids)).await
}

/// The links at these positions.
pub(crate) async fn of_positions(db: &Db, positions: impl Iterator<Item = i64>) -> Result<Vec<Link>, DbError> {
    links(db, Filter::any_of("position", positions)).await
}

async fn links(db: &Db, filter: Filter) -> Result<Vec<Link>, DbError> {
    let list = ListQuery::new("audit_chain", &["position", "entry_id", "entry_mac", "link"]);
    list.filter(filter).rows(db).await?.iter().map(read_link).collect()
}

pub(crate) async fn walk(db: &Db, after: i64, limit: i64) -> Result<Vec<Walked>, DbError> {
    let rows = db.fetch_list(&WALK, db::args![after, limit]).await?;
    rows.into_iter()
        .map(|row| {
            let link = read_link(&row)?;
            let exists = row.get::<Option<String>>(LINK_COLUMNS)?.is_some();
            Ok(Walked { link, entry: exists.then_some(row) })
        })
        .collect()
}

/// Where the columns of the entry begin in [`WALK`].
pub(crate) const LINK_COLUMNS: usize = 4;

pub(crate) fn insert(batch: &mut Batch, links: &[Link]) {
    let args = |links: &[Link]| {
        let values = links.iter().flat_map(|l| db::args![l.position, &l.entry, &l.mac, &l.link]);
        values.collect::<db::Args>()
    };
    let (sixteens, rest) = links.as_chunks::<16>();
    for links in sixteens {
        batch.run(&INSERT_16, args(links));
    }
    for link in rest {
        batch.run(&INSERT, args(std::slice::from_ref(link)));
    }
}

pub(crate) async fn position_of_first_since(db: &Db, id: AuditId) -> Result<Option<i64>, DbError> {
    db.fetch_optional(&FIRST_SINCE, db::args![id]).await?.map_or(Ok(None), |row| row.get(0))
}

/// Drops links `after < position <= until` together with their entries.
pub(crate) async fn drop_range(db: &Db, after: i64, until: i64) -> Result<u64, WriteError> {
    let mut batch = Batch::new();
    batch.run(&DROP_ENTRIES, db::args![after, until]);
    batch.run(&DROP_LINKS, db::args![after, until]);
    Ok(db.write(batch).await?.rows.first().copied().unwrap_or(0))
}
