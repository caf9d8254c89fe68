//! `GET /user/`: searches people.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::Mfa;
use crate::operation::{About, Access, Answer, Call, Caller, Failure, FromParams, Operation, ParamError, Params};
use crate::people::{Attribute, Attributes, ResolverRef};
use crate::policy::actions::rights;
use crate::policy::{Limit, Right};
use crate::resolvers::{Entry, Filter, Page, ResolverError};

/// Searches people. An administrator sees what policies cover; a person sees themselves.
pub struct ListUsers;

/// People in one answer at most.
const MOST: usize = 10_000;

/// What is searched for.
pub struct Input {
    realm: Option<String>,
    resolver: Option<String>,
    filter: Vec<(String, String)>,
    attributes: Option<Vec<String>>,
    custom: bool,
}

/// Parameters that are no conditions.
const CONTROL: &[&str] =
    &["realm", "resolver", "attributes", "page", "pagesize", "include_custom_attributes", "has_tokens", "session", "nonce"];

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        let mut filter = Vec::new();
        for name in params.names().filter(|name| !CONTROL.contains(name)) {
            if let Some(pattern) = params.optional(name)? {
                filter.push((if name == "user" { "username" } else { name }.to_owned(), pattern));
            }
        }
        Ok(Self {
            realm: params.optional("realm")?,
            resolver: params.optional("resolver")?,
            filter,
            attributes: params.list("attributes")?,
            custom: params.maybe_flag("include_custom_attributes").unwrap_or(true),
        })
    }
}

/// One person in one realm.
pub struct Listed {
    /// What the resolver knows.
    pub entry: Entry,
    /// The realm.
    pub realm: String,
    /// The resolver.
    pub resolver: String,
    /// Whether they can be edited.
    pub editable: bool,
}

/// What was found, and who did not answer.
#[derive(Default)]
pub struct Output {
    /// The people, by realm, resolver and login.
    pub people: Vec<Listed>,
    /// Resolvers that did not answer.
    pub skipped: Vec<String>,
}

impl Operation for ListUsers {
    const EVENT: &'static str = "user_list";
    const ACCESS: Access = Access::Both;
    type Input = Input;
    type Output = Output;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::USERLIST.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<Output, Failure> {
        if let Caller::Person(own) = &call.caller {
            let (attributes, standing) = ((*own.attributes).clone(), own.standing);
            let entry = Entry { uid: own.uid.clone(), login: own.login.clone(), attributes, standing };
            let editable = sys.people.directory().resolver_by_id(own.resolver_id).is_some_and(|r| r.editable());
            let listed = Listed { entry, realm: own.realm.clone(), resolver: own.resolver.clone(), editable };
            return Ok(Output { people: vec![listed], ..Output::default() });
        }
        let limit = limit(sys, call)?;
        let mut output = Output::default();
        let directory = sys.people.directory();
        for realm in directory.realms().filter(|realm| input.realm.as_ref().is_none_or(|name| name.to_lowercase() == realm.name))
        {
            for id in realm.resolvers_on(&sys.node) {
                let Some(resolver) = directory.resolver_by_id(id) else { continue };
                if input.resolver.as_ref().is_some_and(|name| !name.eq_ignore_ascii_case(&resolver.name)) {
                    continue;
                }
                let before = output.people.len();
                search(resolver, &realm.name, input, &limit, &mut output).await?;
                if input.custom && output.people.len() > before {
                    let custom = sys.people.custom_of_resolver(realm.id, id).await?;
                    output.people[before..].iter_mut().for_each(|listed| add_custom(listed, &custom, input));
                }
            }
        }
        Ok(output)
    }

    fn answer(&self, output: &Output) -> Answer {
        let answer = Answer::value(output.people.iter().map(shown).collect::<Vec<_>>());
        if output.skipped.is_empty() {
            return answer;
        }
        answer.with_detail(Map::from_iter([("skipped_resolvers".to_owned(), json!(output.skipped))]))
    }
}

/// Lays the custom attributes that are wanted over those of the resolver.
fn add_custom(listed: &mut Listed, custom: &HashMap<String, Vec<(String, String)>>, input: &Input) {
    let wanted = |name: &String| input.attributes.as_ref().is_none_or(|names| names.contains(name));
    let own = custom.get(&listed.entry.uid).into_iter().flatten().filter(|(name, _)| wanted(name));
    listed.entry.attributes.extend(own.map(|(name, value)| (name.clone(), Attribute::from(value.clone()))));
}

fn limit(sys: &Mfa, call: &mut Call) -> Result<Limit, Failure> {
    if !matches!(call.caller, Caller::Admin(_)) {
        return Ok(Limit::All);
    }
    Ok(call.ask(sys, About::Request, |_, at| at.limit(&rights::USERLIST))?)
}

async fn search(resolver: &ResolverRef, realm: &str, input: &Input, limit: &Limit, output: &mut Output) -> Result<(), Failure> {
    let filter = Filter { conditions: input.filter.clone() };
    let page = Page { skip: 0, limit: MOST.saturating_sub(output.people.len()) };
    let found = match resolver.get() {
        Ok(store) => store.search(&filter, page, input.attributes.as_deref()).await,
        Err(e) => Err(e),
    };
    match found {
        Ok(entries) => {
            let seen = |entry: &Entry| limit.admits(&[realm], &resolver.name, &entry.login);
            let listed =
                |entry| Listed { entry, realm: realm.to_owned(), resolver: resolver.name.clone(), editable: resolver.editable() };
            output.people.extend(entries.into_iter().filter(seen).map(listed));
            Ok(())
        }
        Err(e @ (ResolverError::Unavailable(_) | ResolverError::Unclear(_) | ResolverError::Internal(_))) => {
            tracing::warn!(resolver = resolver.name, "left out of a search: {e}");
            output.skipped.push(resolver.name.clone());
            Ok(())
        }
        // An attribute that one resolver does not have matches nobody there.
        Err(ResolverError::Refused(_)) => Ok(()),
        Err(e) => Err(e.into()),
    }
}

fn shown(listed: &Listed) -> Value {
    let mut out = attributes(&listed.entry.attributes);
    out.insert("username".to_owned(), listed.entry.login.clone().into());
    out.insert("userid".to_owned(), listed.entry.uid.clone().into());
    out.insert("realm".to_owned(), listed.realm.clone().into());
    out.insert("resolver".to_owned(), listed.resolver.clone().into());
    out.insert("editable".to_owned(), listed.editable.into());
    Value::Object(out)
}

fn attributes(attributes: &Attributes) -> Map<String, Value> {
    attributes.iter().map(|(name, value)| (name.clone(), serde_json::to_value(value).unwrap_or_default())).collect()
}
