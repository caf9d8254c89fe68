//! What verbs share: common options, configuration, output, secrets from standard input.

use std::io::{IsTerminal, Read, Write};
use std::path::PathBuf;

use clap::Args;
use kernel::{SecretText, Timestamp};
use serde_json::{Value, json};

use crate::config::{Config, Sources};

use super::error::CliError;

const MAX_SECRET: u64 = 4096;

/// Options of every verb.
#[derive(Args, Clone)]
pub struct Common {
    /// Directory that holds everything of a single node
    #[arg(long, global = true, value_name = "DIR", env = "SYMBOLON_DATA_DIR", default_value = "data")]
    pub data_dir: PathBuf,
    /// Configuration file [default: symbolon.toml in the data directory, if there is one]
    #[arg(long, global = true, value_name = "FILE", env = "SYMBOLON_CONFIG")]
    pub config: Option<PathBuf>,
    /// Override a setting
    #[arg(long, global = true, value_name = "SECTION.KEY=VALUE")]
    pub set: Vec<String>,
    /// Answer in JSON
    #[arg(long, global = true)]
    pub json: bool,
}

/// The terminal and the options.
pub struct Console {
    common: Common,
}

impl Console {
    pub(crate) fn new(common: Common) -> Self {
        Self { common }
    }

    /// The options of every verb.
    pub fn common(&self) -> &Common {
        &self.common
    }

    /// Reads the configuration; `flags` are `section.key` and value.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn config(&self, flags: Vec<(&str, Option<String>)>) -> Result<Config, CliError> {
        let mut all = Vec::new();
        for set in &self.common.set {
            match set.split_once('=') {
                Some((at, value)) if at.contains('.') => all.push((at.to_owned(), value.to_owned())),
                _ => return Err(CliError::usage(format!("--set {set}: write --set section.key=value"))),
            }
        }
        all.extend(flags.into_iter().filter_map(|(at, value)| Some((at.to_owned(), value?))));
        let sources = Sources::of_process(self.common.data_dir.clone(), self.common.config.clone(), all);
        Ok(Config::load(&sources)?)
    }

    /// Writes a result: `json` for programs, `text` for people.
    pub fn answer(&self, json: Value, text: impl std::fmt::Display) {
        if self.common.json { self.line(json) } else { self.line(text) }
    }

    /// Says that it is done.
    pub fn done(&self, what: &str) {
        self.answer(json!({ "done": what }), what);
    }

    /// Writes rows for people, or all of `json`.
    pub fn table(&self, json: Value, head: &[&str], rows: &[Vec<String>]) {
        if self.common.json {
            return self.line(json);
        }
        let width = |n: usize| rows.iter().map(|r| r[n].chars().count()).chain([head[n].len()]).max().unwrap_or(0);
        let widths: Vec<usize> = (0..head.len()).map(width).collect();
        let print = |cells: Vec<&str>| {
            let line: Vec<String> = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
            self.line(line.join("  ").trim_end());
        };
        print(head.to_vec());
        for row in rows {
            print(row.iter().map(String::as_str).collect());
        }
    }

    /// Writes a line to standard output. A closed pipe is the reader's choice, not an error.
    pub fn line(&self, text: impl std::fmt::Display) {
        let _ = writeln!(std::io::stdout().lock(), "{text}");
    }

    /// Writes a remark that is no result to standard error.
    pub fn note(&self, text: impl std::fmt::Display) {
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }

    pub(crate) fn failed(&self, error: &CliError) {
        if self.common.json {
            self.line(json!({ "error": { "message": error.what, "mend": error.mend, "exit": error.exit } }));
        }
        self.note(error);
    }

    /// Reads a secret from standard input, up to its end or the first line break when a person types.
    ///
    /// # Errors
    /// When there is none, it is too long or not text.
    pub fn secret(&self, what: &str) -> Result<SecretText, CliError> {
        let mut input = std::io::stdin().lock();
        let mut text = zeroize::Zeroizing::new(String::new());
        let read = if input.is_terminal() {
            self.note(format!("{what} (will be visible; end with Enter):"));
            std::io::BufRead::read_line(&mut input, &mut text)
        } else {
            input.take(MAX_SECRET + 1).read_to_string(&mut text)
        };
        read.map_err(|e| CliError::failed(format!("cannot read the {what} from standard input: {e}")))?;
        let secret = text.trim_end_matches(['\r', '\n']);
        if secret.is_empty() {
            return Err(CliError::usage(format!("the {what} is expected on standard input, and nothing came")));
        }
        if u64::try_from(secret.len()).unwrap_or(u64::MAX) > MAX_SECRET {
            return Err(CliError::usage(format!("the {what} is longer than {MAX_SECRET} bytes")));
        }
        Ok(SecretText::new(secret))
    }
}

/// A moment as people read it, in UTC.
pub(crate) fn moment(at: Timestamp) -> String {
    let format = time::macros::format_description!("[year]-[month]-[day] [hour]:[minute]:[second]Z");
    let at = time::OffsetDateTime::from_unix_timestamp(at.seconds()).ok();
    at.and_then(|at| at.format(format).ok()).unwrap_or_default()
}
