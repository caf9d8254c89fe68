//! The SAML 2.0 identity provider without HTTP: from a query or form to a [`SignIn`](crate::login::SignIn), and from
//! [`Authenticated`](crate::login::Authenticated) to a signed answer. Between the two nothing is SAML's own: login flow, sessions,
//! evidence, claims and consent are those of every protocol.
//!
//! * What others send is bounded and looked at before it is parsed ([`xml`]); a message has no signature, or one at its one place over
//!   all of it ([`gate`]), made by a key of the party's metadata ([`verify`]). Nothing is read of it that is not covered.
//! * What we send is written in canonical form and signed by the ring ([`sign`]).
//! * The library that parses XML and verifies signatures in it is met in [`xml`] and [`verify`] only.
//!
//! How a door uses it: [`Incoming`] out of the request, then [`Provider::receive`] gives a sign-in for the login flow or an [`Answer`] at
//! once; the flow's outcome goes to `answer_success` or `answer_failure`, both of which give an [`Answer`]. What is wrong and cannot be told
//! to a party that we know and trust is an [`SsoProblem`], for the person alone.

mod answer;
mod artifact;
mod attributes;
mod context;
mod decode;
pub(crate) mod duration;
mod ecp;
mod encrypt;
pub mod exchange;
mod gate;
mod kept;
mod name_id;
mod named;
pub(crate) mod names;
mod ours;
mod passage;
mod problem;
mod query;
mod request;
mod sign;
pub(crate) mod signed;
pub mod slo;
pub mod soap;
mod sso;
pub(crate) mod store;
mod subject_id;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod time;
mod trust;
mod verify;
mod way;
pub(crate) mod xml;

use std::ops::Deref;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use db::{Batch, Db, WriteError};
use kernel::outbound::{Outbound, Tuning};
use kernel::{Entropy, Timestamp};
use keys::ring::Ring;
use keys::{MacKey, Sealer};

pub use answer::{Answer, Status};
pub use decode::{DecodeError, Incoming};
pub use encrypt::Recipient;
pub use gate::GateError;
pub use ours::{Contact, Ours};
pub use problem::SsoProblem;
pub use signed::About;
pub use sso::Begun;
pub use verify::PartyKey;
pub use way::Way;
pub use xml::XmlError;

use crate::party::sp::{self, Sps};
use crate::ports::{Decisions, Events, People};
use crate::session::Sessions;

/// What a provider is made of.
pub struct Parts {
    /// Our address: an origin without a slash at its end.
    pub origin: String,
    /// The database.
    pub db: Db,
    /// Chance.
    pub chance: Entropy,
    /// Signing keys.
    pub ring: Ring,
    /// The key for look-up hashes.
    pub lookup: MacKey,
    /// The key for identifiers that are different for every party.
    pub pairwise: MacKey,
    /// Seals answers that wait to be fetched.
    pub sealer: Sealer,
    /// The registry of service providers.
    pub sps: Sps,
    /// Sessions, which end by single logout.
    pub sessions: Sessions,
    /// Calls to service providers.
    pub outbound: Outbound,
    /// People.
    pub people: Arc<dyn People>,
    /// Who may use what.
    pub decisions: Arc<dyn Decisions>,
    /// Audit and event handlers.
    pub events: Arc<dyn Events>,
    /// What our metadata tells beside keys and addresses.
    pub ours: Ours,
}

/// The identity provider. Cheap to clone.
#[derive(Clone)]
pub struct Provider(Arc<Inner>);

/// What functions of the provider see.
pub(crate) struct Inner {
    parts: Parts,
    entity_id: String,
    sso: String,
    slo: String,
    slo_soap: String,
    back_channel: Outbound,
    kept: kept::Kept,
}

impl Deref for Provider {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0.parts
    }
}

impl Provider {
    /// Assembles the provider.
    pub fn new(mut parts: Parts) -> Self {
        parts.origin.truncate(parts.origin.trim_end_matches('/').len());
        let at = |path: &str| format!("{}/saml/{path}", parts.origin);
        let (entity_id, sso, slo, slo_soap) = (at("metadata"), at("sso"), at("slo"), at("slo/soap"));
        let tuning = Tuning { timeout: Some(slo::PATIENCE), ..Tuning::default() };
        // Only certificates can be wrong with a tuning, and this one has none.
        let back_channel = parts.outbound.tuned(tuning).unwrap_or_else(|_| parts.outbound.clone());
        Self(Arc::new(Inner { entity_id, sso, slo, slo_soap, back_channel, parts, kept: kept::Kept::default() }))
    }

    /// Our name, which is also the address of our metadata.
    pub fn entity_id(&self) -> &str {
        &self.0.entity_id
    }

    /// Where requests go.
    pub fn sso_url(&self) -> &str {
        &self.0.sso
    }

    /// Where browsers bring messages of single logout.
    pub fn slo_url(&self) -> &str {
        &self.0.slo
    }

    /// Where servers bring them.
    pub fn slo_soap_url(&self) -> &str {
        &self.0.slo_soap
    }

    /// Forgets requests that nobody could send again, sign-outs that nobody can take up again, answers that nobody has fetched, and
    /// messages that were kept to be looked at; returns how many. For a job.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge(&self, now: Timestamp) -> Result<u64, WriteError> {
        let mut batch = Batch::new();
        sp::store::purge(&mut batch, now);
        slo::purge(&mut batch, now);
        store::artifact::purge(&mut batch, now);
        store::exchange::purge(&mut batch, now);
        Ok(self.db.write(batch).await?.rows.iter().sum())
    }

    /// A new ID of a message, assertion or transient name: 160 bits, as an `NCName`.
    pub(crate) fn new_id(&self) -> String {
        format!("_{}", HEXLOWER.encode(&self.chance.bytes::<20>()))
    }
}
