//! Counts what was measured, so that single times do not pile up in memory where nobody reads `/metrics`.

use std::time::Duration;

use super::{Job, Work};
use crate::app::App;
use crate::http::metrics;

pub(super) const JOB: Job = Job::new("count what was measured", Duration::from_secs(5), run);

fn run(_: App) -> Work {
    Box::pin(async {
        metrics::settle();
        Ok(())
    })
}
