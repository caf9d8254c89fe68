//! Looking people up: by login name, by what a list asks for. By uid: [`many`](super::many).

use std::collections::HashSet;

use ldap3::Scope;

use super::connection::{Ask, Found};
use super::dn::Dn;
use super::filter::{Attr, Filter};
use super::uid::{UidKind, guid_bytes, sid_bytes};
use super::{Ldap, groups, people, referral};
use crate::resolvers::{self, Entry, Page, ResolverError};

/// Longest login name that is looked for.
const MAX_LOGIN: usize = 255;

impl Ldap {
    /// Those who meet the filter, besides the one that all people of this resolver meet.
    pub(super) fn ask(&self, filter: Filter, projection: Option<&[String]>, most: usize) -> Ask {
        Ask {
            base: self.config.base.to_string(),
            scope: self.config.scope,
            filter: Filter::And(vec![self.config.filter.clone(), filter]).to_string(),
            attributes: people::wanted(&self.config, projection),
            most,
        }
    }

    /// Searches; what the server refuses is an error.
    pub(super) async fn run(&self, ask: &Ask) -> Result<Found, ResolverError> {
        let found = self.searches.search(ask).await?;
        found.map_err(|said| match said.code {
            32 => ResolverError::Unavailable(format!("`{}` does not exist, or the account may not see it", ask.base)),
            _ => ResolverError::Unavailable(said.words()),
        })
    }

    /// As [`Ldap::run`], and where the server refers to others, these too; what it knows itself comes first.
    pub(super) async fn run_far(&self, ask: &Ask) -> Result<Found, ResolverError> {
        let found = self.run(ask).await?;
        Ok(self.far(found, ask).await)
    }

    /// Adds what others know to whom a server has referred. Who only refers has told nothing itself, also where nobody else is asked.
    pub(super) async fn far(&self, mut found: Found, ask: &Ask) -> Found {
        if !self.config.referrals {
            found.partial |= found.referred;
        } else if found.references.is_empty() {
            found.partial |= found.referred || found.unkept;
        } else {
            let far = referral::chase(self, std::mem::take(&mut found.references), ask).await;
            found.records.extend(far.records);
            found.partial |= far.partial || found.unkept;
        }
        found
    }

    pub(super) async fn by_login(&self, login: &str) -> Result<Option<Entry>, ResolverError> {
        if login.is_empty() || login.len() > MAX_LOGIN || login.chars().any(char::is_control) {
            return Ok(None);
        }
        let by = self.config.login.iter().map(|attr| Filter::equal(attr, login)).collect();
        let ask = self.ask(Filter::any(by), None, 2);
        let mut found = self.run(&ask).await?;
        if found.records.is_empty() && self.config.referrals && !found.references.is_empty() {
            found.records = referral::chase(self, std::mem::take(&mut found.references), &ask).await.records;
        }
        let [record] = found.records.as_slice() else {
            if found.records.len() > 1 {
                tracing::warn!("a login name is that of several entries of the directory, so it is nobody's");
            }
            return Ok(None);
        };
        let Some(entry) = people::entry(&self.config, record, None) else {
            tracing::warn!(dn = record.dn, "an entry has no uid or login name that could be used");
            return Ok(None);
        };
        self.remember(&entry, &record.dn).await;
        groups::add(self, &record.dn, entry).await.map(Some)
    }

    pub(super) async fn remember(&self, entry: &Entry, dn: &str) {
        if self.config.uid != UidKind::Dn {
            self.names.insert(entry.uid.clone(), dn.into()).await;
        }
    }

    /// Whether an entry of this name can be found by searches of this resolver.
    pub(super) fn in_scope(&self, dn: &Dn) -> bool {
        let base = &self.config.base;
        match self.config.scope {
            Scope::Base => dn.key() == base.key(),
            Scope::OneLevel => dn.split().is_some_and(|(_, parent)| parent.key() == base.key()),
            Scope::Subtree => dn.within(base),
        }
    }

    pub(super) async fn by_filter(
        &self,
        filter: &resolvers::Filter,
        page: Page,
        projection: Option<&[String]>,
    ) -> Result<Vec<Entry>, ResolverError> {
        if let Some(uid) = exact_uid(filter).filter(|_| self.config.uid == UidKind::Dn) {
            let mut entries = self.by_uids(&[uid.to_owned()]).await?;
            entries.retain(|entry| filter.admits(entry));
            return Ok(entries);
        }
        let Some(Conditions { asked, mut later }) = self.conditions(filter)? else { return Ok(Vec::new()) };
        let asked = if asked.is_empty() { self.config.filter.clone() } else { Filter::all(asked) };
        // What is compared here must be read.
        let read: Option<Vec<String>> = projection
            .map(|wanted| wanted.iter().cloned().chain(later.conditions.iter().map(|(name, _)| name.clone())).collect());
        let found = self.run_far(&self.ask(asked, read.as_deref(), self.config.size_limit)).await?;
        let mut seen = HashSet::new();
        let mut entries: Vec<Entry> =
            found.records.iter().filter_map(|record| people::entry(&self.config, record, read.as_deref())).collect();
        entries.retain(|entry| seen.insert(entry.uid.clone()) && later.admits(entry));
        later.conditions.clear();
        entries.sort_by_cached_key(|entry| entry.login.to_lowercase());
        if let Some(wanted) = projection {
            entries.iter_mut().for_each(|entry| entry.attributes.retain(|name, _| wanted.contains(name)));
        }
        Ok(entries.into_iter().skip(page.skip).take(page.limit).collect())
    }

    /// What the server is asked, and what is compared afterwards; `None` when nobody can meet it.
    fn conditions(&self, filter: &resolvers::Filter) -> Result<Option<Conditions>, ResolverError> {
        let mut conditions = Conditions::default();
        for (name, pattern) in &filter.conditions {
            if pattern.bytes().all(|b| b == b'*') && !pattern.is_empty() {
                continue;
            }
            let unknown = || ResolverError::Refused(format!("This resolver has no attribute `{name}`."));
            let attr = match name.as_str() {
                "username" => self.config.login.first(),
                "userid" => self.config.uid.attr(),
                name => Some(self.config.map.get(name).ok_or_else(unknown)?),
            };
            let Some(attr) = attr else {
                conditions.later.conditions.push((name.clone(), pattern.clone()));
                continue;
            };
            match condition(attr, pattern) {
                Condition::Ask(filter) => conditions.asked.push(filter),
                Condition::Later => conditions.later.conditions.push((name.clone(), pattern.clone())),
                Condition::Nobody => return Ok(None),
            }
        }
        Ok(Some(conditions))
    }

    /// The name of an entry, and whether it is only remembered.
    pub(super) async fn name_of(&self, uid: &str, anew: bool) -> Result<Option<(String, bool)>, ResolverError> {
        if let Some(dn) = self.config.uid.dn(uid, &self.config.base) {
            return Ok(self.in_scope(&dn).then(|| (uid.to_owned(), false)));
        }
        if let Some(dn) = self.names.get(uid).await.filter(|_| !anew) {
            return Ok(Some((dn.to_string(), true)));
        }
        let Some(filter) = self.config.uid.filter(uid) else { return Ok(None) };
        let ask = Ask { attributes: vec!["1.1".to_owned()], ..self.ask(filter, None, 2) };
        let found = self.run(&ask).await?;
        let [record] = found.records.as_slice() else { return Ok(None) };
        self.names.insert(uid.to_owned(), record.dn.as_str().into()).await;
        Ok(Some((record.dn.clone(), false)))
    }
}

#[derive(Default)]
struct Conditions {
    asked: Vec<Filter>,
    later: resolvers::Filter,
}

enum Condition {
    Ask(Filter),
    /// The directory keeps it in another form.
    Later,
    Nobody,
}

fn condition(attr: &Attr, pattern: &str) -> Condition {
    let binary = |bytes: Option<Vec<u8>>| match (pattern.contains('*'), bytes) {
        (true, _) => Condition::Later,
        (false, Some(bytes)) => Condition::Ask(Filter::equal(attr, bytes)),
        (false, None) => Condition::Nobody,
    };
    match () {
        () if pattern.is_empty() => Condition::Ask(Filter::Not(Box::new(Filter::Present(attr.clone())))),
        () if attr.is("objectGUID") => binary(guid_bytes(pattern)),
        () if attr.is("objectSid") => binary(sid_bytes(pattern)),
        () if attr.is("accountExpires") || attr.is("pwdLastSet") => Condition::Later,
        () => Condition::Ask(Filter::pattern(attr, pattern)),
    }
}

fn exact_uid(filter: &resolvers::Filter) -> Option<&str> {
    let uid = filter.conditions.iter().find(|(name, _)| name == "userid").map(|(_, pattern)| pattern.as_str())?;
    (!uid.contains('*')).then_some(uid)
}
