//! Token grants: `client_credentials`, and refresh with rotation, beside the bare ES256 signature plus one durable commit.

use db::Dialect;

use crate::Server;
use crate::bench::http::Connection;
use crate::bench::load::{Measured, run};
use crate::bench::report::Report;
use crate::bench::sign_in::{self, SECRET};
use crate::bench::{bare, checks};

/// Measures grants at concurrency 16.
pub async fn measure(report: &mut Report, dialect: Dialect, quick: bool) {
    let scale = if quick { 20 } else { 1 };
    report.section(&format!("Granting tokens on {}", dialect.name()));
    let signature = bare::es256(2, 40_000 / scale).await;
    report.limit("ES256 signature on two cores", signature);
    let (database, _url, _postgres, _dir) = checks::bare_database(dialect).await;
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
    // The command line is another process: the server follows within two seconds.
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    let measured = client_credentials(&server, 10_000 / scale).await;
    report.path("client_credentials (ES256), 16 at once", measured, both);
    let chains = if quick { 4 } else { 16 };
    let tokens = sign_in::refresh_tokens(&server, chains).await;
    let measured = refresh(&server, tokens, 5_000 / scale).await;
    report.path(&format!("refresh with rotation (ES256: access and ID token), {chains} at once"), measured, both);
}

/// Every worker follows a chain of its own: a token is used once.
async fn refresh(server: &Server, tokens: Vec<String>, total: usize) -> Measured {
    let (port, workers) = (server.port(), tokens.len());
    let tokens = std::sync::Arc::new(tokens);
    run(
        server.pid(),
        workers,
        total,
        move |n| {
            let token = tokens[n].clone();
            async move { (Connection::open(port).await.expect("a connection"), sign_in::basic("app"), token) }
        },
        |(connection, header, token), _| {
            Box::pin(async move {
                let form = format!("grant_type=refresh_token&refresh_token={token}");
                let answer = connection.post("/oidc/token", header, &form).await.expect("an answer");
                *token = sign_in::refresh_token(&answer);
            })
        },
    )
    .await
}

async fn client_credentials(server: &Server, total: usize) -> Measured {
    let port = server.port();
    run(
        server.pid(),
        16,
        total,
        |_| async move { (Connection::open(port).await.expect("a connection"), sign_in::basic("load")) },
        |connection, _| {
            Box::pin(async move {
                let (connection, header) = connection;
                let answer = connection.post("/oidc/token", header, "grant_type=client_credentials").await.expect("an answer");
                assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
            })
        },
    )
    .await
}
