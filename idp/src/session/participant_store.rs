//! Rows of participants.

use db::{Batch, Db, DbError, Row, args};
use kernel::Timestamp;
use kernel::ids::{PersonId, SessionId};

use super::participant::Participant;

db::statements! {
    /// Somebody takes part, or does so again.
    PARTICIPANT_PUT = "INSERT INTO saml_participant (session_id, party, name_hash, name_format, name, session_index, last_at) \
        VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (session_id, party, name_hash) \
        DO UPDATE SET name_format = excluded.name_format, session_index = excluded.session_index, last_at = excluded.last_at",
        mysql "INSERT INTO saml_participant (session_id, party, name_hash, name_format, name, session_index, last_at) \
        VALUES (?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE name_format = VALUES(name_format), \
        session_index = VALUES(session_index), last_at = VALUES(last_at)";
    /// Forgets older names of a session at a party.
    PARTICIPANTS_PRUNE = "DELETE FROM saml_participant WHERE session_id = ? AND party = ? AND last_at < ?";
    /// All of a session, latest first.
    PARTICIPANTS_OF_SESSION = "SELECT p.session_id, s.person_id, p.party, p.name_format, p.name, p.session_index, p.last_at \
        FROM saml_participant p JOIN sso_session s ON s.id = p.session_id WHERE p.session_id = ? \
        ORDER BY p.last_at DESC, p.party, p.name_hash";
    /// All whom a party knows by a name.
    PARTICIPANTS_BY_NAME = "SELECT p.session_id, s.person_id, p.party, p.name_format, p.name, p.session_index, p.last_at \
        FROM saml_participant p JOIN sso_session s ON s.id = p.session_id WHERE p.name_hash = ? ORDER BY p.session_id";
    /// Forgets those of a session.
    PARTICIPANTS_DELETE = "DELETE FROM saml_participant WHERE session_id = ?";
    /// The same for all sessions of a person.
    PARTICIPANTS_DELETE_OF_PERSON = "DELETE FROM saml_participant \
        WHERE session_id IN (SELECT id FROM sso_session WHERE person_id = ?)";
    /// Sessions that have participants, behind one of them in order.
    PARTICIPANTS_PAGE = "SELECT session_id FROM saml_participant WHERE session_id > ? GROUP BY session_id ORDER BY session_id LIMIT ?";
    /// Forgets those of a range of sessions whose session is gone.
    PARTICIPANTS_ORPHANED = "DELETE FROM saml_participant WHERE session_id > ? AND session_id <= ? AND last_at < ? \
        AND NOT EXISTS (SELECT 1 FROM sso_session s WHERE s.id = saml_participant.session_id)";
}

fn read(row: &Row) -> Result<Participant, DbError> {
    let mut r = row.reader();
    Ok(Participant {
        session: r.next()?,
        person: r.next()?,
        party: r.next()?,
        name_format: r.next()?,
        name: r.next()?,
        session_index: r.next()?,
        last_at: r.next()?,
    })
}

pub(super) fn put(batch: &mut Batch, p: &Participant, name_hash: &str) {
    let args = args![p.session, &p.party, name_hash, &p.name_format, &p.name, &p.session_index, p.last_at];
    batch.run(&PARTICIPANT_PUT, args);
}

pub(super) fn prune(batch: &mut Batch, p: &Participant, before: Timestamp) {
    batch.run(&PARTICIPANTS_PRUNE, args![p.session, &p.party, before]);
}

pub(super) async fn of_session(db: &Db, session: SessionId) -> Result<Vec<Participant>, DbError> {
    db.fetch_causal(&PARTICIPANTS_OF_SESSION, args![session]).await?.iter().map(read).collect()
}

pub(super) async fn by_name(db: &Db, name_hash: &str) -> Result<Vec<Participant>, DbError> {
    db.fetch_causal(&PARTICIPANTS_BY_NAME, args![name_hash]).await?.iter().map(read).collect()
}

pub(super) fn delete(batch: &mut Batch, session: SessionId) {
    batch.run(&PARTICIPANTS_DELETE, args![session]);
}

pub(super) fn delete_of_person(batch: &mut Batch, person: PersonId) {
    batch.run(&PARTICIPANTS_DELETE_OF_PERSON, args![person]);
}

/// The last of the next `limit` sessions behind `after` that have participants, and whether there may be more of them.
pub(super) async fn page(db: &Db, after: &str, limit: u32) -> Result<Option<(String, bool)>, DbError> {
    let rows = db.fetch_all(&PARTICIPANTS_PAGE, args![after, limit]).await?;
    let more = rows.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    rows.last().map(|row| Ok((row.get(0)?, more))).transpose()
}

pub(super) fn forget_orphans(batch: &mut Batch, (after, last): (&str, &str), before: Timestamp) {
    batch.run(&PARTICIPANTS_ORPHANED, args![after, last, before]);
}
