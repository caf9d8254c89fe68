//! Start to first answer on existing data, and resident memory.

use std::time::Duration;

use kernel::clock::Stopwatch;

use crate::Server;
use crate::bench::http::Connection;
use crate::bench::load::run;
use crate::bench::report::Report;
use crate::bench::{codes, environment};
use crate::server::Options;

/// Measures ten starts, idle memory, and memory after a load.
///
/// # Panics
/// When the server does not start.
pub async fn measure(report: &mut Report, quick: bool) {
    report.section("Start and memory (embedded database)");
    let options = Options { database: None, env: environment(true, false) };
    let mut server = Server::start_with(options).await;
    let mut times = Vec::new();
    for _ in 0..if quick { 3 } else { 10 } {
        server.stop();
        let watch = Stopwatch::start();
        server.run().await;
        times.push(watch.elapsed());
    }
    times.sort_unstable();
    report.line(&format!(
        "| start to first answer, median of {} | | {:.0?} | | | limit: 300 ms |",
        times.len(),
        times[times.len() / 2]
    ));
    tokio::time::sleep(Duration::from_secs(2)).await;
    report.line(&format!("| resident memory, idle: {} MB | | | | | limit: 60 MB |", resident(server.pid()) / 1024));
    let server = std::sync::Arc::new(server);
    codes::people(&server, if quick { 10 } else { 200 }).await;
    let port = server.port();
    run(
        server.pid(),
        64,
        if quick { 500 } else { 20_000 },
        |_| async move { Connection::open(port).await.expect("a connection") },
        |connection, n| {
            Box::pin(async move {
                let form = format!("user={}&pass={}000000", codes::name(n % 200), codes::PIN);
                connection.post("/validate/check", "", &form).await.expect("an answer");
            })
        },
    )
    .await;
    report.line(&format!(
        "| resident memory after 20,000 refused checks at 64 at once: {} MB | | | | | |",
        resident(server.pid()) / 1024
    ));
}

/// Resident memory of a process in KiB.
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status.lines().find_map(|l| l.strip_prefix("VmRSS:")).and_then(|l| l.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
