//! From configuration to services: the one place where things are constructed.

use std::ops::Deref;
use std::sync::Arc;

use kernel::{Clock, Entropy};

use crate::config::Config;

/// The assembled program. Cheap to clone; the state of every handler.
#[derive(Clone)]
pub struct App(Arc<Services>);

/// What handlers may use.
pub struct Services {
    /// The configuration.
    pub config: Arc<Config>,
    /// Time.
    pub clock: Clock,
    /// Chance.
    pub entropy: Entropy,
}

impl Deref for App {
    type Target = Services;
    fn deref(&self) -> &Services {
        &self.0
    }
}

impl App {
    /// Wires the services.
    pub fn new(config: Config, clock: Clock, entropy: Entropy) -> Self {
        Self(Arc::new(Services { config: Arc::new(config), clock, entropy }))
    }

    /// Whether requests can be served.
    pub async fn is_ready(&self) -> bool {
        true
    }

    /// Every resolver with whether it answers.
    pub async fn resolver_health(&self) -> Vec<(String, bool)> {
        Vec::new()
    }
}
