//! The first check of a PIN, which costs one Argon2id, beside the bare Argon2id at equal cost.

use std::sync::Arc;

use db::Dialect;

use crate::bench::http::Connection;
use crate::bench::load::run;
use crate::bench::report::Report;
use crate::bench::{bare, checks, codes};

/// Measures first checks at the default cost.
pub async fn measure(report: &mut Report, quick: bool) {
    let people = if quick { 20 } else { 300 };
    report.section("The first check of a PIN");
    let limit = bare::argon2id(2, people).await;
    report.limit("Argon2id (19 MiB, 2, 1) on two cores", limit);
    let server = checks::Place::new(Dialect::Sqlite).await.server(false, false).await;
    codes::people(&server, people).await;
    // Restarted: no PIN is known to be right.
    let mut server = Arc::into_inner(server).expect("the only holder");
    server.stop();
    server.run().await;
    let port = server.port();
    let step = codes::step();
    let measured = run(
        server.pid(),
        4,
        people,
        |_| async move { Connection::open(port).await.expect("a connection") },
        move |connection, n| {
            Box::pin(async move {
                let form = format!("user={}&pass={}{}", codes::name(n), codes::PIN, codes::totp(&codes::seed(n), step));
                let answer = connection.post("/validate/check", "", &form).await.expect("an answer");
                assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
            })
        },
    )
    .await;
    report.path("/validate/check with an unknown PIN, 4 at once", measured, limit.rate);
}
