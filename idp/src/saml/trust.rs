//! What makes a message of a party believed: whom it comes from, whether that is proven, and whether it is meant for us and now. There is
//! one such place for all messages: requests for a sign-in, for an answer by artifact and for an end, and answers to ours.

use std::sync::Arc;
use std::time::Duration;

use db::{Batch, WriteError};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};

use super::Provider;
use super::decode::Incoming;
use super::gate::GateError;
use super::problem::SsoProblem;
use super::request::{attribute, issuer, short};
use super::time;
use super::verify::{self, Received};
use super::xml::{Element, XmlError, is_id};
use crate::party::sp::Sp;
use crate::party::sp::store::{ANSWERED, answered};

/// A message may be so old when it comes.
const FRESH: Duration = Duration::from_secs(600);
/// Messages that count once are remembered longer than they are fresh.
const REMEMBERED: Duration = Duration::from_secs(3 * 3600);

/// What every message says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(crate) id: String,
    pub(crate) version: String,
    issued: Timestamp,
    destination: Option<String>,
}

impl Head {
    fn read(root: Element<'_>) -> Result<Self, XmlError> {
        Ok(Self {
            id: root.attribute("ID").filter(|id| is_id(id)).ok_or(XmlError::Attribute("ID"))?.to_owned(),
            version: short(root.attribute("Version").unwrap_or_default().to_owned(), "Version")?,
            issued: root.attribute("IssueInstant").and_then(time::read).ok_or(XmlError::Attribute("IssueInstant"))?,
            destination: attribute(root, "Destination")?,
        })
    }

    /// Whether it says whom it is meant for. What does not may be one that a party has sent to somebody else, who passes it on to us.
    pub(crate) fn is_addressed(&self) -> bool {
        self.destination.is_some()
    }
}

/// A message that may be believed.
pub(crate) struct Trusted<T> {
    pub(crate) sp: Arc<Sp>,
    pub(crate) head: Head,
    pub(crate) message: T,
}

/// Who may leave a message unsigned.
#[derive(Clone, Copy)]
pub(crate) enum Unsigned {
    /// Nobody.
    Never,
    /// A party of which we know no key.
    WithoutKeys,
    /// A party that does not say that it signs, and of which nobody here demands it.
    UnlessDemanded,
    /// Everybody: what carries it says as well whom it comes from.
    Always,
}

/// What a message is held to.
pub(crate) struct Demand<'a> {
    /// The address that it has to be meant for; without one it is not looked where it is meant for.
    pub(crate) here: Option<&'a str>,
    /// Whether a signed one has to name that address. Over SOAP some parties never do: see [`Head::is_addressed`].
    pub(crate) named: bool,
    /// Whether it may be unsigned.
    pub(crate) unsigned: Unsigned,
}

impl Provider {
    /// Takes a message through the gate.
    ///
    /// # Errors
    /// [`SsoProblem`].
    pub(super) async fn believe<T>(
        &self,
        incoming: &Incoming,
        demand: &Demand<'_>,
        read: impl FnOnce(Element<'_>) -> Result<T, XmlError>,
        now: Timestamp,
    ) -> Result<Trusted<T>, SsoProblem> {
        let doc = verify::parse(&incoming.text)?;
        let received = Received::new(&incoming.text, &doc)?;
        let found = self.sps.look_up(&issuer(received.claimed())?, now).await.map_err(SsoProblem::fault)?;
        let sp = usable(found, now)?;
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
            Unsigned::UnlessDemanded => !sp.signs_requests(),
            Unsigned::Always => true,
        };
        if !is_signed && !may_be_unsigned {
            return Err(GateError::Unsigned.into());
        }
        let message = read(received.claimed())?;
        let head = Head::read(received.claimed())?;
        let is_meant = match (head.destination.as_deref(), demand.here) {
            // What a browser carries has to say where it goes, so that nobody carries it elsewhere (bindings 3.4.5.2, 3.5.5.2).
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

impl Provider {
    /// A message of a party counts once: the commit of the batch fails for a second one, see [`replayed`].
    pub(super) fn counted<T>(&self, batch: &mut Batch, (what, asked): (&str, &Trusted<T>), now: Timestamp) {
        let hash = self.lookup.text(format!("saml {what}\n{}\n{}", asked.sp.id(), asked.head.id).as_bytes());
        answered(batch, &hash, now + REMEMBERED);
    }
}

/// What is wrong with a commit that also says that a message has counted.
pub(super) fn replayed(error: WriteError) -> SsoProblem {
    match error.violates(ANSWERED) {
        true => SsoProblem::Replayed,
        false => SsoProblem::fault(error),
    }
}

/// A party that may be used at this moment.
///
/// # Errors
/// [`SsoProblem::Party`], [`SsoProblem::Expired`].
pub(super) fn usable(sp: Option<Arc<Sp>>, now: Timestamp) -> Result<Arc<Sp>, SsoProblem> {
    let sp = sp.ok_or(SsoProblem::Party)?;
    match sp.is_usable(now) {
        true => Ok(sp),
        false if sp.is_expired(now) => Err(SsoProblem::Expired(sp.entity_id().to_owned())),
        false => Err(SsoProblem::Party),
    }
}
