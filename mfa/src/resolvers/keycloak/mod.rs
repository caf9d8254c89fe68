//! People in a realm of Keycloak: its admin API for who they are, a direct grant for their passwords.
//!
//! Keycloak has no question for several people by id: they are asked for one by one, some at the same time.

mod verdict;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use kernel::ids::RowId;
use kernel::outbound::Answer;
use serde_json::Value;

use super::http::authorization;
use super::web::Values;
use super::web::advanced::Advanced;
use super::web::config::{Config, Known};
use super::web::manner::{Manner, Paging, Query};
use super::web::params::request_params;
use super::{Env, Filter, Param, ParamType, ParamValues, PasswordCheck, Resolver, ResolverError, ResolverKind, Standing};

/// People of one page.
const PAGE: usize = 200;

static PARAMS: &[Param] = request_params! {
    base_url: "http://localhost:8080",
    attribute_mapping: r#"{"username": "username", "userid": "id", "givenname": "firstName", "surname": "lastName", "email": "email"}"#,
    advanced: "true",
    headers: "",
    authorization: r#"{"method": "POST", "endpoint": "/realms/{realm}/protocol/openid-connect/token", "headers": {"Content-Type": "application/x-www-form-urlencoded"}, "requestMapping": "grant_type=password&client_id=admin-cli&username={username}&password={password}", "responseMapping": {"Authorization": "Bearer {access_token}"}}"#,
    user_auth: r#"{"method": "POST", "endpoint": "/realms/{realm}/protocol/openid-connect/token", "headers": {"Content-Type": "application/x-www-form-urlencoded"}, "requestMapping": "grant_type=password&client_id=admin-cli&username={username}&password={password}"}"#,
    by_id: r#"{"method": "GET", "endpoint": "/admin/realms/{realm}/users/{userid}"}"#,
    by_name: r#"{"method": "GET", "endpoint": "/admin/realms/{realm}/users", "requestMapping": {"username": "{username}", "exact": true}}"#,
    list: r#"{"method": "GET", "endpoint": "/admin/realms/{realm}/users"}"#,
    create: r#"{"method": "POST", "endpoint": "/admin/realms/{realm}/users", "requestMapping": {"enabled": true, "credentials": [{"type": "password", "value": "{password}", "temporary": false}]}}"#,
    edit: r#"{"method": "PUT", "endpoint": "/admin/realms/{realm}/users/{userid}"}"#,
    delete: r#"{"method": "DELETE", "endpoint": "/admin/realms/{realm}/users/{userid}"}"#,
    groups: r#"{"active": false, "method": "GET", "endpoint": "/admin/realms/{realm}/users/{userid}/groups", "user_groups_attribute": "name", "pi_user_groups_key": "groups"}"#;
    param("realm", ParamType::Text, None, "The realm of Keycloak: the tag {realm}."),
};

/// How the kind is declared.
pub(super) static KIND: ResolverKind =
    ResolverKind { name: "keycloakresolver", description: "A realm of Keycloak", params: PARAMS, presets: &[], build };

/// It has no statements.
pub(super) const STATEMENTS: &[&db::Stmt] = &[];

fn build(_: RowId, params: &ParamValues, env: &Env) -> Result<Arc<dyn Resolver>, ResolverError> {
    Ok(Arc::new(store(params, env)?))
}

fn store(params: &ParamValues, env: &Env) -> Result<Advanced, ResolverError> {
    let realm = params.text("realm").trim();
    if realm.is_empty() || realm.contains(['/', '\\', '?', '#', '%']) {
        return Err(ResolverError::Parameters("realm: the name of a realm is needed".to_owned()));
    }
    let fixed = Values::of([("realm", realm)]);
    let account = Values::of([("username", params.text("username")), ("password", params.text("password"))]);
    let known = Known { fixed, login_base: None, uid: "id", login: "username" };
    let grant = authorization(params, &known, account)?;
    let config = Config::read(params, &known, &env.outbound)?;
    Ok(Advanced::new(config, grant, Box::new(Keycloak), env.clock.clone()))
}

/// What is particular about Keycloak.
struct Keycloak;

/// Names that its list can be searched by; it looks for the text anywhere within.
const SEARCHED: &[&str] = &["username", "email", "firstName", "lastName"];

impl Manner for Keycloak {
    fn passes_with_passwords(&self) -> bool {
        false
    }

    /// It keeps them in lower case.
    fn folds_case(&self) -> bool {
        true
    }

    fn paging(&self) -> Paging {
        Paging::FirstMax(PAGE)
    }

    fn conditions(&self, config: &Config, filter: &Filter) -> Query {
        let piece = |pattern: &str| pattern.split('*').max_by_key(|piece| piece.len()).unwrap_or_default().to_owned();
        let conditions =
            filter.conditions.iter().filter_map(|(ours, pattern)| Some((config.people.theirs(ours)?, piece(pattern))));
        let searched = conditions.filter(|(theirs, piece)| SEARCHED.contains(theirs) && !piece.is_empty());
        searched.map(|(theirs, piece)| (theirs.to_owned(), piece)).collect()
    }

    fn standing(&self, record: &Value) -> Standing {
        Standing { disabled: record.get("enabled") == Some(&Value::Bool(false)), expires: None }
    }

    fn verdict(&self, _: &Config, uid: &str, answer: &Answer) -> Result<PasswordCheck, ResolverError> {
        verdict::verdict(uid, answer)
    }

    fn names_owner(&self, answer: &Answer) -> bool {
        verdict::owner(answer).is_some()
    }

    /// It forgets what a change does not repeat.
    fn replaces(&self) -> bool {
        true
    }
}
