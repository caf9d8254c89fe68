//! The metadata of a service provider (SAML metadata 2.4.4), read out of the description of one entity.
//!
//! Whoever registers it vouches for it, so a signature in it is not looked at. What is stored is the text; this is its compiled form.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use kernel::Timestamp;

use super::super::client::redirect;
use super::settings::NameFormat;
use super::standing::Standing;
use crate::saml::names::{PROTOCOL, ns};
use crate::saml::xml::{self, Element, Limits, XmlError, flag, index};
use crate::saml::{PartyKey, Way, duration, time};

/// Most entries of any list.
const MOST: usize = 100;
/// Most keys that sign, each named once.
const SIGNING_KEYS: usize = 10;
/// Longest text.
const LONGEST: usize = 1024;

/// What is wrong with a description.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetadataProblem {
    /// No XML that we read.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// A description of many.
    #[error("this describes many entities; give the description of one (an EntityDescriptor)")]
    Aggregate,
    /// No description at all.
    #[error("this is no SAML metadata (an EntityDescriptor)")]
    Other,
    /// The name of the entity.
    #[error("the entityID must have 1 to 191 visible characters")]
    EntityId,
    /// No service provider.
    #[error("this does not describe a service provider (an SPSSODescriptor for SAML 2.0)")]
    Role,
    /// Nowhere to send answers to.
    #[error("there is no AssertionConsumerService with the binding HTTP-POST or HTTP-Artifact")]
    NoConsumer,
    /// A bad address.
    #[error("the address {0} {1}")]
    Address(String, redirect::UriProblem),
    /// A bad key.
    #[error("a certificate {0}")]
    Key(String),
    /// Signed requests are announced, and no key to verify them with.
    #[error("requests are said to be signed, but there is no certificate to verify them with")]
    NoKey,
}

/// A place that takes answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumer {
    /// Its number.
    pub index: u16,
    /// Whether it is the usual one.
    pub is_default: Option<bool>,
    /// On which way.
    pub binding: String,
    /// Where.
    pub location: String,
}

/// An endpoint, such as that of single logout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// On which way.
    pub binding: String,
    /// Where.
    pub location: String,
    /// Where answers go, if elsewhere.
    pub response_location: Option<String>,
}

/// An attribute that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requested {
    /// Its name.
    pub name: String,
    /// Its name for people.
    pub friendly_name: Option<String>,
    /// What its name is said to be.
    pub format: Option<NameFormat>,
    /// Whether the party cannot do without.
    pub is_required: bool,
}

/// A service, and what it wants to know of people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its number.
    pub index: u16,
    /// Whether it is the usual one.
    pub is_default: bool,
    /// What it wants.
    pub attributes: Vec<Requested>,
}

/// A certificate that something may be encrypted to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncryptionKey {
    /// The certificate.
    pub der: Vec<u8>,
    /// Algorithms that the party names for it.
    pub methods: Vec<String>,
}

/// What people are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Display {
    /// Names by language.
    pub names: BTreeMap<String, String>,
    /// Logo.
    pub logo: Option<String>,
    /// Home page.
    pub information: Option<String>,
    /// Privacy policy.
    pub privacy: Option<String>,
}

/// A service provider as it describes itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// Its name.
    pub entity_id: String,
    /// It counts no longer after this moment.
    pub valid_until: Option<Timestamp>,
    /// How long it may be kept before it is fetched again.
    pub cache: Option<std::time::Duration>,
    /// When the description was made.
    pub created: Option<Timestamp>,
    /// Who has registered it, and as what; of a member of a federation, also what is said of its groups.
    pub standing: Standing,
    /// Places that take answers.
    pub consumers: Vec<Consumer>,
    /// Endpoints of single logout.
    pub logout: Vec<Endpoint>,
    /// Certificates of keys that sign its messages.
    pub signing: Vec<Vec<u8>>,
    /// Certificates that something may be encrypted to.
    pub encryption: Vec<EncryptionKey>,
    /// Forms of name identifiers that it understands, most wanted first.
    pub name_id_formats: Vec<String>,
    /// What it wants to know of people.
    pub services: Vec<Service>,
    /// It says that it signs its requests: then others are refused.
    pub requests_signed: bool,
    /// It wants assertions to be signed themselves.
    pub wants_assertions_signed: bool,
    /// What people are shown.
    pub display: Display,
}

impl Metadata {
    /// Reads the description of one entity.
    ///
    /// # Errors
    /// [`MetadataProblem`].
    pub fn read(text: &str) -> Result<Self, MetadataProblem> {
        let text = text.trim_start_matches('\u{feff}').trim();
        let doc = xml::parse(text, &Limits::ENTITY)?;
        let root = Element::root(&doc)?;
        match (root.namespace(), root.name()) {
            (ns::METADATA, "EntityDescriptor") => {}
            (ns::METADATA, "EntitiesDescriptor") => return Err(MetadataProblem::Aggregate),
            _ => return Err(MetadataProblem::Other),
        }
        let entity_id = root.attribute("entityID").unwrap_or_default().to_owned();
        // An absolute URI (metadata 2.3.2), or a host as large services have it: plain words are names of our own parts and of clients.
        let is_word = url::Url::parse(&entity_id).is_err() && !entity_id.contains('.');
        let is_good = entity_id.len() <= 191 && entity_id.bytes().all(|b| b.is_ascii_graphic()) && !is_word;
        if !is_good {
            return Err(MetadataProblem::EntityId);
        }
        let speaks = |role: &Element<'_>| {
            role.attribute("protocolSupportEnumeration")
                .is_some_and(|all| all.split_ascii_whitespace().any(|one| one == PROTOCOL))
        };
        let mut roles = root.all(ns::METADATA, "SPSSODescriptor").filter(speaks);
        let (Some(role), None) = (roles.next(), roles.next()) else { return Err(MetadataProblem::Role) };
        let valid_until = [valid_until(root)?, valid_until(role)?].into_iter().flatten().min();
        let (signing, encryption) = keys(role)?;
        let read = Self {
            entity_id,
            valid_until,
            cache: [cache(root)?, cache(role)?].into_iter().flatten().min(),
            created: created(root)?,
            standing: Standing::of(root)?,
            consumers: consumers(role)?,
            logout: endpoints(role)?,
            signing,
            encryption,
            name_id_formats: texts(role, ns::METADATA, "NameIDFormat")?,
            services: services(role)?,
            requests_signed: flag(&role, "AuthnRequestsSigned")?.unwrap_or(false),
            wants_assertions_signed: flag(&role, "WantAssertionsSigned")?.unwrap_or(false),
            display: display(root, role)?,
        };
        if read.requests_signed && read.signing.is_empty() {
            return Err(MetadataProblem::NoKey);
        }
        Ok(read)
    }

    /// The usual place for answers on a way: the one that says so, else the first that does not say otherwise, else the first.
    pub fn default_of(&self, way: Way) -> Option<&Consumer> {
        let usable = || self.consumers.iter().filter(|consumer| consumer.binding == way.binding());
        let says = |what: Option<bool>| usable().find(|consumer| consumer.is_default == what);
        says(Some(true)).or_else(|| says(None)).or_else(|| usable().next())
    }

    /// The usual place for answers that a browser carries.
    pub fn default_consumer(&self) -> Option<&Consumer> {
        self.default_of(Way::Post).or_else(|| self.default_of(Way::Artifact))
    }

    /// The service of this number, or the usual one.
    pub fn service(&self, number: Option<u16>) -> Option<&Service> {
        match number {
            Some(number) => self.services.iter().find(|service| service.index == number),
            None => self.services.iter().find(|service| service.is_default).or_else(|| self.services.first()),
        }
    }
}

fn valid_until(element: Element<'_>) -> Result<Option<Timestamp>, XmlError> {
    let read = |text| time::read(text).ok_or(XmlError::Attribute("validUntil"));
    element.attribute("validUntil").map(read).transpose()
}

fn cache(element: Element<'_>) -> Result<Option<std::time::Duration>, XmlError> {
    let read = |text| duration::read(text).ok_or(XmlError::Attribute("cacheDuration"));
    element.attribute("cacheDuration").map(read).transpose()
}

/// When it was published (RPI 2.2).
fn created(root: Element<'_>) -> Result<Option<Timestamp>, XmlError> {
    let Some(extensions) = root.maybe(ns::METADATA, "Extensions")? else { return Ok(None) };
    let Some(info) = extensions.maybe(ns::REGISTRATION, "PublicationInfo")? else { return Ok(None) };
    let read = |text| time::read(text).ok_or(XmlError::Attribute("creationInstant"));
    info.attribute("creationInstant").map(read).transpose()
}

fn short(text: &str, name: &'static str) -> Result<String, XmlError> {
    if text.is_empty() || text.len() > LONGEST { Err(XmlError::Attribute(name)) } else { Ok(text.to_owned()) }
}

pub(super) fn required(element: Element<'_>, name: &'static str) -> Result<String, XmlError> {
    short(element.attribute(name).unwrap_or_default(), name)
}

pub(super) fn bounded<T>(list: Vec<T>) -> Result<Vec<T>, XmlError> {
    if list.len() > MOST { Err(XmlError::TooMany) } else { Ok(list) }
}

pub(super) fn texts(parent: Element<'_>, namespace: &'static str, name: &'static str) -> Result<Vec<String>, XmlError> {
    let all: Result<Vec<String>, XmlError> = parent.all(namespace, name).map(|element| short(&element.text()?, name)).collect();
    bounded(all?)
}

fn location(element: Element<'_>, name: &'static str) -> Result<String, MetadataProblem> {
    let location = required(element, name)?;
    match redirect::check(&location, false) {
        Ok(()) => Ok(location),
        Err(problem) => Err(MetadataProblem::Address(location, problem)),
    }
}

/// Addresses on ways that we do not have may have any form; nothing is ever sent there.
fn consumers(role: Element<'_>) -> Result<Vec<Consumer>, MetadataProblem> {
    let mut all: Vec<Consumer> = Vec::new();
    for element in role.all(ns::METADATA, "AssertionConsumerService") {
        let (binding, index) = (required(element, "Binding")?, index(&element, "index")?.ok_or(XmlError::Attribute("index"))?);
        if all.iter().any(|other| other.index == index) {
            return Err(XmlError::Attribute("index").into());
        }
        let location = match Way::of(&binding) {
            Some(_) => location(element, "Location")?,
            None => required(element, "Location")?,
        };
        all.push(Consumer { index, is_default: flag(&element, "isDefault")?, binding, location });
    }
    let all = bounded(all)?;
    let is_browsed = |consumer: &Consumer| matches!(Way::of(&consumer.binding), Some(Way::Post | Way::Artifact));
    if all.iter().any(is_browsed) { Ok(all) } else { Err(MetadataProblem::NoConsumer) }
}

fn endpoints(role: Element<'_>) -> Result<Vec<Endpoint>, MetadataProblem> {
    let read = |element: Element<'_>| {
        let response_location = match element.attribute("ResponseLocation") {
            Some(_) => Some(location(element, "ResponseLocation")?),
            None => None,
        };
        Ok(Endpoint { binding: required(element, "Binding")?, location: location(element, "Location")?, response_location })
    };
    let all: Result<Vec<Endpoint>, MetadataProblem> = role.all(ns::METADATA, "SingleLogoutService").map(read).collect();
    Ok(bounded(all?)?)
}

type Keys = (Vec<Vec<u8>>, Vec<EncryptionKey>);

fn keys(role: Element<'_>) -> Result<Keys, MetadataProblem> {
    let (mut signing, mut encryption) = (Vec::new(), Vec::new());
    for descriptor in role.all(ns::METADATA, "KeyDescriptor") {
        let (signs, encrypts) = match descriptor.attribute("use") {
            None => (true, true),
            Some("signing") => (true, false),
            Some("encryption") => (false, true),
            Some(_) => return Err(XmlError::Attribute("use").into()),
        };
        let methods = descriptor.all(ns::METADATA, "EncryptionMethod").map(|method| required(method, "Algorithm"));
        let methods = bounded(methods.collect::<Result<Vec<String>, XmlError>>()?)?;
        let certificates = certificates(descriptor)?;
        // A descriptor out of which we read no key would silently count for nothing.
        if certificates.is_empty() {
            return Err(MetadataProblem::Key("is missing in a KeyDescriptor".to_owned()));
        }
        for der in certificates {
            PartyKey::read(&der).map_err(MetadataProblem::Key)?;
            if encrypts {
                encryption.push(EncryptionKey { der: der.clone(), methods: methods.clone() });
            }
            if signs && !signing.contains(&der) {
                signing.push(der);
            }
        }
    }
    // Anybody can have each of them tried on a message.
    if signing.len() > SIGNING_KEYS {
        return Err(XmlError::TooMany.into());
    }
    Ok((signing, bounded(encryption)?))
}

fn certificates(descriptor: Element<'_>) -> Result<Vec<Vec<u8>>, MetadataProblem> {
    let mut all = Vec::new();
    for info in descriptor.all(ns::SIGNATURE, "KeyInfo") {
        for data in info.all(ns::SIGNATURE, "X509Data") {
            for certificate in data.all(ns::SIGNATURE, "X509Certificate") {
                let packed: String = certificate.text()?.chars().filter(|c| !c.is_ascii_whitespace()).collect();
                let der = BASE64.decode(packed.as_bytes());
                all.push(der.map_err(|_| MetadataProblem::Key("is not base64".to_owned()))?);
            }
        }
    }
    Ok(bounded(all)?)
}

fn services(role: Element<'_>) -> Result<Vec<Service>, XmlError> {
    let requested = |element: Element<'_>| {
        Ok(Requested {
            name: required(element, "Name")?,
            friendly_name: element.attribute("FriendlyName").map(|name| short(name, "FriendlyName")).transpose()?,
            format: element.attribute("NameFormat").and_then(NameFormat::of),
            is_required: flag(&element, "isRequired")?.unwrap_or(false),
        })
    };
    let service = |element: Element<'_>| {
        let attributes: Result<Vec<_>, XmlError> = element.all(ns::METADATA, "RequestedAttribute").map(requested).collect();
        Ok(Service {
            index: index(&element, "index")?.ok_or(XmlError::Attribute("index"))?,
            is_default: flag(&element, "isDefault")?.unwrap_or(false),
            attributes: bounded(attributes?)?,
        })
    };
    let all: Result<Vec<Service>, XmlError> = role.all(ns::METADATA, "AttributeConsumingService").map(service).collect();
    bounded(all?)
}

/// What people are shown: of `UIInfo`, else the name of the service, else that of the organization. What is no link is left out.
fn display(root: Element<'_>, role: Element<'_>) -> Result<Display, XmlError> {
    let mut shown = Display::default();
    let extensions = role.maybe(ns::METADATA, "Extensions")?;
    let info = match extensions {
        Some(extensions) => extensions.maybe(ns::UI, "UIInfo")?,
        None => None,
    };
    if let Some(info) = info {
        shown.names = names(info, ns::UI, "DisplayName");
        shown.logo = link(info, "Logo");
        shown.information = link(info, "InformationURL");
        shown.privacy = link(info, "PrivacyStatementURL");
    }
    if shown.names.is_empty()
        && let Some(service) = role.all(ns::METADATA, "AttributeConsumingService").next()
    {
        shown.names = names(service, ns::METADATA, "ServiceName");
    }
    if shown.names.is_empty()
        && let Some(organization) = root.maybe(ns::METADATA, "Organization")?
    {
        shown.names = names(organization, ns::METADATA, "OrganizationDisplayName");
    }
    Ok(shown)
}

fn names(parent: Element<'_>, namespace: &'static str, name: &'static str) -> BTreeMap<String, String> {
    let named = |element: Element<'_>| {
        let text = element.text().ok().filter(|text| (1..=200).contains(&text.chars().count()))?;
        Some((element.language().unwrap_or("en").to_owned(), text))
    };
    parent.all(namespace, name).take(MOST).filter_map(named).collect()
}

/// The first link: never a scheme in which a browser would run something.
fn link(parent: Element<'_>, name: &'static str) -> Option<String> {
    let is_link = |text: &String| {
        text.len() <= 2000 && url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host())
    };
    parent.all(ns::UI, name).find_map(|element| element.text().ok().filter(is_link))
}

#[cfg(test)]
#[path = "metadata_tests.rs"]
mod tests;
