//! Nodes: which there are, and how the wire format calls them.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER;
use db::{DbError, WriteError};
use sha2::{Digest, Sha256};

use super::handle::People;
use super::store::node as store;

/// The identifier of a node in the wire format: a UUID (RFC 9562 section 5.8) that follows from its name, so that every node knows it.
pub fn node_uuid(name: &str) -> String {
    let digest = Sha256::digest([b"symbolon node\n", name.as_bytes()].concat());
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = HEXLOWER.encode(&bytes);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

impl People {
    /// Notes that this node serves.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn serves(&self) -> Result<(), WriteError> {
        let env = self.env();
        store::seen(&env.db, &env.node, env.clock.now()).await
    }

    /// Names of all nodes: those that have served, those for which a realm has a list, and this one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn nodes(&self) -> Result<BTreeSet<String>, DbError> {
        let mut names: BTreeSet<String> = store::all(&self.env().db).await?.into_iter().collect();
        names.insert(self.env().node.clone());
        let directory = self.directory();
        names.extend(directory.realms().flat_map(|realm| &realm.members).map(|m| m.node.clone()).filter(|node| !node.is_empty()));
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_follow_from_names() {
        let id = node_uuid("localnode");
        assert_eq!((id.len(), id.as_bytes()[14]), (36, b'8'));
        assert!(matches!(id.as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
        assert_eq!(id, node_uuid("localnode"));
        assert_ne!(id, node_uuid("second"));
    }
}
