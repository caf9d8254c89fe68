//! One connection: requests with a limit of time, and answers as values.

use std::collections::HashSet;
use std::time::Duration;

use ldap3::controls::{Control, MakeCritical, PagedResults, RawControl};
use ldap3::exop::PasswordModify;
use ldap3::{Ldap, LdapError, LdapResult, Mod, Scope, SearchOptions};

use super::frames::{Elements, number};
use super::record::Record;
use super::transport::Tasks;

/// Entries that are asked for at a time where many are possible.
const PAGE: i32 = 100;
/// Up to so many come in one page: those of the longest list of uids, and one more that tells of others.
const ONE_PAGE: usize = 1_001;
/// The control of paged results (RFC 2696).
const PAGED_RESULTS: &str = "1.2.840.113556.1.4.319";
/// The control of password policies (draft-behera-ldap-password-policy).
pub(super) const PASSWORD_POLICY: &str = "1.3.6.1.4.1.42.2.27.8.5.1";
/// References that are remembered of one search.
const MAX_REFERENCES: usize = 20;
/// Bytes of all that one search finds at most.
const MAX_FOUND: usize = 64 << 20;

/// A request got no answer: another connection may have more luck.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Broken(pub(super) String);

/// What a server says to a request.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) code: u32,
    pub(super) text: String,
    pub(super) controls: Vec<RawControl>,
}

impl Said {
    pub(super) const fn ok(&self) -> bool {
        self.code == 0
    }

    /// The words for people: bounded, on one line.
    pub(super) fn words(&self) -> String {
        let text: String = self.text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
        let name = match self.code {
            8 => "stronger authentication is required",
            13 => "encryption is required",
            16 | 17 => "no such attribute",
            19 => "a rule of the directory is broken",
            20 => "the value exists already",
            21 => "a value of another syntax",
            32 => "no such entry",
            34 => "no such name is possible",
            48 | 49 => "name or password is wrong",
            50 => "not permitted",
            53 => "unwilling",
            64..=67 => "the schema is broken",
            68 => "the entry exists already",
            _ => "an error",
        };
        if text.trim().is_empty() {
            format!("{name} (result {})", self.code)
        } else {
            format!("{name} (result {}: {})", self.code, text.trim())
        }
    }
}

/// A search.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) base: String,
    pub(super) scope: Scope,
    pub(super) filter: String,
    pub(super) attributes: Vec<String>,
    /// Entries at most; one more than these tells that there are more.
    pub(super) most: usize,
}

/// What a search found.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    pub(super) records: Vec<Record>,
    /// Other servers that may know more.
    pub(super) references: Vec<String>,
    /// The server has not searched at all, but only referred to others.
    pub(super) referred: bool,
    /// There are more references than are kept.
    pub(super) unkept: bool,
    /// There are more than were asked for, or than the server gives.
    pub(super) more: bool,
    /// Something may be missing: another server, to which this one refers, could not be asked, or an entry could not be read.
    pub(super) partial: bool,
    size: usize,
}

impl Found {
    fn is_full(&self, ask: &Ask) -> bool {
        self.records.len() > ask.most || self.size > MAX_FOUND
    }
}

/// A search that the server refused.
#[derive(Clone, Debug)]
pub(super) enum Unfound {
    Broken(Broken),
    Refused(Said),
}

impl From<LdapError> for Broken {
    fn from(e: LdapError) -> Self {
        match e {
            LdapError::Timeout { .. } => Self("no answer in time".to_owned()),
            // The library's words for a closed connection are about its insides.
            LdapError::ResultRecv { .. } | LdapError::OpSend { .. } | LdapError::EndOfStream | LdapError::IdScrubSend { .. } => {
                Self("the connection was closed".to_owned())
            }
            e => Self(e.to_string()),
        }
    }
}

impl From<LdapError> for Unfound {
    fn from(e: LdapError) -> Self {
        Self::Broken(e.into())
    }
}

fn said(result: LdapResult) -> Result<Said, Broken> {
    let said =
        Said { code: result.rc, text: result.text, controls: result.ctrls.into_iter().map(|Control(_, raw)| raw).collect() };
    // Busy and unavailable: another server may do better.
    if matches!(said.code, 51 | 52) { Err(Broken(said.words())) } else { Ok(said) }
}

/// An open connection. After an error it is of no use.
pub(super) struct Connection {
    ldap: Ldap,
    patience: Duration,
    _tasks: Tasks,
}

impl Connection {
    pub(super) fn new(ldap: Ldap, tasks: Tasks, patience: Duration) -> Self {
        Self { ldap, patience, _tasks: tasks }
    }

    pub(super) fn is_closed(&mut self) -> bool {
        self.ldap.is_closed()
    }

    /// Signs in by name and password; asks what the password policy says.
    pub(super) async fn bind(&mut self, dn: &str, password: &str) -> Result<Said, Broken> {
        let policy = RawControl { ctype: PASSWORD_POLICY.to_owned(), crit: false, val: None };
        let ldap = self.ldap.with_timeout(self.patience).with_controls(vec![policy]);
        said(ldap.simple_bind(dn, password).await?)
    }

    /// Searches, page by page.
    pub(super) async fn search(&mut self, ask: &Ask) -> Result<Found, Unfound> {
        let (mut found, mut cookie) = (Found::default(), Vec::new());
        // More pages than a server that counts right could need.
        for _ in 0..=ask.most {
            let Some(next) = self.page(ask, cookie, &mut found).await? else { return Ok(found) };
            if found.is_full(ask) {
                break;
            }
            cookie = next;
        }
        found.more = true;
        found.records.truncate(ask.most);
        Ok(found)
    }

    /// Reads a page; the cookie of the next one, if there is one.
    async fn page(&mut self, ask: &Ask, cookie: Vec<u8>, found: &mut Found) -> Result<Option<Vec<u8>>, Unfound> {
        let first = cookie.is_empty();
        let size = i32::try_from(ask.most).ok().filter(|_| ask.most <= ONE_PAGE).map_or(PAGE, |most| most + 1);
        let paged = PagedResults { size, cookie };
        let controls = match (ask.scope, first) {
            // One entry needs no pages.
            (Scope::Base, _) => Vec::new(),
            (_, true) => vec![RawControl::from(paged)],
            (_, false) => vec![RawControl::from(paged.critical())],
        };
        let most = i32::try_from(ask.most.saturating_add(1)).unwrap_or(0);
        let ldap = self.ldap.with_timeout(self.patience).with_controls(controls);
        let ldap = ldap.with_search_options(SearchOptions::new().sizelimit(most));
        let mut stream = ldap.streaming_search(&ask.base, ask.scope, &ask.filter, ask.attributes.clone()).await?;
        while let Some(entry) = stream.next().await? {
            if entry.is_ref() {
                found.unkept |= found.references.len() >= MAX_REFERENCES;
                let references = if found.unkept { Vec::new() } else { ldap3::parse_refs(entry.0) };
                found.references.extend(references.into_iter().take(1));
            } else if let Some(record) = Record::read(entry) {
                found.size += record.size;
                found.records.push(record);
            } else {
                found.partial = true;
            }
            if found.is_full(ask) {
                let id = stream.ldap_handle().last_id();
                stream.finish().await;
                self.ldap.with_timeout(self.patience).abandon(id).await?;
                return Ok(Some(Vec::new()));
            }
        }
        let result = stream.finish().await;
        let references = result.refs.clone();
        let said = said(result).map_err(Unfound::Broken)?;
        match said.code {
            0 => Ok(next_page(&said.controls)),
            3 | 4 | 11 => {
                found.more = true;
                Ok(None)
            }
            10 => {
                found.referred = true;
                found.references.extend(references.into_iter().take(MAX_REFERENCES));
                Ok(None)
            }
            _ => Err(Unfound::Refused(said)),
        }
    }

    pub(super) async fn add(&mut self, dn: &str, attributes: Vec<(String, Vec<Vec<u8>>)>) -> Result<Said, Broken> {
        let attributes =
            attributes.into_iter().map(|(name, values)| (name.into_bytes(), values.into_iter().collect::<HashSet<_>>()));
        said(self.ldap.with_timeout(self.patience).add(dn, attributes.collect()).await?)
    }

    pub(super) async fn modify(&mut self, dn: &str, changes: Vec<Mod<Vec<u8>>>) -> Result<Said, Broken> {
        said(self.ldap.with_timeout(self.patience).modify(dn, changes).await?)
    }

    pub(super) async fn rename(&mut self, dn: &str, rdn: &str) -> Result<Said, Broken> {
        said(self.ldap.with_timeout(self.patience).modifydn(dn, rdn, true, None).await?)
    }

    pub(super) async fn delete(&mut self, dn: &str) -> Result<Said, Broken> {
        said(self.ldap.with_timeout(self.patience).delete(dn).await?)
    }

    /// The extended operation that changes a password (RFC 3062).
    pub(super) async fn change_password(&mut self, dn: &str, old: Option<&str>, new: &str) -> Result<Said, Broken> {
        let policy = RawControl { ctype: PASSWORD_POLICY.to_owned(), crit: false, val: None };
        let change = PasswordModify { user_id: Some(dn), old_pass: old, new_pass: Some(new) };
        let done = self.ldap.with_timeout(self.patience).with_controls(vec![policy]).extended(change).await?;
        said(done.1)
    }
}

/// The cookie of the next page.
fn next_page(controls: &[RawControl]) -> Option<Vec<u8>> {
    let value = controls.iter().find(|control| control.ctype == PAGED_RESULTS)?.val.as_deref()?;
    let mut parts = Elements::inside(value, Elements::new(value).expect(0x30).ok()?);
    number(value, parts.expect(0x02).ok()?).ok()?;
    let cookie = parts.expect(0x04).ok()?;
    let cookie = &value[cookie.start..cookie.end];
    (!cookie.is_empty()).then(|| cookie.to_vec())
}
