//! Challenges in the database.

use audit::Door;
use db::{Batch, Db, DbError, Row, args};
use kernel::Timestamp;
use kernel::ids::{ChallengeId, TokenId};

use super::{Challenge, ChallengeSet, Continuation};

/// Longest code of a transaction.
const CODE: usize = 64;

db::statements! {
    /// A new transaction.
    SET_INSERT = "INSERT INTO challenge_set (code, person, door, continuation, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)";
    /// One token's part of it.
    CHALLENGE_INSERT = "INSERT INTO challenge (id, code, token_id, serial, data, received, otp_valid, created_at, expires_at) \
        VALUES (?, ?, ?, ?, ?, 0, FALSE, ?, ?)";
    /// A transaction with all its parts, unless it has expired.
    SET_BY_CODE = "SELECT s.code, s.person, s.door, s.continuation, s.created_at, s.expires_at, \
        c.id, c.token_id, c.serial, c.data, c.received, c.otp_valid, c.expires_at \
        FROM challenge_set s JOIN challenge c ON c.code = s.code WHERE s.code = ? AND s.expires_at >= ? ORDER BY c.id";
    /// Consumes a transaction: who deletes the row has answered it.
    SET_CONSUME = "DELETE FROM challenge_set WHERE code = ? AND expires_at >= ?";
    /// Removes the parts of a transaction.
    CHALLENGE_DELETE_SET = "DELETE FROM challenge WHERE code = ?";
    /// Removes the parts that belong to a token.
    CHALLENGE_DELETE_TOKEN = "DELETE FROM challenge WHERE token_id = ?";
    /// A wrong answer came.
    CHALLENGE_RECEIVED = "UPDATE challenge SET received = received + 1 WHERE id = ?";
    /// Removes what has expired.
    CHALLENGE_EXPIRE = "DELETE FROM challenge WHERE expires_at < ?";
    /// Removes transactions that have expired.
    SET_EXPIRE = "DELETE FROM challenge_set WHERE expires_at < ?";
}

/// A new transaction with its parts.
pub(crate) fn insert(batch: &mut Batch, set: &ChallengeSet) {
    let continuation = serde_json::to_string(&set.continuation).unwrap_or_default();
    batch.run(&SET_INSERT, args![&set.code, set.person, set.door.name(), continuation, set.created_at, set.expires_at]);
    for challenge in &set.challenges {
        let (id, token, data) = (challenge.id, challenge.token, challenge.data.clone());
        let args = args![id, &set.code, token, &challenge.serial, data, set.created_at, challenge.expires_at];
        batch.run(&CHALLENGE_INSERT, args);
    }
}

fn head(row: &Row) -> Result<ChallengeSet, DbError> {
    let mut r = row.reader();
    Ok(ChallengeSet {
        code: r.next()?,
        person: r.next()?,
        door: r.parse(|name| Door::parse(name).ok_or("no such door"))?,
        continuation: r.parse(|text| serde_json::from_str::<Continuation>(text))?,
        created_at: r.next()?,
        expires_at: r.next()?,
        challenges: Vec::new(),
    })
}

fn part(row: &Row) -> Result<Challenge, DbError> {
    Ok(Challenge {
        id: row.get(6)?,
        token: row.get(7)?,
        serial: row.get(8)?,
        data: row.get(9)?,
        received: row.get(10)?,
        answered: row.get(11)?,
        expires_at: row.get(12)?,
    })
}

/// The transaction with this code, unless it has expired or been answered.
///
/// # Errors
/// When the database fails.
pub(crate) async fn by_code(db: &Db, code: &str, at: Timestamp) -> Result<Option<ChallengeSet>, DbError> {
    // What cannot be a transaction is not looked for: some databases refuse odd text.
    if code.len() > CODE || !code.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Ok(None);
    }
    let rows = db.fetch_causal(&SET_BY_CODE, args![code, at]).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let mut set = head(first)?;
    set.challenges = rows.iter().map(part).collect::<Result<_, _>>()?;
    Ok(Some(set))
}

/// Consumes a transaction: of all who try, one batch commits.
pub(crate) fn consume(batch: &mut Batch, code: &str, at: Timestamp) {
    batch.guard("challenge: unanswered", &SET_CONSUME, args![code, at]);
    batch.run(&CHALLENGE_DELETE_SET, args![code]);
}

/// Notes a wrong answer.
pub(crate) fn received(batch: &mut Batch, challenge: ChallengeId) {
    batch.run(&CHALLENGE_RECEIVED, args![challenge]);
}

/// Withdraws what a token was asked.
pub(crate) fn forget_token(batch: &mut Batch, token: TokenId) {
    batch.run(&CHALLENGE_DELETE_TOKEN, args![token]);
}

/// Removes what has expired.
pub(crate) fn expire(batch: &mut Batch, at: Timestamp) {
    batch.run(&CHALLENGE_EXPIRE, args![at]).run(&SET_EXPIRE, args![at]);
}
