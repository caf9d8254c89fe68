//! A proof: something that a port has checked, in the hands of a flow.

use kernel::ids::FlowId;

use crate::assurance::{Fact, Material};

/// Something that was proven in this flow and not yet consumed. It cannot be built, copied or read back outside the login
/// flow; [`crate::assurance::Evidence::absorb`] consumes it.
pub struct Proof(Fact);

impl Proof {
    /// Takes what a port proved into custody. Only the driver calls this, with the outcome of a port in its hands.
    pub(super) fn new(material: Material, flow: FlowId) -> Self {
        Self(Fact { material, flow })
    }

    /// What was proven.
    pub fn material(&self) -> &Material {
        &self.0.material
    }

    pub(crate) fn fact(&self) -> &Fact {
        &self.0
    }

    pub(crate) fn into_fact(self) -> Fact {
        self.0
    }
}

/// Stored form of a flow's proofs. A module and not an implementation, so that nobody else can read a proof into being.
pub(super) mod stored {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Fact, Proof};

    pub(in crate::login) fn serialize<S: Serializer>(proofs: &[Proof], s: S) -> Result<S::Ok, S::Error> {
        proofs.iter().map(Proof::fact).collect::<Vec<&Fact>>().serialize(s)
    }

    pub(in crate::login) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Proof>, D::Error> {
        Ok(Vec::<Fact>::deserialize(d)?.into_iter().map(Proof).collect())
    }
}
