//! Metadata of SAML parties: whether it can be used, and whether it is still fetched.

use std::time::Duration;

use idp::party::sp::{Metadata, SpRecord};
use kernel::Timestamp;

use crate::app::App;

use super::{Finding, bad, good, warning};

/// Metadata that expires sooner is told.
const SOON: Duration = Duration::from_secs(3 * 86_400);

pub(super) async fn check(app: &App) -> Vec<Finding> {
    let (records, states) = match (app.sps.list().await, app.sps.states().await) {
        (Ok(records), Ok(states)) => (records, states),
        (Err(error), _) => return vec![bad(format!("SAML service providers: {error}"), "see `symbolon sp list`")],
        (_, Err(error)) => return vec![bad(format!("SAML service providers: {error}"), "look at the database")],
    };
    let now = app.clock.now();
    let mut found: Vec<Finding> = records.iter().filter(|sp| sp.enabled).filter_map(|sp| expiry(sp, now)).collect();
    for sp in records.iter().filter(|sp| sp.enabled && sp.settings.metadata_url.is_some()) {
        let Some(state) = states.get(&sp.id).filter(|state| state.failures > 0) else { continue };
        found.push(warning(
            format!("the metadata of the SAML service provider {} was not refreshed: {}", sp.sp_id, state.problem),
            format!("what is held stays in use; try `symbolon sp refresh {}`", sp.sp_id),
        ));
    }
    found.extend(federations(app).await);
    if found.is_empty() && !records.is_empty() {
        found.push(good(format!("the metadata of {} SAML service providers can be used", records.len())));
    }
    found
}

fn expiry(sp: &SpRecord, now: Timestamp) -> Option<Finding> {
    let mend = match sp.settings.metadata_url {
        Some(_) => format!("`symbolon sp refresh {}` tells why it is not renewed", sp.sp_id),
        None => format!("get newer metadata and give it to `symbolon sp set {} --metadata FILE`", sp.sp_id),
    };
    let until = match Metadata::read(&sp.metadata) {
        Ok(read) => read.valid_until?,
        Err(problem) => return Some(bad(format!("the metadata of the SAML service provider {}: {problem}", sp.sp_id), mend)),
    };
    if until <= now {
        return Some(bad(
            format!("the metadata of the SAML service provider {} has expired: nobody can sign in to it", sp.sp_id),
            mend,
        ));
    }
    (until.since(now) < SOON)
        .then(|| warning(format!("the metadata of the SAML service provider {} expires soon", sp.sp_id), mend))
}

async fn federations(app: &App) -> Vec<Finding> {
    let (all, states) = match (app.sps.federations().await, app.sps.states().await) {
        (Ok(all), Ok(states)) => (all, states),
        _ => return vec![bad("federations cannot be read", "see `symbolon sp federation list`")],
    };
    let now = app.clock.now();
    let mut found = Vec::new();
    for one in all.iter().filter(|one| one.enabled) {
        let mend = format!("`symbolon sp federation refresh {}` tells why it is not renewed", one.name);
        if one.held.generation == 0 || one.held.valid_until.is_some_and(|until| until <= now) {
            found.push(bad(format!("the metadata of the federation {} is missing or has expired", one.name), mend));
        } else if let Some(state) = states.get(&one.id).filter(|state| state.failures > 0) {
            found.push(warning(format!("the federation {} was not refreshed: {}", one.name, state.problem), mend));
        }
    }
    found
}
