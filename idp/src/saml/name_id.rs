//! Name identifiers: under which name a party knows a person (SAML core 8.3).

use data_encoding::HEXLOWER;

use super::Provider;
use super::request::NamePolicy;
use super::xml::write::is_speakable;
use crate::party::sp::{NameIdFormat, Sp};
use crate::ports::Person;

/// A name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NameId {
    pub(crate) format: NameIdFormat,
    pub(crate) value: String,
}

/// The form that is given; `None` when the one that is asked for cannot be had.
pub(crate) fn format_for(sp: &Sp, policy: &NamePolicy) -> Option<NameIdFormat> {
    // In whose name space it is to be: nobody's but the party's own.
    if policy.sp_name_qualifier.as_deref().is_some_and(|qualifier| qualifier != sp.entity_id()) {
        return None;
    }
    match policy.format.as_deref() {
        // Unspecified is no wish (SAML core 3.4.1.1).
        None | Some(super::names::format::UNSPECIFIED) => Some(usual(sp)),
        Some(uri) => NameIdFormat::of(uri),
    }
}

fn usual(sp: &Sp) -> NameIdFormat {
    let named = || sp.metadata().name_id_formats.iter().find_map(|uri| NameIdFormat::of(uri));
    sp.settings().name_id_format.or_else(named).unwrap_or(NameIdFormat::Persistent)
}

impl Provider {
    /// The name of a person for a party; `None` when they have none of this form.
    pub(crate) fn name_id(&self, sp: &Sp, format: NameIdFormat, person: &Person) -> Option<NameId> {
        let value = match format {
            NameIdFormat::Persistent => {
                // Bound to the name of the entity, not to its row: it stays when the party is registered anew.
                let tag = self.pairwise.tag(format!("saml\n{}\n{}", sp.entity_id(), person.id).as_bytes());
                HEXLOWER.encode(&tag[..20])
            }
            NameIdFormat::Transient => self.new_id(),
            NameIdFormat::Email => attribute(person, "email").filter(|mail| mail.contains('@'))?,
            NameIdFormat::Unspecified => attribute(person, &sp.settings().name_id_attribute)?,
        };
        let fits = (1..=256).contains(&value.chars().count()) && value.chars().all(|c| is_speakable(c) && !c.is_control());
        fits.then_some(NameId { format, value })
    }
}

/// The one text of an attribute, or what we know ourselves.
fn attribute(person: &Person, name: &str) -> Option<String> {
    match name {
        "username" => Some(person.login.clone()),
        "realm" => Some(person.realm.clone()),
        _ => match person.attributes.get(name)? {
            serde_json::Value::Array(list) => list.first()?.as_str().map(str::to_owned),
            one => one.as_str().map(str::to_owned),
        },
    }
}
