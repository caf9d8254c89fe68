//! `GET /audit/` and its export: what of the audit log the caller may see.

use std::time::Duration;

use audit::search::{COLUMNS, parse_age};
use audit::{Chain, Page, Search, SearchError};
use db::list::Order;
use serde_json::json;

use crate::Mfa;
use crate::operation::{About, Access, Answer, Call, Caller, Code, Failure, FromParams, Operation, ParamError, Params};
use crate::policy::actions::held::AUDITLOG_AGE;
use crate::policy::actions::rights;
use crate::policy::{Limit, Right};

/// Searches the audit log. An administrator sees the realms that policies cover; a person sees their own entries.
pub struct SearchAudit(pub Chain);

/// Filters and page.
pub struct Input {
    filters: Vec<(String, String)>,
    age: Option<Duration>,
    page: u64,
    size: u64,
    ascending: bool,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        let mut filters = Vec::new();
        for name in params.names().filter(|name| Search::knows(name)) {
            filters.extend(params.optional(name)?.map(|pattern| (name.to_owned(), pattern)));
        }
        let number = |name: &str, most: i64, default: u64| {
            Ok(params.number(name, 1..=most)?.and_then(|n| u64::try_from(n).ok()).unwrap_or(default))
        };
        let age = match params.optional("timelimit")? {
            Some(text) => Some(parse_age(&text).ok_or_else(|| ParamError::wrong("timelimit", "an age such as 1h or 30d"))?),
            None => None,
        };
        Ok(Self {
            filters,
            age,
            page: number("page", 1_000_000_000, 1)?,
            size: number("page_size", 1000, 15)?,
            ascending: params.optional("sortorder")?.is_some_and(|order| order == "asc"),
        })
    }
}

fn refused(e: SearchError) -> Failure {
    match e {
        SearchError::Filter(what) => Failure::new(Code::Parameter, what),
        SearchError::Db(e) => e.into(),
    }
}

impl Input {
    fn search(&self, sys: &Mfa) -> Result<Search, Failure> {
        let order = if self.ascending { Order::Ascending } else { Order::Descending };
        let mut search = Search::new().page(self.page, self.size).sort(order);
        for (column, pattern) in &self.filters {
            search = search.filter(column, pattern).map_err(refused)?;
        }
        Ok(match self.age {
            Some(age) => search.since(sys.clock.now() - age),
            None => search,
        })
    }
}

/// Permits an export of the audit log, and says what it holds.
pub struct ExportAudit;

/// What may be exported.
pub struct Export {
    /// What is searched for.
    pub search: Search,
    limit: Limit,
}

impl Export {
    /// Whether this entry belongs to it.
    pub fn admits(&self, found: &audit::Found) -> bool {
        let record = &found.entry.record;
        self.limit.admits(&[&record.realm], &record.resolver, &record.user)
    }
}

impl Operation for ExportAudit {
    const EVENT: &'static str = "audit_export";
    const ACCESS: Access = Access::Admin;
    type Input = Input;
    type Output = Export;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::AUDITLOG_DOWNLOAD.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<Export, Failure> {
        let search = input.search(sys)?;
        let (search, limit) = SearchAudit::narrow(sys, call, search, &rights::AUDITLOG_DOWNLOAD)?;
        Ok(Export { search, limit })
    }

    fn answer(&self, _: &Export) -> Answer {
        Answer::value(true)
    }
}

impl SearchAudit {
    /// Narrows the search to what the caller may see by this right.
    fn narrow(sys: &Mfa, call: &mut Call, search: Search, right: &Right) -> Result<(Search, Limit), Failure> {
        let caller = call.caller.clone();
        let about = match &caller {
            Caller::Person(own) => About::Person(own),
            _ => About::Request,
        };
        call.ask(sys, about, |_, at| {
            let search = match at.get(&AUDITLOG_AGE)? {
                Some(age) if !matches!(caller, Caller::Operator(_)) => search.since(sys.clock.now() - age.0),
                _ => search,
            };
            match &caller {
                Caller::Person(own) => {
                    // The wire format knows people by name and realm; the identifier is what cannot be taken by another.
                    let search = search.only("user", &own.login).and_then(|s| s.only("realm", &own.realm)).map_err(refused)?;
                    Ok((search, Limit::All))
                }
                Caller::Admin(_) => {
                    let limit = at.limit(right)?;
                    let directory = sys.people.directory();
                    match limit.realms(directory.realms().map(|realm| realm.name.as_str())) {
                        Some(realms) => Ok((search.one_of("realm", &realms).map_err(refused)?, limit)),
                        None => Ok((search, limit)),
                    }
                }
                _ => Ok((search, Limit::All)),
            }
        })
    }
}

impl Operation for SearchAudit {
    const EVENT: &'static str = "audit_search";
    const ACCESS: Access = Access::Both;
    type Input = Input;
    type Output = Page;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::AUDITLOG.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<Page, Failure> {
        let search = input.search(sys)?;
        let own = match &call.caller {
            Caller::Person(own) => Some(own.id),
            _ => None,
        };
        let (search, limit) = Self::narrow(sys, call, search, &rights::AUDITLOG)?;
        let mut page = self.0.search(&search, sys.clock.now()).await.map_err(refused)?;
        page.entries.retain(|found| {
            let record = &found.entry.record;
            own.is_none_or(|own| record.person == Some(own)) && limit.admits(&[&record.realm], &record.resolver, &record.user)
        });
        Ok(page)
    }

    fn answer(&self, page: &Page) -> Answer {
        let columns: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
        let entries: Vec<_> = page.entries.iter().map(audit::Found::to_json).collect();
        Answer::value(json!({
            "auditdata": entries,
            "auditcolumns": columns,
            "count": page.count,
            "current": page.current,
            "prev": page.prev,
            "next": page.next,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::perform;
    use crate::people::ops::{AddUser, ListUsers, SetRealm, SetResolver, UserParams};
    use crate::policy::ops::SetPolicy;
    use crate::testing::{administer, call, params, sqlite};

    async fn users(sys: &Mfa, op: &SearchAudit, caller: Caller, p: Params) -> Vec<String> {
        let page = perform(sys, op, call(sys, caller, p)).await.unwrap().output;
        page.entries.into_iter().map(|found| found.entry.record.user).collect()
    }

    #[tokio::test]
    async fn everybody_sees_what_is_theirs() {
        let (sys, db) = sqlite().await;
        let keys = keys::Keys::for_tests();
        let ring = keys::Ring::open((*db).clone(), &keys, sys.clock.clone(), sys.chance.clone(), keys::RingConfig::new("test"));
        let op = SearchAudit(Chain::new(sys.audit.clone(), ring.await.unwrap(), audit::ChainConfig::default()));
        administer(&sys, &SetResolver, Params::of([("resolver", "second"), ("type", "internal")])).await.unwrap();
        administer(&sys, &SetRealm, Params::of([("realm", "lab"), ("resolvers", "second")])).await.unwrap();
        let mut people = Vec::new();
        for (login, resolver) in [("hans", "internal"), ("otto", "second")] {
            administer(&sys, &AddUser, Params::of([("user", login), ("resolver", resolver)])).await.unwrap();
            let user = UserParams { user: Some(login.into()), resolver: Some(resolver.into()), realm: None };
            let person = sys.resolve(&user).await.unwrap().unwrap();
            perform(&sys, &ListUsers, call(&sys, Caller::Person(person.clone()), Params::default())).await.unwrap();
            people.push(person);
        }
        let own = users(&sys, &op, Caller::Person(people[0].clone()), Params::of([("user", "otto")])).await;
        assert!(own.iter().all(|user| user == "hans"), "{own:?}");
        let own = users(&sys, &op, Caller::Person(people[0].clone()), Params::default()).await;
        assert!(!own.is_empty() && own.iter().all(|user| user == "hans"), "{own:?}");
        let help = json!({"name": "help", "scope": "admin", "action": "auditlog", "realm": "lab", "adminuser": "help"});
        administer(&sys, &SetPolicy, params(help)).await.unwrap();
        let all = json!({"name": "superuser", "scope": "admin", "action": "*", "adminuser": "admin"});
        administer(&sys, &SetPolicy, params(all)).await.unwrap();
        let seen = users(&sys, &op, Caller::local_admin("help"), Params::default()).await;
        assert!(seen.contains(&"otto".to_owned()) && !seen.contains(&"hans".to_owned()), "{seen:?}");
        let answer = administer(&sys, &op, Params::of([("page_size", "2"), ("sortorder", "asc")])).await.unwrap().answer.value;
        assert_eq!((answer["auditdata"].as_array().map(Vec::len), &answer["next"]), (Some(2), &json!(2)));
        let stranger = perform(&sys, &op, call(&sys, Caller::local_admin("eve"), Params::default())).await;
        assert_eq!(stranger.err().unwrap().code, Code::Policy);
    }
}
