//! Operations of the verifier: one file each.

mod answer;
mod check;
mod factor;
mod poll;
mod trigger;

pub use check::ValidateCheck;
pub use factor::AnswerFactor;
pub use poll::PollTransaction;
pub use trigger::TriggerChallenge;

use db::Batch;

use super::verify::Candidates;
use super::{Attempt, EngineError, Outcome, Rejection, Rules, Verdict, Who};
use crate::Mfa;
use crate::operation::{Call, Code, Failure};
use crate::policy::Facts;

impl From<EngineError> for Failure {
    fn from(e: EngineError) -> Self {
        use super::PinError;
        match e {
            EngineError::Db(e) => e.into(),
            EngineError::Pin(PinError::Busy(e)) => e.into(),
            EngineError::People(e) => e.into(),
            other @ (EngineError::Pin(_) | EngineError::Seed { .. }) => Self::internal(other),
        }
    }
}

impl From<super::PinError> for Failure {
    fn from(e: super::PinError) -> Self {
        EngineError::from(e).into()
    }
}

/// The rules for whom the attempt is about.
fn rules(sys: &Mfa, call: &mut Call, candidates: &Candidates) -> Result<Rules, Failure> {
    let set = sys.policies.load();
    let facts = match (&candidates.owner, &candidates.tokens[..]) {
        (Some(owner), _) => call.facts_of(&set, owner),
        (None, [token]) => Facts { token_realms: Some(token.realms.clone()), ..call.facts(&set).nobody() },
        (None, _) => call.facts(&set).nobody(),
    };
    let at = set.at(&facts);
    let rules = Rules::read(&at, &sys.settings.load())?;
    call.decided(&at);
    Ok(rules)
}

/// Runs the verifier and writes what it says into the record.
async fn verify(sys: &Mfa, call: &mut Call, attempt: Attempt<'_>) -> Result<Outcome, Failure> {
    let recalled = sys.recalled(&attempt);
    let hasty = recalled.is_some();
    let mut candidates = match recalled {
        Some(candidates) => candidates,
        None => sys.candidates(&attempt).await?,
    };
    let rules = rules(sys, call, &candidates)?;
    let mut batch = std::mem::take(&mut call.batch);
    let outcome = judged(sys, &mut candidates, hasty, (&attempt, &rules), &mut batch).await;
    call.batch = batch;
    let mut outcome = outcome?;
    if let Verdict::Rejected(Rejection::Revoked) = outcome.verdict {
        return Err(Failure::new(Code::TokenLocked, outcome.message));
    }
    record(call, &outcome);
    // Attempts that look at some of the tokens have not read the others.
    if let (Who::Person(person), None, false) = (&attempt.who, attempt.kind, outcome.spent.is_empty()) {
        let (person, tokens, spent) = (person.id, candidates.tokens, std::mem::take(&mut outcome.spent));
        call.after(async move |sys| sys.recall.keep(person, tokens, spent));
    }
    Ok(outcome)
}

/// What comes of an attempt: from what is remembered where that says yes, else from the database.
async fn judged(
    sys: &Mfa,
    candidates: &mut Candidates,
    hasty: bool,
    (attempt, rules): (&Attempt<'_>, &Rules),
    batch: &mut Batch,
) -> Result<Outcome, Failure> {
    if hasty {
        if let Some(outcome) = sys.authenticate_recalled(candidates, attempt, rules, batch).await? {
            return Ok(outcome);
        }
        *candidates = sys.candidates(attempt).await?;
    }
    Ok(sys.authenticate_among(candidates, attempt, rules, batch).await?)
}

fn record(call: &mut Call, outcome: &Outcome) {
    let audit = &mut call.audit;
    audit.info.clone_from(&outcome.message);
    audit.serial = joined(outcome.tokens.iter().map(|token| token.serial.as_str()));
    audit.token_type = joined(outcome.tokens.iter().map(|token| token.kind));
    if audit.person.is_none() {
        audit.person = outcome.person;
    }
}

fn joined<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut seen: Vec<&str> = Vec::new();
    for text in texts {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen.join(",")
}
