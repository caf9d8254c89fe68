//! The chain: committed entries in the order of sealing. Each link is a tag over its predecessor, its position, and the
//! identifier and tag of its entry; the key is not in the database. Signed checkpoints say what the link of a position was;
//! they leave the machine, so that cutting off the end is noticed too.
//!
//! Entries may commit late and out of order: the sealer looks back a little on every pass, far back now and then, and walks over the
//! whole log again and again, so that every committed entry gets its link ([`seal`] says why and when). Two sealers at a time do
//! no harm: positions and entries are unique in the table, so one of them is refused and looks again.

mod checkpoint;
mod retain;
mod seal;
mod verify;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use db::{DbError, WriteError};
use kernel::{Class, Classified, Timestamp};
use keys::{Ring, RingError};
use tokio::sync::Mutex;

use crate::Audit;
use crate::entry::Canonical;

pub use checkpoint::read_checkpoints;
pub use seal::Sealed;
pub use verify::{Fault, Finding, Overdue, Progress, Verified};

/// A row of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) position: i64,
    pub(crate) entry: String,
    /// The tag of the entry when it was sealed.
    pub(crate) mac: String,
    pub(crate) link: String,
}

/// A position and its link: where the chain goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) position: i64,
    pub(crate) link: String,
}

impl Head {
    /// Before the first entry.
    fn genesis() -> Self {
        Self { position: 0, link: String::new() }
    }
}

/// How the chain is kept.
#[derive(Clone, Debug)]
pub struct ChainConfig {
    /// File to which checkpoints are appended; ship it to another machine.
    pub checkpoint_file: Option<PathBuf>,
    /// A checkpoint is signed so often, if there is something new.
    pub checkpoint_every: Duration,
    /// Each pass looks so far back behind the newest sealed entry.
    pub look_back: Duration,
    /// So often a pass looks far back.
    pub long_look_every: Duration,
    /// How far back that is.
    pub long_look_back: Duration,
    /// Each pass walks over so many older entries; 0: none.
    pub sweep: i64,
}

impl Default for ChainConfig {
    fn default() -> Self {
        Self {
            checkpoint_file: None,
            checkpoint_every: Duration::from_secs(60),
            look_back: Duration::from_secs(2),
            long_look_every: Duration::from_secs(60),
            long_look_back: Duration::from_secs(600),
            sweep: 2048,
        }
    }
}

/// The chain cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// The database fails.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A change was not written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A checkpoint cannot be signed.
    #[error("checkpoint: {0}")]
    Sign(#[from] RingError),
    /// Where the chain begins is not known: the anchor is damaged.
    #[error("the anchor of the audit chain is damaged: {0}")]
    Anchor(String),
}

impl Classified for ChainError {
    fn class(&self) -> Class {
        match self {
            Self::Db(e) => e.class(),
            Self::Write(e) => e.class(),
            Self::Sign(e) => e.class(),
            Self::Anchor(_) => Class::Internal,
        }
    }
    fn code(&self) -> &'static str {
        match self {
            Self::Db(e) => e.code(),
            Self::Write(e) => e.code(),
            Self::Sign(e) => e.code(),
            Self::Anchor(_) => "audit_anchor_broken",
        }
    }
}

/// Seals, checks and shortens the chain. Cheap to clone; clones share what they know.
#[derive(Clone)]
pub struct Chain {
    pub(crate) audit: Audit,
    ring: Ring,
    pub(crate) config: Arc<ChainConfig>,
    state: Arc<Mutex<State>>,
}

/// What the sealer remembers between passes; nothing is lost with it.
#[derive(Default)]
struct State {
    /// The newest moment of which an entry is sealed.
    newest: Option<Timestamp>,
    long_look: Option<Timestamp>,
    /// The walk over the log has come down to this entry; none: it begins.
    swept: Option<String>,
    checkpoint: Option<Timestamp>,
    checkpointed: i64,
}

impl Chain {
    /// The chain over the entries of `audit`, with checkpoints signed by `ring`.
    pub fn new(audit: Audit, ring: Ring, config: ChainConfig) -> Self {
        Self { audit, ring, config: Arc::new(config), state: Arc::default() }
    }

    /// The link of an entry at a position, after the link `previous`.
    fn link(&self, previous: &str, position: i64, entry: &str, mac: &str) -> String {
        let mut bytes = Canonical::new("symbolon audit link 1");
        bytes.text(previous).number(Some(position)).text(entry).text(mac);
        self.audit.mac.text(&bytes.0)
    }

    /// Whether a link follows from its predecessor.
    pub(crate) fn follows(&self, previous: &str, link: &Link) -> bool {
        let made = self.link(previous, link.position, &link.entry, &link.mac);
        keys::constant_time_eq(made.as_bytes(), link.link.as_bytes())
    }
}

#[cfg(test)]
mod tests;
