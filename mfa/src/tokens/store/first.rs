//! First factors: of several enrolments that all found no factor, one commits.

use db::{Batch, Db, DbError, args};
use kernel::ids::PersonId;

db::statements! {
    /// How often a person got a first factor.
    FIRST_FACTOR = "SELECT claims FROM first_factor WHERE person = ?";
    /// For the first time.
    FIRST_FACTOR_INSERT = "INSERT INTO first_factor (person, claims) VALUES (?, 1)";
    /// Once more, after all factors had gone.
    FIRST_FACTOR_AGAIN = "UPDATE first_factor SET claims = claims + 1 WHERE person = ? AND claims = ?";
}

/// What was seen before the factors of a person were read.
#[derive(Clone, Copy)]
pub(crate) struct Seen {
    person: PersonId,
    claims: Option<i64>,
}

/// Looks. Call it before reading the factors: whatever commits in between is noticed.
///
/// # Errors
/// When the database fails.
pub(crate) async fn look(db: &Db, person: PersonId) -> Result<Seen, DbError> {
    let row = db.fetch_optional(&FIRST_FACTOR, args![person]).await?;
    Ok(Seen { person, claims: row.map(|row| row.get(0)).transpose()? })
}

/// Claims the first factor: a guard, or constraint `first_factor_pk`, refuses when somebody else was faster.
pub(crate) fn claim(batch: &mut Batch, seen: Seen) {
    match seen.claims {
        None => batch.run(&FIRST_FACTOR_INSERT, args![seen.person]),
        Some(claims) => batch.guard("first factor", &FIRST_FACTOR_AGAIN, args![seen.person, claims]),
    };
}
