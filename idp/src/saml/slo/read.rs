//! Requests and answers of single logout (SAML core 3.7), read strictly out of messages that have passed the gate.

use kernel::Timestamp;
use serde::{Deserialize, Serialize};

use crate::saml::named::Name;
use crate::saml::names::{ns, status};
use crate::saml::request::{attribute, short};
use crate::saml::time;
use crate::saml::xml::{Element, XmlError};

/// Most indexes in one request.
const MOST: usize = 100;

/// A party wants sessions to be ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::saml) struct LogoutRequest {
    /// It counts no longer from this moment on.
    pub(super) until: Option<Timestamp>,
    /// Whose; `None` when it is said in a form that we do not read, such as an encrypted one.
    pub(super) name: Option<Name>,
    /// Which; none: all of that name.
    pub(super) indexes: Vec<String>,
}

/// A party answers a request of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::saml) struct LogoutResponse {
    pub(super) in_response_to: Option<String>,
    pub(super) code: String,
    pub(super) detail: Option<String>,
}

impl LogoutRequest {
    /// Reads one.
    ///
    /// # Errors
    /// [`XmlError`].
    pub(in crate::saml) fn read(root: Element<'_>) -> Result<Self, XmlError> {
        if !root.is(ns::PROTOCOL, "LogoutRequest") {
            return Err(XmlError::Element("LogoutRequest"));
        }
        let until = match root.attribute("NotOnOrAfter") {
            Some(text) => Some(time::read(text).ok_or(XmlError::Attribute("NotOnOrAfter"))?),
            None => None,
        };
        let mut indexes = Vec::new();
        for index in root.all(ns::PROTOCOL, "SessionIndex") {
            if indexes.len() == MOST {
                return Err(XmlError::TooMany);
            }
            indexes.push(short(index.text()?, "SessionIndex")?);
        }
        Ok(Self { until, name: Name::of(root)?, indexes })
    }
}

/// The code in a status, or in another code.
fn code(parent: Element<'_>) -> Result<Option<(String, Element<'_>)>, XmlError> {
    let Some(element) = parent.maybe(ns::PROTOCOL, "StatusCode")? else { return Ok(None) };
    Ok(Some((short(element.attribute("Value").unwrap_or_default().to_owned(), "StatusCode")?, element)))
}

impl LogoutResponse {
    /// Reads one.
    ///
    /// # Errors
    /// [`XmlError`].
    pub(in crate::saml) fn read(root: Element<'_>) -> Result<Self, XmlError> {
        if !root.is(ns::PROTOCOL, "LogoutResponse") {
            return Err(XmlError::Element("LogoutResponse"));
        }
        let status = root.maybe(ns::PROTOCOL, "Status")?.ok_or(XmlError::Element("Status"))?;
        let (first, element) = code(status)?.ok_or(XmlError::Element("StatusCode"))?;
        let detail = code(element)?.map(|(detail, _)| detail);
        let read = Self { in_response_to: attribute(root, "InResponseTo")?, code: first, detail };
        Ok(read)
    }

    /// Whether the session is over there, and wherever the party had to tell of it.
    pub(super) fn confirms(&self) -> bool {
        self.code == status::SUCCESS && self.detail.as_deref() != Some(status::PARTIAL_LOGOUT)
    }

    /// What it said, for the audit.
    pub(super) fn said(&self) -> String {
        let short =
            |uri: &str| uri.rsplit(':').next().unwrap_or_default().chars().filter(|c| c.is_ascii_graphic()).take(40).collect();
        let code: String = short(&self.code);
        match &self.detail {
            Some(detail) => format!("{code} {}", short(detail)),
            None => code,
        }
    }
}
