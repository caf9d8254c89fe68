//! Follows what other nodes and the command line have changed: policies, realms, people, clients, guess budgets.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use db::{Batch, revision};

use super::Job;

/// The topic of [`revision`] under which changes of clients are announced.
const CLIENTS: &str = "client";

/// What was loaded last.
#[derive(Default)]
pub struct Followed {
    clients: AtomicI64,
}

/// Announces a change of clients, together with the change.
pub fn announce_clients(batch: &mut Batch) {
    revision::bump(batch, CLIENTS);
}

pub(super) const JOB: Job = Job::new("follow", Duration::from_secs(1), |app| {
    Box::pin(async move {
        app.mfa.refresh().await?;
        let present = revision::read(&app.db).await?.get(CLIENTS).copied().unwrap_or(0);
        if app.followed.clients.swap(present, Ordering::AcqRel) != present {
            app.clients.reload().await?;
        }
        Ok(())
    })
});
