//! What the change of a token means to its owner.

use super::{Factor, What};
use crate::tokens::{Owner, Token};

/// What to tell the owner of `before`, if anything. Enrolment tells on its own; what was never usable is no factor.
pub(crate) fn of_change(before: &Token, after: &Token) -> Option<What> {
    if !before.rollout.usable() || before.revoked {
        return None;
    }
    let owner = |token: &Token| token.owner.as_ref().map(|owner: &Owner| owner.person);
    let factor = Factor::from(before);
    if after.revoked || owner(after) != owner(before) {
        return Some(What::FactorRemoved { factor });
    }
    match (before.active, after.active) {
        (true, false) => Some(What::FactorDisabled { factor }),
        (false, true) => Some(What::FactorEnabled { factor }),
        _ => None,
    }
}
