//! The bare transaction of a check on the tables that a check uses: the token's whole row by its owner, its guarded change, and an
//! entry of the audit log with its indexes. What the database takes for it is no matter of the code around it.

use std::sync::Arc;

use db::{Batch, Db, args};

use crate::bench::bare::DETAIL;
use crate::bench::load::{Measured, run};

macro_rules! entry {
    ($($column:literal),+) => {
        concat!("INSERT INTO audit_entry (id", $(", ", $column),+, ") VALUES (?", $(entry!(@ $column)),+, ")")
    };
    (@ $column:literal) => { ", ?" };
}

db::statements! {
    OWNED = "SELECT person, id, version FROM token WHERE person IS NOT NULL ORDER BY number LIMIT ?";
    TOKEN = "SELECT id, number, serial, kind, person, owner_resolver, owner_uid, owner_realm, realms, pin, seed, otplen, counter, \
             count_window, sync_window, failcount, maxfail, failed_at, tried, tried_max, accepted, accepted_max, valid_from, \
             valid_until, last_auth, active, locked, revoked, rollout, description, info, memory, version, created_at \
             FROM token WHERE person = ? ORDER BY number";
    ADVANCE = "UPDATE token SET counter = ?, memory = ?, failcount = 0, failed_at = NULL, last_auth = ?, tried = tried + ?, \
               accepted = accepted + ? WHERE id = ? AND version = ? AND counter < ? AND active AND NOT locked AND NOT revoked \
               AND (failcount < maxfail OR failed_at <= ?) AND (tried_max = 0 OR tried < tried_max) \
               AND (accepted_max = 0 OR accepted < accepted_max)";
    RECORD = entry!("at", "started_at", "duration", "action", "success", "authentication", "serial", "token_type",
        "container_serial", "container_type", "user_name", "realm", "resolver", "person", "administrator", "action_detail", "info",
        "node", "client", "relay", "user_agent", "user_agent_version", "door", "request", "issuer", "log_level",
        "clearance_level", "thread_id", "policies", "reasons", "mac");
}

/// Where the columns that are used stand in the row of a token.
const SERIAL: usize = 2;
const COUNTER: usize = 12;

/// Tokens among which the transactions are spread, at most.
pub(crate) const MOST: usize = 2400;

/// A token and whose it is.
#[derive(Clone)]
pub(crate) struct Owned {
    person: String,
    token: String,
    version: i64,
}

/// Tokens of a database that the program has filled.
///
/// # Panics
/// When it has none.
pub(crate) async fn owned(db: &Db, most: usize) -> Vec<Owned> {
    let rows = db.fetch_list(&OWNED, args![i64::try_from(most).unwrap_or(i64::MAX)]).await.expect("tokens");
    assert!(!rows.is_empty(), "there are no tokens");
    let read = |row: &db::Row| -> Result<Owned, db::DbError> {
        let mut r = row.reader();
        Ok(Owned { person: r.next()?, token: r.next()?, version: r.next()? })
    };
    rows.iter().map(|row| read(row).expect("a token")).collect()
}

/// SELECT + UPDATE + INSERT, durable, through the facade that the program uses. `id` is used once.
pub(crate) async fn one(db: &Db, owned: &Owned, id: i64) {
    let rows = db.fetch_all(&TOKEN, args![&owned.person]).await.expect("a read");
    let row = rows.first().expect("a token");
    let (serial, counter): (String, i64) = (row.get(SERIAL).expect("a serial"), row.get(COUNTER).expect("a counter"));
    let mut batch = Batch::new();
    let next = counter + 1;
    let advance = args![next, None::<String>, id, 1, 1, &owned.token, owned.version, next, 0];
    batch.guard("counter", &ADVANCE, advance);
    // The last day of that calendar: behind every entry that the program has made.
    let key = format!("7ZZZZZZZZZ{id:016}");
    let (mac, reasons) = ("m".repeat(43), &DETAIL[..200]);
    batch.run(
        &RECORD,
        args![
            key,
            id,
            id,
            1000,
            "POST /validate/check",
            true,
            "ACCEPT",
            &serial,
            "totp",
            "",
            "",
            &serial,
            "default",
            "internal",
            &owned.person,
            "",
            "",
            "matching 1 tokens",
            "node",
            "127.0.0.1",
            "",
            "",
            "",
            "validate",
            &owned.token,
            "http://localhost:8080",
            "",
            "",
            "",
            "",
            reasons,
            mac,
        ],
    );
    // Two workers may meet on one row; the later one only loses its turn.
    let _ = db.write(batch).await;
}

/// Such transactions in this process.
pub(crate) async fn transaction(db: &Db, concurrency: usize, total: usize) -> Measured {
    let owned: Arc<[Owned]> = owned(db, MOST).await.into();
    run(
        std::process::id(),
        concurrency,
        total,
        |_| {
            let state = (db.clone(), owned.clone());
            async move { state }
        },
        |(db, owned), n| {
            Box::pin(async move {
                let id = i64::try_from(n).unwrap_or(0);
                one(db, &owned[n % owned.len()], id).await;
            })
        },
    )
    .await
}
