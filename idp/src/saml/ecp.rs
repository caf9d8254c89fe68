//! Clients that are no browsers (SAML profiles 4.2): they carry request and answer in envelopes, and speak for the person with their
//! name, password and code. A party takes part where it is told so; in metadata we name the endpoint when any does.

use kernel::Timestamp;

use super::Provider;
use super::answer::{Answer, ReturnTo};
use super::decode::Incoming;
use super::names::ns;
use super::problem::SsoProblem;
use super::soap;
use super::sso::{Begun, Trusted, consumer};
use super::way::Way;
use super::xml::write::Writer;

impl Provider {
    /// Where such clients send requests.
    pub fn ecp_url(&self) -> String {
        format!("{}/saml/ecp", self.origin)
    }

    /// Whether any party takes part.
    pub fn offers_ecp(&self, now: Timestamp) -> bool {
        self.sps.any(|sp| sp.settings().ecp && sp.is_usable(now))
    }

    /// Takes an envelope with a request.
    ///
    /// # Errors
    /// [`SsoProblem`]; it is for a fault.
    pub fn receive_ecp(&self, envelope: &str, now: Timestamp) -> Result<Begun, SsoProblem> {
        let incoming = Incoming::alone(soap::read(envelope)?);
        let Trusted { sp, request } = self.trust(&incoming, &self.ecp_url(), now)?;
        if !sp.settings().ecp {
            return Err(SsoProblem::Ecp);
        }
        let (place, is_as_asked) = consumer(&sp, &request, &[Way::Paos])?;
        if !is_as_asked {
            return Err(SsoProblem::Consumer);
        }
        let to = ReturnTo { request: Some(request.id.clone()), ..place };
        match self.sign_in(&sp, &request, to.clone(), now) {
            Ok(mut sign_in) => {
                // Nothing is ever shown here; who has sent a password with the request has answered.
                sign_in.prompts.none = false;
                Ok(Begun::SignIn(Box::new(sign_in)))
            }
            Err(problem) => self.refusal(&sp, &to, problem, now).map(Begun::Answer).map_err(SsoProblem::fault),
        }
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
