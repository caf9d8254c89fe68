//! From configuration to services: the one place where things are constructed.

use std::ops::Deref;
use std::sync::Arc;

use audit::{Audit, Door, Origin};
use db::Db;
use kernel::{Clock, Entropy};
use keys::{Keys, MacKey, Purpose, Ring, RingConfig};

use crate::config::Config;
use crate::http::Cx;
use crate::pages::view::Pages;
use crate::start::StartError;

/// What the world gives: everything that is opened, before anything is wired.
pub struct Parts {
    /// The configuration.
    pub config: Config,
    /// Time.
    pub clock: Clock,
    /// Chance.
    pub entropy: Entropy,
    /// The database, migrated.
    pub db: Db,
    /// The keys.
    pub keys: Keys,
}

/// The assembled program. Cheap to clone; the state of every handler.
#[derive(Clone)]
pub struct App(Arc<Services>);

/// What handlers may use.
pub struct Services {
    /// The configuration.
    pub config: Config,
    /// Time.
    pub clock: Clock,
    /// Chance.
    pub entropy: Entropy,
    /// The database.
    pub db: Db,
    /// Keys.
    pub keys: Keys,
    /// Signing keys.
    pub ring: Ring,
    /// Ties forms to browsers.
    pub form_key: MacKey,
    /// Templates and brand.
    pub pages: Pages,
    /// The audit log.
    pub audit: Audit,
}

impl Deref for App {
    type Target = Services;
    fn deref(&self) -> &Services {
        &self.0
    }
}

impl App {
    /// Wires the services.
    ///
    /// # Errors
    /// When something that is read at start cannot be read.
    pub async fn assemble(parts: Parts) -> Result<Self, StartError> {
        let Parts { config, clock, entropy, db, keys } = parts;
        let audit = Audit::new(db.clone(), &keys, clock.clone(), entropy.clone());
        let ring_config = RingConfig {
            rotate_every: config.keys.rotate_after,
            publish_ahead: config.keys.publish_ahead,
            overlap: config.keys.overlap,
            ..RingConfig::new(config.server.public_url.origin())
        };
        let ring = Ring::open(db.clone(), &keys, clock.clone(), entropy.clone(), ring_config).await?;
        let form_key = keys.mac_key(Purpose::Csrf);
        let pages = Pages::new(&config.brand)?;
        Ok(Self(Arc::new(Services { config, clock, entropy, db, keys, ring, form_key, pages, audit })))
    }

    /// Who asks, for the libraries: a request from the network.
    pub fn origin(&self, cx: &Cx, door: Door) -> Origin {
        Origin {
            at: cx.at,
            request: cx.id.clone(),
            door,
            client: Some(cx.client),
            relay: None,
            user_agent: cx.user_agent.clone(),
            node: self.config.server.node.clone(),
            issuer: self.config.server.public_url.origin().to_owned(),
        }
    }

    /// Who asks, for the libraries: this machine.
    pub fn local_origin(&self, door: Door) -> Origin {
        let at = self.clock.now();
        let mut origin = Origin::local(door, at, self.entropy.ulid(at).to_string(), self.config.server.node.clone());
        origin.issuer = self.config.server.public_url.origin().to_owned();
        origin
    }

    /// Whether requests can be served: the database answers and knows our schema.
    pub async fn is_ready(&self) -> bool {
        match db::migrate::pending(&self.db).await {
            Ok(pending) => pending.is_empty(),
            Err(error) => {
                crate::http::failure::log("readyz", &error);
                false
            }
        }
    }

    /// Every resolver with whether it answers.
    pub async fn resolver_health(&self) -> Vec<(String, bool)> {
        Vec::new()
    }
}
