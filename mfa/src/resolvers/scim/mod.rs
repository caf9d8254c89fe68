//! People of a SCIM server (RFC 7643, 7644): read only, and without passwords, which SCIM does not check.
//!
//! Filters are values ([`filter`]). A server that does not know filters is asked for everybody, within bounds, or for one after the other.

mod filter;
mod grant;
mod look;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use async_trait::async_trait;
use kernel::SecretText;
use kernel::ids::RowId;

use super::web::advanced::budget;
use super::web::channel::{self, Channel};
use super::web::diagnose::found;
use super::web::manner::STALENESS;
use super::web::params::param;
use super::web::people::PeopleMap;
use super::{
    Capabilities, Entry, Env, Filter, Limits, Page, Param, ParamType, ParamValues, PasswordCheck, Resolver, ResolverError,
    ResolverKind,
};

const MAPPING: &str = r#"{"userid": "id", "username": "userName", "givenname": "name.givenName", "surname": "name.familyName", "email": "emails.0.value", "phone": "phoneNumbers.0.value", "groups": "groups.display"}"#;

static PARAMS: &[Param] = &[
    param(
        "Authserver",
        ParamType::Text,
        Some(""),
        "The URL of the authorization server, which gives a token at /oauth/token. Without it, Client and Secret go to Resourceserver itself.",
    ),
    param("Resourceserver", ParamType::Text, None, "The URL of the SCIM server: what /Users follows."),
    param("Client", ParamType::Text, Some(""), "Our name at the server; without it and Authserver, Secret is a bearer token."),
    param("Secret", ParamType::Password, Some(""), "Our password or bearer token."),
    param(
        "Mapping",
        ParamType::Text,
        Some(MAPPING),
        "JSON object: our attribute to the path in SCIM, such as emails.0.value; the other way round is understood too.",
    ),
    param("verify_tls", ParamType::Bool, Some("true"), "Check the certificate. Without it, anybody on the way reads everything."),
    param(
        "tls_ca_path",
        ParamType::Text,
        Some(""),
        "PEM file with the certificates that are trusted, and no others; those of the system without it.",
    ),
    param(
        "timeout",
        ParamType::Int,
        Some("60"),
        "Seconds to wait for an answer, 60 at most. A whole question takes twice that, 30 seconds at most.",
    ),
];

/// How the kind is declared.
pub(super) static KIND: ResolverKind =
    ResolverKind { name: "scimresolver", description: "A SCIM server", params: PARAMS, presets: &[], build };

/// The identifier of a record (RFC 7643, section 3.1), which is part of its address.
const ID: &str = "id";

/// It has no statements.
pub(super) const STATEMENTS: &[&db::Stmt] = &[];

fn build(_: RowId, params: &ParamValues, env: &Env) -> Result<Arc<dyn Resolver>, ResolverError> {
    Ok(Arc::new(Scim::new(params, env)?))
}

/// A SCIM server.
struct Scim {
    /// The URL of its users, without a slash at the end.
    users: String,
    /// It has understood a filter.
    filters: AtomicBool,
    people: PeopleMap,
    channel: Channel,
    limits: Limits,
    verifies: bool,
}

impl Scim {
    fn new(params: &ParamValues, env: &Env) -> Result<Self, ResolverError> {
        let wrong = |name: &str, what: &str| ResolverError::Parameters(format!("{name}: {what}"));
        let base =
            endpoint(params.text("Resourceserver")).ok_or_else(|| wrong("Resourceserver", "an http or https URL is needed"))?;
        let people = mapping(params.text("Mapping")).map_err(|e| wrong("Mapping", &e))?;
        let (out, timeout) = channel::client(params, &env.outbound)?;
        let grant = grant::read(params)?;
        Ok(Self {
            users: format!("{base}/Users"),
            filters: AtomicBool::new(false),
            people,
            channel: Channel::new(out, grant, env.clock.clone()),
            limits: Limits { budget: budget(timeout), ..Limits::default() },
            verifies: params.flag("verify_tls"),
        })
    }
}

/// A URL without parameters, fragment, account and slash at the end.
fn endpoint(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches('/');
    let url = url::Url::parse(text).ok()?;
    let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    (matches!(url.scheme(), "http" | "https") && plain).then(|| url.as_str().trim_end_matches('/').to_owned())
}

/// The mapping in either direction: the side that names `username` is ours.
fn mapping(text: &str) -> Result<PeopleMap, String> {
    let map: BTreeMap<String, String> =
        serde_json::from_str(text.trim()).map_err(|e| format!("a JSON object of texts is expected: {e}"))?;
    let ours = |name: &str| matches!(name, "username" | "userid");
    let turned = !map.keys().any(|name| ours(name.trim())) && map.values().any(|name| ours(name.trim()));
    let map = if turned { map.into_iter().map(|(theirs, ours)| (ours, theirs)).collect() } else { map };
    let map = PeopleMap::of(map, ID, "userName")?;
    if !filter::names(&map.uid) {
        return Err(format!("userid: people cannot be looked up by `{}`, which no filter can name", map.uid));
    }
    Ok(map)
}

#[async_trait]
impl Resolver for Scim {
    fn capabilities(&self) -> Capabilities {
        // The user name is not case-sensitive (RFC 7643, section 4.1.1).
        Capabilities { editable: false, passwords: false, folds_case: true, staleness: STALENESS }
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn attributes(&self) -> Vec<String> {
        self.people.attributes.keys().cloned().collect()
    }

    async fn find_login(&self, login: &str) -> Result<Option<Entry>, ResolverError> {
        self.by_login(login).await
    }

    async fn find_many(&self, uids: &[String]) -> Result<Vec<Entry>, ResolverError> {
        self.by_uids(uids).await
    }

    async fn who_is_there(&self, uids: &[String]) -> Result<HashSet<String>, ResolverError> {
        self.there(uids).await
    }

    async fn search(&self, filter: &Filter, page: Page, projection: Option<&[String]>) -> Result<Vec<Entry>, ResolverError> {
        self.by_filter(filter, page, projection).await
    }

    async fn check_password(&self, _: &str, _: &SecretText) -> Result<PasswordCheck, ResolverError> {
        Err(ResolverError::Unsupported("SCIM does not check passwords."))
    }

    async fn test(&self) -> Result<String, ResolverError> {
        let tried = tokio::time::timeout(self.limits.budget, self.diagnose()).await;
        tried.unwrap_or_else(|_| Err(ResolverError::Unavailable("no answer in time".to_owned())))
    }
}

impl Scim {
    async fn diagnose(&self) -> Result<String, ResolverError> {
        let told = |step: &str, e: ResolverError, advice: &str| match e {
            ResolverError::Unavailable(what) => ResolverError::Unavailable(format!("{step}: {what}. {advice}")),
            other => other,
        };
        let entering = "Are Authserver, Client and Secret right, and may it be called (outbound.allow)?";
        self.channel.enter().await.map_err(|e| told("Authserver", e, entering))?;
        let everybody = Page { skip: 0, limit: super::web::list::MOST };
        let reading = "Is Resourceserver right, and may Client read its users (outbound.allow lists hosts that are not public)?";
        let people =
            self.by_filter(&Filter::default(), everybody, Some(&[])).await.map_err(|e| told("Resourceserver", e, reading))?;
        if people.is_empty() {
            return Err(ResolverError::Unavailable(
                "it answers, but tells of nobody with both userid and username: is Mapping right?".to_owned(),
            ));
        }
        let names: Vec<String> = people.into_iter().map(|entry| entry.login).collect();
        let mut report = found(&names);
        report.push_str(" | SCIM does not check passwords.");
        if !self.verifies {
            report.push_str(" | The certificate is not checked, so anybody on the way can change what it says: set verify_tls.");
        }
        if self.users.starts_with("http://") {
            report.push_str(" | The connection is not encrypted.");
        }
        Ok(report)
    }
}
