//! `symbolon scim client remove`.

use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, FromParams, Operation, ParamError, Params};
use crate::scim::store::client as store;

/// Removes a client; its token is refused from then on. What it has provisioned stays.
pub struct RemoveScimClient;

/// Which.
pub struct Input {
    name: String,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { name: params.required("name")? })
    }
}

impl Operation for RemoveScimClient {
    const EVENT: &'static str = "scim_client_remove";
    const ACCESS: Access = Access::Operator;
    type Input = Input;
    type Output = ();

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<(), Failure> {
        let all = store::all(&sys.db).await?;
        if !all.iter().any(|client| client.name.to_lowercase() == input.name.to_lowercase()) {
            return Err(Failure::not_found("There is no such client."));
        }
        store::delete(&mut call.batch, &input.name);
        call.audit.info = format!("client {}", input.name);
        Ok(())
    }

    fn answer(&self, (): &()) -> Answer {
        Answer::value(true)
    }
}
