//! Finding people: by login, by uid, by filter; each with one statement.

use std::collections::{BTreeMap, HashSet};

use db::foreign::{Cells, ForeignError, Name, Select, Test};

use super::Sql;
use crate::people::Attributes;
use crate::resolvers::{self, Entry, Page, ResolverError, Standing};

/// Longest login name and uid.
pub(super) const LONGEST: usize = 255;
/// Rows that a collation may hold for the same login; one of them may be meant.
const ALIKE: usize = 20;
/// Uids in one statement.
const CHUNK: usize = 1_000;
/// Longer patterns are refused: each star may cost a pass over the text.
const LONGEST_PATTERN: usize = 512;

/// Whether it could be a login name or uid at all.
pub(super) fn plausible(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST && !text.chars().any(char::is_control)
}

impl Sql {
    /// The question for rows that meet these tests and those of the configuration; uid and login come first.
    fn question(&self, tests: Vec<Test>, wanted: &BTreeMap<&String, &Name>, most: usize) -> Select {
        let columns = [&self.config.uid, &self.config.login].into_iter().chain(wanted.values().copied());
        let tests = tests.into_iter().chain(self.config.tests.iter().cloned()).collect();
        let mut order = vec![self.config.login.clone()];
        if self.config.uid != self.config.login {
            order.push(self.config.uid.clone());
        }
        Select { columns: columns.cloned().collect(), tests, order, most }
    }

    /// The rows that a question finds. A value that the database cannot hold is in no row: that somebody types one is no failure of
    /// the database.
    pub(super) async fn rows(&self, question: &Select) -> Result<Vec<Cells>, ResolverError> {
        match self.table()?.select(question).await {
            Err(ForeignError::Refused(what)) => {
                tracing::warn!(table = %self.config.table, "the database refuses a value: {what}");
                Ok(Vec::new())
            }
            answered => Ok(answered?),
        }
    }

    /// Rows without a login name or uid are nobody's, and are not to fill lists.
    pub(super) fn named(&self) -> Vec<Test> {
        vec![Test::Given(self.config.login.clone()), Test::Given(self.config.uid.clone())]
    }

    async fn find(&self, tests: Vec<Test>, wanted: Option<&[String]>, most: usize) -> Result<Vec<Entry>, ResolverError> {
        let wanted: BTreeMap<&String, &Name> =
            self.config.map.iter().filter(|(ours, _)| wanted.is_none_or(|wanted| wanted.contains(ours))).collect();
        let rows = self.rows(&self.question(tests, &wanted, most)).await?;
        Ok(rows.into_iter().filter_map(|row| entry(&wanted, row)).collect())
    }

    pub(super) async fn by_login(&self, login: &str) -> Result<Option<Entry>, ResolverError> {
        // A resolver that is refused says so also for what is nobody's name.
        self.table()?;
        if !plausible(login) {
            return Ok(None);
        }
        let found = self.find(vec![Test::Is(self.config.login.clone(), login.to_owned())], None, ALIKE).await?;
        let (exact, other): (Vec<_>, Vec<_>) = found.into_iter().partition(|entry| entry.login == login);
        let folded = login.to_lowercase();
        let mut candidates = if exact.is_empty() {
            other.into_iter().filter(|entry| entry.login.to_lowercase() == folded).collect()
        } else {
            exact
        };
        if candidates.len() > 1 {
            tracing::warn!(table = %self.config.table, "several rows have the same login name: it is nobody's");
            return Ok(None);
        }
        Ok(candidates.pop())
    }

    pub(super) async fn by_uids(&self, uids: &[String]) -> Result<Vec<Entry>, ResolverError> {
        self.table()?;
        let asked: Vec<String> = uids.iter().filter(|uid| plausible(uid)).cloned().collect();
        let mut all = Vec::with_capacity(asked.len());
        for chunk in asked.chunks(CHUNK) {
            let tests = vec![Test::In(self.config.uid.clone(), chunk.to_vec())];
            all.extend(self.find(tests, None, chunk.len() * 2 + ALIKE).await?);
        }
        let asked: HashSet<&String> = asked.iter().collect();
        all.retain(|entry| asked.contains(&entry.uid));
        let (mut seen, mut twice) = (HashSet::new(), HashSet::new());
        for entry in &all {
            if !seen.insert(entry.uid.as_str()) {
                twice.insert(entry.uid.clone());
            }
        }
        if !twice.is_empty() {
            tracing::warn!(table = %self.config.table, "several rows have the same uid: they are nobody's");
            all.retain(|entry| !twice.contains(&entry.uid));
        }
        Ok(all)
    }

    pub(super) async fn by_filter(
        &self,
        filter: &resolvers::Filter,
        page: Page,
        projection: Option<&[String]>,
    ) -> Result<Vec<Entry>, ResolverError> {
        let mut tests = self.named();
        let mut asked: Vec<String> = projection.map(<[String]>::to_vec).unwrap_or_default();
        for (name, pattern) in &filter.conditions {
            let column = match name.as_str() {
                "username" => &self.config.login,
                "userid" => &self.config.uid,
                name => {
                    asked.push(name.to_owned());
                    let unknown = || ResolverError::Refused(format!("This resolver has no attribute `{name}`."));
                    self.config.map.get(name).ok_or_else(unknown)?
                }
            };
            if pattern.len() > LONGEST_PATTERN {
                return Err(ResolverError::Refused("The pattern is too long.".to_owned()));
            }
            if pattern.contains('\0') {
                return Ok(Vec::new());
            }
            match () {
                () if pattern.is_empty() => tests.push(Test::Empty(column.clone())),
                () if pattern.bytes().all(|b| b == b'*') => {}
                () if name == "userid" && !pattern.contains('*') => tests.push(Test::Is(column.clone(), pattern.clone())),
                () => tests.push(Test::Like(column.clone(), pattern.clone())),
            }
        }
        let most = self.config.limit.min(page.skip.saturating_add(page.limit));
        let found = self.find(tests, projection.map(|_| asked.as_slice()), most).await?;
        // The database may find more than was asked for.
        let admitted = found.into_iter().filter(|entry| filter.admits(entry));
        let keep = |mut entry: Entry| {
            if let Some(wanted) = projection {
                entry.attributes.retain(|name, _| wanted.contains(name));
            }
            entry
        };
        Ok(admitted.skip(page.skip).take(page.limit).map(keep).collect())
    }
}

/// The person of a row; `None` when it has no uid or login name that could be used.
fn entry(wanted: &BTreeMap<&String, &Name>, row: Cells) -> Option<Entry> {
    let mut cells = row.into_iter();
    let (uid, login) = (cells.next()??, cells.next()??);
    if !plausible(&uid) || !plausible(&login) {
        return None;
    }
    let values = wanted.keys().zip(cells).filter_map(|(ours, value)| Some((ours, value.filter(|value| !value.is_empty())?)));
    let attributes: Attributes = values.map(|(ours, value)| ((*ours).clone(), value.into())).collect();
    Some(Entry { uid, login, attributes, standing: Standing::default() })
}
