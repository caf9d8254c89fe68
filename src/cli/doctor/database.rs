//! The database: does it take a write, and does the time go forward.

use std::time::Duration;

use audit::chain::ChainError;
use db::lease::Lease;
use kernel::Timestamp;

use crate::app::App;
use crate::cli::console::moment;

use super::{Finding, bad, good, warning};

const LOOK_AT: &str = "look at the database and the space on its disk";

pub(super) async fn check(app: &App) -> Vec<Finding> {
    let mut found = vec![write(app).await, clock(app).await, chain(app).await];
    found.extend(durability(app).await);
    found
}

/// Whether what is acknowledged survives a power cut.
async fn durability(app: &App) -> Vec<Finding> {
    let mend = "switch it on: after a power cut a spent code could be spent again";
    match app.db.durability().await {
        Ok(wrong) => wrong.into_iter().map(|what| warning(what, mend)).collect(),
        Err(error) => vec![bad(format!("the settings of the database cannot be read: {error}"), LOOK_AT)],
    }
}

/// A lease of its own is a write that nobody notices.
async fn write(app: &App) -> Finding {
    let now = app.clock.now();
    let holder = app.entropy.ulid(now).to_string();
    let name = format!("doctor-{holder}");
    match Lease::acquire(&app.db, &name, &holder, now, Duration::from_secs(10)).await {
        Ok(Some(lease)) => match lease.release(&app.db).await {
            Ok(()) => good("the database takes a write"),
            Err(error) => bad(format!("the database does not take a write: {error}"), LOOK_AT),
        },
        Ok(None) => bad("the database answers a write with nonsense", LOOK_AT),
        Err(error) => bad(format!("the database does not take a write: {error}"), LOOK_AT),
    }
}

/// Codes, tokens and certificates all rest on the clock. What was written is not in the future.
async fn clock(app: &App) -> Finding {
    let now = app.clock.now();
    let mend = "set the clock of this machine, and keep it right with NTP";
    match db::migrate::status(&app.db).await {
        Err(error) => bad(error.to_string(), LOOK_AT),
        Ok(status) => match status.applied.iter().map(|a| a.applied_at).max() {
            Some(last) if last > now + Duration::from_secs(60) => {
                bad(format!("it is {} here, but the database was migrated at {}", moment(now), moment(last)), mend)
            }
            _ if now < PROGRAM => bad(format!("it is {} here, before this program was written", moment(now)), mend),
            _ => good(format!("the clock says {}", moment(now))),
        },
    }
}

/// 2026-01-01T00:00:00Z: no clock that is right is before that.
const PROGRAM: Timestamp = Timestamp::from_seconds(1_767_225_600);

async fn chain(app: &App) -> Finding {
    let verified: Result<_, ChainError> = app.chain.verify(Vec::new(), |_| {}).await;
    match verified {
        Ok(verified) => match verified.finding {
            None if verified.overdue.is_some() => {
                let entries = verified.overdue.map_or(0, |overdue| overdue.entries);
                warning(
                    format!("{entries} genuine audit entries are older than a minute and not sealed"),
                    "start the service, or `symbolon audit seal`; look at the clocks of the nodes",
                )
            }
            None => good(format!("the audit log is intact ({} entries)", verified.until - verified.from)),
            Some(finding) => {
                bad(format!("the audit log was tampered with: {finding}"), "keep this database as evidence; compare a backup")
            }
        },
        Err(error) => bad(error.to_string(), LOOK_AT),
    }
}
