//! Notes that this node serves, so that administrators can choose it by name.

use std::time::Duration;

use super::{Error, Job, Work};
use crate::app::App;

pub(super) const JOB: Job = Job::new("note the node", Duration::from_secs(300), run);

fn run(app: App) -> Work {
    Box::pin(async move { app.mfa.people.serves().await.map_err(Error::from) })
}
