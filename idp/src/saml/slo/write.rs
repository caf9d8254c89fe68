//! Messages of single logout that we send, all of them signed: beside the message in a query, in it elsewhere.

use std::io::Write as _;
use std::time::Duration;

use data_encoding::BASE64;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use kernel::Timestamp;
use keys::ring::RingError;
use url::form_urlencoded::byte_serialize;

use super::Way;
use super::state::Told;
use crate::party::client::redirect;
use crate::party::sp::{NameIdFormat, Sp};
use crate::saml::answer::{Status, qualifiers};
use crate::saml::names::{ns, status};
use crate::saml::sign::{method, sign};
use crate::saml::xml::write::Writer;
use crate::saml::{Provider, soap, time};

/// How long a request of ours counts.
const GOOD: Duration = Duration::from_secs(300);
/// Why a session ends (SAML core 3.7.3).
const BY_USER: &str = "urn:oasis:names:tc:SAML:2.0:logout:user";

/// A form that carries a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Where to.
    pub location: String,
    /// The fields, in order.
    pub fields: Vec<(&'static str, String)>,
    /// What people call the party.
    pub party: String,
}

/// A message that a browser carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// It goes to this address.
    Redirect(String),
    /// It posts a form.
    Form(Form),
}

impl Message {
    /// The origin that it goes to.
    pub fn origin(&self) -> Option<String> {
        match self {
            Self::Redirect(url) => redirect::origin(url),
            Self::Form(form) => redirect::origin(&form.location),
        }
    }
}

/// How a logout went, in the words of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Everybody has confirmed.
    Whole,
    /// Somebody has not.
    Partial,
    /// Nothing was ended.
    Refused(Status),
}

/// A message in canonical form, open at the place of its signature.
pub(super) struct Draft {
    id: String,
    parameter: &'static str,
    before: String,
    after: String,
}

impl Provider {
    /// Asks a party to end its part of a session.
    pub(super) fn logout_request(&self, sp: &Sp, told: &Told, destination: &str, now: Timestamp) -> Draft {
        let (at, until) = (time::written(now), time::written(now + GOOD));
        let attributes = [("NotOnOrAfter", until.as_str()), ("Reason", BY_USER)];
        let before = self.opened("samlp:LogoutRequest", (&told.request, &at, destination), &attributes);
        let mut after = Writer::default();
        let mut named = vec![("xmlns:saml", ns::ASSERTION), ("Format", told.name_format.as_str())];
        if let Some(format) = NameIdFormat::of(&told.name_format) {
            named.extend(qualifiers(format, self.entity_id(), sp.entity_id()));
        }
        after.leaf("saml:NameID", &named, &told.name);
        after.leaf("samlp:SessionIndex", &[], &told.session_index);
        after.close("samlp:LogoutRequest");
        Draft { id: told.request.clone(), parameter: "SAMLRequest", before, after: after.finish() }
    }

    /// Answers a request of a party.
    pub(super) fn logout_response(&self, request: &str, destination: Option<&str>, verdict: Verdict, now: Timestamp) -> Draft {
        let (id, at) = (self.new_id(), time::written(now));
        let before =
            self.opened("samlp:LogoutResponse", (&id, &at, destination.unwrap_or_default()), &[("InResponseTo", request)]);
        let (code, detail, text) = match verdict {
            Verdict::Whole => (status::SUCCESS, None, None),
            Verdict::Partial => (status::SUCCESS, Some(status::PARTIAL_LOGOUT), Some("Not every application has confirmed.")),
            Verdict::Refused(status) => (status.code, Some(status.detail), Some(status.text)),
        };
        let mut after = Writer::default();
        after.element("samlp:Status", &[], |w| {
            w.element("samlp:StatusCode", &[("Value", code)], |w| {
                if let Some(detail) = detail {
                    w.leaf("samlp:StatusCode", &[("Value", detail)], "");
                }
            });
            if let Some(text) = text {
                w.leaf("samlp:StatusMessage", &[], text);
            }
        });
        after.close("samlp:LogoutResponse");
        Draft { id, parameter: "SAMLResponse", before, after: after.finish() }
    }

    fn opened(&self, element: &str, (id, at, destination): (&str, &str, &str), more: &[(&str, &str)]) -> String {
        let mut attributes = vec![("xmlns:samlp", ns::PROTOCOL), ("ID", id), ("IssueInstant", at), ("Version", "2.0")];
        if !destination.is_empty() {
            attributes.push(("Destination", destination));
        }
        attributes.extend(more);
        let mut w = Writer::default();
        w.open(element, &attributes);
        w.leaf("saml:Issuer", &[("xmlns:saml", ns::ASSERTION)], self.entity_id());
        w.finish()
    }

    /// Gives a message to a browser.
    pub(super) fn by_browser(
        &self,
        sp: &Sp,
        (way, location): (Way, &str),
        draft: &Draft,
        relay_state: Option<&str>,
    ) -> Result<Message, RingError> {
        if way == Way::Redirect {
            return self.in_query(sp, location, draft, relay_state).map(Message::Redirect);
        }
        let mut fields = vec![(draft.parameter, BASE64.encode(self.signed(sp, draft)?.as_bytes()))];
        fields.extend(relay_state.map(|state| ("RelayState", state.to_owned())));
        Ok(Message::Form(Form { location: location.to_owned(), fields, party: sp.name(&[]).to_owned() }))
    }

    /// Puts a message into an envelope.
    pub(super) fn in_envelope(&self, sp: &Sp, draft: &Draft) -> Result<String, RingError> {
        Ok(soap::write(&self.signed(sp, draft)?))
    }

    fn signed(&self, sp: &Sp, draft: &Draft) -> Result<String, RingError> {
        sign(&self.ring, sp.settings().signature_algorithm, &draft.id, &draft.before, &draft.after)
    }

    /// Bindings 3.4.4.1: what is signed is the query as it is sent.
    fn in_query(&self, sp: &Sp, location: &str, draft: &Draft, relay_state: Option<&str>) -> Result<String, RingError> {
        let algorithm = sp.settings().signature_algorithm;
        let mut query = format!("{}={}", draft.parameter, encoded(&deflated(&draft.before, &draft.after)));
        if let Some(state) = relay_state {
            query.push_str("&RelayState=");
            query.extend(byte_serialize(state.as_bytes()));
        }
        query.push_str("&SigAlg=");
        query.extend(byte_serialize(method(algorithm).as_bytes()));
        let made = self.ring.sign_xml(algorithm.into(), query.as_bytes())?;
        let mark = if location.contains('?') { '&' } else { '?' };
        Ok(format!("{location}{mark}{query}&Signature={}", encoded(&made.signature)))
    }
}

fn encoded(bytes: &[u8]) -> String {
    byte_serialize(BASE64.encode(bytes).as_bytes()).collect()
}

fn deflated(before: &str, after: &str) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    // Memory takes whatever is written to it.
    let written = encoder.write_all(before.as_bytes()).and_then(|()| encoder.write_all(after.as_bytes()));
    written.and_then(|()| encoder.finish()).unwrap_or_default()
}
