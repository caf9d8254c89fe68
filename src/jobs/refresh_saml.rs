//! Metadata of SAML parties that is published at URLs: fetched again when it is due, on one node at a time.

use std::time::Duration;

use audit::Door;
use db::lease::Lease;
use mfa::operation::{Call, Caller, Operation, Params, perform};

use super::{Error, Job, holder};
use crate::app::App;
use crate::federations::RefreshFederation;
use crate::sps::RefreshSp;

const LEASE: &str = "refresh_saml";
/// Longer than the slowest turn: a few dozen servers that do not answer.
const HELD: Duration = Duration::from_secs(600);
/// Most parties of one turn.
const AT_MOST: usize = 50;

pub(super) const JOB: Job = Job::new("refresh_saml", Duration::from_secs(60), |app| Box::pin(turn(app)));

async fn turn(app: App) -> Result<(), Error> {
    let now = app.clock.now();
    let (due, federations) = (app.sps.due(now).await?, app.sps.federations_due(now).await?);
    if due.is_empty() && federations.is_empty() {
        return Ok(());
    }
    let Some(lease) = Lease::acquire(&app.db, LEASE, &holder(&app), now, HELD).await? else { return Ok(()) };
    for sp_id in due.iter().take(AT_MOST) {
        refresh(&app, &RefreshSp(app.sps.clone()), ("id", sp_id)).await;
    }
    for name in &federations {
        refresh(&app, &RefreshFederation::fetched(app.sps.clone()), ("name", name)).await;
    }
    lease.release(&app.db).await?;
    Ok(())
}

async fn refresh<O: Operation>(app: &App, op: &O, (name, value): (&str, &str)) {
    let values = [(name.to_owned(), serde_json::Value::from(value))];
    let Ok(params) = Params::new(values.into()) else { return };
    let caller = Caller::Operator("metadata refresh".to_owned());
    let call = Call::new(app.local_origin(Door::Job), caller, "refresh of SAML metadata", params);
    // Whatever went wrong is noted, recorded and logged where it is known; the next one has nothing to do with it.
    let _ = perform(&app.mfa, op, call).await;
}
