//! The policies of a running engine: the compiled set, reloaded when the revision changes.

use std::sync::Arc;

use arc_swap::ArcSwap;
use db::revision::{self, Held, Revisions};
use db::{Db, DbError};

use super::registry::Registry;
use super::set::{PolicySet, Zone};
use super::store;
use crate::revision::Topic;

/// The compiled policies. Cheap to clone; all clones see a reload at once.
#[derive(Clone)]
pub struct Policies(Arc<Inner>);

struct Inner {
    set: ArcSwap<PolicySet>,
    registry: Registry,
    zone: Zone,
    held: Held,
}

impl Policies {
    /// Loads and compiles all policies.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open(db: &Db, registry: Registry, zone: Zone) -> Result<Self, DbError> {
        let policies = Self::of(PolicySet::empty(), registry, zone);
        policies.reload(db).await?;
        Ok(policies)
    }

    fn of(set: PolicySet, registry: Registry, zone: Zone) -> Self {
        Self(Arc::new(Inner { set: ArcSwap::from_pointee(set), registry, zone, held: Topic::Policy.held() }))
    }

    /// The present set. Take it once for a request, so that all its decisions rest on the same policies.
    pub fn load(&self) -> Arc<PolicySet> {
        self.0.set.load_full()
    }

    /// Every action that exists.
    pub fn registry(&self) -> &Registry {
        &self.0.registry
    }

    /// Compiles these definitions as they would be here, for trying out.
    pub fn compile(&self, definitions: Vec<Arc<super::Definition>>) -> PolicySet {
        PolicySet::compile(definitions, &self.0.registry, self.0.zone.clone())
    }

    /// Loads and compiles all policies again.
    ///
    /// # Errors
    /// When the database fails; the present set stays.
    pub async fn reload(&self, db: &Db) -> Result<(), DbError> {
        self.0.held.load(&revision::read(db).await?, self.load_all(db)).await
    }

    async fn load_all(&self, db: &Db) -> Result<(), DbError> {
        let definitions = store::all(db).await?.into_iter().map(|stored| Arc::new(stored.definition)).collect();
        let set = self.compile(definitions);
        for (policy, field, why) in set.lint() {
            tracing::warn!(policy, field, "policy cannot be used as written: {why}");
        }
        self.0.set.store(Arc::new(set));
        Ok(())
    }

    /// Reloads if the revision is another.
    ///
    /// # Errors
    /// As [`Policies::reload`].
    pub async fn refresh(&self, db: &Db, revisions: &Revisions) -> Result<(), DbError> {
        self.0.held.refresh(revisions, self.load_all(db)).await
    }
}
