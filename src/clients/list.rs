//! Lists clients.

use idp::party::client::{ClientRecord, Clients};
use mfa::Mfa;
use mfa::operation::{Access, Answer, Call, Failure, FromParams, Operation, ParamError, Params};
use mfa::policy::Right;
use mfa::policy::actions::rights;
use serde_json::{Map, Value};

use super::{failed, shown};

/// Lists all clients, or one; never their secrets.
pub struct ListClients(pub Clients);

/// Which.
pub struct Input {
    client_id: Option<String>,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { client_id: params.optional("client_id")? })
    }
}

impl Operation for ListClients {
    const EVENT: &'static str = "oidc_client_list";
    const ACCESS: Access = Access::Admin;
    type Input = Input;
    type Output = Vec<ClientRecord>;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::OIDC_CLIENT_READ.clone())
    }

    async fn run(&self, _: &Mfa, _: &mut Call, input: &Input) -> Result<Vec<ClientRecord>, Failure> {
        match &input.client_id {
            Some(id) => Ok(vec![self.0.get(id).await.map_err(failed)?]),
            None => self.0.list().await.map_err(failed),
        }
    }

    fn answer(&self, output: &Vec<ClientRecord>) -> Answer {
        let all: Map<String, Value> = output.iter().map(|record| (record.client_id.clone(), shown(record))).collect();
        Answer::value(all)
    }
}
