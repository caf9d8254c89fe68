//! `GET /resolver/{type}/default`: the configuration that holds when nothing is given.

use serde_json::{Map, Value};

use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, FromParams, Operation, ParamError, Params};
use crate::resolvers::{Param, ParamType, ResolverKind, kind};

/// Shows the defaults of a kind.
pub struct DefaultResolver;

/// Which kind.
pub struct Input {
    kind: &'static ResolverKind,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        let name: String = params.required("resolver")?;
        let found = kind(&name).or_else(|| kind(&format!("{name}resolver")));
        let kind = found.ok_or_else(|| ParamError::wrong("type", format!("there is no kind of resolver `{name}`")))?;
        Ok(Self { kind })
    }
}

impl Operation for DefaultResolver {
    const EVENT: &'static str = "resolver_default";
    const ACCESS: Access = Access::Admin;
    type Input = Input;
    type Output = Map<String, Value>;

    async fn run(&self, _: &Mfa, _: &mut Call, input: &Input) -> Result<Self::Output, Failure> {
        let given = input.kind.params.iter().filter_map(|param| Some((param, param.default.filter(|text| !text.is_empty())?)));
        Ok(given.map(|(param, text)| (param.name.to_owned(), value(param, text))).collect())
    }

    fn answer(&self, output: &Self::Output) -> Answer {
        Answer::value(Value::Object(output.clone()))
    }
}

/// A default as JSON: maps and lists as such, numbers and truth values by their type.
fn value(param: &Param, text: &str) -> Value {
    let structure = || serde_json::from_str(text).ok().filter(|value: &Value| value.is_object() || value.is_array());
    match param.ty {
        ParamType::Bool => Value::Bool(text.eq_ignore_ascii_case("true")),
        ParamType::Int => text.parse::<i64>().map_or_else(|_| text.into(), Value::from),
        ParamType::Text | ParamType::Password => structure().unwrap_or_else(|| text.into()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{administer, sqlite};

    #[tokio::test]
    async fn defaults_are_structures() {
        let (sys, _db) = sqlite().await;
        let shown = administer(&sys, &DefaultResolver, Params::of([("resolver", "keycloak")])).await.unwrap().answer.value;
        assert_eq!(shown["base_url"], "http://localhost:8080");
        assert_eq!((&shown["timeout"], &shown["verify_tls"], &shown["Editable"]), (&json!(60), &json!(true), &json!(false)));
        assert_eq!(shown["attribute_mapping"]["givenname"], "firstName");
        assert_eq!(shown["config_get_user_by_id"]["endpoint"], "/admin/realms/{realm}/users/{userid}");
        assert!(administer(&sys, &DefaultResolver, Params::of([("resolver", "none")])).await.is_err());
    }
}
