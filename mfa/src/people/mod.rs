//! People, wherever they live.
//!
//! * A **resolver** holds people; a **realm** is a view over resolvers in an order of priority. A person is one (resolver, uid)
//!   and has one [`PersonId`](kernel::ids::PersonId) for ever, whatever realms show them.
//! * [`People::resolve`] turns what was typed (`login`, `login@realm`, a realm parameter) into a [`Person`]. Warm, it asks no
//!   database: who somebody is may be as old as their resolver allows, whether they are disabled at most two seconds. People in
//!   use are renewed before that ([`memory`]).
//! * Whom their store bars, or knows no more, loses what rests on their sign-ins (`auth_epoch`) as soon as a look-up notices it.
//! * Lists ask each resolver once ([`People::behind`]).
//! * Passwords are checked by the resolver. Somebody who does not exist costs as much as a wrong password.

pub(crate) mod added;
pub mod admins;
mod attributes;
mod directory;
mod error;
mod find;
mod handle;
mod home;
mod memory;
mod names;
mod nodes;
pub mod ops;
mod person;
mod realm;
pub(crate) mod store;

#[cfg(test)]
mod outage_tests;
#[cfg(test)]
mod tests;

pub use added::OWN_NAMES;
pub use attributes::{Attribute, Attributes};
pub(crate) use directory::seal;
pub use directory::{Directory, ResolverRef};
pub use error::PeopleError;
pub use find::{Known, Row};
pub use handle::{Env, People};
pub use names::Name;
pub use nodes::node_uuid;
pub use person::{Identity, Person};
pub use realm::{Member, Realm};
