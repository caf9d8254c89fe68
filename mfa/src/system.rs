//! The assembled engine: what every operation may use.

use std::ops::Deref;
use std::sync::Arc;

use audit::Audit;
use db::revision::Revisions;
use db::{Batch, Db, DbError, Sequences, WriteError};
use kernel::outbound::Outbound;
use kernel::{Clock, Entropy};
use keys::Keys;

use crate::budget::{Budgets, Rates};
use crate::engine::{Pins, Recall};
use crate::events::Events;
use crate::operation::Hooks;
use crate::people::People;
use crate::policy::{Policies, Registry, Zone};
use crate::settings::Settings;

/// The engine. Cheap to clone.
#[derive(Clone)]
pub struct Mfa(Arc<Parts>);

/// What the engine is made of.
pub struct Parts {
    /// The database.
    pub db: Db,
    /// Sealing and password hashes.
    pub keys: Keys,
    /// The audit log.
    pub audit: Audit,
    /// Time.
    pub clock: Clock,
    /// Chance.
    pub chance: Entropy,
    /// Name of this node.
    pub node: String,
    /// Numbers for the wire format.
    pub sequences: Sequences,
    /// System settings.
    pub settings: Settings,
    /// The compiled policies.
    pub policies: Policies,
    /// Realms, resolvers and people.
    pub people: People,
    /// Event handlers.
    pub events: Events,
    /// Hooks around operations; the event handlers are one of them.
    pub hooks: Hooks,
    /// Guess budgets.
    pub budgets: Budgets,
    /// Hashing and checking of PINs.
    pub pins: Pins,
    /// Tokens of people who were let in a while ago.
    pub recall: Recall,
}

/// What the engine is made from.
pub struct Setup {
    /// The database, migrated.
    pub db: Db,
    /// Keys.
    pub keys: Keys,
    /// Time.
    pub clock: Clock,
    /// Chance.
    pub chance: Entropy,
    /// Name of this node.
    pub node: String,
    /// Time zone of policies.
    pub zone: Zone,
    /// Hooks around operations, beside event handlers and policies.
    pub hooks: Hooks,
    /// How fast guess budgets refill.
    pub rates: Rates,
    /// The client for calls to others.
    pub outbound: Outbound,
}

impl Deref for Mfa {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Mfa {
    /// Assembles the engine and loads what it keeps compiled.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open(setup: Setup) -> Result<Self, DbError> {
        let Setup { db, keys, clock, chance, node, zone, mut hooks, rates, outbound } = setup;
        let audit = Audit::new(db.clone(), &keys, clock.clone(), chance.clone());
        let policies = Policies::open(&db, Registry::of_kinds(), zone).await?;
        let people = People::open(crate::people::Env {
            db: db.clone(),
            keys: keys.clone(),
            clock: clock.clone(),
            chance: chance.clone(),
            node: node.clone(),
            audit: audit.clone(),
            policies: policies.clone(),
            outbound,
        })
        .await?;
        let sequences = Sequences::new(db.clone());
        let settings = Settings::open(&db).await?;
        let events = Events::open(&db).await?;
        hooks.policies.extend(crate::policy::hooks::all(&policies));
        hooks.events.push(Arc::new(events.clone()));
        let budgets = Budgets::new(db.clone(), rates);
        budgets.follow(clock.now()).await?;
        let pins = Pins::new(keys.clone(), &chance);
        Ok(Self(Arc::new(Parts {
            db,
            keys,
            audit,
            clock,
            chance,
            node,
            sequences,
            settings,
            policies,
            people,
            events,
            hooks,
            budgets,
            pins,
            recall: Recall::default(),
        })))
    }

    /// Reloads what was changed, by this node or another.
    ///
    /// # Errors
    /// When the database fails; what was loaded before stays.
    pub async fn refresh(&self) -> Result<(), DbError> {
        self.refresh_to(&db::revision::read(&self.db).await?).await
    }

    /// As [`Mfa::refresh`], when the revisions have just been read. Called every second or so by a job.
    ///
    /// # Errors
    /// As [`Mfa::refresh`].
    pub async fn refresh_to(&self, revisions: &Revisions) -> Result<(), DbError> {
        self.settings.refresh(&self.db, revisions).await?;
        self.policies.refresh(&self.db, revisions).await?;
        self.budgets.follow(self.clock.now()).await?;
        self.events.refresh(&self.db, revisions).await?;
        self.people.refresh(revisions).await
    }

    /// Removes what has expired: challenges, tickets that were used, empty guess budgets. Called every few minutes by a job.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tidy(&self) -> Result<(), WriteError> {
        let now = self.clock.now();
        let mut batch = Batch::new();
        crate::challenge::store::expire(&mut batch, now);
        crate::kerberos::store::expire(&mut batch, now);
        self.db.write(batch).await?;
        self.budgets.sweep(now).await
    }
}
