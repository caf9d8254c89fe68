//! How sure we are of somebody: levels (`acr`), methods (`amr`), what outcomes prove, and the evidence of a session.
//!
//! A port hands over [`Material`]; the login flow makes a [`Proof`] of it, which is consumed once into the [`Evidence`] of a
//! session; an [`Assessment`] of the evidence that still counts says which level is reached.

mod assess;
mod level;
mod material;

pub use assess::{Assessment, Demanded, Missing, Window};
pub use level::{AcrRequest, Level};
pub(crate) use material::Fact;
pub use material::{Channel, FactorClass, Material, Method, Upstream};

pub use crate::login::Proof;
pub use crate::session::Evidence;
