//! Changing one's own password in the store where one lives, by who knows the old one.

use kernel::SecretText;

use crate::Mfa;
use crate::budget::{CheckError, Guess, Limited, Secret, Subject};
use crate::notices::{self, What};
use crate::operation::{Access, Answer, Call, Failure, Operation, Target};
use crate::people::{PeopleError, Person};
use crate::resolvers::ResolverError;

/// A person changes their password. The old one is guessed at like at a sign-in; a new one voids sessions and tokens that rest on
/// the old one.
pub struct ChangePassword {
    /// Whose.
    pub person: Person,
    /// What is good until now.
    pub old: SecretText,
    /// What is to be good.
    pub new: SecretText,
    /// The known device from which it comes, by an identifier that cannot be forged.
    pub device: Option<String>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordChange {
    /// It is another.
    Done,
    /// The old one was not right.
    WrongOld,
    /// The store does not take the new one, for the reason that it gives.
    NotTaken(String),
    /// It cannot be changed in this store.
    Impossible,
    /// Not tried: too many wrong ones.
    Limited(Limited),
}

impl Operation for ChangePassword {
    const EVENT: &'static str = "user_password_change";
    const ACCESS: Access = Access::Everybody;
    type Input = ();
    type Output = PasswordChange;

    async fn target(&self, _: &Mfa, _: &Call, (): &()) -> Result<Target, Failure> {
        Ok(Target::Person(self.person.clone()))
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, (): &()) -> Result<PasswordChange, Failure> {
        call.concerns(&self.person);
        let subject = Subject::Person(self.person.id);
        let guess = Guess { secret: Secret::Password, subject, origin: &call.origin, device: self.device.as_deref() };
        let permit = match sys.budgets.check(&guess, call.origin.at).await {
            Ok(permit) => permit,
            Err(CheckError::Limited(limited)) => {
                "too many attempts".clone_into(&mut call.audit.info);
                return Ok(PasswordChange::Limited(limited));
            }
            Err(CheckError::Db(e)) => return Err(e.into()),
        };
        let changed = sys.people.change_password(&self.person, &self.old, &self.new).await;
        if let Err(PeopleError::Resolver(_, ResolverError::WrongPassword)) = changed {
            permit.wrong(&mut call.batch);
            "wrong credentials".clone_into(&mut call.audit.info);
            return Ok(PasswordChange::WrongOld);
        }
        // The old one was right, or was not looked at.
        permit.right();
        match changed {
            Ok(()) => {}
            Err(PeopleError::Resolver(_, ResolverError::Refused(why))) => {
                call.audit.info.clone_from(&why);
                return Ok(PasswordChange::NotTaken(why));
            }
            Err(PeopleError::Resolver(_, ResolverError::Unsupported(why))) => {
                why.clone_into(&mut call.audit.info);
                return Ok(PasswordChange::Impossible);
            }
            Err(e) => return Err(e.into()),
        }
        // The store has changed it; nothing in the batch depends on what was read, so that this is not decided twice.
        sys.people.raise_epoch(&mut call.batch, self.person.id);
        notices::tell(sys, call, &self.person, What::PasswordChanged);
        let id = self.person.id;
        call.after(move |sys| async move { sys.people.forget(id).await });
        Ok(PasswordChange::Done)
    }

    fn answer(&self, output: &PasswordChange) -> Answer {
        Answer::value(*output == PasswordChange::Done)
    }
}
