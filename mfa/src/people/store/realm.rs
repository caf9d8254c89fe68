//! Rows of `realm`, `realm_resolver` and `realm_domain`.

use std::collections::HashMap;

use db::{Batch, Db, DbError, args};
use kernel::ids::RowId;

use crate::people::realm::{Member, Realm};
use crate::revision::{self, Topic};

db::statements! {
    /// All realms.
    REALMS = "SELECT id, number, name, is_default FROM realm ORDER BY name";
    /// All memberships.
    MEMBERS = "SELECT realm_id, resolver_id, node, priority FROM realm_resolver";
    /// Whether some realm shows a resolver, on whichever node.
    SHOWN = "SELECT realm_id FROM realm_resolver WHERE resolver_id = ? LIMIT 1";
    /// All mail domains.
    DOMAINS = "SELECT realm_id, domain FROM realm_domain ORDER BY domain";
    /// A mail domain of a realm.
    DOMAIN_INSERT = "INSERT INTO realm_domain (domain, realm_id) VALUES (?, ?)";
    /// No mail domains of a realm any more.
    DOMAINS_DELETE = "DELETE FROM realm_domain WHERE realm_id = ?";
    /// A new realm; the first one is the default.
    REALM_INSERT = "INSERT INTO realm (id, number, name, is_default) VALUES (?, ?, ?, ?)";
    /// Still there.
    REALM_KEEP = "UPDATE realm SET name = name WHERE id = ?";
    /// No realm any more.
    REALM_DELETE = "DELETE FROM realm WHERE id = ?";
    /// No default realm.
    DEFAULT_NONE = "UPDATE realm SET is_default = FALSE WHERE is_default";
    /// The default realm.
    DEFAULT_SET = "UPDATE realm SET is_default = TRUE WHERE id = ?";
    /// A resolver in a realm.
    MEMBER_INSERT = "INSERT INTO realm_resolver (realm_id, resolver_id, node, priority) VALUES (?, ?, ?, ?)";
    /// No resolvers in a realm any more.
    MEMBERS_DELETE = "DELETE FROM realm_resolver WHERE realm_id = ?";
}

/// All realms with their members.
pub(crate) async fn all(db: &Db) -> Result<Vec<Realm>, DbError> {
    let mut members: HashMap<RowId, Vec<Member>> = HashMap::new();
    for row in db.fetch_all(&MEMBERS, args![]).await? {
        let mut r = row.reader();
        let realm: RowId = r.next()?;
        members.entry(realm).or_default().push(Member { resolver: r.next()?, node: r.next()?, priority: r.next()? });
    }
    let mut domains: HashMap<RowId, Vec<String>> = HashMap::new();
    for row in db.fetch_all(&DOMAINS, args![]).await? {
        domains.entry(row.get(0)?).or_default().push(row.get(1)?);
    }
    let read = |row: &db::Row| {
        let mut r = row.reader();
        let id = r.next()?;
        Ok(Realm {
            id,
            number: r.next()?,
            name: r.next()?,
            is_default: r.next()?,
            members: members.remove(&id).unwrap_or_default(),
            domains: domains.remove(&id).unwrap_or_default(),
        })
    };
    db.fetch_all(&REALMS, args![]).await?.iter().map(read).collect()
}

/// Whether some realm shows a resolver, on whichever node.
pub(crate) async fn shows(db: &Db, resolver: RowId) -> Result<bool, DbError> {
    Ok(db.fetch_optional(&SHOWN, args![resolver]).await?.is_some())
}

/// Adds a realm or replaces its members.
pub(crate) fn put(batch: &mut Batch, realm: &Realm, is_new: bool) {
    if is_new {
        batch.run(&REALM_INSERT, args![realm.id, realm.number, &realm.name, realm.is_default]);
    } else {
        batch.guard("realm", &REALM_KEEP, args![realm.id]);
        batch.run(&MEMBERS_DELETE, args![realm.id]);
    }
    for m in &realm.members {
        batch.run(&MEMBER_INSERT, args![realm.id, m.resolver, &m.node, m.priority]);
    }
    revision::raise(batch, Topic::People);
}

/// Removes a realm.
pub(crate) fn delete(batch: &mut Batch, id: RowId) {
    batch.run(&DOMAINS_DELETE, args![id]).run(&MEMBERS_DELETE, args![id]).guard("realm", &REALM_DELETE, args![id]);
    revision::raise(batch, Topic::People);
}

/// Replaces the mail domains of a realm.
pub(crate) fn set_domains(batch: &mut Batch, id: RowId, domains: &[String]) {
    batch.guard("realm", &REALM_KEEP, args![id]);
    batch.run(&DOMAINS_DELETE, args![id]);
    for domain in domains {
        batch.run(&DOMAIN_INSERT, args![domain, id]);
    }
    revision::raise(batch, Topic::People);
}

/// Makes a realm the default, or none.
pub(crate) fn set_default(batch: &mut Batch, id: Option<RowId>) {
    batch.run(&DEFAULT_NONE, args![]);
    if let Some(id) = id {
        batch.guard("realm", &DEFAULT_SET, args![id]);
    }
    revision::raise(batch, Topic::People);
}
