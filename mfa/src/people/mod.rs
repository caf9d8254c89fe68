//! People.
pub mod attributes;

pub use attributes::{Attribute, Attributes};
