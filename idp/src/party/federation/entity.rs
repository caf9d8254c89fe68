//! From the row of an entity to a service provider that can be used.

use kernel::Timestamp;
use kernel::ids::RowId;
use sha2::{Digest, Sha256};

use super::settings::{FederationSettings, Release};
use super::store::{EntityRow, FederationRow};
use crate::party::sp::store::SpRow;
use crate::party::sp::{Settings, Sp, compile};

/// A federation, as far as look-ups need it.
pub(crate) struct Federation {
    pub(crate) id: RowId,
    name: String,
    settings: FederationSettings,
    valid_until: Option<Timestamp>,
}

impl From<FederationRow> for Federation {
    fn from(row: FederationRow) -> Self {
        Self { id: row.id, name: row.name, settings: row.settings, valid_until: row.held.valid_until }
    }
}

impl Federation {
    /// The service provider of this row; none when its registration authority is not accepted.
    ///
    /// # Errors
    /// Says why it cannot be used.
    pub(crate) fn party(&self, row: EntityRow) -> Result<Option<Sp>, String> {
        let at = Timestamp::default();
        let mut sp = compile(SpRow {
            id: row.id,
            sp_id: self.name.clone(),
            entity_id: String::new(),
            version: 1,
            enabled: true,
            settings: self.settings.parties.clone(),
            metadata: row.metadata,
            created_at: at,
            updated_at: at,
        })?;
        sp.stands_in(&row.groups);
        if !self.accepts(sp.metadata().standing.registrar.as_deref()) {
            return Ok(None);
        }
        let categories = sp.metadata().standing.categories.clone();
        let applies = |rule: &&Release| rule.category == "*" || categories.contains(&rule.category);
        let rules = self.settings.release.iter().filter(applies).cloned().collect();
        let until = [sp.metadata().valid_until, row.valid_until, self.valid_until].into_iter().flatten().min();
        sp.belongs_to(rules, until);
        Ok(Some(sp))
    }

    /// The settings of its service providers.
    pub(crate) fn parties(&self) -> &Settings {
        &self.settings.parties
    }

    /// Whether what is held of it counts at this moment.
    pub(crate) fn is_usable(&self, now: Timestamp) -> bool {
        self.valid_until.is_none_or(|until| now < until)
    }

    fn accepts(&self, registrar: Option<&str>) -> bool {
        let listed = |list: &[String]| registrar.is_some_and(|registrar| list.iter().any(|one| one == registrar));
        let settings = &self.settings;
        (settings.registrars.is_empty() || listed(&settings.registrars)) && !listed(&settings.refused_registrars)
    }
}

/// The row of an entity of a federation: the same for good, however often the federation is refreshed, so that what refers to it
/// (a sign-in under way, an answered request) means it afterwards as well.
pub(super) fn row_id(issuer: &str, entity_id: &str) -> Option<RowId> {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let digest = Sha256::digest(format!("entity of a federation\n{issuer}\n{entity_id}"));
    let mut rest = digest.iter().take(16).fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
    let mut text = [0_u8; 26];
    for digit in text.iter_mut().rev() {
        *digit = DIGITS[usize::try_from(rest & 31).unwrap_or(0)];
        rest >>= 5;
    }
    RowId::parse(std::str::from_utf8(&text).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_the_same_for_good() {
        assert_eq!(row_id("main", "urn:a"), row_id("main", "urn:a"));
        assert!(row_id("main", "urn:a").is_some());
        assert_ne!(row_id("main", "urn:a"), row_id("main", "urn:b"));
        assert_ne!(row_id("main", "urn:a"), row_id("other", "urn:a"));
    }
}
