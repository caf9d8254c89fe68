//! Claims about people: how they are filled from a person's attributes, and which of them an application gets.
//!
//! * Every application gets the [standard claims](standard) that its scopes ask for (OpenID Connect Core 5.1, 5.4), from UserInfo.
//! * An application may have [rules](Rule) of its own: other attributes, templates, constants, filtered groups, other places. They are
//!   data; [`Mapping`] compiles them when the application is loaded and evaluates them without parsing anything.
//! * What only the provider may say ([`is_reserved`]) no rule can set.
//! * [`Mapping::explain`] tells what becomes of every claim of a person, decided by the code that releases them.
//!
//! To add a standard claim: one line in `standard`.

mod compile;
mod facts;
mod filter;
mod mapping;
mod request;
mod rule;
mod standard;
mod template;

pub use facts::OWN;
pub use mapping::{Explained, Granted, Mapping, Missing, Withheld};
pub use request::{BadClaims, ClaimsRequest, Wanted};
pub use rule::{Destination, Rule, Texts, ValueType, is_reserved};
pub use standard::NAMES;
