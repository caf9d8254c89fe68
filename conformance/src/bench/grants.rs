//! Token grants: `client_credentials` beside the bare ES256 signature plus one durable commit.

use db::Dialect;

use crate::bench::http::Connection;
use crate::bench::load::{Measured, run};
use crate::bench::report::Report;
use crate::bench::{bare, checks};

const SECRET: &str = "load-client-secret-0123456789-abcdef";

/// Measures grants at concurrency 16.
pub async fn measure(report: &mut Report, dialect: Dialect, quick: bool) {
    let scale = if quick { 20 } else { 1 };
    report.section(&format!("Granting tokens on {}", dialect.name()));
    let signature = bare::es256(2, 40_000 / scale).await;
    report.limit("ES256 signature on two cores", signature);
    let (database, _postgres, _dir) = checks::bare_database(dialect).await;
    bare::prepare(&database).await;
    let commit = bare::commit(&database, 16, 20_000 / scale).await;
    report.limit("one INSERT, durable, 16 at once", commit);
    let both = 1.0 / (1.0 / signature.rate + 1.0 / commit.rate);
    drop(database);

    let place = checks::Place::new(dialect).await;
    let server = place.server(false, true).await;
    server.cli_ok(
        &["client", "add", "load", "--grant", "client_credentials", "--scope", "load", "--alg", "ES256", "--secret-stdin"],
        Some(SECRET),
    );
    let measured = client_credentials(server.port(), 10_000 / scale).await;
    report.path("client_credentials (ES256), 16 at once", measured, both);
}

async fn client_credentials(port: u16, total: usize) -> Measured {
    run(
        16,
        total,
        |_| async move { Connection::open(port).await.expect("a connection") },
        |connection, _| {
            Box::pin(async move {
                let form = format!("grant_type=client_credentials&client_id=load&client_secret={SECRET}");
                let answer = connection.post("/oidc/token", "", &form).await.expect("an answer");
                assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
            })
        },
    )
    .await
}
