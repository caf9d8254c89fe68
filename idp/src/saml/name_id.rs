//! Name identifiers: under which name a party knows a person (SAML core 8.3).

use data_encoding::HEXLOWER;
use kernel::ids::SessionId;

use super::request::NamePolicy;
use super::xml::write::is_speakable;
use super::{Provider, attributes};
use crate::oidc::scope::Scopes;
use crate::party::sp::{NameIdFormat, Sp};
use crate::ports::Person;

/// The scope that releases mail addresses.
const EMAIL: &str = "email";

/// A name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NameId {
    pub(crate) format: NameIdFormat,
    pub(crate) value: String,
}

/// The form that is given; `None` when the one that is asked for cannot be had.
///
/// A request chooses among what the party may have, and it need not be the party who has written it: unsigned, it is the person's. So
/// what is configured binds; without that what the metadata lists; without that whatever tells no more than is released anyway.
pub(crate) fn format_for(sp: &Sp, policy: &NamePolicy) -> Option<NameIdFormat> {
    // In whose name space it is to be: nobody's but the party's own.
    if policy.sp_name_qualifier.as_deref().is_some_and(|qualifier| qualifier != sp.entity_id()) {
        return None;
    }
    match policy.format.as_deref() {
        // Unspecified is no wish (SAML core 3.4.1.1).
        None | Some(super::names::format::UNSPECIFIED) => Some(usual(sp)),
        Some(uri) => NameIdFormat::of(uri).filter(|format| may_have(sp, *format)),
    }
}

fn may_have(sp: &Sp, format: NameIdFormat) -> bool {
    let mut listed = sp.metadata().name_id_formats.iter().filter_map(|uri| NameIdFormat::of(uri)).peekable();
    match sp.settings().name_id_format {
        Some(configured) => format == configured,
        None if listed.peek().is_some() => listed.any(|one| one == format) && is_no_more(sp, format),
        None => is_no_more(sp, format),
    }
}

/// Whether this form tells nothing that is not released anyway, and is unique by itself: a login is that within its realm only.
fn is_no_more(sp: &Sp, format: NameIdFormat) -> bool {
    match format {
        NameIdFormat::Persistent | NameIdFormat::Transient => true,
        NameIdFormat::Email => sp.scopes().contains(EMAIL) && attributes::may_be_told(sp, EMAIL),
        NameIdFormat::Unspecified => false,
    }
}

fn usual(sp: &Sp) -> NameIdFormat {
    let listed =
        || sp.metadata().name_id_formats.iter().filter_map(|uri| NameIdFormat::of(uri)).find(|format| is_no_more(sp, *format));
    sp.settings().name_id_format.or_else(listed).unwrap_or(NameIdFormat::Persistent)
}

/// Whether a name of this form may be told now: what was not granted is not told as a name either.
pub(crate) fn is_granted(sp: &Sp, format: NameIdFormat, granted: &Scopes) -> bool {
    let is_told = || granted.contains(EMAIL) && attributes::may_be_told(sp, EMAIL);
    format != NameIdFormat::Email || sp.settings().name_id_format == Some(format) || is_told()
}

impl Provider {
    /// The name of a person for a party during a session; `None` when they have none of this form.
    pub(crate) fn name_id(&self, sp: &Sp, format: NameIdFormat, person: &Person, session: SessionId) -> Option<NameId> {
        let value = match format {
            NameIdFormat::Persistent => {
                // Bound to the name of the entity, not to its row: it stays when the party is registered anew.
                let tag = self.pairwise.tag(format!("saml\n{}\n{}", sp.entity_id(), person.id).as_bytes());
                HEXLOWER.encode(&tag[..20])
            }
            // One for each session: a party that asks again and again does not fill the list of names.
            NameIdFormat::Transient => {
                let tag = self.pairwise.tag(format!("saml transient\n{}\n{session}", sp.entity_id()).as_bytes());
                format!("_{}", HEXLOWER.encode(&tag[..20]))
            }
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
        "username@realm" => Some(format!("{}@{}", person.login, person.realm)),
        _ => match person.attributes.get(name)? {
            serde_json::Value::Array(list) => list.first()?.as_str().map(str::to_owned),
            one => one.as_str().map(str::to_owned),
        },
    }
}
