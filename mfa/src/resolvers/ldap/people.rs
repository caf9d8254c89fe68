//! From entries to people: which attributes are asked for, and what becomes of their values.

use std::collections::BTreeSet;

use super::account;
use super::config::Config;
use super::record::{Record, clean_text};
use super::uid::{guid_text, sid_text};
use crate::people::{Attribute, Attributes};
use crate::resolvers::Entry;

/// Longest login name.
const MAX_LOGIN: usize = 255;
/// Bytes of all attributes of one person at most: they are remembered for many.
const MAX_ATTRIBUTES: usize = 256 * 1024;

/// Names of the attributes to ask for: those of the projection, and what tells who it is and whether they are barred.
pub(super) fn wanted(config: &Config, projection: Option<&[String]>) -> Vec<String> {
    let mapped = config.map.iter().filter(|(ours, _)| projection.is_none_or(|wanted| wanted.contains(ours)));
    let names = mapped
        .map(|(_, theirs)| theirs.as_str())
        .chain(config.login.first().map(|attr| attr.as_str()))
        .chain(config.uid.attr().map(|attr| attr.as_str()))
        .chain(account::ATTRIBUTES.iter().copied());
    let mut seen = BTreeSet::new();
    names.filter(|name| seen.insert(name.to_ascii_lowercase())).map(str::to_owned).collect()
}

/// The person of an entry; `None` when it has no uid or login name that could be used.
pub(super) fn entry(config: &Config, record: &Record, projection: Option<&[String]>) -> Option<Entry> {
    let uid = config.uid.of(record)?;
    let login = record.text(config.login.first()?.as_str())?;
    if login.is_empty() || login.len() > MAX_LOGIN || login.chars().any(char::is_control) {
        return None;
    }
    let (mut attributes, mut size) = (Attributes::new(), 0);
    for (ours, theirs) in config.map.iter().filter(|(ours, _)| projection.is_none_or(|wanted| wanted.contains(ours))) {
        let mut values: Vec<String> =
            record.all(theirs.as_str()).iter().filter_map(|value| shown(theirs.as_str(), value)).collect();
        if !config.lists.contains(ours) {
            values.truncate(1);
        }
        size += values.iter().map(String::len).sum::<usize>();
        if values.is_empty() || size > MAX_ATTRIBUTES {
            continue;
        }
        let value = if config.lists.contains(ours) { Attribute::List(values) } else { Attribute::Text(values.remove(0)) };
        attributes.insert(ours.clone(), value);
    }
    Some(Entry { uid, login: login.to_owned(), attributes, standing: account::standing(record) })
}

/// A value as people read it; `None` when it cannot be read.
fn shown(attribute: &str, value: &[u8]) -> Option<String> {
    let is = |name: &str| attribute.eq_ignore_ascii_case(name);
    if is("objectGUID") {
        return guid_text(value);
    }
    if is("objectSid") {
        return sid_text(value);
    }
    let text = clean_text(value)?;
    if is("accountExpires") || is("pwdLastSet") {
        return account::shown(account::from_filetime(text.trim().parse().ok()?)?);
    }
    (!text.is_empty()).then(|| text.to_owned())
}
