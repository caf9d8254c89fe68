//! `GET /Users` and `GET /Users/{id}` (RFC 7644 sections 3.4.1 and 3.4.2).

use std::sync::Arc;

use serde_json::Value;

use super::user_change::existing;
use super::{One, listed, resolver, shown};
use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, Operation};
use crate::people::ResolverRef;
use crate::scim::client::{Client, Right};
use crate::scim::filter::{Filter, Key};
use crate::scim::query::{Asked, Found, Gathering, Query};
use crate::scim::schema::USER;
use crate::scim::store::account::{self, Stored};
use crate::scim::{Object, membership, user};

/// Shows one user.
pub struct GetUser(pub Arc<Client>);

impl Operation for GetUser {
    const EVENT: &'static str = "user_list";
    const ACCESS: Access = Access::Service;
    const QUIET: bool = true;
    type Input = One;
    type Output = Object;

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &One) -> Result<Object, Failure> {
        self.0.demand(Right::ReadUsers)?;
        let stored = existing(sys, &*resolver(sys, &self.0)?, &input.id).await?;
        let base = super::base(call);
        let mut users = vec![user::resource(&stored, &base)];
        with_groups(sys, &base, &mut users).await?;
        Ok(users.remove(0))
    }

    fn answer(&self, output: &Object) -> Answer {
        shown(output)
    }
}

/// Searches users.
pub struct FindUsers(pub Arc<Client>);

impl Operation for FindUsers {
    const EVENT: &'static str = "user_list";
    const ACCESS: Access = Access::Service;
    const QUIET: bool = true;
    type Input = Query;
    type Output = Found;

    async fn run(&self, sys: &Mfa, call: &mut Call, query: &Query) -> Result<Found, Failure> {
        self.0.demand(Right::ReadUsers)?;
        let (resolver, asked, base) = (resolver(sys, &self.0)?, query.read(&USER)?, super::base(call));
        let mut found = search(sys, &resolver, query, (&asked, &base)).await?;
        if query.wants_related && !asks_groups(&asked) {
            with_groups(sys, &base, &mut found.page).await?;
        }
        Ok(found)
    }

    fn answer(&self, output: &Found) -> Answer {
        listed(output)
    }
}

/// Adds the attribute `groups` to users.
pub(super) async fn with_groups(sys: &Mfa, base: &str, users: &mut [Object]) -> Result<(), Failure> {
    let ids: Vec<String> = users.iter().filter_map(|user| user["id"].as_str()).map(str::to_owned).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let groups = membership::of(&sys.db, &ids).await?;
    for user in users {
        let own = user.get("id").and_then(Value::as_str).and_then(|id| groups.get(id));
        if let Some(own) = own {
            let own = user::groups(own, base);
            user.insert("groups".to_owned(), own);
        }
    }
    Ok(())
}

fn asks_groups(asked: &Asked) -> bool {
    asked.filter.as_ref().is_some_and(|filter| filter.mentions("groups"))
        || asked.sort.as_ref().is_some_and(|path| path.attr.name == "groups")
}

async fn search(sys: &Mfa, resolver: &ResolverRef, query: &Query, (asked, base): (&Asked, &str)) -> Result<Found, Failure> {
    let mut gathering = Gathering::new(query, asked);
    if let Some(key) = asked.filter.as_ref().and_then(|filter| Filter::key(filter, "userName")) {
        let few = match key {
            Key::Id(id) => account::by_id(&sys.db, resolver.id, id).await?.into_iter().collect(),
            Key::External(id) => account::by_external(&sys.db, resolver.id, id).await?,
            Key::Name(login) => account::by_login(&sys.db, resolver.id, login).await?.into_iter().collect(),
        };
        gather(sys, &mut gathering, few, (asked, base)).await?;
        return Ok(gathering.finish());
    }
    let by_login = asked.sort.is_some_and(|path| path.attr.name == "userName") && !query.descending;
    if asked.filter.is_none() && (asked.sort.is_none() || by_login) {
        let total = account::count(&sys.db, resolver.id).await?;
        let page = match query.count {
            0 => Vec::new(),
            count => account::page(&sys.db, resolver.id, by_login, (query.skip, count)).await?,
        };
        return Ok(Found { total, page: page.iter().map(|stored| user::resource(stored, base)).collect() });
    }
    let mut last = String::new();
    loop {
        gathering.go_on()?;
        let some = account::after(&sys.db, resolver.id, &last).await?;
        let Some(end) = some.last() else { return Ok(gathering.finish()) };
        last.clone_from(&end.id);
        gather(sys, &mut gathering, some, (asked, base)).await?;
    }
}

async fn gather(
    sys: &Mfa,
    gathering: &mut Gathering<'_>,
    some: Vec<Stored>,
    (asked, base): (&Asked, &str),
) -> Result<(), Failure> {
    let mut users: Vec<Object> = some.iter().map(|stored| user::resource(stored, base)).collect();
    if asks_groups(asked) {
        with_groups(sys, base, &mut users).await?;
    }
    for user in users {
        gathering.look(user)?;
    }
    Ok(())
}
