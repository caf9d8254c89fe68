//! Single sign-on sessions: who is signed in at this browser, on what evidence, and at which parties.
//!
//! * The browser holds a token of 256 bits; the database holds its tag. The token changes whenever something was proven.
//! * A session is good until it is idle for too long, reaches its absolute end, is ended, or the person's `auth_epoch` rises.
//!   The first two are checked here, the last by everyone who has the person at hand ([`Session::is_of`]).
//! * Only the login flow opens sessions and adds to their evidence.

pub mod device;
mod device_store;
mod evidence;
pub(crate) mod participant;
mod participant_store;
mod store;
#[cfg(test)]
mod tests;

use std::time::Duration;

use db::{Batch, Db, DbError, WriteError};
use kernel::ids::{PersonId, SessionId};
use kernel::{SecretText, Timestamp};
use keys::{Keys, MacKey, Purpose};

use crate::oidc::store::grant;
use crate::party::{Party, PartyKind};
use crate::ports::Person;

pub use evidence::Evidence;
pub(crate) use store::STATEMENTS;

/// The time of last use is written at most this often.
const TOUCH_EVERY: Duration = Duration::from_secs(60);

/// A live session.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// Its id; never shown to parties, who get a `sid` of their own.
    pub id: SessionId,
    /// Whose it is.
    pub person: PersonId,
    /// The person's epoch when it was opened.
    pub auth_epoch: i64,
    /// The issuer it was opened at.
    pub issuer: String,
    /// Address of the browser that opened it.
    pub client: Option<String>,
    /// What that browser says it is.
    pub user_agent: String,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// How long it may be idle.
    pub idle: Duration,
    /// When it ends in any case.
    pub expires_at: Timestamp,
    evidence: Evidence,
    version: i64,
}

impl Session {
    /// What it rests on.
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// Whether it is a session of this person as they are now: enabled, and not disabled, reset or revoked since.
    pub fn is_of(&self, person: &Person) -> bool {
        person.enabled && person.id == self.person && person.auth_epoch == self.auth_epoch
    }

    fn is_live(&self, now: Timestamp) -> bool {
        now < self.expires_at && now < self.seen_at + self.idle
    }

    fn idle_until(&self) -> Timestamp {
        (self.seen_at + self.idle).min(self.expires_at)
    }
}

/// A party at which a session is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedInAt {
    /// The session.
    pub session: SessionId,
    /// Door of the party.
    pub kind: PartyKind,
    /// The party's id.
    pub party: String,
    /// The session's id as this party knows it.
    pub sid: String,
    /// First sign-in there.
    pub first_at: Timestamp,
    /// Latest sign-in there.
    pub last_at: Timestamp,
}

/// All sessions. Cheap to clone.
#[derive(Clone)]
pub struct Sessions {
    db: Db,
    mac: MacKey,
}

/// What opens a session.
pub(crate) struct Opening<'a> {
    pub(crate) id: SessionId,
    pub(crate) token: &'a SecretText,
    pub(crate) person: &'a Person,
    pub(crate) origin: &'a audit::Origin,
    pub(crate) evidence: &'a Evidence,
    pub(crate) idle: Duration,
    pub(crate) absolute: Duration,
}

/// What strengthens one.
pub(crate) struct Strengthening<'a> {
    pub(crate) session: &'a Session,
    pub(crate) token: &'a SecretText,
    pub(crate) evidence: &'a Evidence,
    /// The new absolute end, when the person was identified anew.
    pub(crate) expires_at: Timestamp,
    pub(crate) now: Timestamp,
}

impl Sessions {
    /// The sessions in `db`.
    pub fn new(db: Db, keys: &Keys) -> Self {
        Self { db, mac: keys.mac_key(Purpose::Lookup) }
    }

    /// The live session of a cookie, and marks it as used. Whether the person may still use it, is for [`Session::is_of`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn resume(&self, token: &SecretText, now: Timestamp) -> Result<Option<Session>, WriteError> {
        if token.is_empty() || token.len() > 128 {
            return Ok(None);
        }
        let Some(mut session) = store::by_token(&self.db, &self.token_hash(token)).await?.filter(|s| s.is_live(now)) else {
            return Ok(None);
        };
        if now.since(session.seen_at) >= TOUCH_EVERY {
            session.seen_at = now;
            store::touch(&self.db, &session).await?;
        }
        Ok(Some(session))
    }

    /// The session with this id, if it is live.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn by_id(&self, id: SessionId, now: Timestamp) -> Result<Option<Session>, DbError> {
        Ok(store::by_id(&self.db, id).await?.filter(|s| s.is_live(now)))
    }

    /// The session that a party knows as `sid`, if it is live.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn by_sid(&self, sid: &str, now: Timestamp) -> Result<Option<Session>, DbError> {
        let Some(id) = store::id_by_sid(&self.db, sid).await? else { return Ok(None) };
        self.by_id(id, now).await
    }

    /// The live sessions of a person, latest used first. Those of an earlier epoch are among them until they expire.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of_person(&self, person: PersonId, now: Timestamp) -> Result<Vec<Session>, DbError> {
        let mut all = store::of_person(&self.db, person).await?;
        all.retain(|s| s.is_live(now));
        Ok(all)
    }

    /// Where a session is signed in; read it before ending the session, for those who must be told.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn parties(&self, session: SessionId) -> Result<Vec<SignedInAt>, DbError> {
        store::parties(&self.db, session).await
    }

    /// Adds to `batch`: this session ends.
    pub fn end(&self, batch: &mut Batch, session: SessionId) {
        store::delete(batch, session);
    }

    /// Adds to `batch`: this session ends, and what was granted no further than it.
    pub fn end_with_grants(&self, batch: &mut Batch, session: SessionId, now: Timestamp) {
        self.end(batch, session);
        grant::end_session(batch, session, now);
    }

    /// Adds to `batch`: all sessions of a person end.
    pub fn end_all(&self, batch: &mut Batch, person: PersonId) {
        store::delete_of_person(batch, person);
    }

    /// Removes up to `limit` sessions that have ended; returns how many. Call again while it returns `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn cleanup(&self, now: Timestamp, limit: u32) -> Result<usize, WriteError> {
        let ended = store::ended(&self.db, now, limit).await?;
        let mut batch = Batch::new();
        for id in &ended {
            store::delete(&mut batch, *id);
        }
        self.db.write(batch).await?;
        Ok(ended.len())
    }

    /// The id by which `party` knows the session: always the same, and telling nothing about the id or about other parties.
    pub(crate) fn sid(&self, session: SessionId, party: &Party) -> String {
        self.mac.text(format!("sid\n{session}\n{}\n{}", party.kind.name(), party.id).as_bytes())
    }

    pub(crate) fn open(&self, batch: &mut Batch, opening: &Opening<'_>) -> Result<(), serde_json::Error> {
        let Opening { id, token, person, origin, evidence, idle, absolute } = *opening;
        let session = Session {
            id,
            person: person.id,
            auth_epoch: person.auth_epoch,
            issuer: origin.issuer.clone(),
            client: origin.client.map(|address| address.to_string()),
            user_agent: origin.user_agent.chars().take(255).collect(),
            created_at: origin.at,
            seen_at: origin.at,
            idle,
            expires_at: origin.at + absolute,
            evidence: evidence.clone(),
            version: 1,
        };
        store::insert(batch, &session, &self.token_hash(token))
    }

    /// Adds to `batch`: new evidence and a new token, if the session is still as it was read (guard `session`).
    pub(crate) fn strengthen(&self, batch: &mut Batch, with: &Strengthening<'_>) -> Result<(), serde_json::Error> {
        let mut session = with.session.clone();
        session.evidence = with.evidence.clone();
        session.seen_at = with.now;
        session.expires_at = with.expires_at;
        store::strengthen(batch, &session, &self.token_hash(with.token))
    }

    /// Adds to `batch`: the session is signed in at `party` now.
    pub(crate) fn sign_in_at(&self, batch: &mut Batch, session: SessionId, party: &Party, now: Timestamp) {
        store::sign_in_at(batch, session, party, &self.sid(session, party), now);
    }

    /// Adds to `batch`: nothing of it happens if the session was ended since it was read (guard `session`).
    pub(crate) fn still(&self, batch: &mut Batch, session: &Session) {
        store::still(batch, session);
    }

    fn token_hash(&self, token: &SecretText) -> String {
        self.mac.text(["session\n", token.expose()].concat().as_bytes())
    }
}
