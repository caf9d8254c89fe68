//! Referrals (RFC 4511, section 4.5.3): other servers that may know more. A directory that others can write to may name any
//! server, so these are called under guard.
//!
//! * Never an address of this machine or link-local, unless the configured servers are there themselves.
//! * Never without TLS where the configured servers are reached with it.
//! * The service account's password, or a ticket of it, goes only to servers that are configured, or checked by certificate and of the same domain.
//! * A few hops, a few servers; one that fails is left out.

use std::collections::HashSet;
use std::net::IpAddr;

use ldap3::Scope;
use url::Url;

use super::Ldap;
use super::config::{Account, Config, Server};
use super::connection::{Ask, Connection, Found, Unfound};
use super::dn::Dn;
use super::record::Record;
use super::transport::{self, Way};

const MAX_HOPS: usize = 3;
const MAX_SERVERS: usize = 8;

/// Where a referral leads.
#[derive(Clone, Debug, PartialEq)]
struct Target {
    server: Server,
    base: Option<String>,
    scope: Option<Scope>,
}

/// What others know of people.
pub(super) struct Far {
    pub(super) records: Vec<Record>,
    /// Somebody could not be asked, or has not told all: who is not among the records may exist.
    pub(super) partial: bool,
}

/// Asks those to whom a server refers.
pub(super) async fn chase(ldap: &Ldap, references: Vec<String>, ask: &Ask) -> Far {
    let own = own_addresses(&ldap.config).await;
    let (mut records, mut seen, mut left) = (Vec::new(), HashSet::new(), MAX_SERVERS);
    let mut partial = false;
    let mut frontier = references;
    for _ in 0..MAX_HOPS {
        let mut next = Vec::new();
        for reference in std::mem::take(&mut frontier) {
            let Some(target) = Target::read(&reference) else {
                partial = true;
                continue;
            };
            if !seen.insert(reference) {
                continue;
            }
            if left == 0 {
                partial = true;
                continue;
            }
            left -= 1;
            let ask = target.ask(ask);
            match follow(ldap, &target.server, &own, &ask).await {
                Ok(found) => {
                    // Entries from elsewhere than where the referral leads are nothing that it could know.
                    let base = Dn::parse(&ask.base).ok();
                    let within =
                        |record: &Record| base.as_ref().is_some_and(|b| Dn::parse(&record.dn).is_ok_and(|dn| dn.within(b)));
                    records.extend(found.records.into_iter().filter(within));
                    partial |= found.more || found.partial || found.unkept || (found.referred && found.references.is_empty());
                    next.extend(found.references);
                }
                Err(e) => {
                    partial = true;
                    tracing::info!(server = %target.server, "a referral is not followed: {e}");
                }
            }
        }
        frontier = next;
        if frontier.is_empty() || records.len() >= ask.most {
            break;
        }
    }
    partial |= !frontier.is_empty();
    records.truncate(ask.most);
    Far { records, partial }
}

impl Target {
    /// Reads an LDAP URL (RFC 4516); attributes, filter and extensions in it are not used.
    fn read(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok().filter(|_| text.len() <= 4_000)?;
        let server = Server::of_url(&url)?;
        let base = percent_decoded(url.path().trim_start_matches('/'))?;
        let base = Some(base).filter(|base| !base.is_empty());
        if base.as_ref().is_some_and(|base| Dn::parse(base).is_err()) {
            return None;
        }
        let scope = url.query().and_then(|query| query.split('?').nth(1)).and_then(|scope| match scope {
            "base" => Some(Scope::Base),
            "one" => Some(Scope::OneLevel),
            "sub" => Some(Scope::Subtree),
            _ => None,
        });
        Some(Self { server, base, scope })
    }

    fn ask(&self, ask: &Ask) -> Ask {
        // Below a level search, what a referral stands for is the entry itself.
        let scope = self.scope.unwrap_or(if ask.scope == Scope::OneLevel { Scope::Base } else { ask.scope });
        Ask { base: self.base.clone().unwrap_or_else(|| ask.base.clone()), scope, ..ask.clone() }
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let (mut out, bytes, mut at) = (Vec::with_capacity(text.len()), text.as_bytes(), 0);
    while let Some(&b) = bytes.get(at) {
        if b == b'%' {
            out.extend(data_encoding::HEXLOWER_PERMISSIVE.decode(bytes.get(at + 1..at + 3)?).ok()?);
            at += 3;
        } else {
            out.push(b);
            at += 1;
        }
    }
    String::from_utf8(out).ok()
}

async fn own_addresses(config: &Config) -> HashSet<IpAddr> {
    let mut own = HashSet::new();
    for server in &config.servers {
        let found = transport::addresses(server, config.timeout).await.unwrap_or_default();
        own.extend(found.into_iter().map(|address| address.ip().to_canonical()));
    }
    own
}

/// Whether a server at this address may be called because a directory says so.
fn admits(own: &HashSet<IpAddr>, address: IpAddr) -> bool {
    own.contains(&address.to_canonical()) || !kernel::outbound::is_local(address)
}

/// Whether the password of the service account may be shown to a server.
fn trusted(config: &Config, server: &Server, verified: bool) -> bool {
    let same = |a: &str, b: &str| a.trim_end_matches('.').eq_ignore_ascii_case(b.trim_end_matches('.'));
    if config.servers.iter().any(|own| same(&own.host, &server.host) && own.port == server.port) {
        return true;
    }
    let domain = |host: &str| {
        let (_, domain) = host.split_once('.')?;
        (domain.contains('.') && host.parse::<IpAddr>().is_err()).then(|| format!(".{}", domain.to_ascii_lowercase()))
    };
    let host = format!(".{}", server.host.to_ascii_lowercase());
    verified && config.servers.iter().filter_map(|own| domain(&own.host)).any(|domain| host.ends_with(&domain))
}

async fn follow(ldap: &Ldap, server: &Server, own: &HashSet<IpAddr>, ask: &Ask) -> Result<Found, String> {
    let config = &ldap.config;
    let encrypted = config.servers.iter().all(|own| config.encrypted(own));
    let start_tls = !server.tls && (config.tls.start || encrypted);
    let admitted = |address: IpAddr| admits(own, address);
    let verified = (server.tls || start_tls) && ldap.servers.tls().verifies();
    let trusted = trusted(config, server, verified);
    let kerberos = ldap.servers.kerberos().filter(|_| trusted);
    let way = Way { tls: ldap.servers.tls(), start_tls, patience: config.timeout, admits: Some(&admitted), kerberos };
    let (library, tasks) = transport::open(server, &way).await.map_err(|e| e.to_string())?;
    let mut connection = Connection::new(library, tasks, config.timeout);
    if trusted && let Account::Password(dn, password) = &config.account {
        let said = connection.bind(dn, password.expose()).await.map_err(|e| e.0)?;
        if !said.ok() {
            return Err(said.words());
        }
    }
    connection.search(ask).await.map_err(|e| match e {
        Unfound::Broken(e) => e.0,
        Unfound::Refused(said) => said.words(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn urls() {
        let read = |text: &str| Target::read(text).map(|t| (t.server.to_string(), t.base.unwrap_or_default(), t.scope));
        assert_eq!(
            read("ldap://dc2.example.org/DC=example,DC=org??sub?(a=b)"),
            Some(("ldap://dc2.example.org:389".into(), "DC=example,DC=org".into(), Some(Scope::Subtree)))
        );
        assert_eq!(read("ldaps://[::1]:99/ou=a%20b,dc=x"), Some(("ldaps://[::1]:99".into(), "ou=a b,dc=x".into(), None)));
        assert_eq!(read("ldap://h"), Some(("ldap://h:389".into(), String::new(), None)));
        for text in ["", "http://h/", "ldap:///dc=x", "ldapi://%2ftmp%2fx", "ldap://h/no name", "ldap://h/%zz", "ldap://h/%ff"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn addresses() {
        let own: HashSet<IpAddr> = ["10.0.0.1".parse().unwrap()].into();
        for (address, admitted) in [
            ("10.0.0.1", true),
            ("::ffff:10.0.0.1", true),
            ("10.9.9.9", true),
            ("1.1.1.1", true),
            ("127.0.0.1", false),
            ("127.9.9.9", false),
            ("::1", false),
            ("::ffff:127.0.0.1", false),
            ("169.254.169.254", false),
            ("fe80::1", false),
            ("0.0.0.0", false),
            ("::", false),
            ("224.0.0.1", false),
        ] {
            assert_eq!(admits(&own, address.parse().unwrap()), admitted, "{address}");
        }
        assert!(admits(&["127.0.0.1".parse().unwrap()].into(), "127.0.0.1".parse().unwrap()));
    }

    proptest! {
        #[test]
        fn foreign_urls_never_panic(text in "(ldaps?://)?[a-z0-9.:\\[\\]/%?=, \u{e9}-]{0,60}") {
            let _ = Target::read(&text);
        }
    }
}
