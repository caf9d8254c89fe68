//! Logouts that nobody has finished: their time is over, and the audit says who was not told.

use audit::Origin;
use db::{Batch, WriteError};

use super::depart::Line;
use super::store::{self, Abandoned};
use crate::ports::EventKind;
use crate::saml::Provider;
use crate::saml::problem::SsoProblem;

/// So many are looked at in one turn.
const AT_A_TIME: u32 = 100;
/// The audit names so many parties of one logout.
const NAMED: usize = 20;

impl Provider {
    /// Writes for each logout whose time is over and that nobody has finished who has not confirmed it, and forgets it; returns how
    /// many these were, a bounded number at a time. For a job. One that fails does not stop the others.
    ///
    /// # Errors
    /// [`SsoProblem::Fault`]: the first, after all of them were tried.
    pub async fn give_up_logouts(&self, origin: &Origin) -> Result<u64, SsoProblem> {
        let (mut done, mut failed) = (0, None);
        for abandoned in store::abandoned(&self.db, origin.at, AT_A_TIME).await.map_err(SsoProblem::fault)? {
            match self.give_up(origin, &abandoned).await {
                Ok(given_up) => done += u64::from(given_up),
                Err(error) => {
                    tracing::warn!(%error, "an abandoned logout is not noted; tried again at the next turn");
                    failed = failed.or(Some(error));
                }
            }
        }
        failed.map_or(Ok(done), Err)
    }

    /// Whether it was this node that has given it up.
    async fn give_up(&self, origin: &Origin, abandoned: &Abandoned) -> Result<bool, SsoProblem> {
        let mut batch = Batch::new();
        store::forget(&mut batch, abandoned);
        self.note_abandoned(&mut batch, origin, abandoned).await?;
        match self.db.write(batch).await {
            Ok(_) => Ok(true),
            Err(WriteError::Guard(_)) => Ok(false),
            Err(error) => Err(SsoProblem::fault(error)),
        }
    }

    async fn note_abandoned(&self, batch: &mut Batch, origin: &Origin, abandoned: &Abandoned) -> Result<(), SsoProblem> {
        let kind = (EventKind::LogoutFinished, false);
        let Some(journey) = &abandoned.journey else {
            let line = Line { party: None, session: None, info: "abandoned; its state cannot be read".to_owned() };
            return self.jot(batch, origin, kind, None, line).await;
        };
        let open: Vec<&str> = journey.open().collect();
        let more = open.len().saturating_sub(NAMED);
        let named = open.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        let info = format!("abandoned; {} confirmed, not: {named}{rest}", journey.reached.len());
        let person = self.somebody(journey.person).await;
        self.jot(batch, origin, kind, person, Line { party: None, session: journey.session, info }).await
    }
}
