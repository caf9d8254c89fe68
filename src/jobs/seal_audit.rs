//! Seals committed audit entries into the chain, on one node at a time.

use std::time::Duration;

use db::lease::Lease;

use super::{Job, holder};

const LEASE: &str = "audit_sealer";
const HELD: Duration = Duration::from_secs(15);

pub(super) const JOB: Job = Job::new("seal_audit", Duration::from_secs(1), |app| {
    Box::pin(async move {
        let now = app.clock.now();
        if Lease::acquire(&app.db, LEASE, &holder(&app), now, HELD).await?.is_some() {
            let sealed = app.chain.seal_once(now).await?;
            if sealed.refused > 0 {
                tracing::error!(entries = sealed.refused, "audit entries with a wrong tag: somebody wrote to the table");
            }
        }
        Ok(())
    })
});
