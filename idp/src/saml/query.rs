//! Attribute queries (SAML core 3.3.2.3, profiles 6): a service provider asks, from server to server, what we would tell it now of
//! somebody who is signed in to it.
//!
//! It learns nothing else than at a sign-in: of people who have a live session with it, by the name that they have there, what is released to it
//! and what they have agreed to. A service provider takes part where it is told so, and has to sign; in metadata we name the endpoint when
//! any does. Each query counts once, and stands in the audit.

use audit::Origin;
use db::Batch;
use kernel::Timestamp;

use super::answer::{Answer, ReturnTo, Statement, Status};
use super::attributes::Attribute;
use super::decode::Incoming;
use super::name_id::NameId;
use super::named::{Name, is_ours_alone};
use super::names::{ns, status};
use super::problem::SsoProblem;
use super::request::{attribute, short};
use super::trust::{Demand, Trusted, Unsigned, replayed};
use super::way::Way;
use super::xml::{Element, XmlError};
use super::{Provider, soap};
use crate::consent::Consents;
use crate::login::ConsentAsk;
use crate::party::sp::{NameFormat, NameIdFormat, Sp};
use crate::ports::{Event, EventKind, Person, SsoFacts};
use crate::session::participant::Participant;

/// Most attributes that one query names, and most values of one of them.
const MOST: usize = 100;

/// An attribute that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    name: String,
    format: Option<NameFormat>,
    /// Only these of its values are to be told; none: all.
    values: Vec<String>,
}

/// What stands in an `AttributeQuery`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AttributeQuery {
    name: Option<Name>,
    /// None: everything that may be told.
    asked: Vec<Asked>,
}

impl AttributeQuery {
    /// Reads it, out of a message that has passed the gate.
    ///
    /// # Errors
    /// [`XmlError`].
    pub(crate) fn read(root: Element<'_>) -> Result<Self, XmlError> {
        if !root.is(ns::PROTOCOL, "AttributeQuery") {
            return Err(XmlError::Element("AttributeQuery"));
        }
        let subject = root.maybe(ns::ASSERTION, "Subject")?.ok_or(XmlError::Element("Subject"))?;
        let mut asked: Vec<Asked> = Vec::new();
        for element in root.all(ns::ASSERTION, "Attribute") {
            let name = short(element.attribute("Name").unwrap_or_default().to_owned(), "Name")?;
            let format = attribute(element, "NameFormat")?.and_then(|uri| NameFormat::of(&uri));
            let mut values = Vec::new();
            for value in element.all(ns::ASSERTION, "AttributeValue").take(MOST + 1) {
                values.push(short(value.text()?, "AttributeValue")?);
            }
            if values.len() > MOST || asked.len() == MOST {
                return Err(XmlError::TooMany);
            }
            asked.push(Asked { name, format, values });
        }
        Ok(Self { name: Name::of(subject)?, asked })
    }
}

/// What may be told is cut down to what is asked for (core 3.3.2.3): these names, and of their values these.
fn only_asked(asked: &[Asked], told: Vec<Attribute>) -> Vec<Attribute> {
    if asked.is_empty() {
        return told;
    }
    let cut = told.into_iter().filter_map(|mut attribute| {
        let is_it = |one: &&Asked| {
            let is_format = |format: NameFormat| format == NameFormat::Unspecified || format.uri() == attribute.format;
            one.name == attribute.name && one.format.is_none_or(is_format)
        };
        let one = asked.iter().find(is_it)?;
        attribute.values.retain(|value| one.values.is_empty() || one.values.contains(value));
        (!attribute.values.is_empty()).then_some(attribute)
    });
    cut.collect()
}

/// Somebody who is asked about.
struct Found {
    person: Person,
    participant: Participant,
}

const OFF: Status = Status::responder(status::REQUEST_DENIED, "This application may not ask for attributes.");
const VERSION: Status =
    Status { code: status::VERSION_MISMATCH, ..Status::requester(status::REQUEST_UNSUPPORTED, "Only version 2.0 is supported.") };
const UNREADABLE: Status = Status::requester(status::REQUEST_UNSUPPORTED, "The name has to be a NameID that is not encrypted.");
const UNKNOWN: Status = Status::responder(
    status::UNKNOWN_PRINCIPAL,
    "Nobody of this name is signed in to the application. Without a Destination, names are persistent or transient ones only.",
);
const DENIED: Status = Status::responder(status::REQUEST_DENIED, "The person may not use the application any more.");

/// What these messages are among those that count once.
const QUERY: &str = "attribute query";

impl Provider {
    /// Where attributes are asked for.
    pub fn query_url(&self) -> String {
        format!("{}/saml/attributes", self.origin)
    }

    /// Whether any party may ask.
    pub fn offers_queries(&self, now: Timestamp) -> bool {
        self.sps.any(now, |settings, usable| settings.attribute_query && usable)
    }

    /// Takes an envelope with an `AttributeQuery`.
    ///
    /// # Errors
    /// [`SsoProblem`]; it is for a fault.
    pub async fn query(&self, origin: &Origin, envelope: &str) -> Result<Answer, SsoProblem> {
        let now = origin.at;
        let incoming = Incoming::alone(soap::read(envelope)?);
        let url = self.query_url();
        let demand = Demand { here: Some(&url), named: false, unsigned: Unsigned::Never };
        let asked = self.believe(&incoming, &demand, AttributeQuery::read, now).await?;
        let to = ReturnTo { location: String::new(), request: Some(asked.head.id.clone()), relay_state: None, way: Way::Paos };
        let sp = &*asked.sp;
        // Nothing is told, nor signed, before it is written down and has counted.
        match self.asked_about(origin, &asked).await? {
            Ok((found, attributes)) => {
                let Participant { name_format, name, .. } = &found.participant;
                let format = NameIdFormat::of(name_format).ok_or_else(|| SsoProblem::fault("a name of no form that we know"))?;
                let name = NameId { format, value: name.clone() };
                let names: Vec<&str> = attributes.iter().map(|attribute| attribute.name.as_str()).collect();
                self.write_down(origin, &asked, Some(&found), format!("attributes {}", names.join(" "))).await?;
                let statement = Statement { name: &name, signed_in: None, attributes: &attributes };
                self.success(sp, &to, &statement, now)
            }
            Err(problem) => {
                self.write_down(origin, &asked, None, problem.text.to_owned()).await?;
                self.refusal(sp, &to, problem, now)
            }
        }
        .map_err(SsoProblem::fault)
    }

    /// Who is meant and what may be told, or why nothing is.
    async fn asked_about(
        &self,
        origin: &Origin,
        asked: &Trusted<AttributeQuery>,
    ) -> Result<Result<(Found, Vec<Attribute>), Status>, SsoProblem> {
        let (sp, query) = (&*asked.sp, &asked.message);
        if !sp.settings().attribute_query {
            return Ok(Err(OFF));
        }
        if asked.head.version != "2.0" {
            return Ok(Err(VERSION));
        }
        let Some(name) = &query.name else { return Ok(Err(UNREADABLE)) };
        let Some(found) = self.signed_in_as(asked, name, origin.at).await? else { return Ok(Err(UNKNOWN)) };
        if !self.may_use(origin, sp, &found.person).await? {
            return Ok(Err(DENIED));
        }
        let granted = self.granted(sp, &found.person).await?;
        Ok(self.releasable(sp, &granted, None, &found.person).map(|told| (found, only_asked(&query.asked, told))))
    }

    /// Who is signed in to a party under a name; nobody when that may be several.
    async fn signed_in_as(
        &self,
        asked: &Trusted<AttributeQuery>,
        name: &Name,
        now: Timestamp,
    ) -> Result<Option<Found>, SsoProblem> {
        let sp = &*asked.sp;
        let known = self.sessions.participants_named(sp.entity_id(), &name.value).await.map_err(SsoProblem::fault)?;
        let mut only: Option<Found> = None;
        // Whoever passes on what was meant for others may have chosen the name, but does not know what we have made up.
        let is_for_us = |format: &str| asked.head.is_addressed() || is_ours_alone(format);
        let fits = |format: &str| is_for_us(format) && name.fits(format, self.entity_id(), sp.entity_id());
        for participant in known.into_iter().filter(|one| fits(&one.name_format)) {
            if only.as_ref().is_some_and(|found| found.person.id == participant.person) {
                continue;
            }
            // Whoever had the name before, and is gone, is not meant.
            let Some(session) = self.sessions.by_id(participant.session, now).await.map_err(SsoProblem::fault)? else { continue };
            let Some(person) = self.people.person(participant.person).await.map_err(SsoProblem::fault)? else { continue };
            if session.is_of(&person) && only.replace(Found { person, participant }).is_some() {
                return Ok(None);
            }
        }
        Ok(only)
    }

    /// Whether policy lets the person use the party still; where it looks at addresses, at that of the party's server.
    async fn may_use(&self, origin: &Origin, sp: &Sp, person: &Person) -> Result<bool, SsoProblem> {
        let party = sp.party(&[]);
        let facts = SsoFacts { origin, person, party: &party, requested: None, known_device: false, has_factor: true };
        Ok(self.decisions.demand(facts).await.map_err(SsoProblem::fault)?.allowed)
    }

    /// What the person lets the party know: everything where nobody is asked, else what they have agreed to for good.
    async fn granted(&self, sp: &Sp, person: &Person) -> Result<ConsentAsk, SsoProblem> {
        let party = sp.party(&[]);
        if party.trusted {
            return Ok(super::sso::ask(sp));
        }
        let remembered = Consents::new(self.db.clone()).of(person.id, &party).await.map_err(SsoProblem::fault)?;
        Ok(remembered.map(|consent| consent.granted).unwrap_or_default())
    }

    /// What was told stands in the audit, and the query has counted.
    async fn write_down(
        &self,
        origin: &Origin,
        asked: &Trusted<AttributeQuery>,
        found: Option<&Found>,
        info: String,
    ) -> Result<(), SsoProblem> {
        let mut batch = Batch::new();
        self.counted(&mut batch, (QUERY, asked), origin.at);
        let event = Event {
            kind: EventKind::AttributesAsked,
            success: found.is_some(),
            person: found.map(|found| found.person.clone()),
            party: Some(asked.sp.party(&[])),
            flow: None,
            session: found.map(|found| found.participant.session),
            serial: None,
            info,
            reasons: Vec::new(),
        };
        self.events.record(origin, &mut batch, event).await.map_err(SsoProblem::fault)?;
        self.db.write(batch).await.map(drop).map_err(replayed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_asked_for_is_told() {
        let told = |name: &str, values: &[&str]| Attribute {
            name: name.to_owned(),
            format: NameFormat::Basic.uri(),
            friendly_name: None,
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        };
        let asked = |name: &str, format: Option<NameFormat>, values: &[&str]| Asked {
            name: name.to_owned(),
            format,
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        };
        let all = || vec![told("email", &["a@example.org"]), told("groups", &["staff", "admins"])];
        assert_eq!(only_asked(&[], all()), all());
        assert_eq!(only_asked(&[asked("groups", None, &["admins", "root"])], all()), [told("groups", &["admins"])]);
        assert_eq!(only_asked(&[asked("email", Some(NameFormat::Unspecified), &[])], all()), [told("email", &["a@example.org"])]);
        for nothing in
            [asked("email", Some(NameFormat::Uri), &[]), asked("email", None, &["b@example.org"]), asked("phone", None, &[])]
        {
            assert_eq!(only_asked(std::slice::from_ref(&nothing), all()), [], "{nothing:?}");
        }
    }
}
