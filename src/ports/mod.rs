//! What `idp` needs of the world, implemented on the engine: one file per port.
//!
//! Rules: a port translates and adds nothing of its own; guess budgets and the status of accounts are checked on the engine's
//! side of it; a failure is committed before it is answered.

mod budgets;
mod decisions;
mod events;
mod factors;
mod fetch;
mod guesses;
mod people;

use std::sync::Arc;

use audit::{Door, Origin};
use idp::ports::{PortError, Ports};
use kernel::{Class, Classified};
use mfa::Mfa;
use mfa::kerberos::Acceptor;

pub use fetch::Outside;
pub use guesses::Guesses;
pub(crate) use people::seen;

use crate::config::Config;

/// The engine as `idp` sees it. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    mfa: Mfa,
    budgets: Arc<budgets::Counters>,
    session: crate::config::Session,
    acceptor: Option<Arc<Acceptor>>,
}

impl Engine {
    /// On this engine.
    pub fn new(mfa: Mfa, config: &Config) -> Self {
        let budgets = Arc::new(budgets::Counters::new(mfa.clock.clone()));
        let acceptor = config.kerberos.settings(&config.server.public_url).map(Acceptor::new).map(Arc::new);
        Self { mfa, budgets, session: config.session.clone(), acceptor }
    }

    /// All ports.
    pub fn ports(&self) -> Ports {
        let engine = Arc::new(self.clone());
        Ports {
            people: engine.clone(),
            factors: engine.clone(),
            decisions: engine.clone(),
            budgets: engine.clone(),
            events: engine,
        }
    }
}

/// What a step of a sign-in is called in the audit.
fn step(origin: &Origin, what: &str) -> String {
    match origin.door {
        Door::Saml => format!("POST /saml/ecp ({what})"),
        _ => format!("POST /login ({what})"),
    }
}

/// An error of the engine as `idp` understands it.
fn port_error(error: &(impl Classified + ?Sized)) -> PortError {
    match error.class() {
        Class::Unavailable | Class::Limited => PortError::Unavailable(error.to_string()),
        _ => PortError::Internal(error.to_string()),
    }
}
