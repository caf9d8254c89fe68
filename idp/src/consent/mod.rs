//! Consent: what a person lets a party know, remembered until it is withdrawn.

mod store;

use db::{Batch, Db, DbError, Row, args};
use kernel::Timestamp;
use kernel::ids::PersonId;

use crate::login::ConsentAsk;
use crate::party::{Party, PartyKind};

pub(crate) use store::STATEMENTS;
use store::{CONSENT, CONSENT_DELETE, CONSENT_PUT, CONSENTS_DELETE_OF_PARTY, CONSENTS_DELETE_OF_PERSON, CONSENTS_OF_PERSON};

/// What a person lets a party know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Door of the party.
    pub kind: PartyKind,
    /// The party's id.
    pub party: String,
    /// What it may know.
    pub granted: ConsentAsk,
    /// First given.
    pub created_at: Timestamp,
    /// Last extended or confirmed.
    pub updated_at: Timestamp,
}

impl ConsentAsk {
    /// The part of this that `granted` does not cover.
    #[must_use]
    pub fn beyond(&self, granted: &Self) -> Self {
        let missing = |asked: &[String], had: &[String]| asked.iter().filter(|a| !had.contains(a)).cloned().collect();
        Self { scopes: missing(&self.scopes, &granted.scopes), claims: missing(&self.claims, &granted.claims) }
    }

    /// This and `more`, each entry once.
    #[must_use]
    pub fn with(mut self, more: &Self) -> Self {
        let new = more.beyond(&self);
        self.scopes.extend(new.scopes);
        self.claims.extend(new.claims);
        self
    }
}

/// All consents. Cheap to clone.
#[derive(Clone)]
pub struct Consents {
    db: Db,
}

impl Consents {
    /// The consents in `db`.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// What the person lets the party know, if they were ever asked.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of(&self, person: PersonId, party: &Party) -> Result<Option<Consent>, DbError> {
        let row = self.db.fetch_optional(&CONSENT, args![person, party.kind.name(), &party.id]).await?;
        row.as_ref().map(read).transpose()
    }

    /// All that the person has consented to.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of_person(&self, person: PersonId) -> Result<Vec<Consent>, DbError> {
        self.db.fetch_all(&CONSENTS_OF_PERSON, args![person]).await?.iter().map(read).collect()
    }

    /// Adds to `batch`: the party may know `granted`, instead of whatever it might before.
    pub(crate) fn put(
        &self,
        batch: &mut Batch,
        origin: &audit::Origin,
        person: PersonId,
        party: &Party,
        granted: &ConsentAsk,
    ) -> Result<(), serde_json::Error> {
        let (scopes, claims) = (serde_json::to_string(&granted.scopes)?, serde_json::to_string(&granted.claims)?);
        let args = args![person, party.kind.name(), &party.id, &origin.issuer, scopes, claims, origin.at, origin.at];
        batch.run(&CONSENT_PUT, args);
        Ok(())
    }

    /// Adds to `batch`: the person withdraws what they let this party know (nothing happens if they had not). Tokens that rest
    /// on it are the protocol's to revoke.
    pub fn revoke(&self, batch: &mut Batch, person: PersonId, kind: PartyKind, party: &str) {
        batch.run(&CONSENT_DELETE, args![person, kind.name(), party]);
    }

    /// Adds to `batch`: the person withdraws everything.
    pub fn revoke_all(&self, batch: &mut Batch, person: PersonId) {
        batch.run(&CONSENTS_DELETE_OF_PERSON, args![person]);
    }

    /// Adds to `batch`: a party that was deleted is forgotten.
    pub fn forget_party(&self, batch: &mut Batch, kind: PartyKind, party: &str) {
        batch.run(&CONSENTS_DELETE_OF_PARTY, args![kind.name(), party]);
    }
}

fn read(row: &Row) -> Result<Consent, DbError> {
    let mut r = row.reader();
    Ok(Consent {
        kind: r.parse(|name| PartyKind::from_name(name).ok_or("no kind of party"))?,
        party: r.next()?,
        granted: ConsentAsk {
            scopes: r.parse(|text| serde_json::from_str(text))?,
            claims: r.parse(|text| serde_json::from_str(text))?,
        },
        created_at: r.next()?,
        updated_at: r.next()?,
    })
}
