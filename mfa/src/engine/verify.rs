//! The one verifier.

use db::Batch;
use kernel::ids::PersonId;

use super::Mfa;
use super::attempt::{Attempt, Who};
use super::judge::{Judge, Judged};
use super::outcome::{EngineError, Outcome, Rejection, TokenRef, Verdict};
use super::rank::{self, Finding, Rank};
use super::rules::Rules;
use super::settle::Settlement;
use crate::budget::{CheckError, Guess, Permit, Secret, Subject};
use crate::challenge::{self, ChallengeSet};
use crate::people::Person;
use crate::tokens::{Input, Mode, Step, Token, Unusable, store};

/// What was read before anything was judged.
pub(super) struct Candidates {
    pub(super) tokens: Vec<Token>,
    pub(super) set: Option<ChallengeSet>,
    pub(super) person: Option<PersonId>,
    /// The person, as far as they can still be found.
    pub(super) owner: Option<Person>,
}

impl Candidates {
    /// Whether whoever owns the tokens may use nothing, or is not there any more.
    pub(super) fn barred(&self) -> bool {
        self.person.is_some() && self.owner.as_ref().is_none_or(|owner| owner.disabled)
    }

    /// What settles a verdict about them.
    pub(super) fn settlement<'a>(&'a self, mfa: &'a Mfa, attempt: &'a Attempt<'a>, rules: &'a Rules) -> Settlement<'a> {
        let Self { tokens, set, person, owner } = self;
        Settlement { mfa, attempt, rules, tokens, set: set.as_ref(), person: *person, owner: owner.as_ref() }
    }
}

impl Mfa {
    /// Checks a factor. What it changes is added to `batch`, guarded by what was read: the outcome counts when that batch has
    /// committed; when a guard fails, call it again.
    ///
    /// # Errors
    /// [`EngineError`] when the check could not be made. A wrong value is no error.
    pub async fn authenticate(&self, attempt: &Attempt<'_>, rules: &Rules, batch: &mut Batch) -> Result<Outcome, EngineError> {
        let candidates = self.candidates(attempt).await?;
        self.authenticate_among(&candidates, attempt, rules, batch).await
    }

    /// As [`Mfa::authenticate`], with what has been read already.
    pub(super) async fn authenticate_among(
        &self,
        candidates: &Candidates,
        attempt: &Attempt<'_>,
        rules: &Rules,
        batch: &mut Batch,
    ) -> Result<Outcome, EngineError> {
        let permit = match self.admit(attempt, candidates.person).await? {
            Ok(permit) => permit,
            Err(outcome) => return Ok(outcome),
        };
        self.decide(attempt, rules, candidates, permit, batch).await
    }

    /// Puts a question to every usable token that can be asked, without looking at any secret.
    ///
    /// # Errors
    /// As [`Mfa::authenticate`].
    pub async fn trigger(&self, attempt: &Attempt<'_>, rules: &Rules, batch: &mut Batch) -> Result<Outcome, EngineError> {
        let candidates = self.candidates(attempt).await?;
        self.trigger_among(&candidates, attempt, rules, batch)
    }

    /// As [`Mfa::trigger`], with what has been read already.
    pub(super) fn trigger_among(
        &self,
        candidates: &Candidates,
        attempt: &Attempt<'_>,
        rules: &Rules,
        batch: &mut Batch,
    ) -> Result<Outcome, EngineError> {
        let Candidates { tokens, person, owner, .. } = candidates;
        let (usable, blocked) = if candidates.barred() { (Vec::new(), Vec::new()) } else { usable(tokens, attempt, rules) };
        let judge = Judge::new(self, rules, attempt, owner.as_ref());
        let mut asking = Vec::new();
        for token in usable.into_iter().filter(|token| token.kind.spec().has(Mode::Challenge)) {
            if let Step::Challenge(prompt) = judge.step(token, &Input::Ask)? {
                asking.push((token, prompt));
            }
        }
        if asking.is_empty() {
            return Ok(refused(attempt, tokens, &blocked, *person));
        }
        let settlement = Settlement { mfa: self, attempt, rules, tokens, set: None, person: *person, owner: owner.as_ref() };
        Ok(settlement.put(asking, false, batch))
    }

    pub(super) async fn candidates(&self, attempt: &Attempt<'_>) -> Result<Candidates, EngineError> {
        let (mut tokens, person, owner) = match &attempt.who {
            Who::Person(person) => (store::by_person(&self.db, person.id).await?, Some(person.id), Some(person.clone())),
            Who::Serial(serial) => {
                let token = store::by_serial(&self.db, serial).await?;
                let person = token.as_ref().and_then(|token| token.owner.as_ref().map(|owner| owner.person));
                let owner = match person {
                    Some(person) => self.people.by_id(person).await?,
                    None => None,
                };
                (token.into_iter().collect(), person, owner)
            }
            Who::Unknown(_) => (Vec::new(), None, None),
        };
        if let Some(kind) = attempt.kind {
            tokens.retain(|token| token.kind.spec().name == kind.spec().name);
        }
        let set = match &attempt.transaction {
            Some(code) => challenge::store::by_code(&self.db, code, attempt.origin.at).await?,
            None => None,
        };
        // A transaction is answered by whom and at the kind of door where it was put.
        let set = set.filter(|set| set.person == person && set.belongs_at(attempt.origin.door));
        Ok(Candidates { tokens, set, person, owner })
    }

    pub(super) async fn admit(
        &self,
        attempt: &Attempt<'_>,
        person: Option<PersonId>,
    ) -> Result<Result<Permit, Outcome>, EngineError> {
        let subject = match (&attempt.who, person) {
            (_, Some(person)) => Subject::Person(person),
            (Who::Serial(serial), None) => Subject::Named(serial),
            (Who::Unknown(typed), None) => Subject::Unknown(typed),
            (Who::Person(known), None) => Subject::Person(known.id),
        };
        let device = attempt.device.as_deref();
        let guess = Guess { secret: Secret::Otp, subject, origin: attempt.origin, device };
        match self.budgets.check(&guess, attempt.origin.at).await {
            Ok(permit) => Ok(Ok(permit)),
            Err(CheckError::Limited(limited)) => {
                let verdict = Verdict::Limited { retry_after: limited.retry_after };
                let message = "Too many failed attempts. Please try again later.".to_owned();
                Ok(Err(Outcome { verdict, message, tokens: Vec::new(), person, spent: Vec::new() }))
            }
            Err(CheckError::Db(e)) => Err(e.into()),
        }
    }

    async fn decide(
        &self,
        attempt: &Attempt<'_>,
        rules: &Rules,
        candidates: &Candidates,
        permit: Permit,
        batch: &mut Batch,
    ) -> Result<Outcome, EngineError> {
        let (barred, person, tokens) = (candidates.barred(), candidates.person, &candidates.tokens[..]);
        let mut judge = Judge::new(self, rules, attempt, candidates.owner.as_ref());
        let (usable, blocked) = if barred { (Vec::new(), Vec::new()) } else { usable(tokens, attempt, rules) };
        let findings = match findings(&mut judge, usable, candidates.set.as_ref(), attempt).await {
            Ok(findings) => findings,
            Err(e) => {
                // What could not be checked is no wrong guess.
                permit.right();
                return Err(e);
            }
        };
        let settlement = candidates.settlement(self, attempt, rules);
        let judged: Vec<&Token> = findings.iter().map(|((token, _), _)| *token).collect();
        let outcome = match rank::strongest(findings) {
            None if barred => Outcome {
                verdict: Verdict::Rejected(Rejection::Barred),
                message: "The user is disabled".to_owned(),
                tokens: Vec::new(),
                person,
                spent: Vec::new(),
            },
            None => refused(attempt, tokens, &blocked, person),
            Some((Rank::Right | Rank::RightAnswer, members)) => {
                batch.append(std::mem::take(&mut judge.writes));
                permit.right();
                return Ok(settlement.accept(members, batch));
            }
            Some((Rank::Asks, members)) => {
                permit.right();
                return Ok(settlement.ask(members, batch));
            }
            Some((rank, members)) => settlement.reject(rank, members, &judged, batch),
        };
        judge.level_time().await;
        permit.wrong(batch);
        Ok(outcome)
    }
}

pub(super) type Findings<'t> = Vec<((&'t Token, bool), Finding)>;

/// What each of these tokens says; those that a transaction does not ask say nothing.
pub(super) async fn findings<'t>(
    judge: &mut Judge<'_>,
    usable: Vec<&'t Token>,
    set: Option<&ChallengeSet>,
    attempt: &Attempt<'_>,
) -> Result<Findings<'t>, EngineError> {
    let mut findings = Vec::with_capacity(usable.len());
    for token in usable {
        if set.is_some_and(|set| set.of(token.id, attempt.origin.at).is_none()) {
            continue;
        }
        let Judged { finding, knowledge } = judge.judge(token, set).await?;
        findings.push(((token, knowledge), finding));
    }
    Ok(findings)
}

/// Tokens that may be used, and why the others may not.
pub(super) fn usable<'t>(tokens: &'t [Token], attempt: &Attempt<'_>, rules: &Rules) -> (Vec<&'t Token>, Vec<Unusable>) {
    let mut blocked = Vec::new();
    let mut usable = Vec::new();
    for token in tokens.iter().filter(|token| rules.admits(token.kind)) {
        let reasons = token.unusable(attempt.origin.at, rules.clear_after);
        if reasons.is_empty() {
            usable.push(token);
        }
        blocked.extend(reasons);
    }
    (usable, blocked)
}

/// There was no token to judge the secret.
fn refused(attempt: &Attempt<'_>, tokens: &[Token], blocked: &[Unusable], person: Option<PersonId>) -> Outcome {
    let (rejection, message) = if tokens.is_empty() {
        match &attempt.who {
            Who::Person(_) if attempt.kind.is_none() => (Rejection::NoToken, "The user has no tokens assigned".to_owned()),
            Who::Person(_) => (Rejection::NoToken, "No suitable token found for authentication.".to_owned()),
            Who::Serial(_) => (Rejection::Unknown, "The token does not exist".to_owned()),
            Who::Unknown(_) => (Rejection::Unknown, "The user does not exist".to_owned()),
        }
    } else if tokens.iter().all(|token| token.revoked) {
        (Rejection::Revoked, "This action is not possible, since the token is locked".to_owned())
    } else if blocked.is_empty() {
        (Rejection::NoToken, "No suitable token found for authentication.".to_owned())
    } else {
        let mut texts: Vec<&str> = Vec::new();
        for reason in blocked {
            if !texts.contains(&reason.text()) {
                texts.push(reason.text());
            }
        }
        (Rejection::Unusable, texts.join(", "))
    };
    let tokens = tokens.iter().map(TokenRef::from).collect();
    Outcome { verdict: Verdict::Rejected(rejection), message, tokens, person, spent: Vec::new() }
}
