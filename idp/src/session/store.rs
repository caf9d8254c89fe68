//! Rows of sessions, and of the parties they are signed in at.

use std::time::Duration;

use db::{Batch, Db, DbError, Row, WriteError, args};
use kernel::Timestamp;
use kernel::ids::{PersonId, SessionId};

use super::{Evidence, Session, SignedInAt, participant_store};
use crate::party::{Party, PartyKind};

db::statements! {
    /// By the tag of the cookie.
    SESSION_BY_TOKEN = "SELECT id, version, issuer, person_id, auth_epoch, evidence, client, user_agent, created_at, seen_at, idle, \
        expires_at FROM sso_session WHERE token_hash = ?";
    /// By id.
    SESSION_BY_ID = "SELECT id, version, issuer, person_id, auth_epoch, evidence, client, user_agent, created_at, seen_at, idle, \
        expires_at FROM sso_session WHERE id = ?";
    /// All of a person, ended ones included.
    SESSIONS_OF_PERSON = "SELECT id, version, issuer, person_id, auth_epoch, evidence, client, user_agent, created_at, seen_at, idle, \
        expires_at FROM sso_session WHERE person_id = ? ORDER BY seen_at DESC, id DESC";
    /// Opens one.
    SESSION_INSERT = "INSERT INTO sso_session (id, token_hash, version, issuer, person_id, auth_epoch, evidence, client, user_agent, \
        created_at, seen_at, idle, idle_until, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    /// Marks it as used; whoever was later stays.
    SESSION_TOUCH = "UPDATE sso_session SET seen_at = ?, idle_until = ? WHERE id = ? AND seen_at < ?";
    /// New evidence, new token.
    SESSION_STRENGTHEN = "UPDATE sso_session SET token_hash = ?, evidence = ?, seen_at = ?, idle_until = ?, expires_at = ?, \
        version = version + 1 WHERE id = ? AND version = ? AND auth_epoch = ?";
    /// Touches the row if it is still there; what it rests on only grows. It must change something, or MySQL would report no row.
    SESSION_STILL = "UPDATE sso_session SET version = version + 1 WHERE id = ? AND auth_epoch = ?";
    /// Ends one.
    SESSION_DELETE = "DELETE FROM sso_session WHERE id = ?";
    /// Ends all of a person.
    SESSIONS_DELETE_OF_PERSON = "DELETE FROM sso_session WHERE person_id = ?";
    /// Those that have ended by time.
    SESSIONS_ENDED = "SELECT id FROM sso_session WHERE idle_until <= ? ORDER BY idle_until LIMIT ?";
    /// Where a session is signed in.
    PARTIES_OF_SESSION = "SELECT session_id, party_kind, party, sid, first_at, last_at FROM sso_session_party WHERE session_id = ? \
        ORDER BY first_at, party_kind, party";
    /// Signs a session in at a party, or notes that it did again.
    PARTY_UPSERT = "INSERT INTO sso_session_party (session_id, party_kind, party, sid, first_at, last_at) VALUES (?, ?, ?, ?, ?, ?) \
        ON CONFLICT (session_id, party_kind, party) DO UPDATE SET last_at = excluded.last_at",
        mysql "INSERT INTO sso_session_party (session_id, party_kind, party, sid, first_at, last_at) VALUES (?, ?, ?, ?, ?, ?) \
        ON DUPLICATE KEY UPDATE last_at = VALUES(last_at)";
    /// The session behind a `sid`.
    SESSION_ID_BY_SID = "SELECT session_id FROM sso_session_party WHERE sid = ?";
    /// Forgets where a session is signed in.
    PARTIES_DELETE = "DELETE FROM sso_session_party WHERE session_id = ?";
    /// The same for all sessions of a person.
    PARTIES_DELETE_OF_PERSON = "DELETE FROM sso_session_party WHERE session_id IN (SELECT id FROM sso_session WHERE person_id = ?)";
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

fn read(row: &Row) -> Result<Session, DbError> {
    let mut r = row.reader();
    Ok(Session {
        id: r.next()?,
        version: r.next()?,
        issuer: r.next()?,
        person: r.next()?,
        auth_epoch: r.next()?,
        evidence: r.parse(Evidence::from_json)?,
        client: r.next()?,
        user_agent: r.next()?,
        created_at: r.next()?,
        seen_at: r.next()?,
        idle: Duration::from_micros(r.next()?),
        expires_at: r.next()?,
    })
}

pub(super) async fn by_token(db: &Db, token_hash: &str) -> Result<Option<Session>, DbError> {
    db.fetch_causal(&SESSION_BY_TOKEN, args![token_hash]).await?.first().map(read).transpose()
}

pub(super) async fn by_id(db: &Db, id: SessionId) -> Result<Option<Session>, DbError> {
    db.fetch_causal(&SESSION_BY_ID, args![id]).await?.first().map(read).transpose()
}

pub(super) async fn of_person(db: &Db, person: PersonId) -> Result<Vec<Session>, DbError> {
    db.fetch_all(&SESSIONS_OF_PERSON, args![person]).await?.iter().map(read).collect()
}

pub(super) async fn id_by_sid(db: &Db, sid: &str) -> Result<Option<SessionId>, DbError> {
    db.fetch_optional(&SESSION_ID_BY_SID, args![sid]).await?.map(|row| row.get(0)).transpose()
}

pub(super) async fn ended(db: &Db, now: Timestamp, limit: u32) -> Result<Vec<SessionId>, DbError> {
    db.fetch_all(&SESSIONS_ENDED, args![now, limit]).await?.iter().map(|row| row.get(0)).collect()
}

pub(super) async fn parties(db: &Db, session: SessionId) -> Result<Vec<SignedInAt>, DbError> {
    let read = |row: &Row| {
        let mut r = row.reader();
        Ok(SignedInAt {
            session: r.next()?,
            kind: r.parse(|name| PartyKind::from_name(name).ok_or("no kind of party"))?,
            party: r.next()?,
            sid: r.next()?,
            first_at: r.next()?,
            last_at: r.next()?,
        })
    };
    db.fetch_all(&PARTIES_OF_SESSION, args![session]).await?.iter().map(read).collect()
}

pub(super) async fn touch(db: &Db, s: &Session) -> Result<(), WriteError> {
    db.execute(&SESSION_TOUCH, args![s.seen_at, s.idle_until(), s.id, s.seen_at]).await.map(|_| ())
}

pub(super) fn insert(batch: &mut Batch, s: &Session, token_hash: &str) -> Result<(), serde_json::Error> {
    let evidence = s.evidence.to_json()?;
    let args = args![
        s.id,
        token_hash,
        s.version,
        &s.issuer,
        s.person,
        s.auth_epoch,
        evidence,
        s.client.clone(),
        &s.user_agent,
        s.created_at,
        s.seen_at,
        micros(s.idle),
        s.idle_until(),
        s.expires_at,
    ];
    batch.run(&SESSION_INSERT, args);
    Ok(())
}

pub(super) fn strengthen(batch: &mut Batch, s: &Session, token_hash: &str) -> Result<(), serde_json::Error> {
    let evidence = s.evidence.to_json()?;
    let args = args![token_hash, evidence, s.seen_at, s.idle_until(), s.expires_at, s.id, s.version, s.auth_epoch];
    batch.guard("session", &SESSION_STRENGTHEN, args);
    Ok(())
}

pub(super) fn still(batch: &mut Batch, s: &Session) {
    still_at(batch, s.id, s.auth_epoch);
}

pub(super) fn still_at(batch: &mut Batch, session: SessionId, auth_epoch: i64) {
    batch.guard("session", &SESSION_STILL, args![session, auth_epoch]);
}

pub(super) fn sign_in_at(batch: &mut Batch, session: SessionId, party: &Party, sid: &str, now: Timestamp) {
    batch.run(&PARTY_UPSERT, args![session, party.kind.name(), &party.id, sid, now, now]);
}

pub(super) fn delete(batch: &mut Batch, session: SessionId) {
    participant_store::delete(batch, session);
    batch.run(&PARTIES_DELETE, args![session]);
    batch.run(&SESSION_DELETE, args![session]);
}

pub(super) fn delete_of_person(batch: &mut Batch, person: PersonId) {
    participant_store::delete_of_person(batch, person);
    batch.run(&PARTIES_DELETE_OF_PERSON, args![person]);
    batch.run(&SESSIONS_DELETE_OF_PERSON, args![person]);
}
