//! Signing keys: publish, activate and forget what is due.

use std::time::Duration;

use super::Job;
use crate::key_records::KeyRecords;

pub(super) const JOB: Job = Job::new("rotate_signing_keys", Duration::from_secs(3600), |app| {
    Box::pin(async move {
        let done = app.ring.rotate_due(app.clock.now(), &KeyRecords::of_job(&app)).await?;
        if done != keys::Rotation::default() {
            tracing::info!(
                published = done.published,
                activated = done.activated,
                deleted = done.deleted,
                "signing keys rotated"
            );
        }
        Ok(())
    })
});
