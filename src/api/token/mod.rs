//! `/token`: enrolment and management of tokens.

mod list;

use http::Method;
use mfa::operation::Operation;
use mfa::token_ops::{
    AssignToken, DeleteToken, DisableToken, EnableToken, InitToken, ResetToken, ResyncToken, RevokeToken, SetDescription, SetPin,
    SetToken, UnassignToken,
};

use crate::http::{Area, Route, Who};

use super::operation::operation;

const LIST: &[&str] = &[
    "serial",
    "type",
    "user",
    "realm",
    "tokenrealm",
    "resolver",
    "userid",
    "description",
    "assigned",
    "active",
    "infokey",
    "infovalue",
    "rollout_state",
    "sortby",
    "sortdir",
    "page",
    "pagesize",
    "outform",
];
const INIT: &[&str] = &[
    "type",
    "serial",
    "prefix",
    "user",
    "realm",
    "pin",
    "otpkey",
    "genkey",
    "otpkeyformat",
    "keysize",
    "otplen",
    "hashlib",
    "timeStep",
    "description",
    "2stepinit",
    "verify",
    "rollover",
    "validity_period_start",
    "validity_period_end",
    "tokenrealm",
];
const WHICH: &[&str] = &["serial", "user", "realm"];
const PIN: &[&str] = &["serial", "otppin"];
const SET: &[&str] = &["serial", "user", "realm", "pin", "max_failcount", "count_window", "sync_window", "description"];
const DESCRIBE: &[&str] = &["serial", "description"];

pub(super) fn routes() -> Vec<Route> {
    let mut routes = vec![
        Route::get("/token", Area::Api, Who::Caller, list::get).about("List tokens, page by page; also as CSV.", LIST),
        operation(Method::POST, "/token/init", InitToken).about("Enrol a token, or take the next step of its enrolment.", INIT),
        operation(Method::DELETE, "/token/{serial}", DeleteToken).about("Delete a token.", &["serial"]),
        operation(Method::POST, "/token/assign", AssignToken)
            .about("Give a token to a person.", &["serial", "user", "realm", "pin"]),
        operation(Method::POST, "/token/unassign", UnassignToken).about("Take tokens from their owner.", WHICH),
        operation(Method::POST, "/token/resync", ResyncToken)
            .about("Bring the counter of a token in step by two consecutive values.", &["serial", "otp1", "otp2"]),
    ];
    // Each of these may name the serial in the path or among the parameters.
    let mut both = |paths: [&'static str; 2], summary, params, route: fn(&'static str) -> Route| {
        routes.extend(paths.map(|path| route(path).about(summary, params)));
    };
    both(["/token/enable", "/token/enable/{serial}"], "Enable tokens.", WHICH, |path| post(path, EnableToken));
    both(["/token/disable", "/token/disable/{serial}"], "Disable tokens.", WHICH, |path| post(path, DisableToken));
    both(["/token/revoke", "/token/revoke/{serial}"], "Revoke tokens for good.", WHICH, |path| post(path, RevokeToken));
    both(["/token/reset", "/token/reset/{serial}"], "Reset fail counters.", WHICH, |path| post(path, ResetToken));
    both(["/token/setpin", "/token/setpin/{serial}"], "Set the PIN of a token.", PIN, |path| post(path, SetPin));
    both(["/token/set", "/token/set/{serial}"], "Set values of tokens.", SET, |path| post(path, SetToken));
    both(["/token/description", "/token/description/{serial}"], "Describe a token.", DESCRIBE, |path| post(path, SetDescription));
    routes
}

fn post<O: Operation + Send + Sync + 'static>(path: &'static str, op: O) -> Route {
    operation(Method::POST, path, op)
}
