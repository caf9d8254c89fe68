//! Messages of the outbox: what an operation has decided to tell somebody, committed with it.
//!
//! There is no channel to people yet (no mail server can be configured). A message is therefore taken off the outbox, counted
//! and named in the log as not delivered; its content, which is sealed, is not opened.

use std::time::Duration;

use db::outbox;

use super::Job;

const AT_A_TIME: u32 = 50;
/// How long a claimed message is withheld from other nodes.
const HOLD: Duration = Duration::from_secs(60);

pub(super) const JOB: Job = Job::new("deliver", Duration::from_secs(5), |app| {
    Box::pin(async move {
        let now = app.clock.now();
        for entry in outbox::due(&app.db, now, AT_A_TIME).await? {
            let Some(entry) = outbox::claim(&app.db, entry, now, HOLD).await? else { continue };
            metrics::counter!("symbolon_messages_undelivered_total", "topic" => entry.topic.clone()).increment(1);
            tracing::warn!(topic = entry.topic, message = %entry.id, "not delivered: no channel to people is configured");
            outbox::done(&app.db, &entry).await?;
        }
        Ok(())
    })
});
