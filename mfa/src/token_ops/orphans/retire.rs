//! What becomes of an orphan: one operation, with its record, for each of them.

use std::marker::PhantomData;

use crate::Mfa;
use crate::challenge;
use crate::operation::{Access, Answer, Call, Code, Failure, Operation, Target};
use crate::people::store::{realm as realm_store, resolver as resolver_store};
use crate::token_ops::select::{by_serial, facts, record, unlocked};
use crate::tokens::{Token, store};

use super::{Orphan, Why};

/// What is done with an orphan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retirement {
    /// It may be used no more.
    Disable,
    /// It belongs to nobody; its PIN goes with the owner.
    Unassign,
    /// It is removed.
    Delete,
}

/// Retires an orphan that a search has found. Its owner is not asked for again: that would be a question for each of them. What the
/// search has rested on must still hold: who owns the token, and how the resolver of the owner is configured.
pub struct RetireOrphan<'o, E> {
    orphan: &'o Orphan,
    what: Retirement,
    event: PhantomData<fn() -> E>,
}

/// Under which event it happens: that of the same change of any other token.
pub trait RetireEvent: Send + Sync {
    /// Its name.
    const NAME: &'static str;
}

/// Declares the events.
macro_rules! events {
    ($($(#[$doc:meta])* $event:ident = $name:literal by $make:ident as $what:ident;)+) => {$(
        $(#[$doc])*
        pub struct $event;

        impl RetireEvent for $event {
            const NAME: &'static str = $name;
        }

        impl<'o> RetireOrphan<'o, $event> {
            $(#[$doc])*
            pub fn $make(orphan: &'o Orphan) -> Self {
                Self { orphan, what: Retirement::$what, event: PhantomData }
            }
        }
    )+};
}

events! {
    /// Lets the token be used no more.
    Disabled = "token_disable" by disable as Disable;
    /// Takes the token from its owner.
    Unassigned = "token_unassign" by unassign as Unassign;
    /// Removes the token.
    Deleted = "token_delete" by delete as Delete;
}

impl<E: RetireEvent> RetireOrphan<'_, E> {
    /// The token, if it still belongs to whom the search has asked for.
    async fn token(&self, sys: &Mfa) -> Result<Token, Failure> {
        let token = by_serial(sys, &self.orphan.serial).await?;
        if token.owner.as_ref().is_some_and(|owner| owner.person == self.orphan.person) {
            return Ok(token);
        }
        Err(Failure::new(Code::Conflict, "The token has another owner now."))
    }

    /// That nothing has changed since the search on which it rests.
    async fn still(&self, sys: &Mfa) -> Result<(), Failure> {
        let Some((resolver, version)) = self.orphan.home else { return Ok(()) };
        let holds = match self.orphan.why {
            Why::Person => version.is_some() && resolver_store::version(&sys.db, resolver).await? == version,
            Why::Resolver => resolver_store::version(&sys.db, resolver).await?.is_none(),
            Why::Realm => !realm_store::shows(&sys.db, resolver).await?,
        };
        if holds { Ok(()) } else { Err(Failure::new(Code::Conflict, "Resolvers or realms have changed since: search again.")) }
    }
}

impl<E: RetireEvent> Operation for RetireOrphan<'_, E> {
    const EVENT: &'static str = E::NAME;
    const ACCESS: Access = Access::Operator;
    type Input = ();
    /// Whether there was anything to do.
    type Output = bool;

    async fn target(&self, sys: &Mfa, _: &Call, (): &()) -> Result<Target, Failure> {
        let token = self.token(sys).await?;
        Ok(Target::Token { owner: None, realms: token.realms.clone(), facts: Some(facts(&token)) })
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, (): &()) -> Result<bool, Failure> {
        let (token, orphan) = (self.token(sys).await?, self.orphan);
        self.still(sys).await?;
        record(call, &token);
        call.audit.person = Some(orphan.person);
        call.audit.resolver.clone_from(&orphan.resolver);
        call.audit.realm.clone_from(&orphan.realm);
        call.audit.info = format!("orphan ({}): uid {}", orphan.why.name(), orphan.uid).chars().take(200).collect();
        let after = match self.what {
            Retirement::Delete => {
                store::delete(&mut call.batch, &token);
                challenge::store::forget_token(&mut call.batch, token.id);
                return Ok(true);
            }
            Retirement::Disable if !token.active => return Ok(false),
            Retirement::Disable => Token { active: false, ..token.clone() },
            Retirement::Unassign => {
                store::reset_failcount(&mut call.batch, token.id);
                challenge::store::forget_token(&mut call.batch, token.id);
                Token { owner: None, pin: None, ..token.clone() }
            }
        };
        unlocked(&token)?;
        store::save(&mut call.batch, &token, &after);
        Ok(true)
    }

    /// That nothing was left to do is no failure.
    fn answer(&self, _: &bool) -> Answer {
        Answer::value(true)
    }
}
