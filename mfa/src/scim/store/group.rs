//! Rows of `user_group` and `user_group_member`.

use db::list::{Filter, ListQuery};
use db::{Batch, Db, DbError, Row, args};
use kernel::Timestamp;
use kernel::ids::RowId;

db::statements! {
    /// The group of this identifier.
    GROUP_BY_ID =
        "SELECT id, name, external_id, version, created_at, changed_at FROM user_group WHERE resolver_id = ? AND id = ?";
    /// The group of this folded name.
    GROUP_BY_NAME =
        "SELECT id, name, external_id, version, created_at, changed_at FROM user_group WHERE resolver_id = ? AND name_folded = ?";
    /// The groups with this identifier of the client; there should be one.
    GROUP_BY_EXTERNAL =
        "SELECT id, name, external_id, version, created_at, changed_at FROM user_group
          WHERE resolver_id = ? AND external_id = ? ORDER BY id LIMIT 200";
    /// The groups after one, in the order of their identifiers.
    GROUPS_AFTER =
        "SELECT id, name, external_id, version, created_at, changed_at FROM user_group
          WHERE resolver_id = ? AND id > ? ORDER BY id LIMIT 200";
    /// A page of all groups.
    GROUPS_PAGE =
        "SELECT id, name, external_id, version, created_at, changed_at FROM user_group
          WHERE resolver_id = ? ORDER BY id LIMIT ? OFFSET ?";
    /// How many there are.
    GROUP_COUNT = "SELECT COUNT(*) FROM user_group WHERE resolver_id = ?";
    /// A new group.
    GROUP_INSERT =
        "INSERT INTO user_group (id, resolver_id, name, name_folded, external_id, version, created_at, changed_at)
         VALUES (?, ?, ?, ?, ?, 1, ?, ?)";
    /// A changed group, if it is still the one that was read.
    GROUP_UPDATE =
        "UPDATE user_group SET name = ?, name_folded = ?, external_id = ?, version = version + 1, changed_at = ?
          WHERE id = ? AND version = ?";
    /// No group any more, if it is still the one that was read.
    GROUP_DELETE = "DELETE FROM user_group WHERE id = ? AND version = ?";
    /// A new member.
    MEMBER_INSERT = "INSERT INTO user_group_member (group_id, member_id, is_group) VALUES (?, ?, ?)";
    /// No member any more.
    MEMBER_DELETE = "DELETE FROM user_group_member WHERE group_id = ? AND member_id = ?";
    /// No members any more.
    MEMBERS_DELETE = "DELETE FROM user_group_member WHERE group_id = ?";
    /// Somebody is in no group any more.
    MEMBERSHIPS_DELETE = "DELETE FROM user_group_member WHERE member_id = ?";
    /// How many members a group has.
    MEMBER_COUNT = "SELECT COUNT(*) FROM user_group_member WHERE group_id = ?";
}

/// One group.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) id: RowId,
    pub(crate) name: String,
    pub(crate) external_id: Option<String>,
    pub(crate) version: i64,
    pub(crate) created_at: Timestamp,
    pub(crate) changed_at: Timestamp,
}

/// One membership.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Membership {
    pub(crate) group: RowId,
    pub(crate) member: String,
    pub(crate) is_group: bool,
}

fn read(row: &Row) -> Result<Stored, DbError> {
    let mut r = row.reader();
    Ok(Stored {
        id: r.next()?,
        name: r.next()?,
        external_id: r.next()?,
        version: r.next()?,
        created_at: r.next()?,
        changed_at: r.next()?,
    })
}

fn read_all(rows: &[Row]) -> Result<Vec<Stored>, DbError> {
    rows.iter().map(read).collect()
}

/// The group of this identifier.
pub(crate) async fn by_id(db: &Db, resolver: RowId, id: &str) -> Result<Option<Stored>, DbError> {
    db.fetch_optional(&GROUP_BY_ID, args![resolver, id]).await?.as_ref().map(read).transpose()
}

/// The group of this name, in any case.
pub(crate) async fn by_name(db: &Db, resolver: RowId, name: &str) -> Result<Option<Stored>, DbError> {
    db.fetch_optional(&GROUP_BY_NAME, args![resolver, name.to_lowercase()]).await?.as_ref().map(read).transpose()
}

/// The groups with this identifier of the client.
pub(crate) async fn by_external(db: &Db, resolver: RowId, external: &str) -> Result<Vec<Stored>, DbError> {
    read_all(&db.fetch_all(&GROUP_BY_EXTERNAL, args![resolver, external]).await?)
}

/// The next 200 groups after an identifier.
pub(crate) async fn after(db: &Db, resolver: RowId, id: &str) -> Result<Vec<Stored>, DbError> {
    read_all(&db.fetch_list(&GROUPS_AFTER, args![resolver, id]).await?)
}

/// A page of all groups, in the order in which they were made.
pub(crate) async fn page(db: &Db, resolver: RowId, (skip, count): (usize, usize)) -> Result<Vec<Stored>, DbError> {
    let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    read_all(&db.fetch_list(&GROUPS_PAGE, args![resolver, number(count), number(skip)]).await?)
}

/// How many there are.
pub(crate) async fn count(db: &Db, resolver: RowId) -> Result<usize, DbError> {
    db.fetch_list(&GROUP_COUNT, args![resolver]).await?.first().map_or(Ok(0), |row| row.get(0))
}

/// How many members a group has.
pub(crate) async fn member_count(db: &Db, group: RowId) -> Result<usize, DbError> {
    db.fetch_list(&MEMBER_COUNT, args![group]).await?.first().map_or(Ok(0), |row| row.get(0))
}

/// Adds a group.
pub(crate) fn insert(batch: &mut Batch, resolver: RowId, group: &Stored) {
    let (name, external, at) = (&group.name, group.external_id.clone(), group.created_at);
    batch.run(&GROUP_INSERT, args![group.id, resolver, name, name.to_lowercase(), external, at, at]);
}

/// Changes a group that was read.
pub(crate) fn update(batch: &mut Batch, old: &Stored, name: &str, external: Option<&str>, now: Timestamp) {
    batch.guard("group", &GROUP_UPDATE, args![name, name.to_lowercase(), external, now, old.id, old.version]);
}

/// Removes a group that was read, with its memberships.
pub(crate) fn delete(batch: &mut Batch, old: &Stored) {
    batch.guard("group", &GROUP_DELETE, args![old.id, old.version]);
    batch.run(&MEMBERS_DELETE, args![old.id]).run(&MEMBERSHIPS_DELETE, args![old.id.to_string()]);
}

/// Adds a member that is none yet.
pub(crate) fn add_member(batch: &mut Batch, group: RowId, member: &str, is_group: bool) {
    batch.run(&MEMBER_INSERT, args![group, member, is_group]);
}

/// Removes a member.
pub(crate) fn remove_member(batch: &mut Batch, group: RowId, member: &str) {
    batch.run(&MEMBER_DELETE, args![group, member]);
}

/// Removes all members.
pub(crate) fn remove_members(batch: &mut Batch, group: RowId) {
    batch.run(&MEMBERS_DELETE, args![group]);
}

/// Removes an account from all groups.
pub(crate) fn leave_all(batch: &mut Batch, member: &str) {
    batch.run(&MEMBERSHIPS_DELETE, args![member]);
}

const MEMBERSHIPS: &str = "user_group_member";
const MEMBERSHIP: &[&str] = &["member_id", "group_id", "is_group"];
/// Values in one question at most.
const CHUNK: usize = 1000;

async fn memberships(db: &Db, list: ListQuery) -> Result<Vec<Membership>, DbError> {
    let read = |row: &Row| Ok(Membership { member: row.get(0)?, group: row.get(1)?, is_group: row.get(2)? });
    list.rows(db).await?.iter().map(read).collect()
}

/// The members of groups, so many at most altogether.
pub(crate) async fn members(db: &Db, groups: &[RowId], limit: usize) -> Result<Vec<Membership>, DbError> {
    let list = ListQuery::new(MEMBERSHIPS, MEMBERSHIP).filter(Filter::any_of("group_id", groups.iter().copied()));
    memberships(db, list.limit(u64::try_from(limit).unwrap_or(u64::MAX))).await
}

/// Which of these are members of a group.
pub(crate) async fn members_among(db: &Db, group: RowId, members: &[&str]) -> Result<Vec<Membership>, DbError> {
    let mut found = Vec::new();
    for chunk in members.chunks(CHUNK) {
        let list = ListQuery::new(MEMBERSHIPS, MEMBERSHIP).filter(Filter::equals("group_id", group));
        found.extend(memberships(db, list.filter(Filter::any_of("member_id", chunk.iter().copied()))).await?);
    }
    Ok(found)
}

/// The groups to which these belong directly.
pub(crate) async fn memberships_of(db: &Db, members: &[&str]) -> Result<Vec<Membership>, DbError> {
    let mut found = Vec::new();
    for chunk in members.chunks(CHUNK) {
        let list = ListQuery::new(MEMBERSHIPS, MEMBERSHIP).filter(Filter::any_of("member_id", chunk.iter().copied()));
        found.extend(memberships(db, list).await?);
    }
    Ok(found)
}

/// Identifiers and names of groups.
pub(crate) async fn names(db: &Db, groups: &[RowId]) -> Result<Vec<(RowId, String)>, DbError> {
    let mut found = Vec::new();
    for chunk in groups.chunks(CHUNK) {
        let list = ListQuery::new("user_group", &["id", "name"]).filter(Filter::any_of("id", chunk.iter().copied()));
        for row in list.rows(db).await? {
            found.push((row.get(0)?, row.get(1)?));
        }
    }
    Ok(found)
}

/// Which of these identifiers are accounts (`false`) or groups (`true`) of a resolver.
pub(crate) async fn known(db: &Db, resolver: RowId, ids: &[&str]) -> Result<Vec<(String, bool)>, DbError> {
    let mut found = Vec::new();
    for chunk in ids.chunks(CHUNK) {
        for (table, is_group) in [("account", false), ("user_group", true)] {
            let list = ListQuery::new(table, &["id"])
                .filter(Filter::equals("resolver_id", resolver))
                .filter(Filter::any_of("id", chunk.iter().copied()));
            for row in list.rows(db).await? {
                found.push((row.get(0)?, is_group));
            }
        }
    }
    Ok(found)
}
