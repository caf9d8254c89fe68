//! Identifiers of people as attributes (OASIS SAML V2.0 Subject Identifier Attributes 1.0): for parties whose metadata asks for one,
//! or that are set up to get one.

use data_encoding::HEXLOWER;

use super::Provider;
use super::attributes::{self, Attribute};
use crate::party::sp::{NameFormat, Sp, SubjectId};
use crate::ports::Person;

const PAIRWISE: &str = "urn:oasis:names:tc:SAML:attribute:pairwise-id";
const PUBLIC: &str = "urn:oasis:names:tc:SAML:attribute:subject-id";
/// The name of the public one in rules of federations, and on the page that asks for consent.
const CLAIM: &str = "subject-id";

/// Which identifier a party gets, if it gets one. The one that is the same for all parties is more than a name: a member of a federation
/// does not get it by asking, but where the rules of its categories let it know it.
fn wanted(sp: &Sp) -> Option<SubjectId> {
    match (sp.settings().subject_id, sp.metadata().standing.subject_id.unwrap_or(SubjectId::Never)) {
        (SubjectId::Requested, SubjectId::Public) if !attributes::may_ask_for(sp, CLAIM) => None,
        (SubjectId::Requested, set) | (set, _) => Some(set).filter(|set| matches!(set, SubjectId::Pairwise | SubjectId::Public)),
    }
}

/// What the identifier that a party gets is called where people are asked for their consent.
pub(super) fn claim(sp: &Sp) -> Option<&'static str> {
    wanted(sp).map(|wanted| if wanted == SubjectId::Public { CLAIM } else { "pairwise-id" })
}

impl Provider {
    /// What stands behind the `@`: the name of our host (section 3.1 of the specification). Our metadata names it, too.
    pub(super) fn scope(&self) -> String {
        let host = url::Url::parse(&self.origin).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
        // Of an address in brackets only what a scope may hold.
        host.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-')).collect()
    }

    /// The identifier that a party gets; none if it gets none.
    pub(super) fn subject_id(&self, sp: &Sp, person: &Person) -> Option<Attribute> {
        let (name, friendly, unique) = match wanted(sp)? {
            SubjectId::Never | SubjectId::Requested => return None,
            SubjectId::Pairwise => {
                let tag = self.pairwise.tag(format!("saml pairwise-id\n{}\n{}", sp.entity_id(), person.id).as_bytes());
                (PAIRWISE, "pairwise-id", HEXLOWER.encode(&tag[..20]))
            }
            // Never given to anybody else, and without a meaning.
            SubjectId::Public => (PUBLIC, CLAIM, person.id.to_string().to_ascii_lowercase()),
        };
        Some(Attribute {
            name: name.to_owned(),
            format: NameFormat::Uri.uri(),
            friendly_name: Some(friendly.to_owned()),
            values: vec![format!("{unique}@{}", self.scope())],
        })
    }
}
