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

/// Rows that are read for so many uids.
const fn most(uids: usize) -> usize {
    uids * 2 + ALIKE
}

/// Whether two uids may be the same to a database.
fn same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

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

    /// Those of these uids who have a row, also one that cannot be used, and also several.
    pub(super) async fn there(&self, uids: &[String]) -> Result<HashSet<String>, ResolverError> {
        self.table()?;
        let mut there = HashSet::new();
        for chunk in uids.chunks(CHUNK) {
            let asked: HashSet<&String> = chunk.iter().collect();
            let rows = self.rows_strictly(&self.of_uids(chunk, &BTreeMap::new())).await?;
            if rows.len() >= most(chunk.len()) {
                return Err(ResolverError::Unclear("the table has more rows for some uids than are read".to_owned()));
            }
            let found = rows.into_iter().filter_map(|row| row.into_iter().next()?);
            // What the database takes for the same may be somebody else's, or theirs in another spelling.
            for uid in found {
                match asked.contains(&uid) {
                    true => drop(there.insert(uid)),
                    false => there.extend(chunk.iter().filter(|asked| same(asked, &uid)).cloned()),
                }
            }
        }
        Ok(there)
    }

    fn of_uids(&self, uids: &[String], wanted: &BTreeMap<&String, &Name>) -> Select {
        self.question(vec![Test::In(self.config.uid.clone(), uids.to_vec())], wanted, most(uids.len()))
    }

    /// The rows that a question finds. That the database refuses a value is an error: it says nothing about anybody.
    async fn rows_strictly(&self, question: &Select) -> Result<Vec<Cells>, ResolverError> {
        match self.table()?.select(question).await {
            Err(ForeignError::Refused(what)) => Err(ResolverError::Unclear(format!("the database refuses a value: {what}"))),
            answered => Ok(answered?),
        }
    }

    /// Somebody of whom it matters whether they are there: a row that cannot be used is no sign that they are not.
    async fn by_uid(&self, uid: &String) -> Result<Option<Entry>, ResolverError> {
        let uids = std::slice::from_ref(uid);
        let wanted: BTreeMap<&String, &Name> = self.config.map.iter().collect();
        let mut rows = self.rows_strictly(&self.of_uids(uids, &wanted)).await?;
        rows.retain(|row| row.first().and_then(Option::as_ref).is_some_and(|found| found == uid));
        let unusable = || ResolverError::Unclear("the row of somebody cannot be used, or there are several".to_owned());
        match (rows.pop(), rows.len()) {
            (None, _) => Ok(None),
            (Some(row), 0) => entry(&wanted, row).map(Some).ok_or_else(unusable),
            _ => Err(unusable()),
        }
    }

    pub(super) async fn by_uids(&self, uids: &[String]) -> Result<Vec<Entry>, ResolverError> {
        self.table()?;
        if let [uid] = uids {
            return if plausible(uid) { Ok(self.by_uid(uid).await?.into_iter().collect()) } else { Ok(Vec::new()) };
        }
        let asked: Vec<String> = uids.iter().filter(|uid| plausible(uid)).cloned().collect();
        let mut all = Vec::with_capacity(asked.len());
        for chunk in asked.chunks(CHUNK) {
            let tests = vec![Test::In(self.config.uid.clone(), chunk.to_vec())];
            all.extend(self.find(tests, None, most(chunk.len())).await?);
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
