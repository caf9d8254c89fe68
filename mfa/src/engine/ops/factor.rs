//! A factor of somebody who is signing in on the hosted pages, or confirms something in the portal.

use kernel::SecretText;

use super::{answer, rules, verify};
use crate::Mfa;
use crate::engine::{Attempt, Form, Outcome, Who};
use crate::operation::{Access, Answer, Call, Failure, Operation};
use crate::people::Person;
use crate::policy::actions::authentication::PIN_ON_PAGES;
use crate::tokens::KindRef;

/// Checks a value of one of the person's tokens: the value alone, unless policy `pin_on_pages` asks for the PIN too.
pub struct CheckFactor {
    /// Who signs in.
    pub person: Person,
    /// What was typed.
    pub value: SecretText,
    /// Only tokens of this kind.
    pub kind: Option<KindRef>,
    /// The transaction that it answers, if it answers one.
    pub transaction: Option<String>,
    /// The known device from which it comes.
    pub device: Option<String>,
}

impl Operation for CheckFactor {
    const EVENT: &'static str = "page_factor";
    const ACCESS: Access = Access::Everybody;
    type Input = ();
    type Output = Outcome;

    async fn run(&self, sys: &Mfa, call: &mut Call, _: &()) -> Result<Outcome, Failure> {
        call.concerns(&self.person);
        let who = Who::Person(self.person.clone());
        let rules = rules(sys, call, &who).await?;
        let form = {
            let set = sys.policies.load();
            let facts = call.facts_of(&set, &self.person);
            let at = set.at(&facts);
            let form = if at.any(&PIN_ON_PAGES)? { Form::PinAndValue } else { Form::ValueOnly };
            call.decided(&at);
            form
        };
        let origin = call.origin.clone();
        let (secret, transaction) = (self.value.clone(), self.transaction.clone());
        let device = self.device.clone();
        let attempt = Attempt { origin: &origin, who, secret, transaction, form, kind: self.kind, device };
        verify(sys, call, attempt, &rules).await
    }

    fn answer(&self, outcome: &Outcome) -> Answer {
        answer::of(outcome)
    }
}
