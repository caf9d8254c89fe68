//! What the operations that change existing tokens have in common.

use db::Batch;

use super::select::{Which, owner, record, unlocked};
use crate::Mfa;
use crate::enrol::{demand, factors};
use crate::notices::{self, of_change};
use crate::operation::{Call, Code, Failure};
use crate::people::Person;
use crate::policy::At;
use crate::tokens::store::first::{self, Seen};
use crate::tokens::{Token, store};

/// Whether a change makes a factor usable, so that an existing one must be shown first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Strength {
    /// It makes a factor usable, or changes what it demands.
    Strengthens,
    /// It takes a factor away, or changes nothing about it.
    Neutral,
}

/// Changes each of the tokens by `decide`, which may refuse; returns how many changed.
pub(super) async fn each(
    sys: &Mfa,
    call: &mut Call,
    which: &Which,
    strength: Strength,
    mut decide: impl FnMut(&Token, &[Token], &At<'_>) -> Result<Option<Token>, Failure>,
) -> Result<i64, Failure> {
    let mut changed = 0;
    for token in which.tokens(sys).await? {
        unlocked(&token)?;
        let owner = owner(sys, &token).await?;
        let siblings = siblings(sys, owner.as_ref()).await?;
        let decided = call.ask(sys, owner.as_ref(), |call, at| {
            if let Some(owner) = owner.as_ref().filter(|_| strength == Strength::Strengthens) {
                demand(call, owner, &siblings, at)?;
            }
            decide(&token, &siblings, at)
        })?;
        record(call, &token);
        if let Some(after) = decided {
            store::save(&mut call.batch, &token, &after);
            if let (Some(owner), Some(what)) = (&owner, of_change(&token, &after)) {
                notices::tell(sys, call, owner, what);
            }
            changed += 1;
        }
    }
    Ok(changed)
}

/// All tokens of a person; none of nobody.
pub(super) async fn siblings(sys: &Mfa, owner: Option<&Person>) -> Result<Vec<Token>, Failure> {
    match owner {
        Some(owner) => Ok(store::by_person(&sys.db, owner.id).await?),
        None => Ok(Vec::new()),
    }
}

/// Somebody else's first enrolment committed at the same time.
pub(super) fn not_first(constraint: &str) -> Option<Failure> {
    let message = "Another factor has just been added. Please try again.";
    (constraint == "first_factor_pk").then(|| Failure::new(Code::Conflict, message))
}

/// What the factors of a person look like before one is added.
pub(super) struct Standing {
    /// All their tokens.
    pub(super) tokens: Vec<Token>,
    seen: Option<Seen>,
}

impl Standing {
    /// Reads it.
    pub(super) async fn of(sys: &Mfa, owner: Option<&Person>) -> Result<Self, Failure> {
        let seen = match owner {
            Some(owner) => Some(first::look(&sys.db, owner.id).await?),
            None => None,
        };
        Ok(Self { tokens: siblings(sys, owner).await?, seen })
    }

    /// Whether there is no factor yet.
    pub(super) fn first(&self) -> bool {
        factors(&self.tokens).next().is_none()
    }

    /// A usable factor is being added: if it is the first, nobody else's may commit meanwhile.
    pub(super) fn added(&self, batch: &mut Batch) {
        if let Some(seen) = self.seen.filter(|_| self.first()) {
            first::claim(batch, seen);
        }
    }
}
