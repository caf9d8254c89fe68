//! Checking a code on the hosted pages: a check like `/validate/check`, but of one token of a person who is known by another factor
//! already, so that the code stands alone unless policy asks for the PIN.

use kernel::SecretText;

use super::record;
use crate::Mfa;
use crate::engine::{Attempt, Form, Outcome, Rejection, Rules, Verdict, Who};
use crate::operation::{About, Access, Answer, Authentication, Call, Failure, Operation, Target};
use crate::people::Person;

/// One code of one token of a person. That of somebody else is answered like one that does not exist.
pub struct AnswerFactor {
    /// Whose.
    pub person: Person,
    /// The token.
    pub serial: String,
    /// What was typed.
    pub code: SecretText,
    /// The PIN, where policy asks for it; an empty one is right only for a token without PIN.
    pub pin: Option<SecretText>,
    /// The known device from which it comes, by an identifier that cannot be forged.
    pub device: Option<String>,
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
        let rules = call.ask(sys, About::Person(&self.person), |_, at| Rules::read(at, &sys.settings.load()))?;
        // The page is the challenge, with a field for each of the two: a right PIN alone asks for no other one.
        let rules = Rules { force_challenge: false, challenge_kinds: Vec::new(), ..rules };
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
        let candidates = sys.candidates(&attempt).await?;
        let outcome = if candidates.person == Some(self.person.id) {
            sys.authenticate_among(&candidates, &attempt, &rules, &mut call.batch).await?
        } else {
            let (verdict, message) = (Verdict::Rejected(Rejection::Unknown), "The token does not exist".to_owned());
            Outcome { verdict, message, tokens: Vec::new(), person: Some(self.person.id), spent: Vec::new() }
        };
        record(call, &outcome);
        // An attempt that was not looked at names no token.
        call.audit.serial.clone_from(&self.serial);
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

#[cfg(test)]
mod tests {
    use audit::Door;

    use super::*;
    use crate::engine::testing::{World, code};
    use crate::operation::{Caller, Done, Params, perform};
    use crate::tokens::hotp::Hotp;

    async fn answer(world: &World, person: &Person, code: &SecretText, pin: Option<&str>) -> Result<Done<Outcome>, Failure> {
        let (person, serial, code) = (person.clone(), "H1".to_owned(), code.clone());
        let op = AnswerFactor { person, serial, code, pin: pin.map(SecretText::from), device: None };
        let call = Call::new(world.now(Door::Pages), Caller::Anonymous, "POST /login (factor)", Params::default());
        perform(&world.mfa, &op, call).await
    }

    #[tokio::test]
    async fn a_code_of_ones_own_token_is_taken_once() {
        let world = World::new().await;
        world.token(&Hotp, "H1", "1234").await;
        let first = answer(&world, &world.person, &code(0), None).await.unwrap();
        let Verdict::Accepted(proof) = &first.output.verdict else { panic!("{}", first.output.message) };
        assert!(!proof.knowledge && first.audit.serial == "H1" && first.audit.token_type == "hotp");
        let again = answer(&world, &world.person, &code(0), None).await.unwrap();
        assert!(matches!(again.output.verdict, Verdict::Rejected(_)) && !again.audit.success);
        assert_eq!((again.audit.serial.as_str(), again.audit.user.as_str()), ("H1", "ada"));
        let wrong = answer(&world, &world.person, &code(1), Some("1235")).await.unwrap();
        assert!(matches!(wrong.output.verdict, Verdict::Rejected(_)));
        let right = answer(&world, &world.person, &code(1), Some("1234")).await.unwrap();
        assert!(matches!(right.output.verdict, Verdict::Accepted(proof) if proof.knowledge));
    }

    #[tokio::test]
    async fn the_token_of_somebody_else_does_not_exist() {
        let world = World::new().await;
        world.token(&Hotp, "H1", "").await;
        let foreign = answer(&world, &world.stranger, &code(0), None).await.unwrap();
        assert!(matches!(foreign.output.verdict, Verdict::Rejected(Rejection::Unknown)));
        assert_eq!((foreign.audit.authentication.as_str(), foreign.audit.user.as_str()), ("REJECT", "eve"));
        let token = world.stored("H1").await;
        assert_eq!((token.counter, token.failcount), (0, 0), "neither spent nor counted");
    }
}
