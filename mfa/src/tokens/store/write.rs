//! Changing tokens. Every function adds statements to the caller's batch.

use std::time::Duration;

use db::{Batch, args};
use kernel::Timestamp;
use kernel::ids::TokenId;

use super::super::{Info, Spend, Token};
use super::enrolment;
use super::read::folded;

db::statements! {
    /// A new token. Constraint `token_serial` refuses a serial that is taken.
    TOKEN_INSERT = "INSERT INTO token (id, number, serial, serial_folded, kind, person, owner_resolver, owner_uid, owner_realm, \
        realms, pin, seed, otplen, counter, count_window, sync_window, failcount, maxfail, failed_at, tried, tried_max, accepted, \
        accepted_max, valid_from, valid_until, last_auth, active, locked, revoked, rollout, description, info, memory, version, \
        created_at) \
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    /// Everything that administration may change.
    TOKEN_SAVE = "UPDATE token SET person = ?, owner_resolver = ?, owner_uid = ?, owner_realm = ?, realms = ?, pin = ?, seed = ?, \
        otplen = ?, count_window = ?, sync_window = ?, maxfail = ?, tried_max = ?, accepted_max = ?, valid_from = ?, valid_until = ?, \
        active = ?, locked = ?, revoked = ?, rollout = ?, description = ?, info = ?, version = version + 1 \
        WHERE id = ? AND version = ? AND NOT locked";
    /// A new moving factor: resynchronised. The counter only rises.
    TOKEN_RESYNC = "UPDATE token SET counter = ?, memory = ?, failcount = 0, failed_at = NULL \
        WHERE id = ? AND version = ? AND counter < ? AND NOT locked";
    /// A new moving factor: another seed.
    TOKEN_REKEY = "UPDATE token SET counter = ?, memory = ?, failcount = 0, failed_at = NULL \
        WHERE id = ? AND counter = ? AND NOT locked";
    /// A one-time value is spent: the counter must still lie below the new one.
    TOKEN_ADVANCE = "UPDATE token SET counter = ?, memory = ?, failcount = 0, failed_at = NULL, last_auth = ?, tried = tried + ?, \
        accepted = accepted + ? WHERE id = ? AND version = ? AND counter < ? AND active AND NOT locked AND NOT revoked \
        AND (failcount < maxfail OR failed_at <= ?) AND (tried_max = 0 OR tried < tried_max) \
        AND (accepted_max = 0 OR accepted < accepted_max)";
    /// A one-time value is spent: the state must still be what was read.
    TOKEN_SWAP = "UPDATE token SET counter = ?, memory = ?, failcount = 0, failed_at = NULL, last_auth = ?, tried = tried + ?, \
        accepted = accepted + ? WHERE id = ? AND version = ? AND counter = ? AND active AND NOT locked AND NOT revoked \
        AND (failcount < maxfail OR failed_at <= ?) AND (tried_max = 0 OR tried < tried_max) \
        AND (accepted_max = 0 OR accepted < accepted_max)";
    /// A failure. MySQL evaluates assignments from left to right: `failed_at` comes before the counter that it reads. What
    /// the kind remembers is kept when a success came in between.
    TOKEN_FAIL = "UPDATE token SET memory = CASE WHEN counter = ? THEN ? ELSE memory END, \
        failed_at = CASE WHEN failcount + 1 >= maxfail THEN ? ELSE failed_at END, failcount = failcount + 1, tried = tried + ? \
        WHERE id = ? AND failcount < maxfail";
    /// The first failure after a full fail counter has rested.
    TOKEN_FAIL_RESTED = "UPDATE token SET memory = CASE WHEN counter = ? THEN ? ELSE memory END, \
        failed_at = CASE WHEN maxfail <= 1 THEN ? ELSE failed_at END, failcount = 1, tried = tried + ? \
        WHERE id = ? AND failcount >= maxfail AND failed_at <= ?";
    /// Forgets the failures.
    TOKEN_RESET = "UPDATE token SET failcount = 0, failed_at = NULL WHERE id = ? AND NOT locked";
    /// Removes a token.
    TOKEN_DELETE = "DELETE FROM token WHERE id = ? AND version = ?";
    /// Removes the realms of a token.
    TOKEN_REALM_DELETE = "DELETE FROM token_realm WHERE token_id = ?";
    /// Adds a realm to a token.
    TOKEN_REALM_INSERT = "INSERT INTO token_realm (realm, token_id) VALUES (?, ?)";
}

fn json_list(realms: &[String]) -> String {
    serde_json::Value::from(realms).to_string()
}

fn json_info(info: &Info) -> String {
    serde_json::Value::from_iter(info.iter().map(|(k, v)| (k.clone(), v.clone()))).to_string()
}

/// A new token.
pub(crate) fn insert(batch: &mut Batch, token: &Token) {
    let owner = token.owner.as_ref();
    let args = args![
        token.id,
        token.number,
        &token.serial,
        folded(&token.serial),
        token.kind.spec().name,
        owner.map(|o| o.person),
        owner.map(|o| o.resolver.as_str()),
        owner.map(|o| o.uid.as_str()),
        owner.map(|o| o.realm.as_str()),
        json_list(&token.realms),
        token.pin.clone(),
        &token.seed,
        token.otplen,
        token.counter,
        token.count_window,
        token.sync_window,
        token.failcount,
        token.maxfail,
        token.failed_at,
        token.uses.tried,
        token.uses.tried_max,
        token.uses.accepted,
        token.uses.accepted_max,
        token.valid_from,
        token.valid_until,
        token.last_auth,
        token.active,
        token.locked,
        token.revoked,
        token.rollout.name(),
        &token.description,
        json_info(&token.info),
        token.memory.clone(),
        token.version,
        token.created_at,
    ];
    batch.guard("token: inserted", &TOKEN_INSERT, args);
    insert_realms(batch, token);
}

fn insert_realms(batch: &mut Batch, token: &Token) {
    for realm in &token.realms {
        batch.run(&TOKEN_REALM_INSERT, args![realm, token.id]);
    }
}

/// Writes what administration changed; the token must still have the version that was read, and not be locked.
pub(crate) fn save(batch: &mut Batch, before: &Token, after: &Token) {
    let owner = after.owner.as_ref();
    let args = args![
        owner.map(|o| o.person),
        owner.map(|o| o.resolver.as_str()),
        owner.map(|o| o.uid.as_str()),
        owner.map(|o| o.realm.as_str()),
        json_list(&after.realms),
        after.pin.clone(),
        &after.seed,
        after.otplen,
        after.count_window,
        after.sync_window,
        after.maxfail,
        after.uses.tried_max,
        after.uses.accepted_max,
        after.valid_from,
        after.valid_until,
        after.active,
        after.locked,
        after.revoked,
        after.rollout.name(),
        &after.description,
        json_info(&after.info),
        before.id,
        before.version,
    ];
    batch.guard("token: version", &TOKEN_SAVE, args);
    if before.realms != after.realms {
        batch.run(&TOKEN_REALM_DELETE, args![before.id]);
        insert_realms(batch, after);
    }
}

/// Moves the counter forward after a resynchronisation (and forgets failures).
pub(crate) fn resync(batch: &mut Batch, token: &Token, to: i64, memory: Option<String>) {
    batch.guard("token: counter", &TOKEN_RESYNC, args![to, memory, token.id, token.version, to]);
}

/// Replaces the moving factor after a change of the seed (and forgets failures); the counter must still be what was read.
pub(crate) fn rekey(batch: &mut Batch, before: &Token, counter: i64, memory: Option<String>) {
    batch.guard("token: counter", &TOKEN_REKEY, args![counter, memory, before.id, before.counter]);
}

/// What a success changes.
pub(crate) struct Success<'a> {
    pub(crate) token: &'a Token,
    pub(crate) spend: Spend,
    pub(crate) memory: Option<String>,
    pub(crate) at: Timestamp,
    /// A full fail counter that has rested this long does not count.
    pub(crate) clear_after: Option<Duration>,
    /// Whether use counters are kept.
    pub(crate) counted: bool,
}

/// Before this moment a full fail counter has rested long enough; never, without a timeout.
fn rested_before(at: Timestamp, clear_after: Option<Duration>) -> Timestamp {
    clear_after.map_or(Timestamp(i64::MIN), |rest| at - rest)
}

/// Spends a one-time value.
pub(crate) fn spend(batch: &mut Batch, success: Success<'_>) {
    let Success { token, spend, memory, at, clear_after, counted } = success;
    let (stmt, to, bound) = match spend {
        Spend::Advance { to } => (&TOKEN_ADVANCE, to, to),
        Spend::Swap { from, to } => (&TOKEN_SWAP, to, from),
    };
    let one = i64::from(counted);
    let args = args![to, memory, at, one, one, token.id, token.version, bound, rested_before(at, clear_after)];
    batch.guard("token: one-time value", stmt, args);
}

/// What a failure changes.
pub(crate) struct Failure<'a> {
    pub(crate) token: &'a Token,
    pub(crate) memory: Option<String>,
    pub(crate) at: Timestamp,
    pub(crate) clear_after: Option<Duration>,
    pub(crate) counted: bool,
}

/// Counts a failure.
pub(crate) fn fail(batch: &mut Batch, failure: Failure<'_>) {
    let Failure { token, memory, at, clear_after, counted } = failure;
    let mut args = args![token.counter, memory, at, i64::from(counted), token.id];
    if token.failcount < token.maxfail {
        batch.run(&TOKEN_FAIL, args);
    } else {
        args.push(rested_before(at, clear_after).into());
        batch.run(&TOKEN_FAIL_RESTED, args);
    }
}

/// Forgets the failures of a token.
pub(crate) fn reset_failcount(batch: &mut Batch, token: TokenId) {
    batch.run(&TOKEN_RESET, args![token]);
}

/// Removes a token; it must still have the version that was read.
pub(crate) fn delete(batch: &mut Batch, token: &Token) {
    batch.guard("token: version", &TOKEN_DELETE, args![token.id, token.version]);
    batch.run(&TOKEN_REALM_DELETE, args![token.id]);
    enrolment::over(batch, token.id);
}
