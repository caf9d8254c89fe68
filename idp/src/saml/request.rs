//! What a party asks for: the `AuthnRequest` (SAML core 3.4.1), read strictly out of a message that has passed the gate.

use super::names::{format, ns};
use super::xml::{Element, XmlError, flag, index};

/// Most classes of one requested context, and longest of any text.
const MOST: usize = 20;
const LONGEST: usize = 1024;

/// How requested contexts compare with what is given (SAML core 3.3.2.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// One of them.
    Exact,
    /// At least as strong as one of them.
    Minimum,
    /// As strong as can be, but no stronger than one of them.
    Maximum,
    /// Stronger than all of them.
    Better,
}

/// Contexts that are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Contexts {
    pub(crate) comparison: Comparison,
    pub(crate) classes: Vec<String>,
}

/// The form of name identifier that is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NamePolicy {
    pub(crate) format: Option<String>,
    pub(crate) sp_name_qualifier: Option<String>,
}

/// Where the answer is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// To the usual place.
    Default,
    /// To the place of this number.
    Index(u16),
    /// To this address.
    Url(String),
}

/// A request. Of elements that say nothing to us (`Conditions`, `Scoping`, `Extensions`) nothing is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AuthnRequest {
    pub(crate) force: bool,
    pub(crate) passive: bool,
    pub(crate) wanted: Wanted,
    pub(crate) binding: Option<String>,
    pub(crate) service: Option<u16>,
    /// What the party calls itself.
    pub(crate) provider_name: Option<String>,
    pub(crate) subject: Option<Subject>,
    pub(crate) policy: NamePolicy,
    pub(crate) contexts: Option<Contexts>,
}

/// Whom the party means.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Subject {
    pub(crate) value: String,
    pub(crate) format: String,
}

/// The entity that a message says it comes from.
///
/// # Errors
/// [`XmlError`] when it does not say, or says it in another form.
pub(crate) fn issuer(root: Element<'_>) -> Result<String, XmlError> {
    let element = root.maybe(ns::ASSERTION, "Issuer")?.ok_or(XmlError::Element("Issuer"))?;
    let is_entity = |format: &str| format == format::ENTITY || format == format::UNSPECIFIED;
    if !element.attribute("Format").is_none_or(is_entity) {
        return Err(XmlError::Attribute("Format"));
    }
    short(element.text()?, "Issuer")
}

/// A text that is neither empty nor long.
pub(crate) fn short(text: String, name: &'static str) -> Result<String, XmlError> {
    if text.is_empty() || text.len() > LONGEST { Err(XmlError::Element(name)) } else { Ok(text) }
}

/// An attribute that is not long.
pub(crate) fn attribute(element: Element<'_>, name: &'static str) -> Result<Option<String>, XmlError> {
    match element.attribute(name) {
        Some(text) if text.len() > LONGEST => Err(XmlError::Attribute(name)),
        text => Ok(text.map(str::to_owned)),
    }
}

impl AuthnRequest {
    /// Reads it.
    ///
    /// # Errors
    /// [`XmlError`].
    pub(crate) fn read(root: Element<'_>) -> Result<Self, XmlError> {
        if !root.is(ns::PROTOCOL, "AuthnRequest") {
            return Err(XmlError::Element("AuthnRequest"));
        }
        let by_index = index(&root, "AssertionConsumerServiceIndex")?;
        let (by_url, binding) = (attribute(root, "AssertionConsumerServiceURL")?, attribute(root, "ProtocolBinding")?);
        let wanted = match (by_index, by_url) {
            (Some(_), Some(_)) => return Err(XmlError::Attribute("AssertionConsumerServiceIndex")),
            (Some(index), None) if binding.is_none() => Wanted::Index(index),
            (Some(_), None) => return Err(XmlError::Attribute("ProtocolBinding")),
            (None, Some(url)) => Wanted::Url(url),
            (None, None) => Wanted::Default,
        };
        Ok(Self {
            force: flag(&root, "ForceAuthn")?.unwrap_or(false),
            passive: flag(&root, "IsPassive")?.unwrap_or(false),
            wanted,
            binding,
            service: index(&root, "AttributeConsumingServiceIndex")?,
            provider_name: root.attribute("ProviderName").filter(|name| is_name(name)).map(str::to_owned),
            subject: root.maybe(ns::ASSERTION, "Subject")?.map(subject).transpose()?,
            policy: root.maybe(ns::PROTOCOL, "NameIDPolicy")?.map(policy).transpose()?.unwrap_or_default(),
            contexts: root.maybe(ns::PROTOCOL, "RequestedAuthnContext")?.map(contexts).transpose()?,
        })
    }
}

fn is_name(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= 100 && !text.chars().any(char::is_control)
}

/// A subject is a name, and says nothing of how it is confirmed (SAML profiles 4.1.4.1).
fn subject(element: Element<'_>) -> Result<Subject, XmlError> {
    let mut children = element.children();
    let name = match (children.next(), children.next()) {
        (Some(name), None) if name.is(ns::ASSERTION, "NameID") => name,
        _ => return Err(XmlError::Element("Subject")),
    };
    let format = attribute(name, "Format")?.unwrap_or_else(|| format::UNSPECIFIED.to_owned());
    Ok(Subject { value: short(name.text()?, "NameID")?, format })
}

fn policy(element: Element<'_>) -> Result<NamePolicy, XmlError> {
    flag(&element, "AllowCreate")?;
    Ok(NamePolicy { format: attribute(element, "Format")?, sp_name_qualifier: attribute(element, "SPNameQualifier")? })
}

fn contexts(element: Element<'_>) -> Result<Contexts, XmlError> {
    let comparison = match element.attribute("Comparison") {
        None | Some("exact") => Comparison::Exact,
        Some("minimum") => Comparison::Minimum,
        Some("maximum") => Comparison::Maximum,
        Some("better") => Comparison::Better,
        Some(_) => return Err(XmlError::Attribute("Comparison")),
    };
    let mut classes = Vec::new();
    for class in element.all(ns::ASSERTION, "AuthnContextClassRef") {
        if classes.len() == MOST {
            return Err(XmlError::TooMany);
        }
        classes.push(short(class.text()?, "AuthnContextClassRef")?);
    }
    // Declarations are asked for by those who have agreed on some; then no class is named, and nothing fits.
    Ok(Contexts { comparison, classes })
}
