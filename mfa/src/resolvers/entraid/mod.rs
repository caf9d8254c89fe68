//! People in Microsoft Entra ID: Microsoft Graph for who they are, the password grant of its token endpoint for their passwords.

mod grant;
mod verdict;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use kernel::Clock;
use kernel::ids::RowId;
use kernel::outbound::Answer;
use serde_json::Value;

use super::web::advanced::Advanced;
use super::web::config::{Config, Known};
use super::web::manner::{Manner, Query};
use super::web::params::request_params;
use super::web::{Values, escape};
use super::{Env, Filter, Param, ParamType, ParamValues, PasswordCheck, Resolver, ResolverError, ResolverKind, Standing};

/// Values of one `in`.
const CHUNK: usize = 15;
/// People of one page.
const PAGE: usize = 999;
/// How long we do without what Graph does not let us see, before we ask for it again.
const DENIED: Duration = Duration::from_secs(300);

static PARAMS: &[Param] = request_params! {
    base_url: "https://graph.microsoft.com/v1.0",
    attribute_mapping: r#"{"username": "userPrincipalName", "userid": "id", "givenname": "givenName", "surname": "surname", "email": "mail", "mobile": "mobilePhone", "phone": "businessPhones"}"#,
    advanced: "true",
    headers: "",
    authorization: "",
    user_auth: r#"{"method": "POST", "endpoint": "oauth2/v2.0/token", "headers": {"Content-Type": "application/x-www-form-urlencoded"}, "requestMapping": "grant_type=password&scope=openid&client_id={client_id}&client_secret={client_credential}&username={username}&password={password}"}"#,
    by_id: r#"{"method": "GET", "endpoint": "/users/{userid}"}"#,
    by_name: r#"{"method": "GET", "endpoint": "/users/{username}"}"#,
    list: r#"{"method": "GET", "endpoint": "/users", "headers": {"ConsistencyLevel": "eventual"}}"#,
    create: r#"{"method": "POST", "endpoint": "/users", "requestMapping": {"accountEnabled": true, "displayName": "{givenname} {surname}", "mailNickname": "{givenname}", "passwordProfile": {"password": "{password}"}}}"#,
    edit: r#"{"method": "PATCH", "endpoint": "/users/{userid}"}"#,
    delete: r#"{"method": "DELETE", "endpoint": "/users/{userid}"}"#,
    groups: r#"{"active": false, "method": "GET", "endpoint": "/users/{userid}/memberOf", "user_groups_attribute": "displayName", "pi_user_groups_key": "groups"}"#;
    param(
        "allow_unknown_status",
        ParamType::Bool,
        Some("false"),
        "Take people also while Graph does not let us see whether their accounts are disabled (User.ReadBasic.All): then nobody is.",
    ),
    param("tenant", ParamType::Text, None, "Name or id of the tenant: the tag {tenant}."),
    param("client_id", ParamType::Text, None, "The id of the application that is registered for us: the tag {client_id}."),
    param("authority", ParamType::Text, Some("https://login.microsoftonline.com/{tenant}"), "Where tokens come from."),
    param("client_credential_type", ParamType::Text, Some("secret"), "What the application proves itself by: secret or certificate."),
    param("client_secret", ParamType::Password, Some(""), "The secret of the application: the tag {client_credential}."),
    param(
        "client_certificate",
        ParamType::Password,
        Some(""),
        "JSON object with private_key_file (a path, PEM), private_key_password and certificate_fingerprint. All of it is a secret here.",
    ),
};

/// How the kind is declared.
pub(super) static KIND: ResolverKind =
    ResolverKind { name: "entraidresolver", description: "Microsoft Entra ID", params: PARAMS, presets: &[], build };

/// It has no statements.
pub(super) const STATEMENTS: &[&db::Stmt] = &[];

fn build(_: RowId, params: &ParamValues, env: &Env) -> Result<Arc<dyn Resolver>, ResolverError> {
    Ok(Arc::new(store(params, env)?))
}

fn store(params: &ParamValues, env: &Env) -> Result<Advanced, ResolverError> {
    let wrong = |what: &str| ResolverError::Parameters(what.to_owned());
    let tenant = params.text("tenant").trim();
    if tenant.is_empty()
        || !tenant.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
        || tenant.starts_with('.')
    {
        return Err(wrong("tenant: the name or id of a tenant is needed"));
    }
    let authority = params.text("authority").trim().trim_end_matches('/').replace("{tenant}", tenant);
    let client = params.text("client_id").trim();
    let mut fixed = Values::of([("tenant", tenant), ("client_id", client)]);
    let credential = grant::Credential::read(params)?;
    if let grant::Credential::Secret(secret) = &credential {
        fixed.set("client_credential", secret.expose());
    }
    let known = Known { fixed, login_base: Some(&authority), uid: "id", login: "userPrincipalName" };
    let (mut config, out) = Config::read(params, &known, &env.outbound)?;
    if matches!(credential, grant::Credential::Certificate(_)) {
        config.no_passwords();
    }
    let grant = grant::ClientGrant::new(&authority, client, config.by_id.origin(), credential, env)?;
    let manner =
        Entra { clock: env.clock.clone(), denied: AtomicI64::new(i64::MIN), allowed: params.flag("allow_unknown_status") };
    Ok(Advanced::new((config, out), Box::new(grant), Box::new(manner), env.clock.clone()))
}

/// What is particular about Entra ID.
struct Entra {
    clock: Clock,
    /// Whether it may be done without.
    allowed: bool,
    /// Until when we do without `accountEnabled`, in microseconds.
    denied: AtomicI64,
}

/// Properties that Graph can filter by, and those that it can compare by their end.
const FILTERED: &[&str] = &[
    "id",
    "userPrincipalName",
    "mail",
    "givenName",
    "surname",
    "displayName",
    "mailNickname",
    "jobTitle",
    "department",
    "companyName",
    "employeeId",
    "mobilePhone",
];
const BY_END: &[&str] = &["mail", "userPrincipalName"];

impl Entra {
    fn sees_standing(&self) -> bool {
        self.denied.load(Ordering::Relaxed) <= self.clock.now().0
    }
}

impl Manner for Entra {
    fn passes_with_passwords(&self) -> bool {
        false
    }

    fn folds_case(&self) -> bool {
        true
    }

    /// Without this, Graph leaves out whether an account is disabled.
    fn fields(&self, config: &Config) -> Query {
        let people = &config.people;
        let names = [&people.uid, &people.login].into_iter().chain(people.attributes.values());
        let mut names: Vec<&str> = names.map(|name| name.split(['.', '[']).next().unwrap_or(name)).collect();
        names.extend(self.sees_standing().then_some("accountEnabled"));
        names.sort_unstable();
        names.dedup();
        vec![("$select".to_owned(), names.join(","))]
    }

    /// The least of the permissions to read people does not cover whether they are disabled.
    fn asks_less(&self, answer: &Answer) -> bool {
        let code = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
        let denied =
            answer.status == 403 && code.pointer("/error/code").is_some_and(|code| code == "Authorization_RequestDenied");
        if !denied || !self.sees_standing() {
            return false;
        }
        if !self.allowed {
            tracing::warn!(
                "Entra ID does not let us see who is disabled, so nobody is taken: the application needs User.Read.All"
            );
            return false;
        }
        tracing::warn!("Entra ID does not let us see who is disabled: the application needs User.Read.All");
        let until = self.clock.now().0.saturating_add(i64::try_from(DENIED.as_micros()).unwrap_or(i64::MAX));
        self.denied.store(until, Ordering::Relaxed);
        true
    }

    fn conditions(&self, config: &Config, filter: &Filter) -> Query {
        let clauses = filter.conditions.iter().filter_map(|(ours, pattern)| clause(config.people.theirs(ours)?, pattern));
        let clauses: Vec<String> = clauses.collect();
        let mut query = vec![("$top".to_owned(), PAGE.to_string())];
        if !clauses.is_empty() {
            query.extend([("$filter".to_owned(), clauses.join(" and ")), ("$count".to_owned(), "true".to_owned())]);
        }
        query
    }

    fn batches(&self, config: &Config, uids: &[String]) -> Option<Vec<Query>> {
        let name = &config.people.uid;
        if !FILTERED.contains(&name.as_str()) {
            return None;
        }
        // Graph refuses a whole question for one id that is none.
        let usable: Vec<&String> = uids.iter().filter(|uid| name != "id" || is_guid(uid)).collect();
        let question = |chunk: &[&String]| {
            let values: Vec<String> = chunk.iter().map(|uid| format!("'{}'", escape::odata(uid))).collect();
            vec![("$filter".to_owned(), format!("{name} in ({})", values.join(","))), ("$count".to_owned(), "true".to_owned())]
        };
        Some(usable.chunks(CHUNK).map(question).collect())
    }

    fn standing(&self, record: &Value) -> Standing {
        Standing { disabled: record.get("accountEnabled") == Some(&Value::Bool(false)), expires: None }
    }

    fn is_group(&self, record: &Value) -> bool {
        record.get("@odata.type").is_none_or(|kind| kind == "#microsoft.graph.group")
    }

    fn verdict(&self, _: &Config, uid: &str, answer: &Answer) -> Result<PasswordCheck, ResolverError> {
        verdict::verdict(uid, answer)
    }

    fn names_owner(&self, answer: &Answer) -> bool {
        verdict::named(answer).is_some()
    }

    fn outgoing(&self, theirs: &str, value: Value) -> Value {
        match (theirs, value) {
            ("businessPhones", Value::String(text)) => Value::Array(vec![Value::String(text)]),
            ("businessPhones", Value::Null) => Value::Array(Vec::new()),
            (_, other) => other,
        }
    }

    fn remark(&self) -> Option<String> {
        let text = "Disabled accounts cannot be told from others: the application needs the permission User.Read.All.";
        (!self.sees_standing()).then(|| text.to_owned())
    }
}

/// A condition as Graph can tell it; `None` when only we can.
fn clause(theirs: &str, pattern: &str) -> Option<String> {
    let value = |text: &str| format!("'{}'", escape::odata(text));
    let plain = |text: &str| !text.is_empty() && !text.contains('*');
    if !FILTERED.contains(&theirs) {
        return None;
    }
    match (pattern.strip_suffix('*'), pattern.strip_prefix('*')) {
        (None, None) if plain(pattern) => Some(format!("{theirs} eq {}", value(pattern))),
        (Some(start), _) if plain(start) && theirs != "id" => Some(format!("startswith({theirs},{})", value(start))),
        (_, Some(end)) if plain(end) && BY_END.contains(&theirs) => Some(format!("endswith({theirs},{})", value(end))),
        _ => None,
    }
}

fn is_guid(text: &str) -> bool {
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12] && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}
