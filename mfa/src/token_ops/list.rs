//! `GET /token/`: a page of tokens.

use db::list::{Filter, Order};
use serde_json::{Map, Value, json};

use super::view::wire;
use crate::Mfa;
use crate::operation::{About, Access, Answer, Call, Caller, Failure, FromParams, Operation, ParamError, Params};
use crate::people::Row;
use crate::people::ops::UserParams;
use crate::policy::Limit;
use crate::policy::actions::rights;
use crate::tokens::store::list::{Page, Sort, page};
use crate::tokens::{Rollout, Token};

/// Lists tokens: administrators those that their policies let them see, people their own.
pub struct ListTokens;

/// What is wanted.
pub struct Input {
    filters: Vec<Filter>,
    user: UserParams,
    sort: Sort,
    order: Order,
    page: u64,
    size: u64,
}

/// A page of tokens.
#[derive(Default)]
pub struct TokenPage {
    /// The entries, as the wire format shows them.
    pub entries: Vec<Map<String, Value>>,
    /// The tokens, in the same order.
    pub tokens: Vec<Token>,
    /// How many there are on all pages.
    pub count: u64,
    /// Number of this page, from 1.
    pub page: u64,
    /// Tokens on a full page.
    pub size: u64,
    /// Resolvers that did not answer: their people are shown without their names.
    pub skipped: Vec<String>,
}

fn texts(params: &Params) -> Result<Vec<Filter>, ParamError> {
    let mut filters = Vec::new();
    let each = |column: &'static str, list: Vec<String>, fold: bool| {
        let folded = |text: &String| if fold { text.to_ascii_uppercase() } else { text.clone() };
        Filter::any(list.iter().map(|text| Filter::like(column, &folded(text))).collect())
    };
    for name in ["serial", "serials"] {
        if let Some(list) = params.list(name)?.filter(|list| !list.is_empty()) {
            filters.push(each("serial_folded", list, true));
        }
    }
    for name in ["type", "type_list"] {
        if let Some(list) = params.list(name)?.filter(|list| !list.is_empty()) {
            let lower = list.iter().map(|kind| kind.to_ascii_lowercase()).collect();
            filters.push(each("kind", lower, false));
        }
    }
    for (name, column) in
        [("resolver", "owner_resolver"), ("userid", "owner_uid"), ("description", "description"), ("realm", "owner_realm")]
    {
        if let Some(text) = params.optional(name)? {
            filters.push(Filter::like(column, &text));
        }
    }
    if let Some(realm) = params.optional("tokenrealm")? {
        filters.push(Filter::within("id", "token_realm", "token_id", vec![Filter::like("realm", &realm.to_lowercase())]));
    }
    Ok(filters)
}

fn states(params: &Params) -> Result<Vec<Filter>, ParamError> {
    let mut filters = Vec::new();
    if let Some(active) = params.maybe_flag("active") {
        filters.push(Filter::equals("active", active));
    }
    if let Some(assigned) = params.maybe_flag("assigned") {
        let orphan = Filter::is_null("person");
        filters.push(if assigned { Filter::not(orphan) } else { orphan });
    }
    if let Some(state) = params.optional("rollout_state")? {
        let state = Rollout::parse(&state).ok_or_else(|| ParamError::wrong("rollout_state", "no such state"))?;
        filters.push(Filter::equals("rollout", state.name()));
    }
    if let Some(key) = params.optional("infokey")? {
        let value = params.optional("infovalue")?.unwrap_or_else(|| "*".to_owned());
        // Tokeninfo is a JSON object of texts without white space between them.
        let quoted = |text: &str| Value::from(text).to_string();
        filters.push(Filter::like("info", &format!("*{}:{}*", quoted(&key), quoted(&value))));
    }
    Ok(filters)
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        let odd = |name: &&str| params.text(name).ok().flatten().is_some_and(|text| text.contains('\0'));
        if let Some(name) = params.names().find(odd) {
            return Err(ParamError::wrong(name, "this text is not possible"));
        }
        let user = UserParams::from_params(params)?;
        let mut filters = texts(params)?;
        filters.extend(states(params)?);
        let sort = params.optional("sortby")?.and_then(|name| Sort::parse(&name)).unwrap_or_default();
        let descending = params.optional("sortdir")?.is_some_and(|dir| dir.eq_ignore_ascii_case("desc"));
        let number =
            |name, max, default: i64| Ok::<_, ParamError>(params.number(name, 1..=max)?.unwrap_or(default).unsigned_abs());
        Ok(Self {
            filters,
            user,
            sort,
            order: if descending { Order::Descending } else { Order::Ascending },
            page: number("page", 1_000_000_000, 1)?,
            size: number("pagesize", 1000, 15)?,
        })
    }
}

impl ListTokens {
    /// What the caller may see; none when they may see nothing.
    fn visible(sys: &Mfa, call: &mut Call) -> Result<(Vec<Filter>, Limit), Failure> {
        match &call.caller {
            Caller::Person(own) => return Ok((vec![Filter::equals("person", own.id)], Limit::All)),
            Caller::Admin(_) => {}
            _ => return Ok((Vec::new(), Limit::All)),
        }
        let limit = call.ask(sys, About::Request, |_, at| at.limit(&rights::TOKENLIST))?;
        let directory = sys.people.directory();
        let realms = limit.realms(directory.realms().map(|realm| realm.name.as_str()));
        let within = |names| Filter::within("id", "token_realm", "token_id", vec![Filter::any_of("realm", names)]);
        Ok((realms.map(|names: Vec<String>| within(names)).into_iter().collect(), limit))
    }
}

impl Operation for ListTokens {
    const EVENT: &'static str = "token_list";
    const ACCESS: Access = Access::Both;
    type Input = Input;
    type Output = TokenPage;

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<TokenPage, Failure> {
        let (mut filters, limit) = Self::visible(sys, call)?;
        filters.extend(input.filters.iter().cloned());
        if input.user.user.is_some() && !matches!(call.caller, Caller::Person(_)) {
            match sys.resolve(&input.user).await? {
                Some(person) => filters.push(Filter::equals("person", person.id)),
                None => return Ok(TokenPage { page: input.page, size: input.size, ..TokenPage::default() }),
            }
        }
        let wanted = Page { filters, sort: input.sort, order: input.order, page: input.page, size: input.size };
        let (tokens, count) = page(&sys.db, wanted).await?;
        let mut shown = TokenPage { count, page: input.page, size: input.size, ..TokenPage::default() };
        let directory = sys.people.directory();
        let homes = tokens.iter().filter_map(|token| token.owner.as_ref());
        let rows: Vec<Row<'_>> =
            homes.map(|home| Row { person: home.person, resolver: &home.resolver, uid: &home.uid }).collect();
        let known = sys.people.behind(&rows).await;
        drop(rows);
        for token in tokens {
            let owner = token.owner.as_ref().and_then(|home| known.people.get(&home.person));
            let login = owner.as_ref().map_or("", |owner| owner.login.as_str());
            let resolver = token.owner.as_ref().map_or("", |home| home.resolver.as_str());
            let realms: Vec<&str> = token.realms.iter().map(String::as_str).collect();
            if limit.admits(&realms, resolver, login) {
                let editable = directory.resolver(resolver).is_some_and(|resolver| resolver.editable());
                shown.entries.push(wire(&token, owner.map(|owner| &**owner), editable));
                shown.tokens.push(token);
            }
        }
        shown.skipped = known.silent;
        Ok(shown)
    }

    fn answer(&self, shown: &TokenPage) -> Answer {
        let next = (shown.page * shown.size < shown.count).then(|| shown.page + 1);
        let prev = (shown.page > 1).then(|| shown.page - 1);
        let answer = Answer::value(json!({ "tokens": shown.entries, "count": shown.count, "prev": prev, "next": next }));
        if shown.skipped.is_empty() {
            return answer;
        }
        answer.with_detail(Map::from_iter([("skipped_resolvers".to_owned(), json!(shown.skipped))]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_is_checked() {
        assert!(Input::from_params(&Params::of([("type", "HOTP"), ("rollout_state", "verify")])).is_ok());
        assert!(Input::from_params(&Params::of([("rollout_state", "nonsense")])).is_err());
        assert!(Input::from_params(&Params::of([("pagesize", "1001")])).is_err());
    }
}
