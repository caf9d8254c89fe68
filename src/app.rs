//! From configuration to services: the one place where things are constructed.

use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;

use audit::chain::{Chain, ChainConfig};
use audit::{Audit, Door, Origin};
use db::Db;
use idp::login::Logins;
use idp::oidc::Provider;
use idp::party::client::Clients;
use idp::party::sp::Sps;
use idp::saml;
use kernel::outbound::Outbound;
use kernel::{Clock, Entropy};
use keys::{Keys, MacKey, Purpose, Ring, RingConfig};
use mfa::budget::Rates;
use mfa::delivery::Mailer;
use mfa::operation::Hooks;
use mfa::policy::Zone;
use mfa::resolvers::Health;
use mfa::{Mfa, Setup};

use crate::config::Config;
use crate::http::Cx;
use crate::identity::{self, Wiring};
use crate::pages::view::Pages;
use crate::protocol::scim::limit::Limit;
use crate::start::StartError;

/// Name of the one issuer in rows. Its URL may change, this does not.
pub const ISSUER: &str = "main";

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
    /// Its chain.
    pub chain: Chain,
    /// The multi-factor engine.
    pub mfa: Mfa,
    /// Registered OpenID Connect clients.
    pub clients: Clients,
    /// Registered SAML service providers.
    pub sps: Sps,
    /// Sign-ins in progress, sessions, consents.
    pub logins: Logins,
    /// The OpenID Connect provider.
    pub oidc: Provider,
    /// The SAML identity provider.
    pub saml: saml::Provider,
    /// The one client for calls to others.
    pub outbound: Outbound,
    /// Mail to people, if a server is configured.
    pub mail: Option<Mailer>,
    /// How much provisioning clients may ask.
    pub scim_limit: Limit,
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
            saml_rotate_every: config.saml.rotate_after,
            saml_publish_ahead: config.saml.publish_ahead,
            ..RingConfig::new(ISSUER)
        };
        let ring = Ring::open(db.clone(), &keys, clock.clone(), entropy.clone(), ring_config).await?;
        let chain_config = ChainConfig { checkpoint_file: Some(config.checkpoint_file()), ..ChainConfig::default() };
        let chain = Chain::new(audit.clone(), ring.clone(), chain_config);
        let zone = config.server.timezone.clone();
        let outbound = identity::outbound(&config)?;
        let mfa = Mfa::open(Setup {
            db: db.clone(),
            keys: keys.clone(),
            clock: clock.clone(),
            chance: entropy.clone(),
            node: config.server.node.clone(),
            zone: Zone::rules(move |at| zone.offset(at)),
            hooks: Hooks::default(),
            rates: Rates::default(),
            outbound: outbound.clone(),
        })
        .await?;
        let clients = Clients::load(db.clone(), keys.sealer().clone(), entropy.clone(), ISSUER).await?;
        let sps = Sps::load(db.clone(), entropy.clone(), ISSUER).await?.with_outbound(outbound.clone()).with_ring(ring.clone());
        let (logins, oidc, saml) = identity::wire(&Wiring {
            config: &config,
            db: &db,
            keys: &keys,
            entropy: &entropy,
            ring: &ring,
            mfa: &mfa,
            clients: &clients,
            sps: &sps,
            outbound: &outbound,
        });
        let form_key = keys.mac_key(Purpose::Csrf);
        let pages = Pages::new(&config.brand)?;
        let mail = crate::mail::mailer(&config)?;
        let scim_limit = Limit::new(config.scim.requests_per_minute, clock.clone());
        Ok(Self(Arc::new(Services {
            config,
            clock,
            entropy,
            db,
            keys,
            ring,
            form_key,
            pages,
            audit,
            chain,
            mfa,
            clients,
            sps,
            logins,
            oidc,
            saml,
            outbound,
            mail,
            scim_limit,
        })))
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
            language: cx.lang_named.then(|| cx.lang.tag().to_owned()),
            node: self.config.server.node.clone(),
            issuer: self.config.server.public_url.origin().to_owned(),
        }
    }

    /// As [`App::origin`], for a machine that may name the client it asks for. Only listed relays are believed.
    pub fn relayed_origin(&self, cx: &Cx, door: Door, asserted: Option<&str>) -> Origin {
        let mut origin = self.origin(cx, door);
        let is_relay = self.config.api.relays.iter().any(|net| net.contains(&cx.client));
        if is_relay {
            origin.relay = Some(cx.client);
            origin.client = asserted.and_then(|text| text.trim().parse::<IpAddr>().ok()).map(|ip| ip.to_canonical());
        }
        origin
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
        match db::migrate::status(&self.db).await {
            Ok(status) => status.ready().is_ok(),
            Err(error) => {
                crate::http::failure::log("readyz", &error);
                false
            }
        }
    }

    /// Every resolver by name, with its kind and how its store is doing. Cheap: a store is asked once in a few seconds at most.
    pub async fn resolver_health(&self) -> Vec<(String, &'static str, Option<Health>)> {
        let directory = self.mfa.people.directory();
        let looks = directory.resolvers().map(|resolver| async move {
            let health = match resolver.guard() {
                Ok(guard) => Some(guard.health().await),
                Err(_) => None,
            };
            (resolver.name.clone(), resolver.kind.name, health)
        });
        futures::future::join_all(looks).await
    }

    /// Tries every resolver from the beginning; says which do not work.
    pub async fn resolver_trials(&self) -> Vec<(String, bool)> {
        let directory = self.mfa.people.directory();
        let trials = directory.resolvers().map(|resolver| async move {
            let works = match resolver.get() {
                Ok(store) => store.test().await.is_ok(),
                Err(_) => false,
            };
            (resolver.name.clone(), works)
        });
        futures::future::join_all(trials).await
    }
}
