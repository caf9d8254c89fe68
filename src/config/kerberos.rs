//! `[kerberos]`

use std::collections::BTreeMap;
use std::path::PathBuf;

use figment::value::Value;
use ipnet::IpNet;
use mfa::kerberos::{Home, Names, Service, Settings};

use super::declare::section;
use super::problem::Problems;
use super::setting::{Setting, choice, text};
use super::url::PublicUrl;

choice! {
    /// By what people are found.
    KerberosNames {
        /// By the name without its Kerberos realm.
        Login = "login",
        /// By the whole name.
        Principal = "principal",
    }
}

section! {
    /// Sign-in on the hosted pages with the tickets of a Kerberos domain. Off as long as there is no key table.
    Kerberos = "kerberos" {
        /// File with the keys of our service, as `ktutil`, `kadmin` or `ktpass` write it. Only the service may be able to read it.
        keytab: Option<PathBuf> = None;
        /// Our name in the domain, such as `HTTP/login.example.org@EXAMPLE.ORG`; unset means `HTTP/` and the host of `server.public_url`, in
        /// every Kerberos realm of which the key table has a key.
        service: Option<ServiceName> = None;
        /// Networks of domain machines. Only there browsers are asked for a ticket: others would ask people for a password in a window of
        /// their own.
        networks: Vec<IpNet> = Vec::new();
        /// Kerberos realms that are trusted, each with the realm in which its people are and the resolver that is its directory:
        /// `EXAMPLE.ORG=staff/ad`. Tickets of others are refused, and people of other resolvers are never meant. The resolver may be left out
        /// where the realm has one alone.
        realms: Vec<KerberosRealm> = Vec::new();
        /// By what people are found: `login` (the name without its Kerberos realm) or `principal` (the whole name, for resolvers in which
        /// people sign in by their `userPrincipalName`).
        names: KerberosNames = KerberosNames::Login;
    }
}

/// The name of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceName(Service);

impl Setting for ServiceName {
    fn kind() -> String {
        "a service such as \"HTTP/login.example.org@EXAMPLE.ORG\"".into()
    }
    fn read(value: &Value) -> Result<Self, String> {
        Service::parse(&text(value).unwrap_or_default()).map(Self)
    }
    fn show(&self) -> serde_json::Value {
        self.0.to_string().into()
    }
}

/// A Kerberos realm, and a realm of ours with the resolver of its people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KerberosRealm {
    kerberos: String,
    home: Home,
}

impl Setting for KerberosRealm {
    fn kind() -> String {
        "a Kerberos realm with a realm and a resolver such as \"EXAMPLE.ORG=staff/ad\"".into()
    }
    fn read(value: &Value) -> Result<Self, String> {
        let text = text(value).unwrap_or_default();
        let parts = text.split_once('=').map(|(kerberos, realm)| (kerberos.trim(), realm.trim()));
        match parts {
            Some((kerberos, home)) if !kerberos.is_empty() => {
                let (realm, resolver) = match home.split_once('/') {
                    Some((realm, resolver)) => (realm.trim(), Some(resolver.trim())),
                    None => (home, None),
                };
                if realm.is_empty() || resolver.is_some_and(|resolver| resolver.is_empty() || resolver.contains('/')) {
                    return Err(format!("{text:?} names no realm, or no resolver after it"));
                }
                let home = Home { realm: realm.to_lowercase(), resolver: resolver.map(str::to_owned) };
                Ok(Self { kerberos: kerberos.to_owned(), home })
            }
            _ => Err(format!("{text:?} is no Kerberos realm with a realm")),
        }
    }
    fn show(&self) -> serde_json::Value {
        let resolver = self.home.resolver.as_ref().map(|resolver| format!("/{resolver}")).unwrap_or_default();
        format!("{}={}{resolver}", self.kerberos, self.home.realm).into()
    }
}

impl Kerberos {
    /// How tickets are accepted, if they are.
    pub fn settings(&self, public: &PublicUrl) -> Option<Settings> {
        let service = self.service.as_ref().map_or_else(|| Service::of_host(public.host()), |name| name.0.clone());
        let pairs = self.realms.iter().map(|pair| (pair.kerberos.clone(), pair.home.clone()));
        Some(Settings {
            keytab: self.keytab.clone()?,
            service,
            realms: pairs.collect::<BTreeMap<_, _>>(),
            names: match self.names {
                KerberosNames::Login => Names::Login,
                KerberosNames::Principal => Names::Principal,
            },
        })
    }

    /// Rules that join several settings.
    pub(super) fn check(&self, problems: &mut Problems) {
        if self.keytab.is_none() {
            return;
        }
        if self.realms.is_empty() {
            problems.add(
                "kerberos.realms",
                "no Kerberos realm is trusted",
                "write [\"EXAMPLE.ORG=staff/ad\"] with your own realm and resolver",
            );
        }
        if self.networks.is_empty() {
            problems.add(
                "kerberos.networks",
                "no network is named in which browsers have tickets",
                "write [\"10.0.0.0/8\"] with your own",
            );
        }
        let twice = |at: usize| self.realms[..at].iter().any(|other| other.kerberos == self.realms[at].kerberos);
        if (0..self.realms.len()).any(twice) {
            problems.add("kerberos.realms", "a Kerberos realm is named twice", "name each of them once");
        }
    }
}
