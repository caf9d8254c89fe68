//! `POST /resolver/{resolver}`: creates or changes a resolver.

use kernel::SecretText;
use kernel::ids::RowId;
use serde_json::Value;

use crate::Mfa;
use crate::operation::{Access, Answer, Call, Code, Failure, FromParams, Operation, ParamError, Params};
use crate::people::store::resolver as store;
use crate::people::{ResolverRef, seal};
use crate::policy::Right;
use crate::policy::actions::rights;
use crate::resolvers::{Given, ParamValues, ResolverKind, kind};

/// Creates or changes a resolver. Parameters that come back censored keep their value.
pub struct SetResolver;

/// Name and kind.
pub struct Input {
    name: String,
    kind: &'static ResolverKind,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        let name = params.required("resolver")?;
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        if name.len() > 255 || !name.bytes().all(plain) {
            return Err(ParamError::wrong("resolver", "letters, digits, underscore, hyphen and dot are possible"));
        }
        Ok(Self { name, kind: read_kind(params)? })
    }
}

/// The kind that the parameter `type` names, with or without `resolver` at its end.
pub(super) fn read_kind(params: &Params) -> Result<&'static ResolverKind, ParamError> {
    let name = params.required("type")?;
    let found = kind(&name).or_else(|| kind(&format!("{name}resolver")));
    found.ok_or_else(|| ParamError::wrong("type", format!("there is no kind of resolver `{name}`")))
}

/// Parameters of the request that are none of the resolver.
const CONTROL: &[&str] = &["resolver", "type", "preset", "session", "nonce"];

/// Reads the parameters of a kind; censored ones take the value of `stored`, missing ones that of the named preset.
pub(super) fn read_values(kind: &ResolverKind, params: &Params, stored: Option<&ResolverRef>) -> Result<ParamValues, Failure> {
    let mut given = Given::new();
    if let Some(name) = params.optional("preset")? {
        let preset = kind.presets.iter().find(|preset| preset.name == name);
        let preset = preset.ok_or_else(|| ParamError::wrong("preset", format!("there is no preset `{name}` of this kind")))?;
        given.extend(preset.values.iter().map(|(name, value)| ((*name).to_owned(), SecretText::new(*value))));
    }
    for name in params.names().filter(|name| !CONTROL.contains(name)) {
        let text = match params.raw(name) {
            // Maps and lists are kept as the JSON text that they are in other clients.
            Some(structure @ (Value::Object(_) | Value::Array(_))) => structure.to_string(),
            _ => params.text(name)?.unwrap_or_default(),
        };
        given.insert(name.to_owned(), SecretText::new(text));
    }
    Ok(ParamValues::read(kind, &given, stored.map(|stored| &stored.params))?)
}

impl Operation for SetResolver {
    const EVENT: &'static str = "resolver_set";
    const ACCESS: Access = Access::Admin;
    type Input = Input;
    /// Its id in the wire format.
    type Output = i64;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::RESOLVERWRITE.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<i64, Failure> {
        let directory = sys.people.directory();
        let old = directory.resolver(&input.name);
        if old.is_some_and(|old| old.kind.name != input.kind.name) {
            return Err(Failure::new(Code::Resolver, "A resolver of this name and another type exists already."));
        }
        let values = read_values(input.kind, &call.params, old.map(|old| &**old))?;
        let env = sys.people.env().for_resolvers();
        let id = old.map_or_else(|| RowId::new(&sys.chance, sys.clock.now()), |old| old.id);
        // Builds it once to see whether it can be built.
        (input.kind.build)(id, &values, &env)?;
        let sealed = seal(&env, input.kind, id, &values);
        let number = match old {
            Some(old) => {
                store::update(&mut call.batch, id, old.version, &sealed);
                old.number
            }
            None => {
                let number = sys.sequences.next("resolver").await?;
                store::insert(&mut call.batch, (id, number), &input.name, input.kind.name, &sealed);
                number
            }
        };
        call.audit.resolver.clone_from(&input.name);
        call.audit.action_detail = input.kind.name.to_owned();
        call.reload_after();
        Ok(number)
    }

    fn answer(&self, output: &i64) -> Answer {
        Answer::value(*output)
    }

    fn constraint(&self, name: &str) -> Option<Failure> {
        (name == "resolver_name").then(|| Failure::new(Code::Conflict, "The resolver has been created meanwhile."))
    }
}
