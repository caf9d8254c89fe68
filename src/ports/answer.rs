//! Checking a code on the hosted pages: an operation like `/validate/check`, but of one token of a person who is known by another
//! factor already, so that the code stands alone unless policy asks for the PIN.

use kernel::SecretText;
use mfa::Mfa;
use mfa::engine::{Attempt, Form, Outcome, Rules, Verdict, Who};
use mfa::operation::{Access, Answer, Authentication, Call, Failure, Operation, Target};
use mfa::people::Person;

/// One code of one token.
pub(super) struct AnswerFactor {
    pub(super) person: Person,
    pub(super) serial: String,
    pub(super) code: SecretText,
    pub(super) pin: Option<SecretText>,
    pub(super) device: Option<String>,
}

impl Operation for AnswerFactor {
    const EVENT: &'static str = "validate_check";
    const ACCESS: Access = Access::Everybody;
    type Input = ();
    type Output = Outcome;

    async fn target(&self, _: &Mfa, _: &Call, _: &()) -> Result<Target, Failure> {
        Ok(Target::Person(self.person.clone()))
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, _: &()) -> Result<Outcome, Failure> {
        let rules = {
            let set = sys.policies.load();
            let facts = call.facts_of(&set, &self.person);
            let at = set.at(&facts);
            let rules = Rules::read(&at, &sys.settings.load())?;
            call.decided(&at);
            rules
        };
        let (secret, form) = match &self.pin {
            Some(pin) => (self.joined(pin, rules.pin_first), Form::PinAndValue),
            None => (self.code.clone(), Form::ValueOnly),
        };
        let origin = call.origin.clone();
        let attempt = Attempt {
            origin: &origin,
            who: Who::Serial(self.serial.clone()),
            secret,
            transaction: None,
            form,
            kind: None,
            device: self.device.clone(),
        };
        let outcome = sys.authenticate(&attempt, &rules, &mut call.batch).await?;
        call.audit.serial.clone_from(&self.serial);
        call.audit.info.clone_from(&outcome.message);
        if let Some(token) = outcome.tokens.first() {
            call.audit.token_type = token.kind.to_owned();
        }
        Ok(outcome)
    }

    fn answer(&self, outcome: &Outcome) -> Answer {
        let accepted = matches!(outcome.verdict, Verdict::Accepted(_));
        let authentication = if accepted { Authentication::Accept } else { Authentication::Reject };
        Answer { authentication: Some(authentication), ..Answer::value(accepted) }
    }
}

impl AnswerFactor {
    fn joined(&self, pin: &SecretText, pin_first: bool) -> SecretText {
        let (first, second) = if pin_first { (pin, &self.code) } else { (&self.code, pin) };
        SecretText::new([first.expose(), second.expose()].concat())
    }
}
