//! `GET /system/nodes`, and `GET /realm/superuser`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, Operation};
use crate::people::node_uuid;

/// Lists the nodes.
pub struct ListNodes;

impl Operation for ListNodes {
    const EVENT: &'static str = "node_list";
    const ACCESS: Access = Access::Admin;
    type Input = ();
    type Output = BTreeSet<String>;

    async fn run(&self, sys: &Mfa, _: &mut Call, (): &()) -> Result<BTreeSet<String>, Failure> {
        Ok(sys.people.nodes().await?)
    }

    fn answer(&self, output: &BTreeSet<String>) -> Answer {
        let shown: Vec<Value> = output.iter().map(|name| json!({ "uuid": node_uuid(name), "name": name })).collect();
        Answer::value(shown)
    }
}

/// Lists the realms whose people are administrators: none, administrators are local.
pub struct ListSuperuserRealms;

impl Operation for ListSuperuserRealms {
    const EVENT: &'static str = "superuser_realm_list";
    const ACCESS: Access = Access::Admin;
    type Input = ();
    type Output = ();

    async fn run(&self, _: &Mfa, _: &mut Call, (): &()) -> Result<(), Failure> {
        Ok(())
    }

    fn answer(&self, (): &()) -> Answer {
        Answer::value(Vec::<Value>::new())
    }
}
