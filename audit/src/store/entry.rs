//! Rows of `audit_entry`.

use std::time::Duration;

use db::list::{Filter, ListQuery};
use db::{Args, Db, DbError, Row};
use kernel::Timestamp;
use kernel::ids::AuditId;

use crate::entry::{Entry, door, micros};
use crate::record::{Reason, Record};

/// Columns in the order in which they are written and read.
macro_rules! columns {
    () => {
        "id, at, started_at, duration, action, success, authentication, serial, token_type, container_serial, \
         container_type, user_name, realm, resolver, person, administrator, action_detail, info, node, client, relay, \
         user_agent, user_agent_version, door, request, issuer, log_level, clearance_level, thread_id, policies, reasons, mac"
    };
}
pub(crate) use columns;

db::statements! {
    /// Records an operation.
    ENTRY_INSERT = concat!(
        "INSERT INTO audit_entry (", columns!(), ") VALUES \
         (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    /// One entry.
    ENTRY_BY_ID = concat!("SELECT ", columns!(), " FROM audit_entry WHERE id = ?");
}

/// The same columns, one by one.
#[rustfmt::skip]
pub(crate) const COLUMNS: &[&str] = &[
    "id", "at", "started_at", "duration", "action", "success", "authentication", "serial",
    "token_type", "container_serial", "container_type", "user_name", "realm", "resolver", "person", "administrator",
    "action_detail", "info", "node", "client", "relay", "user_agent", "user_agent_version", "door",
    "request", "issuer", "log_level", "clearance_level", "thread_id", "policies", "reasons", "mac",
];

/// The arguments of [`ENTRY_INSERT`].
pub(crate) fn insert_args(entry: Entry, mac: String) -> Args {
    let Entry { id, record: r, reasons_json } = entry;
    db::args![
        id,
        r.at,
        r.started,
        r.duration.map(micros),
        r.action,
        r.success,
        r.authentication,
        r.serial,
        r.token_type,
        r.container_serial,
        r.container_type,
        r.user,
        r.realm,
        r.resolver,
        r.person,
        r.administrator,
        r.action_detail,
        r.info,
        r.node,
        r.client,
        r.relay,
        r.user_agent,
        r.user_agent_version,
        r.door.name(),
        r.request,
        r.issuer,
        r.log_level,
        r.clearance_level,
        r.thread_id,
        r.policies,
        reasons_json,
        mac,
    ]
}

/// The rows of these entries.
pub(crate) async fn of_ids(db: &Db, ids: impl Iterator<Item = AuditId>) -> Result<Vec<Row>, DbError> {
    ListQuery::new("audit_entry", COLUMNS).filter(Filter::any_of("id", ids)).rows(db).await
}

/// Reads the columns of an entry and its tag, after `skip` other columns.
pub(crate) fn read(row: &Row, skip: usize) -> Result<(Entry, String), DbError> {
    let mut c = row.reader_at(skip);
    let id = c.next()?;
    let record = Record {
        at: c.next()?,
        started: c.next::<Option<Timestamp>>()?,
        duration: c.next::<Option<i64>>()?.map(|n| Duration::from_micros(u64::try_from(n).unwrap_or(0))),
        action: c.next()?,
        success: c.next()?,
        authentication: c.next()?,
        serial: c.next()?,
        token_type: c.next()?,
        container_serial: c.next()?,
        container_type: c.next()?,
        user: c.next()?,
        realm: c.next()?,
        resolver: c.next()?,
        person: c.next()?,
        administrator: c.next()?,
        action_detail: c.next()?,
        info: c.next()?,
        node: c.next()?,
        client: c.next()?,
        relay: c.next()?,
        user_agent: c.next()?,
        user_agent_version: c.next()?,
        door: c.parse(door)?,
        request: c.next()?,
        issuer: c.next()?,
        log_level: c.next()?,
        clearance_level: c.next()?,
        thread_id: c.next()?,
        policies: c.next()?,
        reasons: Vec::new(),
    };
    let reasons_json: String = c.next()?;
    let mac = c.next()?;
    // Reasons that cannot be read are shown as none; whether they were tampered with is the tag's business.
    let reasons: Vec<Reason> = serde_json::from_str(&reasons_json).unwrap_or_default();
    Ok((Entry { id, record: Record { reasons, ..record }, reasons_json }, mac))
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_lists_of_columns_are_the_same() {
        assert_eq!(super::COLUMNS.join(", "), columns!());
    }
}
