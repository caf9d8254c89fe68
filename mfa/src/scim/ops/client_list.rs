//! `symbolon scim client list`.

use serde_json::{Value, json};

use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, Operation};
use crate::scim::client::Right;
use crate::scim::store::client as store;

/// Lists the clients; never their tokens.
pub struct ListScimClients;

impl Operation for ListScimClients {
    const EVENT: &'static str = "scim_client_list";
    const ACCESS: Access = Access::Operator;
    type Input = ();
    type Output = Vec<Value>;

    async fn run(&self, sys: &Mfa, _: &mut Call, (): &()) -> Result<Vec<Value>, Failure> {
        let directory = sys.people.directory();
        let shown = |client: crate::scim::client::Client| {
            let rights: Vec<&str> = client.rights.iter().copied().map(Right::name).collect();
            let resolver = directory.resolver_by_id(client.resolver_id).map(|resolver| resolver.name.clone());
            json!({ "name": client.name, "resolver": resolver, "rights": rights, "created_at": client.created_at.seconds() })
        };
        Ok(store::all(&sys.db).await?.into_iter().map(shown).collect())
    }

    fn answer(&self, output: &Vec<Value>) -> Answer {
        Answer::value(output.clone())
    }
}
