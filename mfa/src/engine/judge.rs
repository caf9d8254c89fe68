//! Judging: lets one token after the other look at the secret. Reads, hashes, writes nothing.

use db::Batch;
use kernel::ids::TokenId;
use kernel::{SecretBytes, SecretText};
use keys::Place;

use super::Mfa;
use super::attempt::{Attempt, Form};
use super::outcome::EngineError;
use super::rank::Finding;
use super::rules::Rules;
use crate::challenge::ChallengeSet;
use crate::people::Person;
use crate::policy::actions::authentication::OtpPin;
use crate::tokens::{Input, Mode, Step, Token};

/// A PIN: with which token and how it is stored (nothing: with the person), and where it begins and how long it is in the secret.
type Candidate = (Option<(TokenId, String)>, (usize, usize));

/// Judges one secret; remembers the PINs that it has already checked.
pub(super) struct Judge<'a> {
    mfa: &'a Mfa,
    rules: &'a Rules,
    attempt: &'a Attempt<'a>,
    owner: Option<&'a Person>,
    checked: Vec<(Candidate, bool)>,
    /// Whether a hash was computed for it.
    hashed: bool,
    /// Whether no hash is to be computed: a PIN that is not remembered leaves the judgement open.
    hasty: bool,
    /// Whether the judgement is open.
    pub(super) open: bool,
    /// What the right password wants written, such as a newer hash.
    pub(super) writes: Batch,
}

/// What a token says, and whether a PIN that is not empty was right.
pub(super) struct Judged {
    pub(super) finding: Finding,
    pub(super) knowledge: bool,
}

impl<'a> Judge<'a> {
    pub(super) fn new(mfa: &'a Mfa, rules: &'a Rules, attempt: &'a Attempt<'a>, owner: Option<&'a Person>) -> Self {
        let (checked, writes) = (Vec::new(), Batch::new());
        Self { mfa, rules, attempt, owner, checked, hashed: false, hasty: false, open: false, writes }
    }

    /// The same, computing no hash.
    pub(super) fn hasty(self) -> Self {
        Self { hasty: true, ..self }
    }

    /// What one token says.
    pub(super) async fn judge(&mut self, token: &Token, set: Option<&ChallengeSet>) -> Result<Judged, EngineError> {
        let secret = self.attempt.secret.clone();
        if let Some(set) = set {
            let crate::challenge::Continuation::Answer { knowledge } = set.continuation;
            let finding = match self.step(token, &Input::Value(secret.expose()))? {
                Step::Accept(accepted) => Finding::RightAnswer(accepted),
                Step::Reject(rejected) => Finding::WrongAnswer(rejected),
                Step::Challenge(prompt) => Finding::Asks(prompt),
                Step::Need(io) => match io {},
            };
            return Ok(Judged { finding, knowledge });
        }
        if self.attempt.form == Form::ValueOnly {
            let finding = self.value(token, secret.expose())?;
            return Ok(Judged { finding, knowledge: false });
        }
        self.pin_and_value(token, secret.expose()).await
    }

    async fn pin_and_value(&mut self, token: &Token, secret: &str) -> Result<Judged, EngineError> {
        let mut best = Judged { finding: Finding::WrongPin, knowledge: false };
        let split = token.kind.split(token, secret, self.rules.pin_first);
        if let Some((pin, value)) = split.filter(|_| !self.rules.force_challenge)
            && self.pin(token, pin, secret).await?
        {
            best = Judged { finding: self.value(token, value)?, knowledge: !pin.is_empty() };
        }
        let asks = self.rules.challenges(token.kind) && token.kind.spec().has(Mode::Challenge);
        if asks
            && !matches!(best.finding, Finding::Right(_))
            && self.pin(token, secret, secret).await?
            && let Step::Challenge(prompt) = self.step(token, &Input::Ask)?
        {
            best = Judged { finding: Finding::Asks(prompt), knowledge: !secret.is_empty() };
        }
        Ok(best)
    }

    fn value(&self, token: &Token, value: &str) -> Result<Finding, EngineError> {
        Ok(match self.step(token, &Input::Value(value))? {
            Step::Accept(accepted) => Finding::Right(accepted),
            Step::Reject(rejected) => Finding::WrongValue(rejected),
            Step::Challenge(prompt) => Finding::Asks(prompt),
            Step::Need(io) => match io {},
        })
    }

    pub(super) fn step(&self, token: &Token, input: &Input<'_>) -> Result<Step, EngineError> {
        let seed = self.mfa.seed(token)?;
        Ok(token.kind.step(token, &seed, input, &self.rules.circumstances(self.attempt.origin.at)))
    }

    /// Whether `pin`, a part of `secret`, is right. Each distinct candidate is checked once.
    async fn pin(&mut self, token: &Token, pin: &str, secret: &str) -> Result<bool, EngineError> {
        let stored = match self.rules.pin {
            OtpPin::Nothing => return Ok(pin.is_empty()),
            OtpPin::TokenPin => token.pin.clone().map(|sealed| (token.id, sealed)),
            OtpPin::UserStore => None,
        };
        if self.rules.pin == OtpPin::TokenPin && (stored.is_none() || pin.is_empty()) {
            return Ok(stored.is_none() && pin.is_empty());
        }
        let start = if std::ptr::eq(pin.as_ptr(), secret.as_ptr()) { 0 } else { secret.len() - pin.len() };
        let candidate = (stored, (start, pin.len()));
        if let Some((_, known)) = self.checked.iter().find(|(checked, _)| *checked == candidate) {
            return Ok(*known);
        }
        let pin = SecretText::new(pin);
        let right = match &candidate.0 {
            Some((token, sealed)) if self.mfa.pins.remember(*token, sealed, &pin) => true,
            _ if self.hasty => {
                self.open = true;
                return Ok(false);
            }
            Some((token, sealed)) => {
                self.hashed = true;
                self.mfa.pins.check(*token, Some(sealed), &pin).await?
            }
            None => {
                self.hashed = true;
                self.password(&pin).await?
            }
        };
        self.checked.push((candidate, right));
        Ok(right)
    }

    async fn password(&mut self, password: &SecretText) -> Result<bool, EngineError> {
        let checked = self.mfa.people.check_password(self.owner, password).await?;
        self.writes.append(checked.batch);
        Ok(checked.ok)
    }

    /// Spends the time of one hash when nothing else did, so that a person without PIN, without tokens, or who does not exist
    /// takes as long as others, and a right PIN that is remembered as long as a wrong one. When too many hashes wait already,
    /// time tells nothing anyway.
    pub(super) async fn level_time(&self) {
        if !self.hashed && self.attempt.form == Form::PinAndValue {
            let _busy = self.mfa.keys.passwords().dummy_verify(&self.attempt.secret).await;
        }
    }
}

impl Mfa {
    /// The opened seed of a token.
    pub(crate) fn seed(&self, token: &Token) -> Result<SecretBytes, EngineError> {
        let place = token.id.to_string();
        let opened = self.keys.sealer().open(&Place::new("token", "seed", &place), &token.seed);
        opened.map_err(|error| EngineError::Seed { serial: token.serial.clone(), error })
    }
}
