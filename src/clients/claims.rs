//! Shows what a person would release to a client, and why.

use idp::claims::{ClaimsRequest, Destination, Explained, Granted, OWN};
use idp::oidc::scope::Scopes;
use idp::party::client::Clients;
use mfa::Mfa;
use mfa::operation::{Access, Answer, Call, Code, Failure, FromParams, Operation, ParamError, Params, Target};
use mfa::people::Person;
use mfa::people::ops::UserParams;
use mfa::policy::Right;
use mfa::policy::actions::rights;
use serde_json::{Map, Value, json};

use super::Named;
use crate::ports;

/// Shows what a person would release to a client, and why: decided by the code that fills tokens.
pub struct ExplainClaims(pub Clients);

/// Which client, whom, and what is asked for.
pub struct Input {
    client: Named,
    user: UserParams,
    scope: Option<String>,
    claims: ClaimsRequest,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        let claims = match params.raw("claims") {
            None => ClaimsRequest::default(),
            Some(Value::String(text)) if text.is_empty() => ClaimsRequest::default(),
            Some(Value::String(text)) => ClaimsRequest::parse(text).map_err(|e| ParamError::wrong("claims", e.to_string()))?,
            Some(given) => ClaimsRequest::parse(&given.to_string()).map_err(|e| ParamError::wrong("claims", e.to_string()))?,
        };
        params.required("user")?;
        let user = UserParams::from_params(params)?;
        Ok(Self { client: Named::from_params(params)?, user, scope: params.optional("scope")?, claims })
    }
}

impl Operation for ExplainClaims {
    const EVENT: &'static str = "oidc_client_claims";
    const ACCESS: Access = Access::Admin;
    type Input = Input;
    type Output = Value;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::OIDC_CLIENT_CLAIMS.clone())
    }

    async fn target(&self, sys: &Mfa, _: &Call, input: &Input) -> Result<Target, Failure> {
        sys.resolve_existing(&input.user).await.map(Target::Person)
    }

    async fn run(&self, _: &Mfa, call: &mut Call, input: &Input) -> Result<Value, Failure> {
        let Target::Person(person) = &*call.target else { return Err(Failure::internal("nobody to explain")) };
        let found = self.0.find(&input.client.client_id);
        let client = found.ok_or_else(|| Failure::not_found("There is no such client."))?;
        let asked = match &input.scope {
            Some(text) => Scopes::parse(text).map_err(|e| Failure::new(Code::Parameter, format!("Parameter scope: {e}")))?,
            None => client.scopes().clone(),
        };
        let scopes = asked.filtered(|scope| client.scopes().contains(scope));
        let ignored: Vec<&str> = asked.iter().filter(|scope| !client.scopes().contains(scope)).collect();
        let seen = ports::seen(person);
        let granted = Granted { scopes: &scopes, named: &input.claims, allowed: client.scopes() };
        let claims = client.claims().explain(&granted, &seen);
        let mut answer = json!({
            "client_id": client.client_id(),
            "user": person.login,
            "realm": person.realm,
            "resolver": person.resolver,
            "disabled": person.disabled,
            "scopes": scopes.iter().collect::<Vec<_>>(),
            "ignored_scopes": ignored,
            "refused_without": client.claims().unmet(&scopes, &seen),
            "claims": claims.iter().map(|claim| shown(claim, person)).collect::<Vec<_>>(),
        });
        for to in Destination::ALL {
            let mut released = client.claims().release(to, &granted, &seen);
            released.insert("sub".to_owned(), json!(seen.id));
            answer[to.name()] = Value::Object(released);
        }
        call.audit.info = format!("client {}, scopes {scopes}", client.client_id());
        Ok(answer)
    }

    fn answer(&self, output: &Value) -> Answer {
        Answer::value(output.clone())
    }
}

fn shown(claim: &Explained, person: &Person) -> Value {
    let attributes: Vec<Value> = claim.attributes.iter().map(|name| json!({"name": name, "from": home(name, person)})).collect();
    let to = |(to, outcome): &(Destination, Result<(), idp::claims::Withheld>)| {
        let said = outcome.as_ref().map_or_else(ToString::to_string, |()| "released".to_owned());
        (to.name().to_owned(), Value::from(said))
    };
    let mut out = json!({
        "claim": claim.claim,
        "rule": claim.rule,
        "source": claim.source,
        "attributes": attributes,
        "scope": claim.scope,
        "required": claim.required,
        "left_out": claim.left_out,
        "in": claim.to.iter().map(to).collect::<Map<_, _>>(),
    });
    match &claim.value {
        Ok(value) => out["value"] = value.clone(),
        Err(missing) => out["missing"] = Value::from(missing.to_string()),
    }
    out
}

/// Who knows an attribute of a person.
fn home(attribute: &str, person: &Person) -> String {
    match OWN.contains(&attribute) || !person.attributes.contains_key(attribute) {
        true => "this service".to_owned(),
        false if person.custom.iter().any(|name| name == attribute) => format!("custom attribute in realm {}", person.realm),
        false => format!("resolver {}", person.resolver),
    }
}
