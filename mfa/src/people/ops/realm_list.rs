//! `GET /realm/`: the realms that the caller may see.

use serde_json::{Map, Value, json};

use crate::Mfa;
use crate::operation::{Access, Answer, Call, Caller, Failure, Operation};
use crate::people::{Directory, Realm, node_uuid};
use crate::policy::{Conditions, Scope};

/// Lists realms. An administrator who is limited to realms by every policy sees these.
pub struct ListRealms;

/// One realm with names in place of rows.
pub struct Listed {
    /// The realm.
    pub realm: Realm,
    /// Its resolvers: name, kind, node, priority.
    pub resolvers: Vec<(String, &'static str, String, Option<i64>)>,
}

impl Operation for ListRealms {
    const EVENT: &'static str = "realm_list";
    const ACCESS: Access = Access::Admin;
    type Input = ();
    type Output = Vec<Listed>;

    async fn run(&self, sys: &Mfa, call: &mut Call, (): &()) -> Result<Vec<Listed>, Failure> {
        let directory = sys.people.directory();
        let set = sys.policies.load();
        let visible = match call.caller {
            Caller::Admin(_) => {
                let facts = call.facts(&set);
                set.at(&facts)
                    .comparing(Conditions::None)
                    .realms(Scope::Admin, directory.realms().map(|realm| realm.name.as_str()))?
            }
            _ => None,
        };
        let seen = |realm: &&Realm| visible.as_ref().is_none_or(|names| names.contains(&realm.name));
        Ok(directory.realms().filter(seen).map(|realm| listed(&directory, realm)).collect())
    }

    fn answer(&self, output: &Vec<Listed>) -> Answer {
        Answer::value(output.iter().map(|listed| (listed.realm.name.clone(), shown(listed))).collect::<Map<_, _>>())
    }
}

pub(super) fn listed(directory: &Directory, realm: &Realm) -> Listed {
    let resolver = |m: &crate::people::Member| {
        let resolver = directory.resolver_by_id(m.resolver)?;
        Some((resolver.name.clone(), resolver.kind.name, m.node.clone(), m.priority))
    };
    Listed { realm: realm.clone(), resolvers: realm.members.iter().filter_map(resolver).collect() }
}

pub(super) fn shown(listed: &Listed) -> Value {
    let resolvers: Vec<Value> = listed
        .resolvers
        .iter()
        .map(|(name, kind, node, priority)| {
            let node = if node.is_empty() { String::new() } else { node_uuid(node) };
            json!({ "name": name, "type": kind, "node": node, "priority": priority })
        })
        .collect();
    let mut shown = json!({ "id": listed.realm.number, "default": listed.realm.is_default, "resolver": resolvers });
    if !listed.realm.domains.is_empty() {
        shown["domains"] = json!(listed.realm.domains);
    }
    shown
}
