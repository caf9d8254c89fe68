//! Signed metadata, of one entity or of a whole federation, of any length: verified in one pass, without a tree of it.
//!
//! The rules are those of the [gate](super::gate): one signature, the first child of the outermost element, with one reference that
//! names that element by its ID, and nothing between it and the digest but exclusive canonicalization. The keys are those that an
//! administrator has pinned; what the signature says of keys is not looked at.
//!
//! What is read afterwards is written out of the same events of which the digest was made, never out of another parser's view of the
//! document: [`Verified::text`] for one entity, [`Verified::entities`] for each of a federation. There is nothing between what was
//! verified and what is stored that could be wrapped.

use std::collections::HashSet;
use std::ops::Range;

use data_encoding::BASE64;
use kernel::Timestamp;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::gate::{self, GateError};
use super::names::{algorithm, ns};
use super::verify::{PartyKey, verify_bytes};
use super::xml::canonical::{Canonical, Sink};
use super::xml::events::{Event, Events, Scope, attribute_value};
use super::xml::{self, Element, Limits, XmlError, is_id};
use super::{duration, time};
use crate::party::sp::Standing;

/// Longest signature, with its certificates.
const SIGNATURE: usize = 64 * 1024;

/// What a document says of itself as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// It counts no longer after this moment.
    pub valid_until: Option<Timestamp>,
    /// How long it may be kept before it is fetched again.
    pub cache: Option<std::time::Duration>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// What a federation calls itself.
    pub name: Option<String>,
}

/// Metadata that one of the pinned keys has signed.
pub(crate) struct Verified<'t> {
    document: &'t str,
    limits: Limits,
    signature: Range<usize>,
    inclusive: Vec<String>,
    /// What it says of itself.
    pub(crate) about: About,
}

/// The description of one entity, cut out of a federation.
pub(crate) struct Entity {
    /// Its name.
    pub(crate) entity_id: String,
    /// The description in canonical form.
    pub(crate) text: String,
    /// When the groups that it stands in expire, the earliest of them.
    pub(crate) valid_until: Option<Timestamp>,
    /// What is said of these groups.
    pub(crate) groups: Standing,
}

/// A group of entities: what counts for all that stands in it.
struct Group {
    valid_until: Option<Timestamp>,
    standing: Standing,
}

/// The signature of a document, before anything is verified.
struct Found<'t> {
    id: String,
    span: Range<usize>,
    scope: Scope<'t>,
    /// The signature in canonical form.
    text: String,
}

/// What the signature says.
struct Claim {
    method: String,
    value: Vec<u8>,
    digest_method: String,
    digest: Vec<u8>,
    inclusive_info: Vec<String>,
    inclusive: Vec<String>,
}

/// Verifies a document.
///
/// # Errors
/// [`GateError`].
pub(crate) fn verify<'t>(document: &'t str, keys: &[PartyKey], limits: &Limits) -> Result<Verified<'t>, GateError> {
    let found = find(document, limits)?;
    let claim = claim(&found)?;
    // The signature first: a document of somebody else is not worth a digest.
    let info = signed_info(&document[found.span.clone()], found.scope.clone(), &claim.inclusive_info, limits)?;
    verify_bytes(keys, info.as_bytes(), &claim.method, &claim.value)?;
    let (digest, about) = digest(document, &found.span, &claim, limits)?;
    if digest != claim.digest {
        return Err(GateError::Signature);
    }
    Ok(Verified { document, limits: *limits, signature: found.span, inclusive: claim.inclusive, about })
}

fn find<'t>(document: &'t str, limits: &Limits) -> Result<Found<'t>, GateError> {
    let mut events = Events::new(document, limits)?;
    let mut scope = Scope::default();
    let Some(Event::Start(root)) = events.next()? else { return Err(XmlError::Malformed.into()) };
    scope.enter(events.attributes())?;
    if !["EntitiesDescriptor", "EntityDescriptor"].iter().any(|name| scope.is(root, ns::METADATA, name)) {
        return Err(XmlError::Element("EntityDescriptor or EntitiesDescriptor").into());
    }
    let id = attribute(&events, "ID")?.filter(|id| is_id(id)).ok_or(XmlError::Attribute("ID"))?;
    loop {
        match events.next()? {
            Some(Event::Text(text)) if text.trim_ascii().is_empty() => {}
            Some(Event::Start(name)) => {
                let (above, start) = (scope.clone(), events.begin());
                scope.enter(events.attributes())?;
                if !scope.is(name, ns::SIGNATURE, "Signature") {
                    return Err(GateError::Unsigned);
                }
                let text = element(&mut events, &mut scope, name, SIGNATURE)?;
                return Ok(Found { id, span: start..events.at(), scope: above, text });
            }
            _ => return Err(GateError::Unsigned),
        }
    }
}

/// The canonical form of the element that has just begun; `scope` has entered it, and has left it afterwards.
fn element<'t>(events: &mut Events<'t>, scope: &mut Scope<'t>, name: &'t str, most: usize) -> Result<String, XmlError> {
    let (from, mut out) = (events.begin(), Canonical::new(String::new(), &[]));
    out.start(scope, name, events.attributes())?;
    loop {
        match events.next()?.ok_or(XmlError::Malformed)? {
            Event::Start(name) => {
                scope.enter(events.attributes())?;
                out.start(scope, name, events.attributes())?;
            }
            Event::Text(text) => out.text(text)?,
            Event::End(name) => {
                scope.leave();
                if out.end(name) {
                    return Ok(out.finish());
                }
            }
        }
        if events.at() - from > most {
            return Err(XmlError::TooLong);
        }
    }
}

/// The `SignedInfo` of a signature in canonical form: what its value is over.
fn signed_info<'t>(signature: &'t str, mut scope: Scope<'t>, inclusive: &[String], limits: &Limits) -> Result<String, GateError> {
    let mut events = Events::new(signature, limits)?;
    let mut out: Option<Canonical<'_, String>> = None;
    loop {
        match events.next()?.ok_or(GateError::Shape("SignedInfo"))? {
            Event::Start(name) => {
                scope.enter(events.attributes())?;
                if events.depth() == 2 && scope.is(name, ns::SIGNATURE, "SignedInfo") {
                    out.get_or_insert_with(|| Canonical::new(String::new(), inclusive));
                }
                if let Some(out) = &mut out {
                    out.start(&scope, name, events.attributes())?;
                }
            }
            Event::Text(text) => out.as_mut().map_or(Ok(()), |out| out.text(text))?,
            Event::End(name) => {
                scope.leave();
                if out.as_mut().is_some_and(|out| out.end(name)) {
                    return Ok(out.map(Canonical::finish).unwrap_or_default());
                }
            }
        }
    }
}

/// Reads the signature in its canonical form, which has the shape that the gate demands.
fn claim(found: &Found<'_>) -> Result<Claim, GateError> {
    let doc = xml::parse(&found.text, &Limits::SIGNATURE)?;
    let signature = Element::root(&doc)?;
    gate::signature_shape(signature, &found.id)?;
    let info = child(signature, "SignedInfo")?;
    let reference = child(info, "Reference")?;
    let named =
        |parent, name: &'static str| child(parent, name).map(|found| found.attribute("Algorithm").unwrap_or_default().to_owned());
    let transform = child(reference, "Transforms")?.all(ns::SIGNATURE, "Transform").nth(1).ok_or(GateError::Transform)?;
    Ok(Claim {
        method: named(info, "SignatureMethod")?,
        value: base64(child(signature, "SignatureValue")?)?,
        digest_method: named(reference, "DigestMethod")?,
        digest: base64(child(reference, "DigestValue")?)?,
        inclusive_info: prefixes(child(info, "CanonicalizationMethod")?)?,
        inclusive: prefixes(transform)?,
    })
}

fn child<'d>(parent: Element<'d>, name: &'static str) -> Result<Element<'d>, GateError> {
    parent.maybe(ns::SIGNATURE, name)?.ok_or(GateError::Shape(name))
}

fn base64(element: Element<'_>) -> Result<Vec<u8>, GateError> {
    let packed: String = element.text()?.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    BASE64.decode(packed.as_bytes()).map_err(|_| GateError::Shape("base64"))
}

fn prefixes(method: Element<'_>) -> Result<Vec<String>, GateError> {
    let Some(list) = method.maybe(algorithm::EXC_C14N, "InclusiveNamespaces")? else { return Ok(Vec::new()) };
    let all: Vec<String> = list.attribute("PrefixList").unwrap_or_default().split_ascii_whitespace().map(str::to_owned).collect();
    if all.len() > 64 { Err(GateError::Transform) } else { Ok(all) }
}

/// The digest that a signature names.
enum Digester {
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
}

impl Digester {
    fn of(method: &str) -> Result<Self, GateError> {
        Ok(match method {
            algorithm::SHA256 => Self::Sha256(Sha256::new()),
            algorithm::SHA384 => Self::Sha384(Sha384::new()),
            algorithm::SHA512 => Self::Sha512(Sha512::new()),
            _ => return Err(GateError::Algorithm),
        })
    }

    fn finish(self) -> Vec<u8> {
        match self {
            Self::Sha256(d) => d.finalize().to_vec(),
            Self::Sha384(d) => d.finalize().to_vec(),
            Self::Sha512(d) => d.finalize().to_vec(),
        }
    }
}

impl Sink for Digester {
    fn take(&mut self, text: &str) {
        match self {
            Self::Sha256(d) => d.update(text),
            Self::Sha384(d) => d.update(text),
            Self::Sha512(d) => d.update(text),
        }
    }
}

/// The digest of the whole document without its signature; on the way, what it says of itself.
fn digest(document: &str, skip: &Range<usize>, claim: &Claim, limits: &Limits) -> Result<(Vec<u8>, About), GateError> {
    let mut out = Canonical::new(Digester::of(&claim.digest_method)?, &claim.inclusive);
    let (mut about, mut ids) = (About::default(), HashSet::new());
    let (mut events, mut scope) = (Events::new(document, limits)?, Scope::default());
    loop {
        if events.at() == skip.start {
            events.skip_to(skip.end);
        }
        let Some(event) = events.next()? else { return Ok((out.finish().finish(), about)) };
        match event {
            Event::Start(name) => {
                scope.enter(events.attributes())?;
                out.start(&scope, name, events.attributes())?;
                if scope.is(name, ns::SIGNATURE, "Signature") {
                    return Err(GateError::Place);
                }
                if let Some((_, id)) = events.attributes().iter().find(|(name, _)| *name == "ID")
                    && !ids.insert(*id)
                {
                    return Err(XmlError::SameId.into());
                }
                match events.depth() {
                    1 => {
                        (about.valid_until, about.cache) = (valid_until(&events)?, cache(&events)?);
                        about.name = attribute(&events, "Name")?;
                    }
                    3 if scope.is(name, ns::REGISTRATION, "PublicationInfo") => {
                        about.created = instant(&events, "creationInstant")?
                    }
                    _ => {}
                }
            }
            Event::Text(text) => out.text(text)?,
            Event::End(name) => {
                scope.leave();
                out.end(name);
            }
        }
    }
}

fn attribute(events: &Events<'_>, name: &str) -> Result<Option<String>, XmlError> {
    let found = events.attributes().iter().find(|(own, _)| *own == name);
    found.map(|(_, raw)| attribute_value(raw).map(std::borrow::Cow::into_owned)).transpose()
}

fn instant(events: &Events<'_>, name: &'static str) -> Result<Option<Timestamp>, XmlError> {
    attribute(events, name)?.map(|text| time::read(&text).ok_or(XmlError::Attribute(name))).transpose()
}

fn valid_until(events: &Events<'_>) -> Result<Option<Timestamp>, XmlError> {
    instant(events, "validUntil")
}

fn cache(events: &Events<'_>) -> Result<Option<std::time::Duration>, XmlError> {
    attribute(events, "cacheDuration")?.map(|text| duration::read(&text).ok_or(XmlError::Attribute("cacheDuration"))).transpose()
}

impl Verified<'_> {
    /// The whole of it without its signature, in canonical form: exactly what was signed.
    ///
    /// # Errors
    /// None that the verification has not had.
    pub(crate) fn text(&self) -> Result<String, XmlError> {
        let mut out = Canonical::new(String::new(), &self.inclusive);
        let (mut events, mut scope) = (Events::new(self.document, &self.limits)?, Scope::default());
        loop {
            if events.at() == self.signature.start {
                events.skip_to(self.signature.end);
            }
            match events.next()? {
                Some(Event::Start(name)) => {
                    scope.enter(events.attributes())?;
                    out.start(&scope, name, events.attributes())?;
                }
                Some(Event::Text(text)) => out.text(text)?,
                Some(Event::End(name)) => {
                    scope.leave();
                    out.end(name);
                }
                None => return Ok(out.finish()),
            }
        }
    }

    /// Gives each entity of the federation to `each`, one after the other; entities stand in groups and nowhere else.
    ///
    /// # Errors
    /// An `entityID`, a `validUntil` or `Extensions` of a group that cannot be read, and what `each` says.
    pub(crate) fn entities<E: From<XmlError>>(&self, mut each: impl FnMut(Entity) -> Result<(), E>) -> Result<(), E> {
        let (mut events, mut scope) = (Events::new(self.document, &self.limits)?, Scope::default());
        let mut groups: Vec<Group> = Vec::new();
        let mut entity: Option<(String, Canonical<'_, String>)> = None;
        loop {
            if events.at() == self.signature.start {
                events.skip_to(self.signature.end);
            }
            match events.next()? {
                Some(Event::Start(name)) => {
                    scope.enter(events.attributes())?;
                    let in_group = entity.is_none() && events.depth() == groups.len() + 1;
                    if in_group && scope.is(name, ns::METADATA, "EntitiesDescriptor") {
                        let above = groups.last();
                        let until = valid_until(&events)?.into_iter().chain(above.and_then(|group| group.valid_until)).min();
                        let standing = above.map(|group| group.standing.clone()).unwrap_or_default();
                        groups.push(Group { valid_until: until, standing });
                    } else if in_group && scope.is(name, ns::METADATA, "Extensions") {
                        // Some hold more than what is read of them, such as all authorities of a federation.
                        let text = element(&mut events, &mut scope, name, Limits::ENTITY.bytes())?;
                        let said = Standing::read(Element::root(&xml::parse(&text, &Limits::ENTITY)?)?)?;
                        if let Some(group) = groups.last_mut() {
                            group.standing = said.within(&group.standing);
                        }
                        continue;
                    } else if in_group && scope.is(name, ns::METADATA, "EntityDescriptor") {
                        let entity_id = attribute(&events, "entityID")?.ok_or(XmlError::Attribute("entityID"))?;
                        entity = Some((entity_id, Canonical::new(String::new(), &[])));
                    }
                    if let Some((_, out)) = &mut entity {
                        out.start(&scope, name, events.attributes())?;
                    }
                }
                Some(Event::Text(text)) => entity.as_mut().map_or(Ok(()), |(_, out)| out.text(text))?,
                Some(Event::End(name)) => {
                    scope.leave();
                    if entity.as_mut().is_some_and(|(_, out)| out.end(name))
                        && let Some((entity_id, out)) = entity.take()
                    {
                        let group = groups.last();
                        let valid_until = group.and_then(|group| group.valid_until);
                        let groups = group.map(|group| group.standing.clone()).unwrap_or_default();
                        each(Entity { entity_id, text: out.finish(), valid_until, groups })?;
                    } else if entity.is_none() && events.depth() < groups.len() {
                        groups.pop();
                    }
                }
                None => return Ok(()),
            }
        }
    }
}

#[cfg(test)]
#[path = "signed_tests.rs"]
mod tests;
