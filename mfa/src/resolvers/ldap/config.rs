//! The parameters as what they mean. Text becomes values here, once; nothing is parsed when somebody signs in.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use kernel::SecretText;
use ldap3::Scope;
use url::Url;

use super::dn::Dn;
use super::filter::{Attr, Filter};
use super::template::{DnTemplate, GroupTemplate};
use super::uid::UidKind;
use crate::kerberos;
use crate::resolvers::{ParamValues, ResolverError};

/// A server that was configured or referred to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Server {
    /// Whether TLS comes first (`ldaps`).
    pub(super) tls: bool,
    pub(super) host: String,
    pub(super) port: u16,
}

impl std::fmt::Display for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = if self.tls { "ldaps" } else { "ldap" };
        match self.host.contains(':') {
            true => write!(f, "{scheme}://[{}]:{}", self.host, self.port),
            false => write!(f, "{scheme}://{}:{}", self.host, self.port),
        }
    }
}

impl Server {
    /// The server of a URL.
    pub(super) fn of_url(url: &Url) -> Option<Self> {
        let tls = match url.scheme() {
            "ldap" => false,
            "ldaps" => true,
            _ => return None,
        };
        let host = url.host_str()?.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = url.port().unwrap_or(if tls { 636 } else { 389 });
        (!host.is_empty() && host.len() <= 255).then_some(Self { tls, host, port })
    }
}

/// Which server is asked first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strategy {
    RoundRobin,
    First,
    Random,
}

/// How connections are protected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TlsWanted {
    /// StartTLS on `ldap://`.
    pub(super) start: bool,
    /// Certificate and name are checked.
    pub(super) verify: bool,
    /// At least TLS 1.3.
    pub(super) only_13: bool,
    /// A file, or PEM itself; empty for the system's certificates.
    pub(super) ca: String,
}

/// Groups that are looked up for each person.
#[derive(Clone, Debug)]
pub(super) struct Groups {
    pub(super) base: Dn,
    pub(super) filter: GroupTemplate,
    pub(super) name: Attr,
    pub(super) key: String,
}

/// How entries are made.
#[derive(Clone, Debug)]
pub(super) struct NewEntries {
    pub(super) classes: Vec<String>,
    pub(super) dn: Option<DnTemplate>,
}

/// As whom people are looked up.
#[derive(Clone)]
pub(super) enum Account {
    /// As nobody.
    Nobody,
    /// By name and password.
    Password(String, SecretText),
    /// With a ticket of the domain.
    Kerberos(kerberos::client::Settings),
}

/// Everything, read.
#[derive(Clone)]
pub(super) struct Config {
    pub(super) servers: Vec<Server>,
    pub(super) base: Dn,
    pub(super) account: Account,
    /// Why nothing can be done although the parameters are sound.
    pub(super) refused: Option<&'static str>,
    pub(super) login: Vec<Attr>,
    pub(super) filter: Filter,
    pub(super) map: BTreeMap<String, Attr>,
    pub(super) lists: BTreeSet<String>,
    pub(super) uid: UidKind,
    pub(super) scope: Scope,
    pub(super) timeout: Duration,
    pub(super) staleness: Duration,
    pub(super) size_limit: usize,
    pub(super) referrals: bool,
    pub(super) tls: TlsWanted,
    pub(super) strategy: Strategy,
    pub(super) rounds: usize,
    pub(super) skip: Duration,
    pub(super) editable: bool,
    pub(super) new: NewEntries,
    pub(super) groups: Option<Groups>,
}

impl Config {
    /// Reads the parameters.
    ///
    /// # Errors
    /// [`ResolverError::Parameters`] names the parameter that is wrong.
    pub(super) fn read(params: &ParamValues) -> Result<Self, ResolverError> {
        Self::parse(params).map_err(ResolverError::Parameters)
    }

    fn parse(params: &ParamValues) -> Result<Self, String> {
        let base_text = params.text("LDAPBASE");
        let base = Dn::parse(base_text).map_err(|e| format!("LDAPBASE: {e}"))?;
        let (servers, tls) = (servers(params.text("LDAPURI"))?, tls(params)?);
        let timeout = seconds(params, "TIMEOUT", 1, 120)?;
        let encrypted = tls.start || servers.iter().all(|server| server.tls);
        let (account, refused) = match account(params, timeout, encrypted)? {
            Ok(account) => (account, None),
            Err(why) => (Account::Nobody, Some(why)),
        };
        let map = attribute_map(params.text("USERINFO"))?;
        let groups = if params.flag("recursive_group_search") { Some(groups(params, &base)?) } else { None };
        Ok(Self {
            servers,
            account,
            refused,
            login: attributes("LOGINNAMEATTRIBUTE", params.text("LOGINNAMEATTRIBUTE"))?,
            filter: Filter::parse(params.text("LDAPSEARCHFILTER")).map_err(|e| format!("LDAPSEARCHFILTER: {e}"))?,
            lists: list("MULTIVALUEATTRIBUTES", params.text("MULTIVALUEATTRIBUTES"))?.into_iter().collect(),
            uid: UidKind::read(params.text("UIDTYPE"))?,
            scope: scope(params.text("SCOPE"))?,
            timeout,
            staleness: seconds(params, "CACHE_TIMEOUT", 0, 86_400)?,
            size_limit: usize::try_from(number(params, "SIZELIMIT", 1, 100_000)?).unwrap_or(500),
            referrals: !params.flag("NOREFERRALS"),
            tls,
            strategy: strategy(params.text("SERVERPOOL_STRATEGY"))?,
            rounds: usize::try_from(number(params, "SERVERPOOL_ROUNDS", 1, 10)?).unwrap_or(2),
            skip: seconds(params, "SERVERPOOL_SKIP", 0, 3_600)?,
            editable: params.flag("EDITABLE"),
            new: new_entries(params, &base)?,
            map,
            groups,
            base,
        })
    }

    /// Whether connections to a server are encrypted.
    pub(super) fn encrypted(&self, server: &Server) -> bool {
        server.tls || self.tls.start
    }
}

fn servers(text: &str) -> Result<Vec<Server>, String> {
    let read = |part: &str| {
        let url = if part.contains("://") { part.to_owned() } else { format!("ldap://{part}") };
        let server = Url::parse(&url).ok().and_then(|url| Server::of_url(&url));
        server.ok_or_else(|| format!("LDAPURI: `{part}` is neither ldap://host nor ldaps://host"))
    };
    let parts = text.split([',', ' ']).map(str::trim).filter(|part| !part.is_empty());
    let servers = parts.map(read).collect::<Result<Vec<_>, _>>()?;
    if servers.is_empty() || servers.len() > 32 {
        return Err("LDAPURI: 1 to 32 servers are possible".to_owned());
    }
    Ok(servers)
}

/// As whom people are looked up, or why that cannot work although the parameters are sound.
fn account(params: &ParamValues, patience: Duration, encrypted: bool) -> Result<Result<Account, &'static str>, String> {
    let (name, password) = (params.text("BINDDN").trim(), SecretText::new(params.text("BINDPW")));
    let authtype = params.text("AUTHTYPE");
    match authtype.trim().to_ascii_lowercase().as_str() {
        "anonymous" => Ok(Ok(Account::Nobody)),
        "simple" if name.is_empty() => Ok(Ok(Account::Nobody)),
        "simple" if password.is_empty() => {
            Err("BINDPW: a password is needed beside BINDDN; without one, servers take everybody as anonymous".to_owned())
        }
        "simple" => Ok(Ok(Account::Password(name.to_owned(), password))),
        "sasl kerberos" => Ok(with_ticket(params, password, patience, encrypted)),
        "sasl digest-md5" => {
            Ok(Err("SASL Digest-MD5 is broken and not spoken: set AUTHTYPE to Simple and use ldaps or START_TLS."))
        }
        "ntlm" => Ok(Err("NTLM is broken and not spoken: set AUTHTYPE to Simple and use ldaps or START_TLS.")),
        _ => Err(format!("AUTHTYPE: `{authtype}` is not known: Simple, Anonymous or SASL Kerberos")),
    }
}

/// What is missing is no error: existing configurations have this kind without it.
fn with_ticket(params: &ParamValues, password: SecretText, patience: Duration, encrypted: bool) -> Result<Account, &'static str> {
    if !encrypted {
        return Err("AUTHTYPE SASL Kerberos needs ldaps:// for every server, or START_TLS: no layer of SASL is spoken.");
    }
    let secret = match params.text("KEYTABFILE").trim() {
        "" if password.is_empty() => return Err("AUTHTYPE SASL Kerberos needs KEYTABFILE, or the password of BINDDN as BINDPW."),
        "" => kerberos::client::Secret::Password(password),
        file => kerberos::client::Secret::Keytab(file.into()),
    };
    kerberos::client::Settings::read(params.text("BINDDN"), params.text("KERBEROS_KDC"), secret, patience).map(Account::Kerberos)
}

fn attributes(param: &str, text: &str) -> Result<Vec<Attr>, String> {
    let read = |name: &str| Attr::new(name).ok_or_else(|| format!("{param}: `{name}` is no name of an attribute"));
    let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    let attributes = names.map(read).collect::<Result<Vec<_>, _>>()?;
    if attributes.is_empty() {
        return Err(format!("{param}: the name of an attribute is needed"));
    }
    Ok(attributes)
}

fn attribute_map(text: &str) -> Result<BTreeMap<String, Attr>, String> {
    let map: BTreeMap<String, String> = serde_json::from_str(if text.trim().is_empty() { "{}" } else { text })
        .map_err(|e| format!("USERINFO: a JSON object of texts is expected: {e}"))?;
    let read = |(ours, theirs): (String, String)| match Attr::new(theirs.trim()) {
        Some(attr) if ours.len() <= 64 => Ok((ours, attr)),
        _ => Err(format!("USERINFO: `{theirs}` is no name of an attribute")),
    };
    // Blank entries are what forms leave behind; login name and uid come from elsewhere.
    let given = map.into_iter().filter(|(ours, theirs)| !theirs.trim().is_empty() && ours != "username" && ours != "userid");
    given.map(read).collect()
}

/// A JSON list of texts, or text with commas.
fn list(param: &str, text: &str) -> Result<Vec<String>, String> {
    if text.trim_start().starts_with('[') {
        return serde_json::from_str(text).map_err(|e| format!("{param}: a JSON list of texts is expected: {e}"));
    }
    Ok(text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect())
}

fn scope(text: &str) -> Result<Scope, String> {
    match text.trim().to_ascii_uppercase().as_str() {
        "SUBTREE" | "" => Ok(Scope::Subtree),
        "LEVEL" | "ONELEVEL" => Ok(Scope::OneLevel),
        "BASE" => Ok(Scope::Base),
        _ => Err(format!("SCOPE: `{text}` is not known: SUBTREE, LEVEL or BASE")),
    }
}

fn strategy(text: &str) -> Result<Strategy, String> {
    match text.trim().to_ascii_uppercase().as_str() {
        "ROUND_ROBIN" | "" => Ok(Strategy::RoundRobin),
        "FIRST" => Ok(Strategy::First),
        "RANDOM" => Ok(Strategy::Random),
        _ => Err(format!("SERVERPOOL_STRATEGY: `{text}` is not known: ROUND_ROBIN, FIRST or RANDOM")),
    }
}

fn tls(params: &ParamValues) -> Result<TlsWanted, String> {
    let version = params.text("TLS_VERSION").trim();
    let only_13 = match version.to_ascii_lowercase().trim_start_matches("tlsv") {
        // 2 to 5 are the numbers that older configurations have; what they allow below 1.2 is not spoken.
        "" | "2" | "3" | "4" | "5" | "1.2" => false,
        "6" | "1.3" => true,
        _ => return Err(format!("TLS_VERSION: `{version}` is not known: 1.2 or 1.3")),
    };
    let ca = [params.text("TLS_CA_FILE"), params.text("CACERTIFICATE")].into_iter().map(str::trim).find(|text| !text.is_empty());
    let ca = ca.unwrap_or_default().to_owned();
    Ok(TlsWanted { start: params.flag("START_TLS"), verify: params.flag("TLS_VERIFY"), only_13, ca })
}

fn number(params: &ParamValues, name: &str, least: i64, most: i64) -> Result<i64, String> {
    let n = params.text(name).trim().parse::<i64>().map_err(|_| format!("{name}: a whole number is expected"))?;
    Ok(n.clamp(least, most))
}

fn seconds(params: &ParamValues, name: &str, least: i64, most: i64) -> Result<Duration, String> {
    number(params, name, least, most).map(super::account::seconds)
}

fn new_entries(params: &ParamValues, base: &Dn) -> Result<NewEntries, String> {
    let classes = list("OBJECT_CLASSES", params.text("OBJECT_CLASSES"))?;
    let template = params.text("DN_TEMPLATE").trim();
    let dn = match template {
        "" => None,
        text => Some(DnTemplate::parse(text, base).map_err(|e| format!("DN_TEMPLATE: {e}"))?),
    };
    Ok(NewEntries { classes, dn })
}

fn groups(params: &ParamValues, base: &Dn) -> Result<Groups, String> {
    let text = |name: &str| match params.text(name).trim() {
        "" => Err(format!("{name}: needed for recursive_group_search")),
        text => Ok(text.to_owned()),
    };
    let group_base = match params.text("group_base_dn").trim() {
        "" => base.clone(),
        given => Dn::parse(given).map_err(|e| format!("group_base_dn: {e}"))?,
    };
    let filter =
        GroupTemplate::parse(&text("group_search_filter")?, &group_base).map_err(|e| format!("group_search_filter: {e}"))?;
    let name = attributes("group_name_attribute", &text("group_name_attribute")?)?.remove(0);
    Ok(Groups { base: group_base, filter, name, key: text("group_attribute_mapping_key")? })
}
