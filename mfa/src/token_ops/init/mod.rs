//! `POST /token/init`: a new token, or the next step of its enrolment.

mod complete;
mod fresh;
mod input;

use kernel::SecretText;
use serde_json::{Map, Value, json};

use super::change::{claim, siblings};
use super::select::{record, target, unlocked};
use crate::Mfa;
use crate::enrol::demand;
use crate::notices::{self, Factor, What};
use crate::operation::{About, Access, Answer, Call, Code, Failure, Operation, Target};
use crate::people::Person;
use crate::policy::Right;
use crate::policy::actions::rights;
use crate::tokens::{KindRef, Shown, Token, kind, store};

pub(crate) use input::Input;

/// Enrols a token: makes it, completes it with the other half of a seed, confirms it with a first value, or gives it another
/// seed.
pub struct InitToken;

/// What came of a step of enrolment. Shown once: it may hold the seed.
pub struct Enrolled {
    /// The token as it stands now.
    pub token: Token,
    /// What is shown, key by key of the wire format's `detail`.
    pub shown: Shown,
    /// The random PIN, if policy made one.
    pub pin: Option<SecretText>,
    /// Whether a first value is awaited.
    pub confirm: bool,
}

impl Operation for InitToken {
    const EVENT: &'static str = "token_init";
    const ACCESS: Access = Access::Both;
    type Input = Input;
    type Output = Enrolled;

    fn right(&self, input: &Input) -> Option<Right> {
        kind(&input.kind).map(|kind| rights::ENROLL.of(kind.spec().name))
    }

    async fn target(&self, sys: &Mfa, _: &Call, input: &Input) -> Result<Target, Failure> {
        if let Some(token) = existing(sys, input).await? {
            return target(sys, &token).await;
        }
        if input.user.user.is_some() {
            return Ok(Target::Person(sys.resolve_existing(&input.user).await?));
        }
        Ok(Target::Token { owner: None, realms: input.realms.clone(), facts: None })
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<Enrolled, Failure> {
        let kind = kind(&input.kind)
            .ok_or_else(|| Failure::new(Code::TokenKind, format!("The token type {} is not supported!", input.kind)))?;
        let enrolled = match existing(sys, input).await? {
            None => fresh::enrol(sys, call, input, kind).await?,
            Some(token) => next_step(sys, call, input, (kind, token)).await?,
        };
        record(call, &enrolled.token);
        Ok(enrolled)
    }

    fn answer(&self, enrolled: &Enrolled) -> Answer {
        let mut detail: Map<String, Value> = enrolled.shown.clone();
        detail.insert("serial".to_owned(), enrolled.token.serial.clone().into());
        detail.insert("rollout_state".to_owned(), enrolled.token.rollout.name().into());
        if let Some(pin) = &enrolled.pin {
            detail.insert("pin".to_owned(), pin.expose().into());
        }
        if enrolled.confirm {
            let message = "Please enter a valid OTP value of the new token.";
            detail.insert("verify".to_owned(), json!({ "message": message }));
        }
        Answer::value(true).with_detail(detail)
    }

    fn constraint(&self, name: &str) -> Option<Failure> {
        (name == "token_serial").then(|| Failure::new(Code::TokenAdmin, "A token with this serial exists already."))
    }
}

async fn existing(sys: &Mfa, input: &Input) -> Result<Option<Token>, Failure> {
    match &input.serial {
        Some(serial) => Ok(store::by_serial(&sys.db, serial).await?),
        None => Ok(None),
    }
}

/// What is next for a token that exists. Every step needs what the first one needed: what was begun before there was a factor
/// must not be finished without it afterwards.
async fn next_step(sys: &Mfa, call: &mut Call, input: &Input, (kind, token): (KindRef, Token)) -> Result<Enrolled, Failure> {
    unlocked(&token)?;
    if kind.spec().name != token.kind.spec().name {
        return Err(Failure::new(Code::TokenAdmin, "The token exists already and is of another type."));
    }
    let owner = super::select::owner(sys, &token).await?;
    let siblings = siblings(sys, owner.as_ref()).await?;
    if let Some(owner) = &owner {
        call.ask(sys, About::Person(owner), |call, at| demand(call, owner, &siblings, at))?;
    }
    complete::step(sys, call, input, Before { token, owner, siblings }).await
}

/// A token before a step of its enrolment.
struct Before {
    token: Token,
    owner: Option<Person>,
    /// All tokens of the owner.
    siblings: Vec<Token>,
}

/// A factor is about to be added: claims the place of the first one, and tells the owner when it has committed. Call it before the
/// token is pushed.
fn adding(sys: &Mfa, call: &mut Call, token: &Token, (owner, siblings): (Option<&Person>, &[Token])) {
    claim(&mut call.batch, owner, siblings);
    let Some(owner) = owner else { return };
    let what = match token.kind.left(token, token.counter) {
        Some(_) => What::CodesMade,
        None => What::FactorAdded { factor: Factor::from(token) },
    };
    notices::tell(sys, call, owner, what);
}
