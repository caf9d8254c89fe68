//! Removes tokens that people began to enrol and left: on one node at a time, a bounded number at a time.

use std::time::Duration;

use audit::Door;
use db::lease::Lease;

use super::{Job, holder};

const LEASE: &str = "enrolments";
/// Tokens that are removed at a time, and how often in one turn.
const AT_A_TIME: u16 = 100;
const TIMES: usize = 20;
/// Longer than a turn takes; a node that dies is followed by another.
const HELD: Duration = Duration::from_secs(240);

pub(super) const JOB: Job = Job::new("expire_enrolments", Duration::from_secs(300), |app| {
    Box::pin(async move {
        let origin = app.local_origin(Door::Job);
        if Lease::acquire(&app.db, LEASE, &holder(&app), origin.at, HELD).await?.is_none() {
            return Ok(());
        }
        for _ in 0..TIMES {
            if app.mfa.expire_enrolments(&origin, AT_A_TIME.into()).await? < AT_A_TIME.into() {
                break;
            }
        }
        Ok(())
    })
});
