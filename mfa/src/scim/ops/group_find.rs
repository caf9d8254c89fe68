//! `GET /Groups` and `GET /Groups/{id}` (RFC 7644 sections 3.4.1 and 3.4.2).

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::group_change::existing;
use super::{listed, resolver, shown};
use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, FromParams, Operation, ParamError, Params};
use crate::people::ResolverRef;
use crate::scim::client::{Client, Right};
use crate::scim::error::{Kind, ScimError};
use crate::scim::filter::Key;
use crate::scim::query::{Asked, Found, Gathering, Query};
use crate::scim::schema::GROUP;
use crate::scim::store::group::{self as store, Stored};
use crate::scim::{MAX_MEMBERS, Object, group};

/// Shows one group.
pub struct GetGroup(pub Arc<Client>);

/// Which, and with or without members.
pub struct Which {
    id: String,
    with_members: bool,
}

impl FromParams for Which {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { id: params.required("id")?, with_members: !params.flag("withoutRelated") })
    }
}

impl Operation for GetGroup {
    const EVENT: &'static str = "group_list";
    const ACCESS: Access = Access::Service;
    const QUIET: bool = true;
    type Input = Which;
    type Output = Object;

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Which) -> Result<Object, Failure> {
        self.0.demand(Right::ReadGroups)?;
        let stored = existing(sys, &*resolver(sys, &self.0)?, &input.id).await?;
        let base = super::base(call);
        let mut groups = vec![group::resource(&stored, &base)];
        if input.with_members {
            with_members(sys, &base, &[stored], &mut groups).await?;
        }
        Ok(groups.remove(0))
    }

    fn answer(&self, output: &Object) -> Answer {
        shown(output)
    }
}

/// Searches groups.
pub struct FindGroups(pub Arc<Client>);

impl Operation for FindGroups {
    const EVENT: &'static str = "group_list";
    const ACCESS: Access = Access::Service;
    const QUIET: bool = true;
    type Input = Query;
    type Output = Found;

    async fn run(&self, sys: &Mfa, call: &mut Call, query: &Query) -> Result<Found, Failure> {
        self.0.demand(Right::ReadGroups)?;
        let (resolver, asked, base) = (resolver(sys, &self.0)?, query.read(&GROUP)?, super::base(call));
        search(sys, &resolver, query, (&asked, &base)).await
    }

    fn answer(&self, output: &Found) -> Answer {
        listed(output)
    }
}

/// Adds the attribute `members` to groups.
async fn with_members(sys: &Mfa, base: &str, stored: &[Stored], groups: &mut [Object]) -> Result<(), Failure> {
    let ids: Vec<_> = stored.iter().map(|group| group.id).collect();
    let all = store::members(&sys.db, &ids, MAX_MEMBERS + 1).await?;
    if all.len() > MAX_MEMBERS {
        return Err(ScimError::new(Kind::TooMany, "These groups have too many members: use excludedAttributes=members.").into());
    }
    let mut by_group: HashMap<String, Vec<Value>> = HashMap::new();
    for one in &all {
        by_group.entry(one.group.to_string()).or_default().push(group::member(one, base));
    }
    for group in groups {
        let members = group.get("id").and_then(Value::as_str).and_then(|id| by_group.remove(id));
        if let Some(members) = members {
            group.insert("members".to_owned(), Value::Array(members));
        }
    }
    Ok(())
}

fn asks_members(asked: &Asked) -> bool {
    asked.filter.as_ref().is_some_and(|filter| filter.mentions("members"))
        || asked.sort.as_ref().is_some_and(|path| path.attr.name == "members")
}

async fn search(sys: &Mfa, resolver: &ResolverRef, query: &Query, (asked, base): (&Asked, &str)) -> Result<Found, Failure> {
    let mut gathering = Gathering::new(query, asked);
    let related = query.wants_related || asks_members(asked);
    let shown = async |some: Vec<Stored>| -> Result<Vec<Object>, Failure> {
        let mut groups: Vec<Object> = some.iter().map(|stored| group::resource(stored, base)).collect();
        if related {
            with_members(sys, base, &some, &mut groups).await?;
        }
        Ok(groups)
    };
    if let Some(key) = asked.filter.as_ref().and_then(|filter| filter.key("displayName")) {
        let few = match key {
            Key::Id(id) => store::by_id(&sys.db, resolver.id, id).await?.into_iter().collect(),
            Key::External(id) => store::by_external(&sys.db, resolver.id, id).await?,
            Key::Name(name) => store::by_name(&sys.db, resolver.id, name).await?.into_iter().collect(),
        };
        for group in shown(few).await? {
            gathering.look(group)?;
        }
        return Ok(gathering.finish());
    }
    if asked.filter.is_none() && asked.sort.is_none() {
        let total = store::count(&sys.db, resolver.id).await?;
        let page = match query.count {
            0 => Vec::new(),
            count => store::page(&sys.db, resolver.id, (query.skip, count)).await?,
        };
        return Ok(Found { total, page: shown(page).await? });
    }
    let mut last = String::new();
    loop {
        gathering.go_on()?;
        let some = store::after(&sys.db, resolver.id, &last).await?;
        let Some(end) = some.last() else { return Ok(gathering.finish()) };
        last = end.id.to_string();
        for group in shown(some).await? {
            gathering.look(group)?;
        }
    }
}
