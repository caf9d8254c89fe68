//! The bare transaction behind the least HTTP server: what the same driver reaches when there is nothing between the request and
//! SELECT + UPDATE + INSERT. A process of its own, as the program is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use db::Db;

use crate::bench::http::Connection;
use crate::bench::load::{Measured, run};
use crate::bench::{bare, rows};
use crate::process::{self, Process, free_port, wait_for_port};

/// Which transaction is served.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Served {
    /// The one of [`bare`], on narrow tables of its own.
    Narrow,
    /// The one of [`rows`], on the tables of the program.
    Rows,
}

impl Served {
    /// The argument with which the measuring program serves it instead of measuring.
    pub const fn argument(self) -> &'static str {
        match self {
            Self::Narrow => "--serve-bare",
            Self::Rows => "--serve-rows",
        }
    }

    /// Reads that argument.
    pub fn parse(argument: &str) -> Option<Self> {
        [Self::Narrow, Self::Rows].into_iter().find(|served| served.argument() == argument)
    }
}

/// Serves bare transactions on `port` until the process is ended.
///
/// # Panics
/// When the database or the port cannot be had.
pub async fn serve(served: Served, url: &str, port: u16) {
    let db = Db::open(url).await.expect("a database");
    let owned = if served == Served::Rows { rows::owned(&db, rows::MOST).await } else { Vec::new() };
    let state = (db, Arc::<[rows::Owned]>::from(owned), Arc::new(AtomicI64::new(900_000_000)));
    let handler = async |State((db, owned, next)): State<(Db, Arc<[rows::Owned]>, Arc<AtomicI64>)>, row: String| {
        let (row, id) = (row.parse().unwrap_or(0), next.fetch_add(1, Ordering::Relaxed));
        match owned.len() {
            0 => bare::one(&db, row, id, bare::DETAIL).await,
            n => rows::one(&db, &owned[row % n], id).await,
        }
        "{\"result\": {\"status\": true, \"value\": true}}"
    };
    let app = Router::new().route("/", post(handler)).with_state(state);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.expect("a port");
    axum::serve(listener, app).await.expect("a server");
}

/// Measures it with the driver of the program's own paths. The tables must exist.
///
/// # Panics
/// When the server does not start.
pub async fn measure(served: Served, url: &str, concurrency: usize, total: usize) -> Measured {
    let (port, dir) = (free_port(), tempfile::tempdir().expect("a temporary directory"));
    let mut command = std::process::Command::new(process::built("bench"));
    command.args([served.argument(), url, &port.to_string()]);
    let server = Process::start("bench", "none: cargo build", &mut command, &dir.path().join("log"));
    wait_for_port(port, "the bare server").await;
    run(
        server.pid(),
        concurrency,
        total,
        |_| async move { Connection::open(port).await.expect("a connection") },
        |connection, n| {
            Box::pin(async move {
                let answer = connection.post("/", "", &n.to_string()).await.expect("an answer");
                assert_eq!(answer.status, 200);
            })
        },
    )
    .await
}
