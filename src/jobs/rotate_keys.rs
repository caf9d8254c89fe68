//! Signing keys: publish, activate and forget what is due; follow what other nodes and the command line did.

use std::time::Duration;

use super::Job;

pub(super) const ROTATE: Job = Job::new("rotate_signing_keys", Duration::from_secs(3600), |app| {
    Box::pin(async move {
        let done = app.ring.rotate_due(app.clock.now()).await?;
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

pub(super) const FOLLOW: Job = Job::new("reload_signing_keys", Duration::from_secs(10), |app| {
    Box::pin(async move {
        app.keys.sealer().refresh()?;
        Ok(app.ring.reload().await?)
    })
});
