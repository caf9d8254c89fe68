//! What the operations that change existing tokens have in common.

use db::Batch;

use super::select::{Which, owner, record, unlocked};
use crate::Mfa;
use crate::enrol::limits::Limits;
use crate::enrol::{demand, factors};
use crate::notices::{self, of_change};
use crate::operation::{Call, Failure};
use crate::people::Person;
use crate::tokens::store::turn;
use crate::tokens::{Token, store};

/// Whether a change makes a factor usable, so that an existing one must be shown first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Strength {
    /// It makes a factor usable, or changes what it demands.
    Strengthens,
    /// It takes a factor away, or changes nothing about it.
    Neutral,
}

/// Changes each of the tokens by `decide`, which may refuse; returns how many changed. What becomes active stays within the limits.
pub(super) async fn each(
    sys: &Mfa,
    call: &mut Call,
    which: &Which,
    strength: Strength,
    mut decide: impl FnMut(&Token) -> Result<Option<Token>, Failure>,
) -> Result<i64, Failure> {
    let tokens = which.tokens(sys).await?;
    let Some(first) = tokens.first() else { return Ok(0) };
    // All of them have the same owner.
    let owner = owner(sys, first).await?;
    let mut siblings = siblings(sys, owner.as_ref()).await?;
    let mut changed = 0;
    for token in &tokens {
        unlocked(token)?;
        let (after, limits) = call.ask(sys, owner.as_ref(), |call, at| {
            if let Some(owner) = owner.as_ref().filter(|_| strength == Strength::Strengthens) {
                demand(call, owner, &siblings, at)?;
            }
            let after = decide(token)?;
            let limits = match &after {
                Some(after) if after.active && !token.active => Some(Limits::read(token.kind, at)?),
                _ => None,
            };
            Ok::<_, Failure>((after, limits))
        })?;
        record(call, token);
        let Some(after) = after else { continue };
        if let (Some(limits), Some(owner)) = (limits, &owner) {
            limits.admit_active(&siblings)?;
            limits.hold_active(&mut call.batch, owner.id);
        }
        store::save(&mut call.batch, token, &after);
        if let (Some(owner), Some(what)) = (&owner, of_change(token, &after)) {
            notices::tell(sys, call, owner, what);
        }
        if let Some(sibling) = siblings.iter_mut().find(|sibling| sibling.id == token.id) {
            *sibling = after;
        }
        changed += 1;
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

/// A usable factor is about to be added to these: if it is the first, nobody else's may commit meanwhile. Call it before the token
/// is pushed.
pub(super) fn claim(batch: &mut Batch, owner: Option<&Person>, siblings: &[Token]) {
    if let Some(owner) = owner.filter(|_| factors(siblings).next().is_none()) {
        turn::no_factor(batch, owner.id);
    }
}
