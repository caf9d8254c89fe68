//! Realms.

use kernel::ids::RowId;

/// A resolver in a realm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The resolver.
    pub resolver: RowId,
    /// The node on which it counts; empty for all.
    pub node: String,
    /// Lower comes first; none comes last.
    pub priority: Option<i64>,
}

/// A realm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Realm {
    /// Its row.
    pub id: RowId,
    /// Its id in the wire format.
    pub number: i64,
    /// Its name, in lower case.
    pub name: String,
    /// Whether it is the one that is meant when none is named.
    pub is_default: bool,
    /// Its resolvers, as stored.
    pub members: Vec<Member>,
    /// Mail domains whose people are at home here, in lower case.
    pub domains: Vec<String>,
}

impl Realm {
    /// The resolvers that count on a node, in the order in which they are asked: of those with one priority the older first, so that every
    /// node and database has the same order.
    pub fn resolvers_on(&self, node: &str) -> Vec<RowId> {
        let mut members: Vec<&Member> = self.members.iter().filter(|m| m.node.is_empty() || m.node == node).collect();
        members.sort_by_key(|m| (m.node.is_empty(), m.priority.unwrap_or(i64::MAX), m.resolver));
        let mut resolvers: Vec<RowId> = Vec::with_capacity(members.len());
        for member in members {
            if !resolvers.contains(&member.resolver) {
                resolvers.push(member.resolver);
            }
        }
        resolvers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Entropy, Timestamp};

    #[test]
    fn node_lists_first_then_priority_then_the_rest() {
        let chance = Entropy::seeded(1);
        let ids: Vec<RowId> = (0..4).map(|_| RowId::new(&chance, Timestamp(0))).collect();
        let member = |at: usize, node: &str, priority| Member { resolver: ids[at], node: node.into(), priority };
        let realm = Realm {
            id: ids[0],
            number: 1,
            name: "r".into(),
            is_default: false,
            members: vec![member(0, "", None), member(1, "", Some(5)), member(2, "n1", Some(9)), member(3, "n2", Some(1))],
            domains: Vec::new(),
        };
        assert_eq!(realm.resolvers_on("n1"), [ids[2], ids[1], ids[0]]);
        assert_eq!(realm.resolvers_on("n2"), [ids[3], ids[1], ids[0]]);
        assert_eq!(realm.resolvers_on("other"), [ids[1], ids[0]]);
    }
}
