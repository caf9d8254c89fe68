//! Sealing: committed entries become links.
//!
//! An entry is written by one transaction and sealed by another, and databases do not say in which order transactions committed.
//! An identifier says when an entry was *made*, by the clock of its node. So what the sealer has linked up to now says nothing about
//! what may still appear before it: a transaction can stall between its statements and its commit, a node may have a slow clock,
//! the newest link may come from a node with a fast clock while the sealer stood still. There is no moment before which
//! everything has arrived; there are only looks back, which get rarer the farther they go:
//!
//! 1. every pass, [`ChainConfig::look_back`] behind the newest link (or behind now, if that is earlier);
//! 2. every [`ChainConfig::long_look_every`], [`ChainConfig::long_look_back`];
//! 3. every pass, the next [`ChainConfig::sweep`] entries of a walk from there to the oldest entry, which then begins anew.
//!
//! The walk is what makes the promise: an entry is sealed at the latest when the walk has gone round once, which with the defaults
//! takes a second for each two thousand entries of the log; younger ones come first, since lateness is mostly short. Each look
//! is a range of the primary key of the entries and of the unique index of the links, so a pass costs the same however long the log
//! is, and those who write entries pay nothing. (A table of what waits would cost each operation one more row to insert and to
//! delete, for a case that hardly ever happens.)
//!
//! Sealing late gives an attacker nothing: only entries with a right tag are sealed, however old they claim to be. A row that was put in
//! by hand is refused by whichever look meets it, and found by [`Chain::verify`], which reads every entry outside the chain. Until
//! a late entry is sealed, verification reports it as overdue ([`Verified::overdue`](super::Verified)).

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

/// What a pass knows.
struct Pass {
    head: Head,
    done: Sealed,
}

impl Chain {
    /// Seals what has been committed and signs a checkpoint when one is due. To be called about every second on one node
    /// (the leased one); on several it does no harm. Passes continue where an interrupted one stopped.
    ///
    /// # Errors
    /// [`ChainError`]; what was sealed before stays sealed.
    pub async fn seal_once(&self, now: Timestamp) -> Result<Sealed, ChainError> {
        let mut state = self.state.lock().await;
        let mut pass = Pass { head: self.head().await?, done: Sealed::default() };
        let after = AuditId::first_of(self.start(&mut state, now).await?).to_string();
        if self.seal_range(&mut state, &mut pass, &after, None).await? {
            self.sweep(&mut state, &mut pass, &after).await?;
        }
        pass.done.checkpoint = self.checkpoint_if_due(&mut state, &pass.head, now).await?;
        Ok(pass.done)
    }

    /// Seals whatever is committed and not sealed, however old. This reads the whole log; the running service comes to the same
    /// in many passes of [`Chain::seal_once`].
    ///
    /// # Errors
    /// [`ChainError`]; what was sealed before stays sealed.
    pub async fn seal_all(&self, now: Timestamp) -> Result<Sealed, ChainError> {
        let mut state = self.state.lock().await;
        let mut pass = Pass { head: self.head().await?, done: Sealed::default() };
        self.seal_range(&mut state, &mut pass, "", None).await?;
        pass.done.checkpoint = self.checkpoint_if_due(&mut state, &pass.head, now).await?;
        Ok(pass.done)
    }

    /// Seals the entries of `after < id` (and `id <= until`) that are in no link. False when another sealer was faster: the next pass goes on
    /// from its head.
    async fn seal_range(&self, state: &mut State, pass: &mut Pass, after: &str, until: Option<&str>) -> Result<bool, ChainError> {
        let mut after = after.to_owned();
        loop {
            let rows = chain::unsealed(&self.audit.db, &after, until, PAGE).await?;
            let full = rows.len() == usize::try_from(PAGE).unwrap_or(usize::MAX);
            let genuine = self.genuine(&rows).await?;
            let (mut links, mut at, mut newest) = (Vec::with_capacity(rows.len()), pass.head.clone(), state.newest);
            if let Some((last, _)) = rows.last() {
                after.clone_from(last);
            }
            for ((entry, mac), made) in rows.into_iter().zip(genuine) {
                if made.is_none() {
                    tracing::error!(entry, "an audit entry has a wrong tag and is not sealed");
                    pass.done.refused += 1;
                    continue;
                }
                newest = newest.max(made);
                let position = at.position + 1;
                let link = self.link(&at.link, position, &entry, &mac);
                links.push(Link { position, entry, mac, link: link.clone() });
                at = Head { position, link };
            }
            if !self.write(&links).await? {
                state.newest = None;
                return Ok(false);
            }
            // Only now: had writing failed, a later pass would begin behind entries that are in no link.
            state.newest = newest;
            pass.done.entries += links.len() as u64;
            pass.head = at;
            if !full {
                return Ok(true);
            }
        }
    }

    /// One step of the walk over the whole log, from the newest entry (`from`, where the look back begins) to the oldest one, and
    /// then again.
    async fn sweep(&self, state: &mut State, pass: &mut Pass, from: &str) -> Result<(), ChainError> {
        if self.config.sweep == 0 {
            return Ok(());
        }
        let until = state.swept.clone().unwrap_or_else(|| from.to_owned());
        let after = chain::before(&self.audit.db, &until, self.config.sweep - 1).await?;
        let before = pass.done.entries;
        if !self.seal_range(state, pass, after.as_deref().unwrap_or(""), Some(&until)).await? {
            return Ok(());
        }
        let late = pass.done.entries - before;
        if late > 0 {
            tracing::warn!(
                entries = late,
                "audit entries were committed very late, or by a node with a wrong clock; they are sealed now"
            );
        }
        // Without more entries before it the walk begins anew.
        state.swept = after;
        Ok(())
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
