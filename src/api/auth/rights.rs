//! `GET /auth/rights`: the kinds of token that the caller may enrol.

use mfa::Mfa;
use mfa::operation::{About, Access, Answer, Call, Caller, Failure, Operation};
use mfa::policy::actions::rights;
use mfa::tokens::KINDS;
use serde_json::{Map, Value};

/// Lists the kinds that the caller may enrol, with what they are.
pub(super) struct EnrollableKinds;

impl Operation for EnrollableKinds {
    const EVENT: &'static str = "auth_rights";
    const ACCESS: Access = Access::Both;
    type Input = ();
    type Output = Map<String, Value>;

    async fn run(&self, sys: &Mfa, call: &mut Call, (): &()) -> Result<Map<String, Value>, Failure> {
        let caller = call.caller.clone();
        let (role, about) = match &caller {
            Caller::Person(person) => ("user", About::Person(person)),
            _ => ("admin", About::Request),
        };
        call.ask(sys, about, |_, at| {
            let mut kinds = Map::new();
            for spec in KINDS.iter().map(|kind| kind.spec()).filter(|spec| spec.offered_to.contains(&role)) {
                if at.allowed(&rights::ENROLL.of(spec.name))? {
                    kinds.insert(spec.name.to_owned(), spec.description.into());
                }
            }
            Ok(kinds)
        })
    }

    fn answer(&self, output: &Map<String, Value>) -> Answer {
        Answer::value(output.clone())
    }
}
