//! Removes what has expired.

use std::time::Duration;

use super::Job;

pub(super) const JOB: Job = Job::new("cleanup", Duration::from_secs(600), |app| {
    Box::pin(async move {
        app.mfa.budgets.sweep(app.clock.now()).await?;
        Ok(())
    })
});
