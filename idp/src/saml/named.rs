//! Somebody as a party names them in a message, in the words in which we have named them to it (SAML core 2.2).

use serde::{Deserialize, Serialize};

use super::names::{format, ns};
use super::request::{attribute, short};
use super::xml::{Element, XmlError};

/// Whether names of this form are known to us and to the party alone: nobody else could have put one in a message.
pub(super) fn is_ours_alone(given: &str) -> bool {
    matches!(given, format::PERSISTENT | format::TRANSIENT)
}

/// A name that a party uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Name {
    pub(super) value: String,
    pub(super) format: Option<String>,
    pub(super) qualifier: Option<String>,
    pub(super) sp_qualifier: Option<String>,
}

impl Name {
    /// The name in this element; `None` when it is said in a form that we do not read, such as an encrypted one.
    ///
    /// # Errors
    /// No name, or more than one.
    pub(super) fn of(parent: Element<'_>) -> Result<Option<Self>, XmlError> {
        let plain = parent.maybe(ns::ASSERTION, "NameID")?;
        let other = parent.maybe(ns::ASSERTION, "EncryptedID")?.or(parent.maybe(ns::ASSERTION, "BaseID")?);
        match (plain, other) {
            (Some(plain), None) => Self::read(plain).map(Some),
            (None, Some(_)) => Ok(None),
            _ => Err(XmlError::Element("NameID")),
        }
    }

    fn read(element: Element<'_>) -> Result<Self, XmlError> {
        Ok(Self {
            value: short(element.text()?, "NameID")?,
            format: attribute(element, "Format")?,
            qualifier: attribute(element, "NameQualifier")?,
            sp_qualifier: attribute(element, "SPNameQualifier")?,
        })
    }

    /// Whether it may be a name of this form that `ours` has given to `theirs`. What is left out is not contradicted.
    pub(super) fn fits(&self, format: &str, ours: &str, theirs: &str) -> bool {
        let is = |said: &Option<String>, known: &str| said.as_deref().is_none_or(|said| said.is_empty() || said == known);
        let unspecified = self.format.as_deref() == Some(format::UNSPECIFIED);
        (unspecified || is(&self.format, format)) && is(&self.qualifier, ours) && is(&self.sp_qualifier, theirs)
    }
}
