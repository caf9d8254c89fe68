//! The token endpoint (RFC 6749 section 3.2): a registry of grants.
//!
//! A grant *decides* from what it reads and says what is to be issued and which guarded changes go with it ([`Plan`]); the
//! endpoint signs and commits everything at once. When somebody else was faster, the grant decides again on what is true then.
//!
//! To add a grant: one file and one line in the list below.

mod authorization_code;
mod client_credentials;
mod issue;
mod problem;
mod refresh_token;

use std::sync::Arc;

use async_trait::async_trait;
use audit::Origin;
use db::{Batch, WriteError};

pub(crate) use authorization_code::CODE_LIFETIME;
pub use issue::Tokens;
pub(crate) use issue::{NewIdToken, NewRefresh, Plan, Subject};
pub use problem::TokenProblem;

use super::Provider;
use super::client_auth::{Call, commit_error};
use super::params::Params;
use super::problem::{Fault, Refusal};
use super::store::grant as store;
use crate::party::client::Client;
use crate::ports::{Event, EventKind};

/// Declares the grants.
macro_rules! grants {
    ($($module:ident::$grant:ident),+ $(,)?) => {
        /// Names of all grants, for metadata and registration.
        pub const GRANT_NAMES: &[&str] = &[$($module::NAME),+];

        static GRANTS: &[&dyn Grant] = &[$(&$module::$grant),+];
    };
}

grants! { authorization_code::AuthorizationCode, refresh_token::RefreshToken, client_credentials::ClientCredentials }

/// How often a grant decides anew because somebody else was faster.
const ATTEMPTS: usize = 3;

/// What a grant needs of the request.
pub(crate) struct Spec {
    pub(crate) name: &'static str,
    /// Parameters that it cannot do without.
    pub(crate) needs: &'static [&'static str],
    /// Whether the client must have proven who it is.
    pub(crate) confidential: bool,
}

/// A request that a grant decides.
pub(crate) struct Ask<'a> {
    pub(crate) origin: &'a Origin,
    pub(crate) client: &'a Arc<Client>,
    pub(crate) params: &'a Params,
}

impl Ask<'_> {
    /// A parameter that the grant's [`Spec`] says it needs.
    fn needed(&self, name: &'static str) -> Result<&str, Refusal> {
        self.params.get(name)?.ok_or_else(|| TokenProblem::ParameterMissing.into())
    }
}

/// A request that is refused, and what has to happen all the same: an attack ends the grant it was aimed at.
pub(crate) struct Denied {
    pub(crate) refusal: Refusal,
    pub(crate) batch: Batch,
    pub(crate) event: Option<Box<Event>>,
}

impl<E: Into<Refusal>> From<E> for Denied {
    fn from(error: E) -> Self {
        Self { refusal: error.into(), batch: Batch::new(), event: None }
    }
}

impl Denied {
    /// Somebody holds a copy of what was used: the grant ends with all that came of it, and that is recorded.
    async fn attack(provider: &Provider, ask: &Ask<'_>, grant: &store::Grant, kind: EventKind, why: &'static str) -> Self {
        let mut batch = Batch::new();
        store::revoke(&mut batch, grant.id, ask.origin.at);
        // For the record alone: that it cannot be read must not save the grant.
        let person = provider.people.person(grant.person).await.ok().flatten();
        let session = Some(grant.session);
        let event = Event { success: false, person, session, info: why.to_owned(), ..provider.event(kind, ask.client) };
        Self { refusal: invalid_grant(why), batch, event: Some(Box::new(event)) }
    }
}

/// Why a good grant is of no use, for the log.
const OWNER_GONE: &str = "the session has ended, or the person may not sign in any more";

fn invalid_grant(why: &'static str) -> Refusal {
    Refusal::from(TokenProblem::Grant).because(why)
}

/// One grant.
#[async_trait]
pub(crate) trait Grant: Send + Sync {
    /// What it is and needs.
    fn spec(&self) -> &'static Spec;

    /// Decides what is issued. Reads, and changes nothing by itself.
    async fn decide(&self, provider: &Provider, ask: &Ask<'_>) -> Result<Plan, Denied>;
}

impl Provider {
    /// Answers the token endpoint. Render with `Cache-Control: no-store`, also refusals.
    ///
    /// # Errors
    /// [`ClientProblem`](super::client_auth::ClientProblem) or [`TokenProblem`] as [`Refusal`].
    pub async fn token(&self, call: Call<'_>) -> Result<Tokens, Refusal> {
        let known = self.identify(call, &self.endpoints().token).await?;
        let ask = Ask { origin: call.origin, client: &known.client, params: call.params };
        match self.redeem(&ask, &known.batch).await {
            Err(Denied { refusal, batch, event }) => {
                self.store_denial(&ask, known.batch, batch, event).await?;
                Err(refusal)
            }
            Ok(tokens) => Ok(tokens),
        }
    }

    async fn redeem(&self, ask: &Ask<'_>, assertion: &Batch) -> Result<Tokens, Denied> {
        let grant = select(ask)?;
        for _ in 0..ATTEMPTS {
            let plan = grant.decide(self, ask).await?;
            let mut batch = assertion.clone();
            let tokens = self.issue(ask, grant.spec().name, plan, &mut batch).await?;
            match self.db.write(batch).await {
                Ok(_) => return Ok(tokens),
                Err(WriteError::Guard(_)) => {}
                Err(error) => return Err(commit_error(error).into()),
            }
        }
        Err(Fault::internal("a grant changed again and again while it was redeemed").into())
    }

    /// A spent assertion stays spent, and what a replay calls for happens, although the request is refused.
    async fn store_denial(
        &self,
        ask: &Ask<'_>,
        mut assertion: Batch,
        batch: Batch,
        event: Option<Box<Event>>,
    ) -> Result<(), Refusal> {
        assertion.append(batch);
        if let Some(event) = event {
            self.events.record(ask.origin, &mut assertion, *event).await?;
        }
        self.db.write(assertion).await.map_err(commit_error)?;
        Ok(())
    }
}

fn select(ask: &Ask<'_>) -> Result<&'static dyn Grant, Refusal> {
    let name = ask.params.get("grant_type")?.ok_or(TokenProblem::GrantTypeMissing)?;
    let grant = GRANTS.iter().find(|grant| grant.spec().name == name).ok_or(TokenProblem::GrantType)?;
    let spec = grant.spec();
    if !ask.client.may(name) || (spec.confidential && ask.client.settings().is_public()) {
        return Err(TokenProblem::NotAllowed.into());
    }
    for needed in spec.needs {
        if ask.params.get(needed)?.is_none() {
            return Err(Refusal::from(TokenProblem::ParameterMissing).because(*needed));
        }
    }
    Ok(*grant)
}
