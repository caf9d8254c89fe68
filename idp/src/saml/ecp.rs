//! Clients that are no browsers (SAML profiles 4.2): they carry request and answer in envelopes, and speak for the person with their
//! name, password and code. A party takes part where it is told so; in metadata we name the endpoint when any does.

use kernel::Timestamp;

use super::Provider;
use super::answer::{Answer, ReturnTo};
use super::decode::Incoming;
use super::names::ns;
use super::problem::SsoProblem;
use super::request::AuthnRequest;
use super::soap;
use super::sso::{Begun, consumer};
use super::trust::{Demand, Unsigned};
use super::way::Way;
use super::xml::write::Writer;

impl Provider {
    /// Where such clients send requests.
    pub fn ecp_url(&self) -> String {
        format!("{}/saml/ecp", self.origin)
    }

    /// Whether any party takes part.
    pub fn offers_ecp(&self, now: Timestamp) -> bool {
        self.sps.any(now, |settings, usable| settings.ecp && usable)
    }

    /// Takes an envelope with a request.
    ///
    /// # Errors
    /// [`SsoProblem`]; it is for a fault.
    pub async fn receive_ecp(&self, envelope: &str, now: Timestamp) -> Result<Begun, SsoProblem> {
        let incoming = Incoming::alone(soap::read(envelope)?);
        let url = self.ecp_url();
        // What a client carries itself names nobody: the party does not know who we are (profiles 4.2.4.1).
        let demand = Demand { here: Some(&url), named: false, unsigned: Unsigned::UnlessDemanded };
        let asked = self.believe(&incoming, &demand, AuthnRequest::read, now).await?;
        if !asked.sp.settings().ecp {
            return Err(SsoProblem::Ecp);
        }
        let (place, is_as_asked) = consumer(&asked.sp, &asked.message, &[Way::Paos])?;
        if !is_as_asked {
            return Err(SsoProblem::Consumer);
        }
        let to = ReturnTo { request: Some(asked.head.id.clone()), ..place };
        let mut begun = self.sign_in(&asked, to.clone(), now);
        if let Ok(sign_in) = &mut begun {
            // Nothing is ever shown here; who has sent a password with the request has answered.
            sign_in.prompts.none = false;
        }
        self.begun(&asked.sp, &to, begun, now)
    }
}

impl Answer {
    /// The answer in an envelope that says where it goes, so that the client can compare that with where the request came from.
    pub fn for_client(&self) -> String {
        let mut header = Writer::default();
        let attributes = [
            ("xmlns:ecp", ns::ECP),
            ("AssertionConsumerServiceURL", self.location.as_str()),
            ("soap11:actor", soap::NEXT),
            ("soap11:mustUnderstand", "1"),
        ];
        header.leaf("ecp:Response", &attributes, "");
        soap::with_header(&header.finish(), &self.response)
    }
}
