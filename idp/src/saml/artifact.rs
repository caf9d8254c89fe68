//! Answers by artifact (SAML bindings 3.6): the browser carries a reference which means something to one party alone, once, for a
//! minute; with it the party fetches the answer itself (SAML core 3.5).

use std::time::Duration;

use data_encoding::BASE64;
use db::Batch;
use kernel::Timestamp;
use keys::ring::RingError;
use openssl::hash::{MessageDigest, hash};

use super::decode::Incoming;
use super::names::{ns, status};
use super::problem::SsoProblem;
use super::sign::sign;
use super::soap;
use super::store::artifact::{self, ANSWER, Waiting};
use super::trust::{Demand, Trusted, Unsigned};
use super::xml::write::Writer;
use super::xml::{Element, XmlError};
use super::{Answer, Provider, time};
use crate::party::sp::Sp;

/// An answer waits so long to be fetched.
const LIFETIME: Duration = Duration::from_secs(60);
/// The type of the artifact, and the number of our one endpoint (bindings 3.6.4.2).
const KIND: [u8; 4] = [0, 4, 0, 0];
const SOURCE: usize = 20;
const HANDLE: usize = 20;

/// What stands in an `ArtifactResolve`.
pub(crate) struct Resolve {
    pub(crate) artifact: String,
}

impl Resolve {
    /// Reads it, out of a message that has passed the gate.
    ///
    /// # Errors
    /// [`XmlError`].
    pub(crate) fn read(root: Element<'_>) -> Result<Self, XmlError> {
        if !root.is(ns::PROTOCOL, "ArtifactResolve") {
            return Err(XmlError::Element("ArtifactResolve"));
        }
        if root.attribute("Version") != Some("2.0") {
            return Err(XmlError::Attribute("Version"));
        }
        let artifact = root.maybe(ns::PROTOCOL, "Artifact")?.ok_or(XmlError::Element("Artifact"))?.text()?;
        Ok(Self { artifact: artifact.split_ascii_whitespace().collect() })
    }
}

/// The handle in an artifact of this source; `None` when it is none that we would have made.
pub(crate) fn handle(text: &str, source: &[u8]) -> Option<Vec<u8>> {
    let bytes = (text.len() <= 100).then(|| BASE64.decode(text.as_bytes()).ok())??;
    let (kind, rest) = bytes.split_at_checked(KIND.len())?;
    let (from, handle) = rest.split_at_checked(SOURCE)?;
    (kind == KIND && from == source && handle.len() == HANDLE).then(|| handle.to_vec())
}

impl Provider {
    /// Where artifacts are resolved.
    pub fn artifact_url(&self) -> String {
        format!("{}/saml/artifact", self.origin)
    }

    /// Our name as artifacts carry it.
    fn source(&self) -> Result<Vec<u8>, RingError> {
        // SHA-1 by definition (bindings 3.6.4.2); it protects nothing.
        let digest = hash(MessageDigest::sha1(), self.entity_id().as_bytes());
        digest.map(|digest| digest.to_vec()).map_err(|e| RingError::from(keys::ring::CryptoError::from(e)))
    }

    fn handle_hash(&self, handle: &[u8]) -> String {
        self.lookup.text(&[b"saml artifact\n", handle].concat())
    }

    /// An artifact in place of a response, and the row in which the response waits.
    pub(super) fn put_aside(&self, sp: &Sp, response: &str, now: Timestamp) -> Result<(String, Waiting), RingError> {
        let handle = self.chance.bytes::<HANDLE>();
        let artifact = BASE64.encode(&[&KIND[..], &self.source()?, &handle].concat());
        let handle_hash = self.handle_hash(&handle);
        let answer = self.sealer.seal(&ANSWER.place(&handle_hash), response.as_bytes());
        Ok((artifact, Waiting { handle_hash, sp: sp.id(), answer, expires_at: now + LIFETIME }))
    }

    /// Stores what an answer needs to be fetched, before the browser carries it away. An answer in a form needs nothing.
    ///
    /// # Errors
    /// [`SsoProblem::Fault`].
    pub async fn keep(&self, answer: &mut Answer) -> Result<(), SsoProblem> {
        let Some(waiting) = answer.waiting.take() else { return Ok(()) };
        let mut batch = Batch::new();
        artifact::add(&mut batch, &waiting);
        self.db.write(batch).await.map(|_| ()).map_err(SsoProblem::fault)
    }

    /// Takes an envelope with an `ArtifactResolve` and gives one with the answer. An artifact that is unknown, fetched before, too
    /// old or of another party gives an empty one: whoever asks learns no more (core 3.5.3).
    ///
    /// # Errors
    /// [`SsoProblem`]; it is for a fault.
    pub async fn resolve(&self, envelope: &str, now: Timestamp) -> Result<String, SsoProblem> {
        // Whoever may fetch, has to sign: the artifact has gone through a browser.
        let url = self.artifact_url();
        let demand = Demand { here: Some(&url), named: false, unsigned: Unsigned::Never };
        let incoming = Incoming::alone(soap::read(envelope)?);
        let Trusted { sp, head, message } = self.believe(&incoming, &demand, Resolve::read, now).await?;
        let answer = match handle(&message.artifact, &self.source().map_err(SsoProblem::fault)?) {
            Some(handle) => self.fetch(&sp, &handle, now).await?,
            None => None,
        };
        if answer.is_none() {
            tracing::info!(party = sp.sp_id(), "an artifact that means nothing to this party was to be resolved");
        }
        let response = self.artifact_response(&sp, &head.id, answer.as_deref(), now).map_err(SsoProblem::fault)?;
        Ok(soap::write(&response))
    }

    async fn fetch(&self, sp: &Sp, handle: &[u8], now: Timestamp) -> Result<Option<String>, SsoProblem> {
        let handle_hash = self.handle_hash(handle);
        let Some(sealed) = artifact::take(&self.db, &handle_hash, sp.id(), now).await.map_err(SsoProblem::fault)? else {
            return Ok(None);
        };
        let opened = self.sealer.open_text(&ANSWER.place(&handle_hash), &sealed).map_err(SsoProblem::fault)?;
        Ok(Some(opened.expose().to_owned()))
    }

    fn artifact_response(&self, sp: &Sp, request: &str, answer: Option<&str>, now: Timestamp) -> Result<String, RingError> {
        let (id, at) = (self.new_id(), time::written(now));
        let mut before = Writer::default();
        let attributes = [
            ("xmlns:samlp", ns::PROTOCOL),
            ("ID", id.as_str()),
            ("InResponseTo", request),
            ("IssueInstant", at.as_str()),
            ("Version", "2.0"),
        ];
        before.open("samlp:ArtifactResponse", &attributes);
        before.leaf("saml:Issuer", &[("xmlns:saml", ns::ASSERTION)], self.entity_id());
        let mut after = Writer::default();
        after.element("samlp:Status", &[], |w| w.leaf("samlp:StatusCode", &[("Value", status::SUCCESS)], ""));
        // Written in canonical form by itself: it declares namespaces that stand around it here.
        after.raw(&answer.map(inner).unwrap_or_default());
        after.close("samlp:ArtifactResponse");
        sign(&self.ring, sp.settings().signature_algorithm, &id, &before.finish(), &after.finish())
    }
}

/// A response inside of another element of the same namespace: in canonical form that is declared once.
fn inner(response: &str) -> String {
    let declared = format!(" xmlns:samlp=\"{}\"", ns::PROTOCOL);
    response.replacen(&declared, "", 1)
}
