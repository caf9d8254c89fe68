//! What nodes keep compiled, topic by topic. A change raises the topic's revision in its own commit; nodes that hold another one
//! reload ([`db::revision`]).

use db::Batch;
use db::revision::Held;

/// What is kept compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Policies.
    Policy,
    /// Realms, resolvers, and people that were changed or removed.
    People,
    /// System settings.
    Setting,
    /// Event handlers.
    Event,
}

impl Topic {
    /// Nothing of it loaded yet.
    pub(crate) const fn held(self) -> Held {
        Held::nothing(self.name())
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::People => "people",
            Self::Setting => "setting",
            Self::Event => "event",
        }
    }
}

/// Raises the revision of a topic together with the change.
pub fn raise(batch: &mut Batch, topic: Topic) {
    db::revision::bump(batch, topic.name());
}
