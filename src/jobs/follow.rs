//! Follows what other nodes and the command line have changed, so that every node knows it within two seconds: policies, event
//! handlers, settings, realms, people, clients, service providers, guess budgets, sealing and signing keys. One look at the
//! revisions tells what to load.

use std::time::Duration;

use db::revision;

use super::Job;

pub(super) const JOB: Job = Job::new("follow", Duration::from_secs(1), |app| {
    Box::pin(async move {
        let present = revision::read(&app.db).await?;
        // One that fails keeps none of the others from what is new; above all, a node that lacks the newest sealing key cannot read
        // signing keys.
        let mfa = app.mfa.refresh_to(&present).await;
        let clients = app.clients.refresh(&present).await;
        let sps = app.sps.refresh(&present).await;
        let sealer = app.keys.sealer().refresh();
        let ring = app.ring.refresh(&present).await;
        mfa?;
        clients?;
        sps?;
        sealer?;
        Ok(ring?)
    })
});
