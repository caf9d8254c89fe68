//! `make bench`: every path of the program beside its bare limit, in one run. Prints a report in Markdown.
//!
//! `bench [--quick] [SECTION...]`: `--quick` takes a fraction of the samples, to see that it works, not to quote; sections are
//! `checks`, `grants`, `hashes`, `saml`, `sign-in` and `startup`, all of them when none is named.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line program speaks on standard output")]

use conformance::bench::bare_http::Served;
use conformance::bench::report::Report;
use conformance::bench::{bare_http, checks, grants, hashes, saml, sign_in, startup};

#[tokio::main]
async fn main() {
    let arguments = arguments();
    if let [mode, url, port] = &arguments[..]
        && let Some(served) = Served::parse(mode)
    {
        bare_http::serve(served, url, port.parse().expect("a port")).await;
        return;
    }
    let quick = arguments.iter().any(|a| a == "--quick");
    let sections: Vec<&str> = arguments.iter().map(String::as_str).filter(|a| !a.starts_with('-')).collect();
    let wanted = |section: &str| sections.is_empty() || sections.contains(&section);
    let mut report = Report::new(&conformance::bench::machine());
    for dialect in [db::Dialect::Sqlite, db::Dialect::Postgres] {
        if wanted("checks") {
            checks::measure(&mut report, dialect, quick).await;
        }
        if wanted("grants") {
            grants::measure(&mut report, dialect, quick).await;
        }
    }
    if wanted("hashes") {
        hashes::measure(&mut report, quick).await;
    }
    if wanted("saml") {
        saml::measure(&mut report, quick).await;
    }
    if wanted("sign-in") {
        sign_in::measure(&mut report, quick).await;
    }
    if wanted("startup") {
        startup::measure(&mut report, quick).await;
    }
    println!("{}", report.text());
}

#[allow(clippy::disallowed_methods, reason = "the command line of a tool")]
fn arguments() -> Vec<String> {
    std::env::args().skip(1).collect()
}
