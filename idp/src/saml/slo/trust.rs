//! The gate for messages of single logout: whom they come from, whether that is proven, and whether they are meant for us and now.

use std::sync::Arc;
use std::time::Duration;

use kernel::Timestamp;

use super::read::Head;
use crate::party::sp::Sp;
use crate::saml::Provider;
use crate::saml::decode::Incoming;
use crate::saml::gate::GateError;
use crate::saml::problem::SsoProblem;
use crate::saml::request::issuer;
use crate::saml::sso::FRESH;
use crate::saml::verify::{self, Received};
use crate::saml::xml::{Element, XmlError};

/// A message that may be believed.
pub(super) struct Trusted<T> {
    pub(super) sp: Arc<Sp>,
    pub(super) head: Head,
    pub(super) message: T,
}

/// Who may leave a message unsigned.
#[derive(Clone, Copy)]
pub(super) enum Unsigned {
    /// Nobody.
    Never,
    /// A party of which we know no key.
    WithoutKeys,
    /// Everybody: what carries it says as well whom it comes from.
    Always,
}

/// What a message is held to.
pub(super) struct Demand<'a> {
    /// The address that it has to be meant for; without one it is not looked where it is meant for.
    pub(super) here: Option<&'a str>,
    /// Whether a signed one has to name that address. Over SOAP the connection does.
    pub(super) named: bool,
    /// Whether it may be unsigned.
    pub(super) unsigned: Unsigned,
}

impl Provider {
    /// The party of this name, also one of a federation, if it may be used.
    ///
    /// # Errors
    /// [`SsoProblem::Fault`].
    pub(super) async fn party(&self, entity: &str, now: Timestamp) -> Result<Option<Arc<Sp>>, SsoProblem> {
        let found = match self.sps.by_entity(entity) {
            Some(found) => Some(found),
            None => self.sps.find_in_federations(entity).await.map_err(SsoProblem::fault)?,
        };
        Ok(found.filter(|sp| sp.is_usable(now)))
    }

    /// Has the party at hand that a message says it comes from.
    pub(super) async fn recall_issuer(&self, incoming: &Incoming, now: Timestamp) -> Result<(), SsoProblem> {
        let entity = {
            let doc = verify::parse(&incoming.text)?;
            issuer(Received::new(&incoming.text, &doc)?.claimed())?
        };
        self.party(&entity, now).await.map(drop)
    }

    /// Takes a message through the gate. Of parties of federations only those are known that are [at hand](Self::recall_issuer).
    ///
    /// # Errors
    /// [`SsoProblem`].
    pub(super) fn believe<T>(
        &self,
        incoming: &Incoming,
        demand: &Demand<'_>,
        read: impl FnOnce(Element<'_>) -> Result<(Head, T), XmlError>,
        now: Timestamp,
    ) -> Result<Trusted<T>, SsoProblem> {
        let doc = verify::parse(&incoming.text)?;
        let received = Received::new(&incoming.text, &doc)?;
        let sp = self.sps.by_entity(&issuer(received.claimed())?).filter(|sp| sp.is_usable(now)).ok_or(SsoProblem::Party)?;
        match &incoming.detached {
            // Bindings 3.4.4.1: in a query the signature stands beside the message, never in it.
            _ if incoming.by_redirect && received.is_signed() => return Err(GateError::Place.into()),
            Some(detached) => detached.verify(sp.keys())?,
            None => received.verify(sp.keys())?,
        }
        let is_signed = incoming.detached.is_some() || received.is_signed();
        let may_be_unsigned = match demand.unsigned {
            Unsigned::Never => false,
            Unsigned::WithoutKeys => sp.keys().is_empty(),
            Unsigned::Always => true,
        };
        if !is_signed && !may_be_unsigned {
            return Err(GateError::Unsigned.into());
        }
        let (head, message) = read(received.claimed())?;
        let is_meant = match (head.destination.as_deref(), demand.here) {
            // What a browser carries has to say where it goes (bindings 3.4.5.2, 3.5.5.2).
            (None, _) => !(is_signed && demand.named),
            (Some(url), Some(here)) => url == here,
            (Some(_), None) => true,
        };
        if !is_meant {
            return Err(SsoProblem::Destination);
        }
        let skew = Duration::from_secs(sp.settings().clock_skew.into());
        if head.issued > now + skew || head.issued + FRESH + skew < now {
            return Err(SsoProblem::Time);
        }
        Ok(Trusted { sp, head, message })
    }
}
