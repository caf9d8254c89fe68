//! A token as the wire format shows it.

use kernel::Timestamp;
use serde_json::{Map, Value, json};
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::people::Identity;
use crate::tokens::{Info, Token};

const MINUTE: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]:[minute]+0000");
const MICROSECOND: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day] [hour]:[minute]:[second].[subsecond digits:6]+0000");

fn format(at: Timestamp, format: &[BorrowedFormatItem<'_>]) -> String {
    let moment = time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.0) * 1000);
    moment.ok().and_then(|moment| moment.format(format).ok()).unwrap_or_default()
}

/// All tokeninfo of a token: what was set, what follows from its state, and what has a column of its own.
pub fn info(token: &Token) -> Info {
    let mut info = token.info.clone();
    info.extend(token.kind.derived_info(token));
    let mut put = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            info.insert(name.to_owned(), value);
        }
    };
    let count = |n: i64| (n > 0).then(|| n.to_string());
    let uses = token.uses;
    put("count_auth", count(uses.tried));
    put("count_auth_max", count(uses.tried_max));
    put("count_auth_success", count(uses.accepted));
    put("count_auth_success_max", count(uses.accepted_max));
    put("validity_period_start", token.valid_from.map(|at| format(at, MINUTE)));
    put("validity_period_end", token.valid_until.map(|at| format(at, MINUTE)));
    put("last_auth", token.last_auth.map(|at| format(at, MICROSECOND)));
    put("failcounter_exceeded", token.failed_at.map(|at| format(at, MINUTE)));
    put("creation_date", Some(format(token.created_at, MINUTE)));
    info
}

/// One entry of the token list. `owner` is the person as far as they can still be found.
pub fn wire(token: &Token, owner: Option<&Identity>, editable: bool) -> Map<String, Value> {
    let home = token.owner.as_ref();
    let entry = json!({
        "id": token.number,
        "serial": token.serial,
        "tokentype": token.kind.spec().name,
        "description": token.description,
        "active": token.active,
        "revoked": token.revoked,
        "locked": token.locked,
        "rollout_state": token.rollout.name(),
        "otplen": token.otplen,
        "count": token.counter,
        "count_window": token.count_window,
        "sync_window": token.sync_window,
        "failcount": token.failcount,
        "maxfail": token.maxfail,
        "info": info(token),
        "realms": token.realms,
        "tokengroup": [],
        "user_id": home.map_or("", |home| home.uid.as_str()),
        "resolver": home.map_or("", |home| home.resolver.as_str()),
        "username": owner.map_or("", |person| person.login.as_str()),
        "user_realm": home.map_or("", |home| home.realm.as_str()),
        "user_editable": editable,
        "container_serial": "",
        "settable_info_keys": token.kind.spec().info.iter().filter(|key| key.settable).map(|key| key.name).collect::<Vec<_>>(),
        "readonly_info_keys": token.kind.spec().info.iter().filter(|key| !key.settable).map(|key| key.name).collect::<Vec<_>>(),
        "undeletable_info_keys": token.kind.spec().info.iter().map(|key| key.name).collect::<Vec<_>>(),
    });
    match entry {
        Value::Object(entry) => entry,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::testing::token;
    use crate::tokens::totp::Totp;

    #[test]
    fn columns_are_shown_as_tokeninfo() {
        let mut totp = token(&Totp);
        totp.valid_until = Some(Timestamp::from_seconds(1_700_000_000));
        totp.last_auth = Some(Timestamp(1_700_000_000_123_456));
        totp.uses.tried = 3;
        totp.memory = Some("{\"timeShift\":-3.5}".to_owned());
        let info = info(&totp);
        assert_eq!(info["validity_period_end"], "2023-11-14T22:13+0000");
        assert_eq!(info["last_auth"], "2023-11-14 22:13:20.123456+0000");
        assert_eq!((info["count_auth"].as_str(), info["timeShift"].as_str()), ("3", "-3.5"));
        let entry = wire(&totp, None, false);
        assert_eq!(entry.len(), 26);
        assert_eq!(entry["settable_info_keys"], json!(["hashlib", "timeStep", "timeWindow"]));
    }
}
