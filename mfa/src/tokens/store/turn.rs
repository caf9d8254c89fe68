//! Turns: what was decided by counting tokens holds when it commits.
//!
//! Whoever adds a token where their number matters takes the turn of the person or realm first and then counts, all in one batch
//! and before the token itself. Taking a turn changes its row, so that the next one waits until this batch has committed, and
//! then counts what was added: of any number of enrolments at the same time no more commit than there is room for.

use db::{Batch, args};
use kernel::ids::PersonId;

use super::super::Rollout;

db::statements! {
    /// Takes the turn of a person or realm.
    TURN_TAKE = "INSERT INTO token_turn (name, taken) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET taken = token_turn.taken + 1",
        mysql "INSERT INTO token_turn (name, taken) VALUES (?, 1) ON DUPLICATE KEY UPDATE taken = taken + 1";
    /// The person has no factor.
    TURN_NO_FACTOR = "UPDATE token_turn SET taken = taken WHERE name = ? AND NOT EXISTS \
        (SELECT 1 FROM token WHERE person = ? AND rollout IN (?, ?) AND NOT revoked)";
    /// The person has fewer tokens than this.
    TURN_PERSON = "UPDATE token_turn SET taken = taken WHERE name = ? AND (SELECT COUNT(*) FROM token WHERE person = ?) < ?";
    /// The person has fewer tokens of this kind.
    TURN_KIND = "UPDATE token_turn SET taken = taken WHERE name = ? AND \
        (SELECT COUNT(*) FROM token WHERE person = ? AND kind = ?) < ?";
    /// The person has fewer active tokens.
    TURN_ACTIVE = "UPDATE token_turn SET taken = taken WHERE name = ? AND \
        (SELECT COUNT(*) FROM token WHERE person = ? AND active) < ?";
    /// The person has fewer active tokens of this kind.
    TURN_ACTIVE_KIND = "UPDATE token_turn SET taken = taken WHERE name = ? AND \
        (SELECT COUNT(*) FROM token WHERE person = ? AND kind = ? AND active) < ?";
    /// The realm has fewer tokens.
    TURN_REALM = "UPDATE token_turn SET taken = taken WHERE name = ? AND \
        (SELECT COUNT(*) FROM token_realm WHERE realm = ?) < ?";
}

/// Which tokens of a person are counted.
#[derive(Clone, Copy)]
pub(crate) enum Counted<'k> {
    /// All of them.
    All,
    /// Those of one kind.
    Kind(&'k str),
    /// Those that may be used.
    Active,
    /// Those of one kind that may be used.
    ActiveKind(&'k str),
}

fn take(batch: &mut Batch, kind: char, whose: &str) -> String {
    let name = format!("{kind}.{whose}");
    batch.run(&TURN_TAKE, args![&name]);
    name
}

/// The batch commits only if the person has no factor before it: guard `first factor`.
pub(crate) fn no_factor(batch: &mut Batch, person: PersonId) {
    let name = take(batch, 'p', &person.to_string());
    let args = args![name, person, Rollout::None.name(), Rollout::Enrolled.name()];
    batch.guard("first factor", &TURN_NO_FACTOR, args);
}

/// The batch commits only if the person has fewer of these tokens than `limit` before it: guard `token limit`.
pub(crate) fn fewer(batch: &mut Batch, person: PersonId, counted: Counted<'_>, limit: u32) {
    let name = take(batch, 'p', &person.to_string());
    let (stmt, args) = match counted {
        Counted::All => (&TURN_PERSON, args![name, person, limit]),
        Counted::Kind(kind) => (&TURN_KIND, args![name, person, kind, limit]),
        Counted::Active => (&TURN_ACTIVE, args![name, person, limit]),
        Counted::ActiveKind(kind) => (&TURN_ACTIVE_KIND, args![name, person, kind, limit]),
    };
    batch.guard("token limit", stmt, args);
}

/// The batch commits only if the realm has fewer tokens than `limit` before it: guard `token limit`.
pub(crate) fn fewer_in_realm(batch: &mut Batch, realm: &str, limit: u32) {
    let name = take(batch, 'r', realm);
    batch.guard("token limit", &TURN_REALM, args![name, realm, limit]);
}
