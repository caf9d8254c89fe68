//! Rows of `node`.

use db::{Db, DbError, WriteError, args};
use kernel::Timestamp;

db::statements! {
    /// All nodes.
    NODES = "SELECT name FROM node ORDER BY name";
    /// A node serves.
    NODE_SEEN = "UPDATE node SET seen_at = ? WHERE name = ?";
    /// A node serves for the first time.
    NODE_INSERT = "INSERT INTO node (name, seen_at) VALUES (?, ?)";
}

/// Names of all nodes that have served.
pub(crate) async fn all(db: &Db) -> Result<Vec<String>, DbError> {
    db.fetch_all(&NODES, args![]).await?.iter().map(|row| row.get(0)).collect()
}

/// Notes that a node serves.
pub(crate) async fn seen(db: &Db, name: &str, now: Timestamp) -> Result<(), WriteError> {
    if db.execute(&NODE_SEEN, args![now, name]).await? > 0 {
        return Ok(());
    }
    match db.execute(&NODE_INSERT, args![name, now]).await {
        Ok(_) => Ok(()),
        Err(e) if e.violates("node_pk") => Ok(()),
        Err(e) => Err(e),
    }
}
