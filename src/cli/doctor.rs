//! `symbolon doctor`: looks whether everything is as it should be, and says how to mend what is not.

use clap::Args;
use kernel::{Clock, Entropy};
use serde_json::{Value, json};

use crate::app::App;
use crate::config::Config;
use crate::start;

use super::{CliError, Command, Console};

#[derive(Args)]
pub(super) struct Doctor {}

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

struct Finding {
    weight: Weight,
    what: String,
    mend: &'static str,
}

fn good(what: impl Into<String>) -> Finding {
    Finding { weight: Weight::Good, what: what.into(), mend: "" }
}

fn warning(what: impl Into<String>, mend: &'static str) -> Finding {
    Finding { weight: Weight::Warning, what: what.into(), mend }
}

fn bad(what: impl Into<String>, mend: &'static str) -> Finding {
    Finding { weight: Weight::Bad, what: what.into(), mend }
}

impl Command for Doctor {
    async fn run(self, console: &Console) -> Result<(), CliError> {
        let config = console.config(vec![])?;
        let mut findings = vec![good("the configuration can be read")];
        findings.extend(of_config(&config));
        match start::open(config, Clock::system(), Entropy::system()).await {
            Ok(app) => findings.extend(of_app(&app).await),
            Err(error) => findings.push(bad(error.to_string(), "mend this first; what depends on it was not looked at")),
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

fn of_config(config: &Config) -> Vec<Finding> {
    let mut found = Vec::new();
    let url = &config.server.public_url;
    if url.is_loopback() {
        found.push(warning(
            format!("the public URL {} is for this machine only", url.origin()),
            "set server.public_url before others use the service",
        ));
    }
    if url.is_https() && !config.tls.is_on() && config.server.trusted_proxies.is_empty() {
        found.push(warning(
            "TLS ends in front of this service, but no proxy is trusted: every client seems to be the proxy",
            "set server.trusted_proxies, or tls.certificate and tls.key",
        ));
    }
    if config.audit.checkpoint_file.is_none() {
        found.push(warning(
            "checkpoints of the audit log stay in the database and the log",
            "set audit.checkpoint_file and ship that file to another machine",
        ));
    }
    found
}

async fn of_app(app: &App) -> Vec<Finding> {
    let mut found = vec![good("keys and database open")];
    found.push(match app.mfa.people.admins().all().await {
        Ok(admins) if admins.is_empty() => bad("there is no administrator", "run symbolon init"),
        Ok(admins) => good(format!("administrators: {}", admins.len())),
        Err(error) => bad(error.to_string(), "look at the database"),
    });
    for (name, answers) in app.resolver_health().await {
        found.push(match answers {
            true => good(format!("resolver {name} answers")),
            false => bad(format!("resolver {name} does not answer"), "look at its parameters and the store behind it"),
        });
    }
    for (policy, field, why) in app.mfa.policies.load().lint() {
        found.push(bad(format!("policy {policy}, {field}: {why}"), "correct the policy; until then it fails closed"));
    }
    found.push(match app.chain.verify(Vec::new(), |_| {}).await {
        Ok(verified) => match verified.finding {
            None => good(format!("the audit log is intact ({} entries)", verified.until - verified.from)),
            Some(finding) => bad(format!("the audit log was tampered with: {finding}"), "run symbolon audit verify"),
        },
        Err(error) => bad(error.to_string(), "look at the database"),
    });
    found
}
