//! Service providers that take part in a session, and the name and index by which they know it: whoever may end it by these,
//! and has to be told of its end by these.

use std::time::Duration;

use db::{Batch, DbError, WriteError};
use kernel::Timestamp;
use kernel::ids::{PersonId, SessionId};

use super::{Sessions, participant_store as store};

pub(crate) use super::participant_store::STATEMENTS;

/// A party that gives somebody another name every time is reminded of one that is older than this no more.
const NAMES_KEPT: Duration = Duration::from_secs(86_400);

/// A session that is gone, and whose participants are there, is no race any more after this time.
const GRACE: Duration = Duration::from_secs(3600);
/// Sessions whose participants are looked at in one write, and writes in one turn.
const AT_A_TIME: u32 = 500;
const TIMES: usize = 200;

/// A service provider that somebody was named to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Participant {
    /// In which session.
    pub(crate) session: SessionId,
    /// Whose session it is.
    pub(crate) person: PersonId,
    /// The entity of the service provider.
    pub(crate) party: String,
    /// The form of the name, as a URI.
    pub(crate) name_format: String,
    /// The name.
    pub(crate) name: String,
    /// The index of the session, as the party knows it.
    pub(crate) session_index: String,
    /// When the name was last given.
    pub(crate) last_at: Timestamp,
}

impl Sessions {
    /// Adds to `batch`: the party knows the person by this name from now on. Nothing of the batch happens if the session has ended
    /// or is void since `auth_epoch` was read (guard `session`), so that nobody takes part in what is over.
    pub(crate) fn take_part(&self, batch: &mut Batch, participant: &Participant, auth_epoch: i64) {
        super::store::still_at(batch, participant.session, auth_epoch);
        store::prune(batch, participant, participant.last_at - NAMES_KEPT);
        store::put(batch, participant, &self.name_hash(&participant.party, &participant.name));
    }

    /// As [`Sessions::take_part`], whatever has become of the session.
    #[cfg(test)]
    pub(crate) fn take_part_too_late(&self, batch: &mut Batch, participant: &Participant) {
        store::put(batch, participant, &self.name_hash(&participant.party, &participant.name));
    }

    /// The participants of a session, one for each name that was given, latest first.
    pub(crate) async fn participants(&self, session: SessionId) -> Result<Vec<Participant>, DbError> {
        store::of_session(&self.db, session).await
    }

    /// Whom a party knows by this name, in whatever form, one for each session.
    pub(crate) async fn participants_named(&self, party: &str, name: &str) -> Result<Vec<Participant>, DbError> {
        let mut found = store::by_name(&self.db, &self.name_hash(party, name)).await?;
        found.retain(|participant| participant.party == party && participant.name == name);
        Ok(found)
    }

    /// Forgets participants whose session is gone, which is what a sign-in leaves that ran against the end of its session; returns how
    /// many. For a job.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_orphans(&self, now: Timestamp) -> Result<u64, WriteError> {
        let (mut after, mut gone) = (String::new(), 0);
        for _ in 0..TIMES {
            let Some((last, more)) = store::page(&self.db, &after, AT_A_TIME).await? else { break };
            let mut batch = Batch::new();
            store::forget_orphans(&mut batch, (&after, &last), now - GRACE);
            gone += self.db.write(batch).await?.rows.iter().sum::<u64>();
            if !more {
                break;
            }
            after = last;
        }
        Ok(gone)
    }

    fn name_hash(&self, party: &str, name: &str) -> String {
        self.mac.text(format!("saml name\n{party}\n{name}").as_bytes())
    }
}
