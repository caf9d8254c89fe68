//! Enrolments that people began themselves and have not completed. What an administrator made is not among them, however long
//! it waits for its owner.

use db::{Batch, Db, DbError, args};
use kernel::Timestamp;
use kernel::ids::TokenId;

db::statements! {
    /// One has begun.
    ENROLMENT_INSERT = "INSERT INTO enrolment (token_id, begun_at) VALUES (?, ?)";
    /// It was completed, or its token has gone.
    ENROLMENT_DELETE = "DELETE FROM enrolment WHERE token_id = ?";
    /// Those that began before a moment, oldest first.
    ENROLMENTS_BEFORE = "SELECT token_id FROM enrolment WHERE begun_at < ? ORDER BY begun_at, token_id LIMIT ?";
}

/// The owner has begun to enrol this token.
pub(crate) fn begun(batch: &mut Batch, token: TokenId, at: Timestamp) {
    batch.run(&ENROLMENT_INSERT, args![token, at]);
}

/// The enrolment of this token is over; nothing if it was never on the list.
pub(crate) fn over(batch: &mut Batch, token: TokenId) {
    batch.run(&ENROLMENT_DELETE, args![token]);
}

/// Tokens whose enrolment began before a moment, `most` at a time.
///
/// # Errors
/// When the database fails.
pub(crate) async fn before(db: &Db, moment: Timestamp, most: u32) -> Result<Vec<TokenId>, DbError> {
    db.fetch_all(&ENROLMENTS_BEFORE, args![moment, most]).await?.iter().map(|row| row.get(0)).collect()
}
