//! What the resolvers share that speak HTTP with their store.
//!
//! * Every request leaves through [`kernel::outbound`]: no redirects, no hosts that configuration does not allow, bounded in time and
//!   size. What a request may carry (tokens, passwords) goes to the hosts that the configuration names, and to no other.
//! * A value that somebody typed is put into its place by type: as a segment of a path, as a parameter, as a string in JSON, as a string
//!   within a filter ([`template`], [`escape`]). Nothing is joined to text that is parsed afterwards.
//! * What comes back is foreign: JSON or nothing, checked and bounded ([`answer`], [`people`]).
//! * To add a store: a [`manner::Manner`] says in what it differs from [`advanced::Advanced`].

pub(super) mod advanced;
pub(super) mod answer;
pub(super) mod channel;
pub(super) mod config;
pub(super) mod diagnose;
pub(super) mod escape;
pub(super) mod list;
pub(super) mod manner;
pub(super) mod params;
pub(super) mod path;
pub(super) mod people;
pub(super) mod ration;
pub(super) mod request;
pub(super) mod response;
pub(super) mod shaped;
pub(super) mod template;
pub(super) mod token;
mod write;

#[cfg(test)]
pub(super) mod testing;

pub(super) use template::Values;

use kernel::SecretText;

/// Longest login name and uid.
const LONGEST: usize = 255;
/// Longest password that is sent to a store.
const MAX_PASSWORD: usize = 1024;

/// Whether it could be a login name or uid at all. Stores disagree on blanks around a name: such a name is nobody's.
pub(super) fn plausible(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST && text.trim() == text && !text.chars().any(char::is_control)
}

/// Whether a password can be right at all.
pub(super) fn possible(password: &SecretText) -> bool {
    (1..=MAX_PASSWORD).contains(&password.len()) && !password.expose().contains('\0')
}

/// Whether two login names are the same when case does not matter.
pub(super) fn alike(one: &str, other: &str) -> bool {
    one == other || one.to_lowercase() == other.to_lowercase()
}
