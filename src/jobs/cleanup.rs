//! Removes what has expired: a bounded number of rows at a time, so that nobody has to wait for it.

use std::time::Duration;

use audit::Door;
use kernel::Timestamp;

use super::{Error, Job};
use crate::app::App;

/// Rows of a kind that are removed at a time, and how often in one turn.
const AT_A_TIME: u16 = 500;
const TIMES: usize = 200;

pub(super) const JOB: Job = Job::new("cleanup", Duration::from_secs(300), |app| {
    Box::pin(async move {
        let now = app.clock.now();
        // Each part for itself: what fails in one leaves nothing else behind.
        let parts = [
            app.mfa.tidy().await.map_err(Error::from),
            app.oidc.purge(now).await.map(drop).map_err(Error::from),
            app.saml.give_up_logouts(&app.local_origin(Door::Job)).await.map(drop).map_err(Error::from),
            app.saml.purge(now).await.map(drop).map_err(Error::from),
            app.logins.sessions().forget_orphans(now).await.map(drop).map_err(Error::from),
            logins(&app, now).await,
        ];
        parts.into_iter().collect()
    })
});

async fn logins(app: &App, now: Timestamp) -> Result<(), Error> {
    for _ in 0..TIMES {
        if app.logins.cleanup(now, AT_A_TIME.into()).await? < AT_A_TIME.into() {
            break;
        }
    }
    Ok(())
}
