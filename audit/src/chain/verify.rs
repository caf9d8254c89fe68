//! Verification: walks the chain from its anchor and names the first bad row.

use std::collections::BTreeMap;

use super::{Chain, ChainError, Head, Link};
use crate::SETTLE;
use crate::store::chain::{LINK_COLUMNS, Walked};
use crate::store::{chain, checkpoint, entry};

/// Links that are read at a time.
const PAGE: i64 = 500;

/// What happened to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The content of the entry is not what was recorded.
    Edited,
    /// The tag of the entry is not the one that was sealed.
    Tag,
    /// The entry, or its link, or the end of the chain is gone.
    Deleted,
    /// The entry was not written by us.
    Inserted,
    /// Links or entries changed places.
    Reordered,
    /// The link does not follow from its predecessor.
    Link,
    /// A checkpoint is not ours or contradicts the chain.
    Checkpoint,
}

impl Fault {
    /// A stable name, for machines.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Edited => "edited",
            Self::Tag => "tag",
            Self::Deleted => "deleted",
            Self::Inserted => "inserted",
            Self::Reordered => "reordered",
            Self::Link => "link",
            Self::Checkpoint => "checkpoint",
        }
    }
}

/// The first bad row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What happened.
    pub fault: Fault,
    /// Position in the chain, if it has one.
    pub position: Option<i64>,
    /// Identifier of the entry, if it is known.
    pub entry: Option<String>,
    /// In words.
    pub what: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.what)?;
        if let Some(position) = self.position {
            write!(f, ", number {position}")?;
        }
        self.entry.as_ref().map_or(Ok(()), |entry| write!(f, ", entry {entry}"))
    }
}

/// How far a verification has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Position of the last link that was checked.
    pub position: i64,
    /// The last link when the verification began.
    pub end: i64,
}

/// Genuine entries that are in no link although they are older than a minute: nobody seals, they were committed late and wait for
/// the sealer to come by again, the clock of their node is slow, or links were taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overdue {
    /// How many they are.
    pub entries: u64,
    /// The oldest one.
    pub first: String,
}

/// What a verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Position before the first link; older entries were dropped by retention.
    pub from: i64,
    /// Position of the last good link.
    pub until: i64,
    /// Checkpoints that agree with the chain.
    pub checkpoints: u64,
    /// Genuine entries that are not sealed yet.
    pub unsealed: u64,
    /// Those of them that should have been sealed by now.
    pub overdue: Option<Overdue>,
    /// The first bad row; none: everything is as it was recorded.
    pub finding: Option<Finding>,
}

impl Verified {
    /// Whether nothing was tampered with. Overdue entries are no proof of that: see [`Verified::overdue`].
    pub fn is_good(&self) -> bool {
        self.finding.is_none()
    }
}

fn bad(fault: Fault, what: &str, position: Option<i64>, entry: Option<&str>) -> Finding {
    Finding { fault, position, entry: entry.map(str::to_owned), what: what.to_owned() }
}

impl Chain {
    /// Walks the whole chain in pages. `outside` are checkpoints that were kept elsewhere, one statement each, in any
    /// order; they betray who replaced the database as a whole or cut off its end.
    ///
    /// # Errors
    /// [`ChainError`] when the database fails; what was tampered with is a [`Finding`], not an error.
    pub async fn verify(
        &self,
        outside: impl IntoIterator<Item = String> + Send,
        mut progress: impl FnMut(Progress) + Send,
    ) -> Result<Verified, ChainError> {
        let anchor = match self.anchor().await {
            Ok(anchor) => anchor,
            Err(ChainError::Anchor(what)) => {
                let finding = bad(Fault::Checkpoint, &format!("the anchor of the chain is not ours: {what}"), None, None);
                return Ok(Verified { finding: Some(finding), ..Verified::default() });
            }
            Err(error) => return Err(error),
        };
        let mut out = Verified { from: anchor.position, until: anchor.position, ..Verified::default() };
        let outside = match self.read_outside(outside, anchor.position) {
            Ok(outside) => outside,
            Err(finding) => return Ok(Verified { finding: Some(finding), ..out }),
        };
        let end = chain::head(&self.audit.db).await?.map_or(anchor.position, |link| link.position);
        let head = self.walk(anchor, end, &outside, &mut out, &mut progress).await?;
        if out.finding.is_none() {
            out.finding = self.check_end(&head, &outside).await?;
        }
        if out.finding.is_none() {
            self.check_unsealed(&mut out).await?;
        }
        Ok(out)
    }

    /// Position and link of each outside checkpoint after the anchor.
    fn read_outside(&self, outside: impl IntoIterator<Item = String>, anchor: i64) -> Result<BTreeMap<i64, String>, Finding> {
        let mut out = BTreeMap::new();
        for line in outside {
            let said = self.read_statement(line.trim());
            let said = said.map_err(|e| bad(Fault::Checkpoint, &format!("a given checkpoint is not ours: {e}"), None, None))?;
            if said.position > anchor
                && let Some(other) = out.insert(said.position, said.link.clone())
                && other != said.link
            {
                return Err(bad(Fault::Checkpoint, "two given checkpoints contradict each other", Some(said.position), None));
            }
        }
        Ok(out)
    }

    async fn walk(
        &self,
        mut head: Head,
        end: i64,
        outside: &BTreeMap<i64, String>,
        out: &mut Verified,
        progress: &mut (impl FnMut(Progress) + Send),
    ) -> Result<Head, ChainError> {
        loop {
            let page = chain::walk(&self.audit.db, head.position, PAGE).await?;
            if page.is_empty() {
                return Ok(head);
            }
            let from = head.position;
            let mut links = BTreeMap::new();
            for (index, walked) in page.iter().enumerate() {
                if let Some(finding) = self.check(&head, walked, &page[index..]) {
                    out.finding = Some(finding);
                    return Ok(head);
                }
                let Link { position, link, .. } = &walked.link;
                head = Head { position: *position, link: link.clone() };
                links.insert(*position, link.as_str());
                out.until = *position;
                if outside.get(position).is_some_and(|said| said != link) {
                    out.finding = Some(bad(Fault::Checkpoint, "the chain contradicts a given checkpoint", Some(*position), None));
                    return Ok(head);
                }
            }
            out.checkpoints += links.keys().filter(|position| outside.contains_key(position)).count() as u64;
            if let Some(finding) = self.check_stored(from, head.position, &links, out).await? {
                out.finding = Some(finding);
                return Ok(head);
            }
            progress(Progress { position: head.position, end: end.max(head.position) });
        }
    }

    /// One link and its entry. `rest` is the page from this link on.
    fn check(&self, head: &Head, walked: &Walked, rest: &[Walked]) -> Option<Finding> {
        let link = &walked.link;
        let (position, id) = (Some(link.position), Some(link.entry.as_str()));
        if link.position != head.position + 1 {
            return Some(bad(Fault::Deleted, "a link of the chain was deleted", Some(head.position + 1), None));
        }
        if !self.follows(&head.link, link) {
            let belongs_here = |other: &Walked| {
                let made = self.link(&head.link, link.position, &other.link.entry, &other.link.mac);
                other.link.position != link.position && (made == link.link || made == other.link.link)
            };
            return Some(match rest.iter().any(belongs_here) {
                true => bad(Fault::Reordered, "entries of the chain changed places", position, id),
                false => bad(Fault::Link, "a link of the chain was changed", position, id),
            });
        }
        let Some(row) = &walked.entry else {
            return Some(bad(Fault::Deleted, "a sealed entry was deleted", position, id));
        };
        let Ok((entry, mac)) = entry::read(row, LINK_COLUMNS) else {
            return Some(bad(Fault::Edited, "a sealed entry was edited", position, id));
        };
        if mac != link.mac {
            return Some(bad(Fault::Tag, "the tag of a sealed entry was changed", position, id));
        }
        (!self.audit.tag_is_right(&entry, &mac)).then(|| bad(Fault::Edited, "a sealed entry was edited", position, id))
    }

    /// Checkpoints of the database in a range of positions that was walked.
    async fn check_stored(
        &self,
        from: i64,
        until: i64,
        links: &BTreeMap<i64, &str>,
        out: &mut Verified,
    ) -> Result<Option<Finding>, ChainError> {
        // A page has at most as many positions as links; several checkpoints of one position are not made.
        for stored in checkpoint::range(&self.audit.db, from, until, 2 * PAGE).await? {
            let position = Some(stored.position);
            let said = match self.read_statement(&stored.statement) {
                Ok(said) if said.position == stored.position && !said.anchor => said,
                Ok(_) => return Ok(Some(bad(Fault::Checkpoint, "a checkpoint was moved", position, None))),
                Err(e) => return Ok(Some(bad(Fault::Checkpoint, &format!("a checkpoint is not ours: {e}"), position, None))),
            };
            if links.get(&stored.position).is_none_or(|link| *link != said.link) {
                return Ok(Some(bad(Fault::Checkpoint, "the chain contradicts a checkpoint", position, None)));
            }
            out.checkpoints += 1;
        }
        Ok(None)
    }

    /// Nothing may be said about positions that the chain does not have any more.
    async fn check_end(&self, head: &Head, outside: &BTreeMap<i64, String>) -> Result<Option<Finding>, ChainError> {
        let stored = checkpoint::last(&self.audit.db, false).await?.map(|c| c.position);
        let said = outside.last_key_value().map(|(position, _)| *position).max(stored);
        let cut = said.filter(|position| *position > head.position);
        Ok(cut.map(|_| bad(Fault::Deleted, "the end of the chain was cut off", Some(head.position + 1), None)))
    }

    /// Entries in no link: genuine ones are waiting for the sealer (some for too long), others were written by somebody else.
    async fn check_unsealed(&self, out: &mut Verified) -> Result<(), ChainError> {
        let now = self.audit.clock.now();
        let mut after = String::new();
        // The walk asks for what comes after the empty text, so it would not see an entry that has this for its identifier.
        if self.audit.db.fetch_optional(&entry::ENTRY_BY_ID, db::args![&after]).await?.is_some() {
            out.finding = Some(bad(Fault::Inserted, "an entry without identifier was inserted", None, None));
            return Ok(());
        }
        loop {
            let rows = chain::unsealed(&self.audit.db, &after, None, PAGE).await?;
            let genuine = self.genuine_when_read(&rows).await?;
            for (entry, _) in &rows {
                after.clone_from(entry);
                let Some(made) = genuine.get(entry) else {
                    out.finding =
                        Some(bad(Fault::Inserted, "an entry was inserted or edited before it was sealed", None, Some(&after)));
                    return Ok(());
                };
                out.unsealed += 1;
                if now.since(*made) >= SETTLE {
                    out.overdue.get_or_insert_with(|| Overdue { entries: 0, first: after.clone() }).entries += 1;
                }
            }
            if rows.is_empty() {
                return Ok(());
            }
        }
    }
}
