//! Messages of the outbox: what an operation has decided to tell somebody, committed with it.
//!
//! Each is claimed by one node and delivered at least once. While the mail server takes nothing, one attempt per turn finds out;
//! what waits, waits. Nobody who signs in waits for any of this.

use std::time::Duration;

use audit::{Door, Record};
use db::{Batch, WriteError, outbox};
use mfa::delivery::Fate;
use mfa::notices::{self, Notice};

use super::{Error, Job};
use crate::app::App;
use crate::mail;

const AT_A_TIME: u32 = 50;
/// Messages in one turn, so that the turn ends while others keep arriving.
const AT_MOST: u32 = 2000;
/// How much longer than an attempt a claimed message is withheld from other nodes.
const GRACE: Duration = Duration::from_secs(60);
/// The longest pause before the next attempt: while the server is down, and for a message that it does not take yet.
const LONGEST_DOWN: Duration = Duration::from_secs(300);
const LONGEST_LATER: Duration = Duration::from_secs(3600);

pub(super) const JOB: Job = Job::new("deliver", Duration::from_secs(5), |app| Box::pin(turn(app)));

async fn turn(app: App) -> Result<(), Error> {
    let (count, oldest) = outbox::waiting(&app.db).await?;
    metrics::gauge!("symbolon_outbox_waiting").set(count as f64);
    let age = oldest.map_or(0.0, |oldest| app.clock.now().since(oldest).as_secs_f64());
    metrics::gauge!("symbolon_outbox_oldest_seconds").set(age);
    let hold = app.config.mail.timeout + GRACE;
    for _ in 0..AT_MOST / AT_A_TIME {
        let due = outbox::due(&app.db, app.clock.now(), AT_A_TIME).await?;
        let last = due.len() < AT_A_TIME as usize;
        for entry in due {
            let Some(entry) = outbox::claim(&app.db, entry, app.clock.now(), hold).await? else { continue };
            if one(&app, &entry).await? == Next::Stop {
                return Ok(());
            }
        }
        if last {
            break;
        }
    }
    Ok(())
}

/// What came of one attempt.
enum Outcome {
    /// The server has it.
    Sent,
    /// It cannot be delivered, and a later attempt would not change that.
    Dropped(&'static str, String),
    /// It was not delivered this time.
    Failed(Fate, String),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Go,
    Stop,
}

/// The notice of an entry. What cannot be read may be of a newer program, or sealed by a key that this node has not seen yet: another
/// node, or this one a little later, can read it.
fn read(app: &App, entry: &outbox::Entry) -> Result<Notice, String> {
    if entry.topic != notices::TOPIC {
        return Err(format!("nothing here delivers {}", entry.topic));
    }
    Notice::open(&app.keys, entry).map_err(|e| e.to_string())
}

async fn deliver(app: &App, entry: &outbox::Entry, notice: &Notice) -> Outcome {
    let Some(mailer) = &app.mail else {
        return Outcome::Dropped("not_configured", "no mail server is configured".to_owned());
    };
    let Some(to) = &notice.email else {
        return Outcome::Dropped("no_address", "the person has no mail address".to_owned());
    };
    let message = match mail::notice(app, entry.id, notice, to) {
        Ok(message) => message,
        Err(error) => return Outcome::Dropped("unsendable", error.to_string()),
    };
    match mailer.send(&message).await {
        Ok(()) => Outcome::Sent,
        Err(error) if error.fate == Fate::Never => Outcome::Dropped("refused", error.to_string()),
        Err(error) => Outcome::Failed(error.fate, error.to_string()),
    }
}

async fn one(app: &App, entry: &outbox::Entry) -> Result<Next, Error> {
    let (notice, outcome) = match read(app, entry) {
        Ok(notice) => {
            let outcome = deliver(app, entry, &notice).await;
            (Some(notice), outcome)
        }
        Err(why) => (None, Outcome::Failed(Fate::Later, why)),
    };
    let name = notice.as_ref().map_or("unknown", |notice| notice.what.name());
    match outcome {
        Outcome::Sent => {
            count(name, "sent");
            tracing::info!(message = %entry.id, notice = name, "mail handed over");
            outbox::done(&app.db, entry).await?;
            Ok(Next::Go)
        }
        Outcome::Dropped(outcome, why) => drop_it(app, entry, notice, (outcome, &why)).await.map(|()| Next::Go),
        Outcome::Failed(fate, why) => {
            let (next, longest) = match fate {
                Fate::Down => (Next::Stop, LONGEST_DOWN),
                Fate::Later | Fate::Never => (Next::Go, LONGEST_LATER),
            };
            let due = app.clock.now() + outbox::pause(entry.attempts, longest, &app.entropy);
            if due > entry.created_at + app.config.mail.give_up_after {
                drop_it(app, entry, notice, ("given_up", &why)).await?;
                return Ok(next);
            }
            count(name, "put_back");
            tracing::warn!(message = %entry.id, notice = name, attempt = entry.attempts, "not delivered yet: {why}");
            outbox::put_back(&app.db, entry, &why, due).await?;
            Ok(next)
        }
    }
}

/// Takes an entry off the outbox that nobody will get, and says so: in the audit if it could have been otherwise.
async fn drop_it(app: &App, entry: &outbox::Entry, notice: Option<Notice>, (outcome, why): (&str, &str)) -> Result<(), Error> {
    let name = notice.as_ref().map_or("unknown", |notice| notice.what.name());
    count(name, outcome);
    let mut batch = Batch::new();
    outbox::done_with(&mut batch, entry);
    if matches!(outcome, "not_configured" | "no_address") {
        tracing::debug!(message = %entry.id, notice = name, "not delivered: {why}");
    } else {
        tracing::warn!(message = %entry.id, notice = name, attempts = entry.attempts, "not delivered: {why}");
        app.audit.append(&mut batch, undelivered(app, notice, name, why));
    }
    match app.db.write(batch).await {
        // Somebody else has taken it meanwhile.
        Ok(_) | Err(WriteError::Guard(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn undelivered(app: &App, notice: Option<Notice>, name: &str, why: &str) -> Record {
    let mut record = Record::new(&app.local_origin(Door::Job), "notice");
    record.action_detail = name.to_owned();
    record.info = format!("not delivered: {why}");
    if let Some(notice) = notice {
        (record.user, record.realm, record.person) = (notice.login, notice.realm, Some(notice.person));
    }
    record
}

fn count(notice: &'static str, outcome: &str) {
    metrics::counter!("symbolon_notices_total", "notice" => notice, "outcome" => outcome.to_owned()).increment(1);
}
