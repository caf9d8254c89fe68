//! Identifiers: one newtype for each kind of thing, all of them ULIDs made by us (26 characters, sortable by time).
//!
//! To add one: one line in the list at the end of this file.

use crate::{Entropy, Timestamp};

/// The text was not a ULID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier")]
pub struct NotAnId;

/// Declares identifier newtypes over a ULID.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(ulid::Ulid);

        impl $name {
            /// A fresh identifier of this moment.
            pub fn new(chance: &Entropy, at: Timestamp) -> Self {
                Self(chance.ulid(at))
            }

            /// The smallest identifier of this moment: where those made earlier end, in the order of identifiers.
            pub fn first_of(at: Timestamp) -> Self {
                Self(ulid::Ulid::from_parts(u64::try_from(at.0 / 1000).unwrap_or(0), 0))
            }

            /// When it was made, to the millisecond.
            pub fn made_at(self) -> Timestamp {
                Timestamp(i64::try_from(self.0.timestamp_ms()).unwrap_or(i64::MAX / 1000).saturating_mul(1000))
            }

            /// Reads the 26-character form.
            ///
            /// # Errors
            /// [`NotAnId`] when the text is not a ULID in its canonical form.
            pub fn parse(text: &str) -> Result<Self, NotAnId> {
                let id = ulid::Ulid::from_string(text).map_err(|_| NotAnId)?;
                if id.to_string() == text { Ok(Self(id)) } else { Err(NotAnId) }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                Self::parse(text)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = String::deserialize(d)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    )+};
}

ids! {
    /// A person, whatever store they live in: `sub`, budget key, owner of sessions.
    PersonId,
    /// A token (a second factor).
    TokenId,
    /// One challenge of one token.
    ChallengeId,
    /// A single sign-on session.
    SessionId,
    /// A login flow: one attempt of one browser to sign in.
    FlowId,
    /// A chain of refresh tokens and what was granted with it.
    GrantId,
    /// A key of the signing ring.
    KeyId,
    /// An audit record.
    AuditId,
    /// Any other row: policies, resolvers, realms, handlers, outbox entries.
    RowId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        let id = PersonId::new(&Entropy::seeded(1), Timestamp::from_seconds(1_700_000_000));
        assert_eq!(PersonId::parse(&id.to_string()), Ok(id));
        assert_eq!(id.made_at(), Timestamp::from_seconds(1_700_000_000));
        assert!(PersonId::first_of(id.made_at()) < id && id < PersonId::first_of(Timestamp(id.made_at().0 + 1000)));
        assert_eq!(PersonId::parse("nonsense"), Err(NotAnId));
        assert_eq!(PersonId::parse(&id.to_string().to_lowercase()), Err(NotAnId));
    }
}
