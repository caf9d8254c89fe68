//! What a session rests on.

use kernel::Timestamp;

use crate::assurance::{Fact, Material};
use crate::login::Proof;

/// Proofs that were consumed by a session. Grows only by absorbing a [`Proof`]; is read back only from a session's row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence(Vec<Fact>);

/// More than this is never kept: the newest of each factor count, older ones are history.
const KEPT: usize = 16;

impl Evidence {
    /// No evidence at all.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Consumes a proof. It takes the place of an older one by the same factor.
    pub fn absorb(&mut self, proof: Proof) {
        let new = proof.into_fact();
        self.0.retain(|old| old.material.factor != new.material.factor || old.material.token != new.material.token);
        self.0.push(new);
        let surplus = self.0.len().saturating_sub(KEPT);
        self.0.drain(..surplus);
    }

    /// What was proven, oldest first.
    pub fn materials(&self) -> impl Iterator<Item = &Material> {
        self.0.iter().map(|fact| &fact.material)
    }

    /// When something was last proven.
    pub fn newest(&self) -> Option<Timestamp> {
        self.materials().map(|m| m.at).max()
    }

    pub(crate) fn facts(&self) -> impl Iterator<Item = &Fact> {
        self.0.iter()
    }

    /// The stored form.
    pub(super) fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&self.0)
    }

    /// Reads the stored form.
    pub(super) fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text).map(Self)
    }
}
