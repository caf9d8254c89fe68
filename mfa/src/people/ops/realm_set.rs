//! `POST /realm/{realm}`: creates a realm or replaces its resolvers.

use kernel::ids::RowId;

use crate::Mfa;
use crate::operation::{Access, Answer, Call, Code, Failure, FromParams, Operation, ParamError, Params};
use crate::people::store::realm as store;
use crate::people::{Member, Realm};
use crate::policy::Right;
use crate::policy::actions::rights;

/// Creates or changes a realm. The first realm is the default realm.
pub struct SetRealm;

/// The name of a realm that may be new.
pub(super) struct RealmName(String);

impl FromParams for RealmName {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        let realm = params.required("realm")?.trim().to_lowercase();
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        if realm.len() > 255 || !realm.bytes().all(plain) {
            return Err(ParamError::wrong("realm", "letters, digits, underscore, hyphen and dot are possible"));
        }
        Ok(Self(realm))
    }
}

/// A resolver by its name, and its priority.
pub(super) type Wanted = (String, Option<i64>);

/// The realm, and its resolvers with priorities.
pub struct Input {
    realm: RealmName,
    resolvers: Vec<Wanted>,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        let realm = RealmName::from_params(params)?;
        let names = params.list("resolvers")?.ok_or_else(|| ParamError::Missing("resolvers".to_owned()))?;
        let with_priority = |name: String| {
            let priority = params.number(&format!("priority.{name}"), 1..=999)?;
            Ok((name, priority))
        };
        Ok(Self { realm, resolvers: names.into_iter().map(with_priority).collect::<Result<_, ParamError>>()? })
    }
}

/// Names of the resolvers: those added, and those that do not exist.
pub struct Output {
    added: Vec<String>,
    failed: Vec<String>,
}

/// Replaces the resolvers of a realm on a node, or (with an empty name) on all nodes; lists of other nodes are no business of this.
pub(super) async fn put(
    sys: &Mfa,
    call: &mut Call,
    (RealmName(name), node): (&RealmName, &str),
    wanted: &[Wanted],
) -> Result<Output, Failure> {
    let directory = sys.people.directory();
    let mut members: Vec<Member> = Vec::new();
    let mut output = Output { added: Vec::new(), failed: Vec::new() };
    for (name, priority) in wanted {
        match directory.resolver(name) {
            Some(resolver) if members.iter().all(|m| m.resolver != resolver.id) => {
                members.push(Member { resolver: resolver.id, node: node.to_owned(), priority: *priority });
                output.added.push(resolver.name.clone());
            }
            Some(_) => {}
            None => output.failed.push(name.clone()),
        }
    }
    if members.is_empty() && !output.failed.is_empty() {
        let what = format!("None of the resolvers exists: {}", output.failed.join(", "));
        return Err(Failure::new(Code::Parameter, what));
    }
    let known = store::all(&sys.db).await?;
    match known.iter().find(|realm| realm.name == *name) {
        Some(old) => {
            members.extend(old.members.iter().filter(|m| m.node != node).cloned());
            store::put(&mut call.batch, &Realm { members, ..old.clone() }, false);
        }
        None => {
            let id = RowId::new(&sys.chance, sys.clock.now());
            let number = sys.sequences.next("realm").await?;
            let domains = Vec::new();
            let realm = Realm { id, number, name: name.clone(), is_default: known.is_empty(), members, domains };
            store::put(&mut call.batch, &realm, true);
        }
    }
    call.audit.realm.clone_from(name);
    call.audit.action_detail = output.added.join(", ");
    call.reload_after();
    Ok(output)
}

/// The answer of the management API.
pub(super) fn answer(output: &Output) -> Answer {
    Answer::value(serde_json::json!({ "added": output.added, "failed": output.failed }))
}

/// What the violation of a constraint means.
pub(super) fn constraint(name: &str) -> Option<Failure> {
    (name == "realm_name").then(|| Failure::new(Code::Conflict, "The realm has been created meanwhile."))
}

impl Operation for SetRealm {
    const EVENT: &'static str = "realm_set";
    const ACCESS: Access = Access::Admin;
    type Input = Input;
    type Output = Output;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::RESOLVERWRITE.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<Output, Failure> {
        put(sys, call, (&input.realm, ""), &input.resolvers).await
    }

    fn answer(&self, output: &Output) -> Answer {
        answer(output)
    }

    fn constraint(&self, name: &str) -> Option<Failure> {
        constraint(name)
    }
}
