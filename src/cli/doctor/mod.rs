//! `symbolon doctor`: looks whether everything is as it should be, and says how to mend what is not.

mod certificate;
mod database;
mod engine;
mod files;
mod kerberos;
mod mail;
mod saml;
mod settings;

use clap::Args;
use kernel::{Clock, Entropy};
use serde_json::{Value, json};

use crate::start;

use super::{CliError, Command, Console};

#[derive(Args)]
pub(super) struct Doctor {
    /// Also send a test mail to this address
    #[arg(long, value_name = "ADDRESS")]
    mail_to: Option<String>,
}

/// How a finding weighs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weight {
    Good,
    /// Works, but somebody should know.
    Warning,
    Bad,
}

impl Weight {
    const fn word(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Warning => "warning",
            Self::Bad => "wrong",
        }
    }
}

/// What one check found.
struct Finding {
    weight: Weight,
    what: String,
    mend: String,
}

fn good(what: impl Into<String>) -> Finding {
    Finding { weight: Weight::Good, what: what.into(), mend: String::new() }
}

fn warning(what: impl Into<String>, mend: impl Into<String>) -> Finding {
    Finding { weight: Weight::Warning, what: what.into(), mend: mend.into() }
}

fn bad(what: impl Into<String>, mend: impl Into<String>) -> Finding {
    Finding { weight: Weight::Bad, what: what.into(), mend: mend.into() }
}

impl Command for Doctor {
    async fn run(self, console: &Console) -> Result<(), CliError> {
        let config = console.config(vec![])?;
        let clock = Clock::system();
        let mut findings = vec![good("the configuration can be read")];
        findings.extend(settings::check(&config));
        findings.extend(certificate::check(&config, clock.now()));
        findings.extend(files::check(&config));
        match start::open(config, clock, Entropy::system()).await {
            Ok(app) => {
                findings.push(good("keys and database open, the schema fits"));
                findings.extend(database::check(&app).await);
                findings.extend(engine::check(&app).await);
                findings.extend(kerberos::check(&app).await);
                findings.extend(saml::check(&app).await);
                findings.extend(mail::check(&app, self.mail_to.as_deref()).await);
            }
            Err(error) => {
                let error = CliError::of(&error);
                let mend = error.mend.unwrap_or_else(|| "mend this first".to_owned());
                findings.push(bad(error.what, format!("{mend}; what depends on it was not looked at")));
            }
        }
        let wrong = findings.iter().filter(|f| f.weight == Weight::Bad).count();
        let json: Vec<Value> =
            findings.iter().map(|f| json!({ "state": f.weight.word(), "what": f.what, "mend": f.mend })).collect();
        let lines: Vec<String> = findings.iter().map(line).collect();
        console.answer(json!({ "findings": json, "wrong": wrong }), lines.join("\n"));
        match wrong {
            0 => Ok(()),
            n => Err(CliError::failed(format!("{n} of {} checks found something wrong", findings.len()))),
        }
    }
}

fn line(finding: &Finding) -> String {
    let mend = if finding.mend.is_empty() { String::new() } else { format!("\n           -> {}", finding.mend) };
    format!("{:>9}  {}{mend}", finding.weight.word(), finding.what)
}
