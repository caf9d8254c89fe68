//! Claims as attributes: the same mapping as everywhere, in the names that service providers want.

use kernel::Timestamp;
use serde_json::Value;

use super::time;
use super::xml::write::is_speakable;
use crate::claims::{ClaimsRequest, Destination, Granted};
use crate::oidc::scope::Scopes;
use crate::party::federation::Release;
use crate::party::sp::{NameFormat, Requested, Sp};
use crate::ports::Person;

/// An attribute of an assertion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attribute {
    pub(crate) name: String,
    pub(crate) format: &'static str,
    pub(crate) friendly_name: Option<String>,
    pub(crate) values: Vec<String>,
}

/// Claims that directories and federations know: claim, object identifier, name in directories.
static KNOWN: &[(&str, &str, &str)] = &[
    ("email", "urn:oid:0.9.2342.19200300.100.1.3", "mail"),
    ("family_name", "urn:oid:2.5.4.4", "sn"),
    ("given_name", "urn:oid:2.5.4.42", "givenName"),
    ("groups", "urn:oid:1.3.6.1.4.1.5923.1.5.1.1", "isMemberOf"),
    ("locale", "urn:oid:2.16.840.1.113730.3.1.39", "preferredLanguage"),
    ("name", "urn:oid:2.16.840.1.113730.3.1.241", "displayName"),
    ("phone_number", "urn:oid:2.5.4.20", "telephoneNumber"),
    ("preferred_username", "urn:oid:0.9.2342.19200300.100.1.1", "uid"),
];

fn known(claim: &str) -> Option<(&'static str, &'static str)> {
    KNOWN.iter().find(|(name, ..)| *name == claim).map(|(_, oid, friendly)| (*oid, *friendly))
}

/// The attributes of a person for a party, as far as they are granted; of those only what the service of this number asks for, if
/// its metadata lists anything and the settings want it so.
pub(crate) fn of(sp: &Sp, scopes: &Scopes, service: Option<u16>, person: &Person) -> Vec<Attribute> {
    let ask = Granted { scopes, named: &ClaimsRequest::default(), allowed: sp.scopes() };
    let released = sp.claims().release(Destination::Userinfo, &ask, person);
    let requested = sp.metadata().service(service).map(|service| &service.attributes[..]).filter(|list| !list.is_empty());
    let requested = requested.filter(|_| sp.settings().only_requested || sp.release().is_some());
    let speakable = released.into_iter().filter_map(|(claim, value)| {
        let values: Vec<String> = texts(&value).into_iter().filter(|text| text.chars().all(is_speakable)).collect();
        (!values.is_empty()).then(|| (named(sp, &claim, values), claim))
    });
    let asks = |(attribute, claim): &(Attribute, String)| {
        requested.is_some_and(|list| list.iter().any(|wanted| is_wanted(wanted, claim, attribute)))
    };
    let is_let = |one: &(Attribute, String)| sp.release().is_none_or(|rules| is_let(rules, &one.1, asks(one)));
    let list: Vec<(Attribute, String)> = speakable.filter(is_let).collect();
    let Some(requested) = requested else { return list.into_iter().map(|(attribute, _)| attribute).collect() };
    let mut all = answered(requested, &list);
    if sp.release().is_some() {
        // Categories let a party know also what it has not asked for.
        all.extend(list.into_iter().filter(|one| !asks(one)).map(|(attribute, _)| attribute));
    }
    all
}

/// Whether the categories of a service provider of a federation let it know a claim; others are not bound by any.
pub(crate) fn may_be_told(sp: &Sp, claim: &str) -> bool {
    let attribute = named(sp, claim, Vec::new());
    let service = sp.metadata().service(None);
    let asks = service.is_some_and(|service| service.attributes.iter().any(|wanted| is_wanted(wanted, claim, &attribute)));
    sp.release().is_none_or(|rules| is_let(rules, claim, asks))
}

/// The same of what a service provider asks for otherwise than by the list of attributes in its metadata.
pub(crate) fn may_ask_for(sp: &Sp, claim: &str) -> bool {
    sp.release().is_none_or(|rules| is_let(rules, claim, true))
}

/// What is asked for, in the words in which it is asked for; each name once.
fn answered(requested: &[Requested], released: &[(Attribute, String)]) -> Vec<Attribute> {
    let mut answered: Vec<Attribute> = Vec::new();
    for wanted in requested {
        let found = released.iter().find(|(attribute, claim)| is_wanted(wanted, claim, attribute));
        if let Some((attribute, _)) = found
            && answered.iter().all(|other| other.name != wanted.name)
        {
            let format = match wanted.format {
                Some(format) => format.uri(),
                None if wanted.name.contains(':') => NameFormat::Uri.uri(),
                None if attribute.format == NameFormat::Uri.uri() => NameFormat::Basic.uri(),
                None => attribute.format,
            };
            answered.push(Attribute { name: wanted.name.clone(), format, ..attribute.clone() });
        }
    }
    answered
}

/// Whether the rules of its categories let a service provider know a claim.
fn is_let(rules: &[Release], claim: &str, wanted: bool) -> bool {
    rules.iter().any(|rule| (wanted || !rule.requested) && rule.claims.iter().any(|one| one == claim))
}

/// An attribute in the words that are configured.
fn named(sp: &Sp, claim: &str, values: Vec<String>) -> Attribute {
    let usual = sp.settings().attribute_format;
    if let Some(own) = sp.settings().attribute_names.get(claim) {
        let format = own.format.unwrap_or(usual).uri();
        return Attribute { name: own.name.clone(), format, friendly_name: own.friendly_name.clone(), values };
    }
    match known(claim).filter(|_| usual == NameFormat::Uri) {
        Some((oid, friendly)) => {
            Attribute { name: oid.to_owned(), format: usual.uri(), friendly_name: Some(friendly.to_owned()), values }
        }
        // Whatever is no URI cannot be called one.
        None if usual == NameFormat::Uri && !claim.contains(':') => {
            Attribute { name: claim.to_owned(), format: NameFormat::Basic.uri(), friendly_name: None, values }
        }
        None => Attribute { name: claim.to_owned(), format: usual.uri(), friendly_name: None, values },
    }
}

/// Each factor that was shown, and when: `otp 2026-03-01T12:00:00Z`.
pub(crate) fn factors(sp: &Sp, shown: &[(String, Timestamp)]) -> Attribute {
    let values = shown.iter().map(|(method, at)| format!("{method} {}", time::written(*at)));
    named(sp, "authn_factors", values.collect())
}

fn is_wanted(wanted: &Requested, claim: &str, attribute: &Attribute) -> bool {
    let also = known(claim).is_some_and(|(oid, friendly)| wanted.name == oid || wanted.name.eq_ignore_ascii_case(friendly));
    also || wanted.name == claim || wanted.name == attribute.name
}

/// The values of a claim; of an address, the one that is for people.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Number(number) => vec![number.to_string()],
        Value::Bool(flag) => vec![flag.to_string()],
        Value::Array(list) => list.iter().filter(|item| !item.is_array()).flat_map(texts).collect(),
        Value::Object(members) => members.get("formatted").map(texts).unwrap_or_default(),
        Value::Null => Vec::new(),
    }
}
