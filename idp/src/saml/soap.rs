//! Envelopes of SOAP 1.1 around one message (SAML bindings 3.2).
//!
//! What stands in the body of an envelope is cut out and becomes a document of its own, which goes through the gate like every
//! message. So there is nothing beside it that a signature could cover in its place: of the envelope nothing is kept.

use super::names::ns;
use super::xml::write::Writer;
use super::xml::{self, Element, Limits, XmlError};

/// Whom header blocks are for that are for whoever comes next, which is us.
pub(super) const NEXT: &str = "http://schemas.xmlsoap.org/soap/actor/next";

/// An envelope that cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SoapError {
    /// No XML that we read, or no envelope.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// Another version of SOAP than 1.1.
    #[error("the envelope is not one of SOAP 1.1")]
    Version,
    /// A header block that has to be understood.
    #[error("a header block has to be understood, and is not")]
    MustUnderstand,
    /// The body holds a fault: the other side could not answer.
    #[error("the other side answered with a fault")]
    Fault,
}

impl SoapError {
    /// The code by which a fault tells it (SOAP 1.1, 4.4.1).
    pub const fn code(self) -> FaultCode {
        match self {
            Self::Version => FaultCode::VersionMismatch,
            Self::MustUnderstand => FaultCode::MustUnderstand,
            Self::Xml(_) | Self::Fault => FaultCode::Client,
        }
    }
}

/// Who is to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultCode {
    /// Whoever has sent the envelope.
    Client,
    /// Ourselves.
    Server,
    /// A header block is not understood.
    MustUnderstand,
    /// Another version of SOAP.
    VersionMismatch,
}

impl FaultCode {
    const fn name(self) -> &'static str {
        match self {
            Self::Client => "soap11:Client",
            Self::Server => "soap11:Server",
            Self::MustUnderstand => "soap11:MustUnderstand",
            Self::VersionMismatch => "soap11:VersionMismatch",
        }
    }
}

/// The one message in the body of an envelope, as a document of its own. Nothing in it is believed yet.
///
/// # Errors
/// [`SoapError`].
pub(crate) fn read(text: &str) -> Result<String, SoapError> {
    let doc = xml::parse(text, &Limits::MESSAGE)?;
    let envelope = Element::root(&doc)?;
    if envelope.name() != "Envelope" {
        return Err(XmlError::Element("Envelope").into());
    }
    if envelope.namespace() != ns::SOAP {
        return Err(SoapError::Version);
    }
    let body = match envelope.children().collect::<Vec<_>>()[..] {
        [body] => body,
        [header, body] if header.is(ns::SOAP, "Header") => {
            understood(header)?;
            body
        }
        _ => return Err(XmlError::Element("Body").into()),
    };
    let mut messages = body.children();
    match (messages.next(), messages.next()) {
        _ if !body.is(ns::SOAP, "Body") => Err(XmlError::Element("Body").into()),
        (Some(fault), None) if fault.is(ns::SOAP, "Fault") => Err(SoapError::Fault),
        (Some(message), None) => Ok(message.alone()?),
        _ => Err(XmlError::Element("inside Body").into()),
    }
}

/// We understand no header block; those that may be ignored are.
fn understood(header: Element<'_>) -> Result<(), SoapError> {
    let is_ours = |block: Element<'_>| {
        let of =
            |name: &str| block.attributes().find(|(space, n, _)| *space == ns::SOAP && *n == name).map(|(_, _, value)| value);
        of("mustUnderstand").is_some_and(|value| value != "0")
            && of("actor").is_none_or(|actor| actor.is_empty() || actor == NEXT)
    };
    if header.children().any(is_ours) { Err(SoapError::MustUnderstand) } else { Ok(()) }
}

/// An envelope around a message that was written in canonical form, signed or not.
pub(crate) fn write(message: &str) -> String {
    with_header("", message)
}

/// The same, with header blocks.
pub(crate) fn with_header(blocks: &str, message: &str) -> String {
    let mut w = Writer::default();
    w.element("soap11:Envelope", &[("xmlns:soap11", ns::SOAP)], |w| {
        if !blocks.is_empty() {
            w.element("soap11:Header", &[], |w| w.raw(blocks));
        }
        w.element("soap11:Body", &[], |w| w.raw(message));
    });
    w.finish()
}

/// An envelope that says what went wrong (SOAP 1.1, 4.4).
pub fn fault(code: FaultCode, text: &str) -> String {
    let mut w = Writer::default();
    w.element("soap11:Fault", &[], |w| {
        w.leaf("faultcode", &[], code.name());
        w.leaf("faultstring", &[], text);
    });
    write(&w.finish())
}

#[cfg(test)]
#[path = "soap_tests.rs"]
mod tests;
