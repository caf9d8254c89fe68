//! Removes what has expired: a bounded number of rows at a time, so that nobody has to wait for it.

use std::time::Duration;

use kernel::Timestamp;

use crate::app::App;

use super::{Error, Job};

/// Rows of a kind that are removed at a time, and how often in one turn.
const AT_A_TIME: u32 = 500;
const TIMES: usize = 200;

pub(super) const JOB: Job = Job::new("cleanup", Duration::from_secs(300), |app| {
    Box::pin(async move {
        let now = app.clock.now();
        app.mfa.budgets.sweep(now).await?;
        app.mfa.sweep_challenges().await?;
        app.oidc.purge(now).await?;
        for kind in [Kind::Flows, Kind::Sessions, Kind::Devices] {
            for _ in 0..TIMES {
                if remove(&app, kind, now).await? < usize::try_from(AT_A_TIME).unwrap_or(usize::MAX) {
                    break;
                }
            }
        }
        Ok(())
    })
});

#[derive(Clone, Copy)]
enum Kind {
    Flows,
    Sessions,
    Devices,
}

async fn remove(app: &App, kind: Kind, now: Timestamp) -> Result<usize, Error> {
    Ok(match kind {
        Kind::Flows => app.logins.cleanup(now, AT_A_TIME).await?,
        Kind::Sessions => app.logins.sessions().cleanup(now, AT_A_TIME).await?,
        Kind::Devices => app.logins.devices().cleanup(now, AT_A_TIME).await?,
    })
}
