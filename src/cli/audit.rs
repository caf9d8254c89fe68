//! `symbolon audit`: search the log, check the chain.

use std::path::PathBuf;

use audit::Overdue;
use audit::search::{COLUMNS, Search, parse_age};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::operate::Operator;
use super::{CliError, Command, Console};

/// Columns that people read; programs get all of them.
const SHOWN: [&str; 8] = ["date", "action", "success", "user", "administrator", "serial", "client", "info"];

#[derive(Args)]
pub(super) struct Audit {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Search the log, newest entries first; every entry shown is checked
    Search {
        /// A column and its pattern, such as user=dana or action='*policy*'; * stands for any text, a leading ! negates
        #[arg(value_name = "COLUMN=PATTERN")]
        filters: Vec<String>,
        /// Only entries that are younger, such as 2h or 30d
        #[arg(long, value_name = "AGE")]
        age: Option<String>,
        /// Number of the page
        #[arg(long, default_value_t = 1)]
        page: u64,
        /// Entries on a page, 1000 at most
        #[arg(long, default_value_t = 50)]
        size: u64,
    },
    /// Check that no entry was changed, removed or added; names the first bad one
    Verify {
        /// File of checkpoints that was kept on another machine, instead of the one in the data directory; betrays a database
        /// that was replaced as a whole
        #[arg(long, value_name = "FILE")]
        checkpoints: Option<PathBuf>,
    },
    /// Seal what is not sealed yet, however old, where no service runs that does it
    Seal,
}

impl Command for Audit {
    async fn run(self, console: &Console) -> Result<(), CliError> {
        let operator = Operator::open(console).await?;
        match self.what {
            What::Search { filters, age, page, size } => {
                let wanted = wanted(&operator, &filters, age.as_deref())?.page(page, size);
                search(console, &operator, &wanted).await
            }
            What::Verify { checkpoints } => verify(console, &operator, checkpoints).await,
            What::Seal => {
                let sealed = operator.app().chain.seal_all(operator.app().clock.now()).await?;
                console.answer(json!({ "sealed": sealed.entries }), format!("sealed {} entries", sealed.entries));
                Ok(())
            }
        }
    }
}

fn wanted(operator: &Operator, filters: &[String], age: Option<&str>) -> Result<Search, CliError> {
    let mut search = Search::new();
    for filter in filters {
        let (column, pattern) =
            filter.split_once('=').ok_or_else(|| CliError::usage(format!("{filter}: write COLUMN=PATTERN")))?;
        search = search.filter(column, pattern).map_err(|e| {
            let all: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
            CliError::usage(e.to_string()).mend(format!("columns: {}", all.join(", ")))
        })?;
    }
    if let Some(age) = age {
        let age = parse_age(age).ok_or_else(|| CliError::usage(format!("{age} is no age")).mend("write 10m, 2h or 30d"))?;
        search = search.since(operator.app().clock.now() - age);
    }
    Ok(search)
}

async fn search(console: &Console, operator: &Operator, wanted: &Search) -> Result<(), CliError> {
    let app = operator.app();
    let page = app.chain.search(wanted, app.clock.now()).await?;
    let entries: Vec<Value> = page.entries.iter().map(|found| Value::Object(found.to_json())).collect();
    let text = |v: &Value| v.as_str().map_or_else(|| if v.is_null() { String::new() } else { v.to_string() }, str::to_owned);
    let rows: Vec<Vec<String>> = entries.iter().map(|entry| SHOWN.map(|name| text(&entry[name])).to_vec()).collect();
    console.table(json!({ "entries": entries, "count": page.count, "next": page.next }), &SHOWN, &rows);
    if let Some(next) = page.next {
        console.note(format!("{} entries in all; --page {next} shows more", page.count));
    }
    let bad = page.entries.iter().filter(|found| !found.genuine || found.sealed && !found.in_line).count();
    if bad > 0 {
        return Err(CliError::failed(format!("{bad} of these entries were tampered with"))
            .mend("`symbolon audit verify` names the first"));
    }
    let overdue = page.entries.iter().filter(|found| !found.in_line).count();
    if overdue > 0 {
        console
            .note(format!("{overdue} of these entries are genuine, but not sealed in time; `symbolon audit verify` says more"));
    }
    Ok(())
}

async fn verify(console: &Console, operator: &Operator, checkpoints: Option<PathBuf>) -> Result<(), CliError> {
    let lines = match &checkpoints {
        Some(path) => {
            audit::chain::read_checkpoints(path).map_err(|e| CliError::failed(format!("cannot read {}: {e}", path.display())))?
        }
        None => Vec::new(),
    };
    let found = operator.app().chain.verify(lines, |_| {}).await?;
    if let Some(finding) = &found.finding {
        return Err(CliError::failed(format!("the audit log was tampered with: {finding}"))
            .mend("keep this database as evidence and compare it with a backup"));
    }
    if let Some(overdue) = &found.overdue {
        let Overdue { entries, first } = overdue;
        let what =
            format!("nothing was edited, but {entries} genuine entries should have been sealed long ago, the oldest is {first}");
        return Err(CliError::failed(what).mend(
            "`symbolon audit seal` seals them; look whether the service runs, whether the clocks of all nodes are right, and whether \
             the last checkpoint that was kept elsewhere agrees (--checkpoints)",
        ));
    }
    console.answer(
        json!({ "good": true, "from": found.from, "until": found.until, "checkpoints": found.checkpoints, "unsealed": found.unsealed }),
        format!(
            "the audit log is intact: {} entries in the chain, up to number {}, {} checkpoints agree, {} entries not sealed yet",
            found.until - found.from,
            found.until,
            found.checkpoints,
            found.unsealed
        ),
    );
    Ok(())
}
