//! How a service provider stands: who has registered it (RPI 1.0), what categories it belongs to (RFC 8409) and which
//! identifier of people it asks for. It says so in its own `Extensions`; a group of a federation says so for all of its members.

use serde::{Deserialize, Serialize};

use super::metadata::{bounded, required, texts};
use super::settings::SubjectId;
use crate::saml::names::ns;
use crate::saml::xml::{Element, XmlError};

const CATEGORY: &str = "http://macedir.org/entity-category";
const SUBJECT_ID: &str = "urn:oasis:names:tc:SAML:profiles:subject-id:req";

/// What is said of an entity, or of all entities of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Who has registered it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registrar: Option<String>,
    /// Categories that it belongs to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// The identifier of people that it asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject_id: Option<SubjectId>,
}

impl Standing {
    /// What the description of an entity says of it.
    ///
    /// # Errors
    /// What is said twice, or is none of what it must be.
    pub(crate) fn of(entity: Element<'_>) -> Result<Self, XmlError> {
        entity.maybe(ns::METADATA, "Extensions")?.map_or_else(|| Ok(Self::default()), Self::read)
    }

    /// What these `Extensions` say.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub(crate) fn read(extensions: Element<'_>) -> Result<Self, XmlError> {
        let registration = extensions.maybe(ns::REGISTRATION, "RegistrationInfo")?;
        let registrar = registration.map(|info| required(info, "registrationAuthority")).transpose()?;
        let (mut categories, mut subject_id) = (Vec::new(), None);
        for attributes in extensions.all(ns::ENTITY_ATTRIBUTES, "EntityAttributes") {
            for attribute in attributes.all(ns::ASSERTION, "Attribute") {
                let values = || texts(attribute, ns::ASSERTION, "AttributeValue");
                match attribute.attribute("Name") {
                    Some(CATEGORY) => categories.extend(values()?),
                    Some(SUBJECT_ID) if subject_id.is_none() => subject_id = Some(asked(values()?.first())),
                    _ => {}
                }
            }
        }
        Ok(Self { registrar, categories: bounded(categories)?, subject_id })
    }

    /// The same in a group of which this is said: what is nearer counts first, and categories add up (RPI 1.0; metadata
    /// extension for entity attributes 1.0).
    pub(crate) fn within(mut self, group: &Self) -> Self {
        self.registrar = self.registrar.or_else(|| group.registrar.clone());
        self.subject_id = self.subject_id.or(group.subject_id);
        let missing = group.categories.iter().filter(|one| !self.categories.contains(one)).cloned();
        let missing: Vec<String> = missing.collect();
        self.categories.extend(missing);
        self
    }
}

/// Subject identifier attributes 1.0, section 4.
fn asked(value: Option<&String>) -> SubjectId {
    match value.map(String::as_str) {
        Some("subject-id") => SubjectId::Public,
        // Whichever we like: the one that tells less.
        Some("pairwise-id" | "any") => SubjectId::Pairwise,
        _ => SubjectId::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(registrar: &str, category: &str, subject_id: SubjectId) -> Standing {
        Standing { registrar: Some(registrar.to_owned()), categories: vec![category.to_owned()], subject_id: Some(subject_id) }
    }

    #[test]
    fn what_is_nearer_counts_and_categories_add_up() {
        let (own, group) = (standing("urn:a", "urn:x", SubjectId::Never), standing("urn:b", "urn:y", SubjectId::Public));
        let both = vec!["urn:x".to_owned(), "urn:y".to_owned()];
        assert_eq!(own.clone().within(&group), Standing { categories: both, ..own.clone() });
        assert_eq!(own.clone().within(&own), own);
        assert_eq!(Standing::default().within(&group), group);
        assert_eq!(own.clone().within(&Standing::default()), own);
    }
}
