//! Answers: the `Response` and the `Assertion` in it (SAML core 2.3.3 and 3.3.3, SAML profiles 4.1.4.2).

use std::time::Duration;

use kernel::Timestamp;
use kernel::ids::RowId;
use keys::ring::{CryptoError, RingError};

use super::attributes::Attribute;
use super::name_id::NameId;
use super::names::{BEARER, SENDER_VOUCHES, ns, status};
use super::sign::sign;
use super::store::artifact::Waiting;
use super::way::Way;
use super::xml::write::Writer;
use super::{Provider, soap, time};
use crate::party::client::redirect;
use crate::party::sp::{NameIdFormat, Sign, Sp};

/// What went wrong, in the words of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// The class of the problem.
    pub code: &'static str,
    /// What it is.
    pub detail: &'static str,
    /// For whoever looks at the party's log.
    pub text: &'static str,
}

impl Status {
    /// The party is to blame.
    pub(crate) const fn requester(detail: &'static str, text: &'static str) -> Self {
        Self { code: status::REQUESTER, detail, text }
    }

    /// We could not or would not.
    pub(crate) const fn responder(detail: &'static str, text: &'static str) -> Self {
        Self { code: status::RESPONDER, detail, text }
    }
}

/// An answer that the browser carries to a party, in a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Where to.
    pub location: String,
    /// The fields, in order.
    pub fields: Vec<(&'static str, String)>,
    /// What the party calls itself, for the page that carries the answer.
    pub party: String,
    /// What was refused, if something was.
    pub problem: Option<Status>,
    /// Whom it is for.
    pub(crate) sp: RowId,
    /// The response itself.
    pub(crate) response: String,
    /// The row in which it waits to be fetched; [`Provider::keep`] stores it.
    pub(crate) waiting: Option<Waiting>,
}

impl Answer {
    /// Whether it has to be kept, to be fetched.
    pub fn is_to_be_kept(&self) -> bool {
        self.waiting.is_some()
    }

    /// The envelope in which it goes back over the connection on which was asked.
    pub fn in_envelope(&self) -> String {
        soap::write(&self.response)
    }

    /// The origin of the party, for `form-action`.
    pub fn origin(&self) -> Option<String> {
        redirect::origin(&self.location)
    }
}

/// Where an answer goes.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct ReturnTo {
    pub(crate) location: String,
    pub(crate) request: Option<String>,
    pub(crate) relay_state: Option<String>,
    #[serde(default)]
    pub(crate) way: Way,
}

/// What an assertion says.
pub(crate) struct Statement<'a> {
    pub(crate) name: &'a NameId,
    /// Of a sign-in, to whoever bears the assertion. An answer to a query says nothing of that.
    pub(crate) signed_in: Option<SignedIn<'a>>,
    pub(crate) attributes: &'a [Attribute],
}

/// How somebody has signed in.
pub(crate) struct SignedIn<'a> {
    pub(crate) at: Timestamp,
    pub(crate) class: &'a str,
    pub(crate) session_index: &'a str,
}

impl Provider {
    /// An answer without an assertion. It is signed in any case: a party can know whom it comes from.
    pub(crate) fn refusal(&self, sp: &Sp, to: &ReturnTo, problem: Status, now: Timestamp) -> Result<Answer, RingError> {
        let response = self.response(sp, to, Some(problem), None, now)?;
        self.carried(sp, to, response, Some(problem), now)
    }

    /// An answer with an assertion.
    pub(crate) fn success(&self, sp: &Sp, to: &ReturnTo, statement: &Statement<'_>, now: Timestamp) -> Result<Answer, RingError> {
        let assertion = self.assertion(sp, to, statement, now)?;
        // What is encrypted is signed already, and signed again as a whole.
        let assertion = match sp.recipient() {
            Some(recipient) => recipient.encrypt(&self.chance, &assertion).map_err(|e| RingError::from(CryptoError::from(e)))?,
            None => assertion,
        };
        let response = self.response(sp, to, None, Some(&assertion), now)?;
        self.carried(sp, to, response, None, now)
    }

    /// The response on its way.
    fn carried(
        &self,
        sp: &Sp,
        to: &ReturnTo,
        response: String,
        problem: Option<Status>,
        now: Timestamp,
    ) -> Result<Answer, RingError> {
        let (mut fields, mut waiting) = (Vec::new(), None);
        match to.way {
            Way::Post => fields.push(("SAMLResponse", data_encoding::BASE64.encode(response.as_bytes()))),
            Way::Artifact => {
                let (artifact, row) = self.put_aside(sp, &response, now)?;
                fields.push(("SAMLart", artifact));
                waiting = Some(row);
            }
            Way::Paos => {}
        }
        fields.extend(to.relay_state.clone().map(|state| ("RelayState", state)));
        Ok(Answer {
            location: to.location.clone(),
            fields,
            party: sp.name(&[]).to_owned(),
            problem,
            sp: sp.id(),
            response,
            waiting,
        })
    }

    fn response(
        &self,
        sp: &Sp,
        to: &ReturnTo,
        problem: Option<Status>,
        assertion: Option<&str>,
        now: Timestamp,
    ) -> Result<String, RingError> {
        let (id, at) = (self.new_id(), time::written(now));
        let mut attributes =
            vec![("xmlns:samlp", ns::PROTOCOL), ("ID", id.as_str()), ("IssueInstant", at.as_str()), ("Version", "2.0")];
        attributes.extend(to.request.as_deref().map(|request| ("InResponseTo", request)));
        // An answer over the connection on which was asked goes nowhere else.
        attributes.extend((!to.location.is_empty()).then_some(("Destination", to.location.as_str())));
        let mut before = Writer::default();
        before.open("samlp:Response", &attributes);
        before.leaf("saml:Issuer", &[("xmlns:saml", ns::ASSERTION)], self.entity_id());
        let mut after = Writer::default();
        after.element("samlp:Status", &[], |w| match problem {
            None => w.leaf("samlp:StatusCode", &[("Value", status::SUCCESS)], ""),
            Some(problem) => {
                w.element("samlp:StatusCode", &[("Value", problem.code)], |w| {
                    w.leaf("samlp:StatusCode", &[("Value", problem.detail)], "");
                });
                w.leaf("samlp:StatusMessage", &[], problem.text);
            }
        });
        after.raw(assertion.unwrap_or_default());
        after.close("samlp:Response");
        let (before, after) = (before.finish(), after.finish());
        // Around an encrypted assertion anybody could write a response, and have the party try what it decrypts to.
        if assertion.is_some() && sp.settings().sign == Sign::Assertion && sp.recipient().is_none() {
            return Ok([before, after].concat());
        }
        sign(&self.ring, sp.settings().signature_algorithm, &id, &before, &after)
    }

    fn assertion(&self, sp: &Sp, to: &ReturnTo, statement: &Statement<'_>, now: Timestamp) -> Result<String, RingError> {
        let (id, at) = (self.new_id(), time::written(now));
        let mut before = Writer::default();
        let attributes = [("xmlns:saml", ns::ASSERTION), ("ID", id.as_str()), ("IssueInstant", at.as_str()), ("Version", "2.0")];
        before.open("saml:Assertion", &attributes);
        before.leaf("saml:Issuer", &[], self.entity_id());
        let mut after = Writer::default();
        self.subject(&mut after, sp, to, statement, now);
        conditions(&mut after, sp, now);
        if let Some(signed_in) = &statement.signed_in {
            authentication(&mut after, sp, signed_in, now);
        }
        attribute_statement(&mut after, statement.attributes);
        after.close("saml:Assertion");
        let (before, after) = (before.finish(), after.finish());
        if sp.settings().sign == Sign::Response && !sp.metadata().wants_assertions_signed {
            return Ok([before, after].concat());
        }
        sign(&self.ring, sp.settings().signature_algorithm, &id, &before, &after)
    }

    fn subject(&self, w: &mut Writer, sp: &Sp, to: &ReturnTo, Statement { name, signed_in, .. }: &Statement<'_>, now: Timestamp) {
        let until = time::written(now + seconds(sp.settings().assertion_lifetime));
        let mut named = vec![("Format", name.format.uri())];
        named.extend(qualifiers(name.format, self.entity_id(), sp.entity_id()));
        // What was asked for goes to the party itself, not to one of its places; some parties want a confirmation there too.
        let (method, recipient) =
            if signed_in.is_some() { (BEARER, to.location.as_str()) } else { (SENDER_VOUCHES, sp.entity_id()) };
        let mut confirmed = vec![("NotOnOrAfter", until.as_str()), ("Recipient", recipient)];
        confirmed.extend(to.request.as_deref().map(|request| ("InResponseTo", request)));
        w.element("saml:Subject", &[], |w| {
            w.leaf("saml:NameID", &named, &name.value);
            w.element("saml:SubjectConfirmation", &[("Method", method)], |w| {
                w.leaf("saml:SubjectConfirmationData", &confirmed, "");
            });
        });
    }
}

/// In whose name space a name of this form is: given by us, for one party (SAML core 8.3.7, 8.3.8).
pub(crate) fn qualifiers<'a>(format: NameIdFormat, ours: &'a str, theirs: &'a str) -> Vec<(&'static str, &'a str)> {
    match format {
        NameIdFormat::Persistent | NameIdFormat::Transient => vec![("NameQualifier", ours), ("SPNameQualifier", theirs)],
        NameIdFormat::Email | NameIdFormat::Unspecified => Vec::new(),
    }
}

fn seconds(n: u32) -> Duration {
    Duration::from_secs(n.into())
}

fn conditions(w: &mut Writer, sp: &Sp, now: Timestamp) {
    let settings = sp.settings();
    let from = time::written(now - seconds(settings.clock_skew));
    let until = time::written(now + seconds(settings.assertion_lifetime));
    w.element("saml:Conditions", &[("NotBefore", &from), ("NotOnOrAfter", &until)], |w| {
        w.element("saml:AudienceRestriction", &[], |w| {
            w.leaf("saml:Audience", &[], sp.entity_id());
            settings.audiences.iter().for_each(|audience| w.leaf("saml:Audience", &[], audience));
        });
    });
}

fn authentication(w: &mut Writer, sp: &Sp, signed_in: &SignedIn<'_>, now: Timestamp) {
    let at = time::written(signed_in.at);
    let until = time::written(now + seconds(sp.settings().session_lifetime));
    let mut attributes = vec![("AuthnInstant", at.as_str()), ("SessionIndex", signed_in.session_index)];
    if sp.settings().session_lifetime > 0 {
        attributes.push(("SessionNotOnOrAfter", until.as_str()));
    }
    w.element("saml:AuthnStatement", &attributes, |w| {
        w.element("saml:AuthnContext", &[], |w| w.leaf("saml:AuthnContextClassRef", &[], signed_in.class));
    });
}

fn attribute_statement(w: &mut Writer, attributes: &[Attribute]) {
    if attributes.is_empty() {
        return;
    }
    w.element("saml:AttributeStatement", &[], |w| {
        for attribute in attributes {
            let mut named = vec![("Name", attribute.name.as_str()), ("NameFormat", attribute.format)];
            named.extend(attribute.friendly_name.as_deref().map(|name| ("FriendlyName", name)));
            w.element("saml:Attribute", &named, |w| {
                attribute.values.iter().for_each(|value| w.leaf("saml:AttributeValue", &[], value));
            });
        }
    });
}
