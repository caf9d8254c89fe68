//! What the operations that change existing tokens have in common.

use super::select::{Which, facts_about, owner, record, unlocked};
use crate::Mfa;
use crate::enrol::demand;
use crate::operation::{Call, Failure};
use crate::people::Person;
use crate::policy::At;
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
        let set = sys.policies.load();
        let facts = facts_about(call, &set, owner.as_ref());
        let at = set.at(&facts);
        if let Some(owner) = owner.as_ref().filter(|_| strength == Strength::Strengthens) {
            demand(call, owner, &siblings, &at)?;
        }
        let decided = decide(&token, &siblings, &at)?;
        call.decided(&at);
        record(call, &token);
        if let Some(after) = decided {
            store::save(&mut call.batch, &token, &after);
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
