//! Looks whether the database answers, step by step, and says at which step it does not and how that may be mended.

use std::fmt::Write as _;

use db::foreign::{ForeignError, Stage, Test};

use super::Sql;
use crate::resolvers::{Filter, Page, ResolverError};

/// People that are named.
const NAMED: usize = 3;

/// Enters the database and looks at the table.
///
/// # Errors
/// Names the step that fails, and says what may help.
pub(super) async fn diagnose(sql: &Sql) -> Result<String, ResolverError> {
    let table = sql.table()?;
    let way = table.enter().await.map_err(|e| told(&e, advice(&e)))?;
    let config = &sql.config;
    let tested = config.tests.iter().map(|test| match test {
        Test::Is(name, _) | Test::In(name, _) | Test::Like(name, _) | Test::Holds(name, ..) => name,
        Test::Empty(name) | Test::Given(name) => name,
    });
    let names = config.map.values().chain([&config.uid, &config.login]).chain(&config.password).chain(tested);
    let missing =
        table.missing(names).await.map_err(|e| told(&e, "Is Table written right, with its schema, and may User read it?"))?;
    if !missing.is_empty() {
        let missing: Vec<&str> = missing.iter().map(|name| name.as_str()).collect();
        return Err(unusable(format!(
            "table {}: there is no column {}. Are Map and Where right?",
            config.table,
            missing.join(", ")
        )));
    }
    let tests = [sql.named(), config.tests.clone()].concat();
    let count = table.count(&tests).await.map_err(|e| told(&e, "Is Where right, and may User read the table?"))?;
    let page = Page { skip: 0, limit: NAMED + 1 };
    let first = sql.by_filter(&Filter::default(), page, None).await?;
    let mut report = format!("{count} users were found");
    if first.is_empty() {
        return Err(unusable(match count {
            0 => "no row meets Where and has both uid and login name".to_owned(),
            _ => format!("{count} rows were found, but the first have no uid or login name that could be used"),
        }));
    }
    let named: Vec<&str> = first.iter().take(NAMED).map(|entry| entry.login.as_str()).collect();
    let _ = write!(report, ": {}{}", named.join(", "), if first.len() > NAMED { ", ..." } else { "." });
    if config.password.is_none() {
        report.push_str(" | Passwords cannot be checked: the Map has no column for `password`.");
    }
    match (way.is_local, way.encrypted) {
        (_, Some(true)) => report.push_str(" | The connection is encrypted."),
        (true, _) => {}
        (false, _) => {
            report.push_str(" | The connection is not encrypted: set sslmode (PostgreSQL) or ssl_ca (MySQL) in conParams.");
        }
    }
    Ok(report)
}

fn unusable(what: String) -> ResolverError {
    ResolverError::Unavailable(what)
}

fn told(e: &ForeignError, advice: &str) -> ResolverError {
    unusable(format!("{e}. {advice}"))
}

fn advice(e: &ForeignError) -> &'static str {
    let ForeignError::Closed(stage, _) = e else { return "Is it starting, or full?" };
    match stage {
        Stage::Name => "Is the name in Server written right?",
        Stage::Connect => "Is Port right, does the server listen there, and does a firewall let us pass?",
        Stage::Tls => "Does the server speak TLS, with a certificate for this name that the authority in conParams vouches for?",
        Stage::SignIn => "Are User and Password right, and may User connect from here?",
        Stage::Database => "Is Database written right, and may User use it?",
        Stage::File => "Server and Database together are the path of the file, which Symbolon must be able to read.",
    }
}
