//! What may be tried how often.

use std::time::Duration;

use async_trait::async_trait;
use audit::Origin;
use kernel::ids::PersonId;

use super::PortError;

/// Something that costs, or that many would do to annoy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Costly {
    /// Beginning a sign-in that will show a page.
    Flow,
    /// Triggering a challenge for the person.
    Challenge(PersonId),
    /// Beginning an enrolment for the person.
    Enrolment(PersonId),
}

/// Answer of a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    /// Go on.
    Granted,
    /// Not now.
    Limited {
        /// When it may be tried again.
        retry_after: Option<Duration>,
    },
}

/// Budgets of what is no guess: guesses are counted where they are checked.
#[async_trait]
pub trait Budgets: Send + Sync {
    /// Takes one from the budget of the network the request comes from, and of the person where one is named.
    async fn spend(&self, origin: &Origin, what: Costly) -> Result<Permit, PortError>;
}

/// A secret that somebody gave for a client, already compared.
#[derive(Clone, Copy, Debug)]
pub struct ClientGuess<'a> {
    /// The client that was named.
    pub client_id: &'a str,
    /// Whether there is such a client, enabled and with a secret.
    pub known: bool,
    /// Whether the secret is right.
    pub right: bool,
}

/// Guesses at secrets of OpenID Connect clients. A budget is that of a client and the network of the request, so that nobody
/// can lock a client out from elsewhere.
#[async_trait]
pub trait ClientGuesses: Send + Sync {
    /// Counts a guess. [`Permit::Limited`]: it counts as refused, even if it is right. What a wrong one leaves behind is added to
    /// `batch`, which is committed before the answer. A right one must cost no query.
    async fn count(&self, origin: &Origin, guess: ClientGuess<'_>, batch: &mut db::Batch) -> Result<Permit, PortError>;
}
