//! `make bench`: every path of the program beside its bare limit, in one run. Prints a report in Markdown.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line program speaks on standard output")]

use conformance::bench::report::Report;
use conformance::bench::{checks, grants, hashes, startup};

#[tokio::main]
async fn main() {
    let quick = full_or_quick();
    let mut report = Report::new(&conformance::bench::machine());
    for dialect in [db::Dialect::Sqlite, db::Dialect::Postgres] {
        checks::measure(&mut report, dialect, quick).await;
        grants::measure(&mut report, dialect, quick).await;
    }
    hashes::measure(&mut report, quick).await;
    startup::measure(&mut report, quick).await;
    println!("{}", report.text());
}

/// `--quick` takes a tenth of the samples: to see that the program works, not to quote.
#[allow(clippy::disallowed_methods, reason = "the command line of a tool")]
fn full_or_quick() -> bool {
    std::env::args().any(|a| a == "--quick")
}
