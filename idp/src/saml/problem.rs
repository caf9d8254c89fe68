//! What is shown to the person, because there is no party that could be told: we do not know which one it is, or may not trust it.

use kernel::{Class, Classified};

use super::decode::DecodeError;
use super::gate::GateError;
use super::soap::SoapError;
use super::xml::XmlError;

/// A problem for the person alone.
#[derive(Debug, thiserror::Error)]
pub enum SsoProblem {
    /// The request cannot be read out of its query or form.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It has not passed the gate.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// It came in an envelope that cannot be opened.
    #[error(transparent)]
    Soap(#[from] SoapError),
    /// No such party, or it may not be used at present.
    #[error("the application is not registered here, or may not be used")]
    Party,
    /// Its metadata has expired.
    #[error("the metadata of the application {0} has expired and was not renewed, so that it may not be used")]
    Expired(String),
    /// Not meant for us.
    #[error("the request was sent to another address than this one, or does not say where it was sent to")]
    Destination,
    /// Too old, or from the future.
    #[error("the request was made too long ago, or in the future; go back to the application and start again")]
    Time,
    /// The answer would go to where the party has no place for it.
    #[error("the address to answer to is not one of this application")]
    Consumer,
    /// Nobody asked, and the party does not want to be sent people unasked.
    #[error("a sign-in to this application has to begin there")]
    Unasked,
    /// The party takes no sign-ins of clients that are no browsers.
    #[error("this application takes no sign-ins by ECP")]
    Ecp,
    /// Answered before.
    #[error("this request was answered before; go back to the application and start again")]
    Replayed,
    /// The session of the sign-in has ended.
    #[error("you were signed out meanwhile; go back to the application and start again")]
    Over,
    /// An answer of a party that nobody has asked for it in this browser, or that came before.
    #[error("the answer of the application belongs to no sign-out of this browser that waits for it")]
    Response,
    /// What the flow carried cannot be used any more.
    #[error("the application was changed meanwhile; go back to it and start again")]
    Ticket,
    /// A fault of ours.
    #[error("internal: {0}")]
    Fault(String),
}

impl From<XmlError> for SsoProblem {
    fn from(error: XmlError) -> Self {
        Self::Gate(error.into())
    }
}

impl SsoProblem {
    pub(crate) fn fault(error: impl std::fmt::Display) -> Self {
        Self::Fault(error.to_string())
    }
}

impl Classified for SsoProblem {
    fn class(&self) -> Class {
        match self {
            Self::Fault(_) => Class::Internal,
            _ => Class::Invalid,
        }
    }
    fn code(&self) -> &'static str {
        match self {
            Self::Decode(_) => "saml_unreadable",
            Self::Gate(GateError::Xml(_)) => "saml_malformed",
            Self::Gate(GateError::Signature) => "saml_signature",
            Self::Gate(GateError::Unsigned) => "saml_unsigned",
            Self::Gate(_) => "saml_signature_shape",
            Self::Soap(_) => "saml_envelope",
            Self::Party => "saml_party_unknown",
            Self::Expired(_) => "saml_metadata_expired",
            Self::Destination => "saml_destination",
            Self::Time => "saml_time",
            Self::Consumer => "saml_consumer_unknown",
            Self::Unasked => "saml_unasked",
            Self::Ecp => "saml_ecp_off",
            Self::Replayed => "saml_replayed",
            Self::Over => "saml_session_over",
            Self::Response => "saml_response_unasked",
            Self::Ticket => "saml_ticket_void",
            Self::Fault(_) => "saml_fault",
        }
    }
}
