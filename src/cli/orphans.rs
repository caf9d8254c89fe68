//! `symbolon token orphans`: tokens whose owner is no more. Rows are written as they are found, progress goes to standard error.

use std::time::Duration;

use clap::{Args, ValueEnum};
use futures::StreamExt;
use futures::stream;
use kernel::clock::Stopwatch;
use kernel::ids::TokenId;
use mfa::token_ops::{Orphan, OrphanSearch, Progress, RetireOrphan};
use serde_json::{Value, json};

use super::operate::{Operator, params};
use super::{CliError, Console};

/// How often progress is shown.
const EVERY: Duration = Duration::from_secs(2);
/// Changes that are committed together.
const TOGETHER: usize = 32;

#[derive(Args)]
pub(super) struct Orphans {
    /// What becomes of them
    #[arg(long, value_enum, default_value_t = Action::List)]
    action: Action,
    /// Only those whose owner lived in this resolver
    #[arg(long)]
    resolver: Option<String>,
    /// Go on after this token: where an earlier search has stopped
    #[arg(long, value_name = "ID")]
    after: Option<TokenId>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Action {
    /// Only show them
    List,
    /// They may be used no more
    Disable,
    /// They belong to nobody
    Unassign,
    /// They are removed
    Delete,
}

impl Action {
    const fn done(self) -> &'static str {
        match self {
            Self::List => "",
            Self::Disable => "disabled",
            Self::Unassign => "unassigned",
            Self::Delete => "deleted",
        }
    }

    async fn perform(self, operator: &Operator, orphan: &Orphan) -> Result<(), CliError> {
        let params = params([("serial", Some(json!(orphan.serial)))]);
        let verb = "token orphans";
        match self {
            Self::List => Ok(()),
            Self::Disable => operator.perform(&RetireOrphan::disable(orphan), verb, params).await.map(drop),
            Self::Unassign => operator.perform(&RetireOrphan::unassign(orphan), verb, params).await.map(drop),
            Self::Delete => operator.perform(&RetireOrphan::delete(orphan), verb, params).await.map(drop),
        }
    }
}

/// What was done so far.
#[derive(Default)]
struct Tally {
    changed: u64,
    failed: u64,
}

impl Orphans {
    pub(super) async fn find(self, console: &Console, operator: &Operator) -> Result<(), CliError> {
        let mfa = &operator.app().mfa;
        let directory = mfa.people.directory();
        let only = match &self.resolver {
            Some(name) => Some(directory.resolver(name).ok_or_else(|| CliError::usage(format!("there is no resolver {name}")))?),
            None => None,
        };
        let mut search = OrphanSearch::begin(mfa, self.after, only.map(|r| &**r)).await?;
        let (watch, mut shown, mut tally) = (Stopwatch::start(), Duration::ZERO, Tally::default());
        let stopped = loop {
            let part = tokio::select! {
                part = search.next() => part,
                _ = tokio::signal::ctrl_c() => break true,
            };
            let part = part.map_err(|e| CliError::from(e).mend(go_on(&search.progress())))?;
            let Some(orphans) = part else { break false };
            self.treat(console, operator, &orphans, &mut tally).await;
            if watch.elapsed() - shown >= EVERY {
                shown = watch.elapsed();
                console.note(line(&search.progress(), shown));
            }
        };
        self.summary(console, &search, &tally, watch.elapsed(), stopped)
    }

    /// Shows orphans, after what is to be done with them was done.
    async fn treat(&self, console: &Console, operator: &Operator, orphans: &[Orphan], tally: &mut Tally) {
        let work = orphans.iter().map(|orphan| async move { (orphan, self.action.perform(operator, orphan).await) });
        let mut done = stream::iter(work).buffered(TOGETHER);
        while let Some((orphan, outcome)) = done.next().await {
            let said = match &outcome {
                Ok(()) => self.action.done().to_owned(),
                Err(e) => format!("failed: {}", e.what),
            };
            match (&outcome, self.action) {
                (Err(_), _) => tally.failed += 1,
                (Ok(()), Action::List) => {}
                (Ok(()), _) => tally.changed += 1,
            }
            let Orphan { serial, kind, resolver, uid, realm, why, .. } = orphan;
            let why = why.name();
            let json = json!({ "serial": serial, "type": kind, "resolver": resolver, "userid": uid, "realm": realm, "missing": why,
                "done": said });
            console.answer(json, format!("{serial}  {kind}  no {why}: {uid} of {resolver} ({realm})  {said}").trim_end());
        }
    }

    fn summary(
        &self,
        console: &Console,
        search: &OrphanSearch,
        tally: &Tally,
        took: Duration,
        stopped: bool,
    ) -> Result<(), CliError> {
        let Progress { looked, all, orphans, undecided, at } = search.progress();
        let unsaid: Vec<String> =
            search.undecided().iter().map(|(resolver, (n, why))| format!("{n} of {resolver} ({why})")).collect();
        let json = json!({ "summary": {
            "looked": looked, "all": all, "orphans": orphans, "changed": tally.changed, "failed": tally.failed, "undecided": undecided,
            "resolvers": search.undecided().iter().map(|(name, (n, why))| (name.clone(), json!({ "undecided": n, "why": why })))
                .collect::<serde_json::Map<String, Value>>(),
            "at": at, "finished": !stopped, "seconds": took.as_secs_f64(),
        }});
        let mut text = format!("{looked} tokens with an owner, {orphans} orphans, {undecided} not decided");
        if self.action != Action::List {
            text.push_str(&format!("; {} {}, {} failed", tally.changed, self.action.done(), tally.failed));
        }
        console.answer(json, text);
        if stopped {
            return Err(CliError::failed("stopped").mend(go_on(&search.progress())));
        }
        if undecided > 0 {
            let what = format!("it is not known whether the owners of some tokens exist: {}", unsaid.join("; "));
            let mend = "they were left as they are: look with `symbolon resolver test`, then search again with --resolver";
            return Err(CliError { exit: 4, what, mend: Some(mend.to_owned()) });
        }
        match tally.failed {
            0 => Ok(()),
            n => Err(CliError::failed(format!("{n} orphans could not be changed; the lines above say why"))),
        }
    }
}

fn go_on(progress: &Progress) -> String {
    progress.at.map_or_else(|| "search again".to_owned(), |at| format!("it goes on with --after {at}"))
}

fn line(progress: &Progress, elapsed: Duration) -> String {
    let Progress { looked, all, orphans, undecided, at } = progress;
    let rate = *looked as f64 / elapsed.as_secs_f64().max(0.001);
    let left = all.saturating_sub(*looked) as f64 / rate.max(1.0);
    let at = at.map(|at| at.to_string()).unwrap_or_default();
    format!("{looked} of {all} tokens, {orphans} orphans, {undecided} not decided; {rate:.0} a second, {left:.0} s left; at {at}")
}
