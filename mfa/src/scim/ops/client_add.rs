//! `symbolon scim client add`.

use kernel::SecretText;
use kernel::ids::RowId;
use serde_json::json;

use super::KIND;
use crate::Mfa;
use crate::operation::{Access, Answer, Call, Code, Failure, FromParams, Operation, ParamError, Params};
use crate::scim::client::{self, Client, Right};
use crate::scim::store::client as store;

/// Adds a client; its token is drawn, shown once and kept nowhere.
pub struct AddScimClient;

/// What is added.
pub struct Input {
    name: String,
    resolver: String,
    rights: Vec<Right>,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        let name = params.required("name")?;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
        if name.len() > 64 || !name.bytes().all(plain) {
            return Err(ParamError::wrong("name", "up to 64 letters, digits and -_. are expected"));
        }
        let rights = match params.list("rights")?.filter(|rights| !rights.is_empty()) {
            None => Right::ALL.to_vec(),
            Some(names) => {
                let wrong = || ParamError::wrong("rights", "users:read, users:write, groups:read or groups:write is expected");
                names.iter().map(|name| Right::parse(name).ok_or_else(wrong)).collect::<Result<_, _>>()?
            }
        };
        Ok(Self { name, resolver: params.required("resolver")?, rights })
    }
}

/// What was added.
pub struct Added {
    name: String,
    token: SecretText,
}

impl Added {
    /// The token.
    pub fn token(&self) -> &SecretText {
        &self.token
    }
}

impl Operation for AddScimClient {
    const EVENT: &'static str = "scim_client_add";
    const ACCESS: Access = Access::Operator;
    type Input = Input;
    type Output = Added;

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<Added, Failure> {
        let directory = sys.people.directory();
        let missing = || Failure::not_found(format!("The resolver {} does not exist.", input.resolver));
        let resolver = directory.resolver(&input.resolver).ok_or_else(missing)?;
        if resolver.kind.name != KIND {
            let what = format!("The resolver {} is none of kind {KIND}: its people cannot be provisioned.", resolver.name);
            return Err(Failure::new(Code::Resolver, what));
        }
        let now = sys.clock.now();
        let (token, stored) = client::draw(sys);
        let client = Client {
            id: RowId::new(&sys.chance, now),
            name: input.name.clone(),
            resolver_id: resolver.id,
            rights: input.rights.clone(),
            created_at: now,
        };
        store::insert(&mut call.batch, &client, &stored, now);
        call.audit.info = format!("client {}", client.name);
        call.audit.resolver.clone_from(&resolver.name);
        Ok(Added { name: client.name, token })
    }

    fn answer(&self, output: &Added) -> Answer {
        Answer::value(json!({ "name": output.name, "token": output.token.expose() }))
    }

    fn constraint(&self, name: &str) -> Option<Failure> {
        (name == "scim_client_name").then(|| Failure::new(Code::Conflict, "There is a client of this name already."))
    }
}
