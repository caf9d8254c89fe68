//! Sealing: committed entries become links.

use std::collections::HashMap;

use db::{Batch, WriteError};
use kernel::Timestamp;
use kernel::ids::AuditId;

use super::{Chain, ChainError, Head, Link, State};
use crate::store::chain::Unsealed;
use crate::store::{chain, entry};

/// Entries that are read and linked at a time.
const PAGE: i64 = 512;

/// What a pass did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sealed {
    /// Entries that are in the chain now.
    pub entries: u64,
    /// Entries that were left out because their tag is wrong: somebody wrote to the table.
    pub refused: u64,
    /// Whether a checkpoint was signed.
    pub checkpoint: bool,
}

impl Chain {
    /// Seals what has been committed and signs a checkpoint when one is due. To be called about every second on one node
    /// (the leased one); on several it does no harm. Passes continue where an interrupted one stopped.
    ///
    /// # Errors
    /// [`ChainError`]; what was sealed before stays sealed.
    pub async fn seal_once(&self, now: Timestamp) -> Result<Sealed, ChainError> {
        let mut state = self.state.lock().await;
        let mut head = self.head().await?;
        let mut after = AuditId::first_of(self.start(&mut state, now).await?).to_string();
        let mut done = Sealed::default();
        loop {
            let rows = chain::unsealed(&self.audit.db, &after, PAGE).await?;
            let full = rows.len() == usize::try_from(PAGE).unwrap_or(usize::MAX);
            let genuine = self.genuine(&rows).await?;
            let (mut links, mut at) = (Vec::with_capacity(rows.len()), head.clone());
            if let Some((last, _)) = rows.last() {
                after.clone_from(last);
            }
            for ((entry, mac), made) in rows.into_iter().zip(genuine) {
                if made.is_none() {
                    tracing::error!(entry, "an audit entry has a wrong tag and is not sealed");
                    done.refused += 1;
                    continue;
                }
                state.newest = state.newest.max(made);
                let position = at.position + 1;
                let link = self.link(&at.link, position, &entry, &mac);
                links.push(Link { position, entry, mac, link: link.clone() });
                at = Head { position, link };
            }
            if !self.write(&links).await? {
                // Another sealer was faster; the next pass goes on from its head.
                state.newest = None;
                break;
            }
            done.entries += links.len() as u64;
            head = at;
            if !full {
                break;
            }
        }
        done.checkpoint = self.checkpoint_if_due(&mut state, &head, now).await?;
        Ok(done)
    }

    /// The head of the chain: its last link, or the anchor, or the very beginning.
    pub(super) async fn head(&self) -> Result<Head, ChainError> {
        match chain::head(&self.audit.db).await? {
            Some(Link { position, link, .. }) => Ok(Head { position, link }),
            None => self.anchor().await,
        }
    }

    /// From which moment on entries are looked at.
    async fn start(&self, state: &mut State, now: Timestamp) -> Result<Timestamp, ChainError> {
        let config = &self.config;
        if state.newest.is_none() {
            let head = chain::head(&self.audit.db).await?;
            state.newest = head.and_then(|link| AuditId::parse(&link.entry).ok()).map(AuditId::made_at);
            state.long_look = None;
        }
        let Some(newest) = state.newest else {
            state.long_look = Some(now);
            return Ok(Timestamp::default());
        };
        let long = state.long_look.is_none_or(|last| now.since(last) >= config.long_look_every);
        if long {
            state.long_look = Some(now);
        }
        // Clocks may have been set back: what is newer than now does not count.
        Ok(newest.min(now) - if long { config.long_look_back } else { config.look_back })
    }

    /// Of each entry that was written by us, when it was made. Whoever edits an entry of this process in the second before it is
    /// sealed is found out when it is verified: the tag that is sealed here is the one of its making.
    async fn genuine(&self, rows: &[Unsealed]) -> Result<Vec<Option<Timestamp>>, ChainError> {
        let ours = |(entry, mac): &Unsealed| {
            let id = AuditId::parse(entry).ok()?;
            self.audit.recent.any(&id, |made| **made == **mac).then(|| id.made_at())
        };
        let mut genuine: Vec<Option<Timestamp>> = rows.iter().map(ours).collect();
        let others: Vec<Unsealed> =
            rows.iter().zip(&genuine).filter(|(_, made)| made.is_none()).map(|(row, _)| row.clone()).collect();
        if !others.is_empty() {
            let read = self.genuine_when_read(&others).await?;
            for (made, (entry, _)) in genuine.iter_mut().zip(rows).filter(|(made, _)| made.is_none()) {
                *made = read.get(entry).copied();
            }
        }
        Ok(genuine)
    }

    /// As [`Chain::genuine`], from the whole entries.
    pub(super) async fn genuine_when_read(&self, rows: &[Unsealed]) -> Result<HashMap<String, Timestamp>, ChainError> {
        let ids = rows.iter().filter_map(|(entry, _)| AuditId::parse(entry).ok());
        let listed: HashMap<&str, &str> = rows.iter().map(|(entry, mac)| (entry.as_str(), mac.as_str())).collect();
        let mut genuine = HashMap::with_capacity(rows.len());
        for row in entry::of_ids(&self.audit.db, ids).await? {
            let Ok((entry, mac)) = entry::read(&row, 0) else { continue };
            let right = self.audit.tag_is_right(&entry, &mac);
            let (id, made) = (entry.id.to_string(), entry.id.made_at());
            // The tag that is sealed is the one that was listed.
            if right && listed.get(id.as_str()).is_some_and(|listed| *listed == mac) {
                genuine.insert(id, made);
            }
        }
        Ok(genuine)
    }

    /// False when another sealer has taken a position or an entry.
    async fn write(&self, links: &[Link]) -> Result<bool, ChainError> {
        let mut batch = Batch::new();
        chain::insert(&mut batch, links);
        match self.audit.db.write(batch).await {
            Ok(_) => Ok(true),
            Err(WriteError::Constraint(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
