//! `/audit`: the audit log, page by page or as a file.

mod export;
mod search;

use audit::search::{COLUMNS, Search, SearchError};
use http::Method;
use kernel::Timestamp;
use mfa::Mfa;
use mfa::operation::{Call, Caller, Code, Failure, Params};
use mfa::policy::Right;
use mfa::policy::actions::held::AUDITLOG_AGE;

use crate::http::{Area, Route, Who};

use super::request::verb;

const FILTER: &[&str] = &[
    "page", "page_size", "sortorder", "timelimit", "action", "success", "authentication", "serial", "user", "realm", "administrator",
    "client", "date",
];

pub(super) fn routes() -> Vec<Route> {
    vec![
        verb(Method::GET, "/audit", Who::Caller, search::get)
            .about("Search the audit log; * stands for any text, a leading ! negates.", FILTER),
        Route::get("/audit/{csvfile}", Area::Api, Who::Admin, export::get).about("The audit log as CSV.", &["csvfile", "timelimit"]),
    ]
}

/// What parameters ask for, within what the caller may see.
fn wanted(sys: &Mfa, call: &mut Call, right: &Right) -> Result<Search, Failure> {
    let now = sys.clock.now();
    let mut search = Search::new();
    for column in COLUMNS {
        if let Some(pattern) = call.params.optional(column.name)? {
            search = search.filter(column.name, &pattern).map_err(refused)?;
        }
    }
    if let Some(since) = limit_of(&call.params, now)? {
        search = search.since(since);
    }
    visible(sys, call, right, search)
}

fn limit_of(params: &Params, now: Timestamp) -> Result<Option<Timestamp>, Failure> {
    let Some(text) = params.optional("timelimit")? else { return Ok(None) };
    let age = audit::search::parse_age(&text)
        .ok_or_else(|| Failure::new(Code::Parameter, "Parameter timelimit: an age such as 1h or 30d is expected"))?;
    Ok(Some(now - age))
}

/// People see what concerns themselves; administrators what their policies cover.
fn visible(sys: &Mfa, call: &mut Call, right: &Right, mut search: Search) -> Result<Search, Failure> {
    let set = sys.policies.load();
    let facts = match &call.caller {
        Caller::Person(person) => {
            search = search.only("user", &person.login).and_then(|s| s.only("realm", &person.realm)).map_err(refused)?;
            call.facts_of(&set, person)
        }
        _ => call.facts(&set),
    };
    let at = set.at(&facts);
    if matches!(call.caller, Caller::Admin(_)) {
        let limit = at.limit(right)?;
        if !limit.admits(&[], "", "") {
            let directory = sys.people.directory();
            let realms: Vec<String> =
                directory.realms().map(|r| r.name.clone()).filter(|realm| limit.admits(&[realm], "", "")).collect();
            search = search.one_of("realm", &realms).map_err(refused)?;
        }
    }
    if let Some(age) = at.get(&AUDITLOG_AGE)? {
        search = search.since(sys.clock.now() - age.0);
    }
    call.decided(&at);
    Ok(search)
}

fn refused(error: SearchError) -> Failure {
    match error {
        SearchError::Filter(what) => Failure::new(Code::Parameter, what),
        SearchError::Db(e) => e.into(),
    }
}
