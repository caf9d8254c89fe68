//! The identity provider's services, wired on the engine.

use std::sync::Arc;

use db::Db;
use idp::login::{LoginSettings, Logins};
use idp::oidc::{Parts, Provider};
use idp::party::client::Clients;
use idp::party::client::published::Published;
use idp::party::sp::Sps;
use idp::saml::{self, Contact, Ours};
use kernel::Entropy;
use kernel::outbound::{Allow, Outbound, OutboundConfig};
use keys::{Keys, Purpose, Ring};
use mfa::Mfa;
use templates::Lang;

use crate::app::ISSUER;
use crate::config::Config;
use crate::ports::{Engine, Guesses, Outside};
use crate::start::StartError;

/// What the provider is wired from.
pub(crate) struct Wiring<'a> {
    pub(crate) config: &'a Config,
    pub(crate) db: &'a Db,
    pub(crate) keys: &'a Keys,
    pub(crate) entropy: &'a Entropy,
    pub(crate) ring: &'a Ring,
    pub(crate) mfa: &'a Mfa,
    pub(crate) clients: &'a Clients,
    pub(crate) sps: &'a Sps,
    pub(crate) outbound: &'a Outbound,
}

/// The login flows, the OpenID provider and the SAML identity provider.
pub(crate) fn wire(with: &Wiring<'_>) -> (Logins, Provider, saml::Provider) {
    let engine = Engine::new(with.mfa.clone(), with.config);
    let ports = engine.ports();
    let settings = LoginSettings {
        lifetime: with.config.login.lifetime,
        refusal_deadline: with.config.login.failed_after,
        ..LoginSettings::default()
    };
    let logins = Logins::new(with.db.clone(), with.keys, with.entropy.clone(), ports.clone(), settings);
    let saml = saml::Provider::new(saml::Parts {
        origin: with.config.server.public_url.origin().to_owned(),
        db: with.db.clone(),
        chance: with.entropy.clone(),
        ring: with.ring.clone(),
        lookup: with.keys.mac_key(Purpose::Lookup),
        pairwise: with.keys.mac_key(Purpose::Pairwise),
        sealer: with.keys.sealer().clone(),
        sps: with.sps.clone(),
        sessions: logins.sessions().clone(),
        outbound: with.outbound.clone(),
        people: ports.people.clone(),
        decisions: ports.decisions.clone(),
        events: ports.events.clone(),
        ours: ours(with.config),
    });
    let provider = Provider::new(Parts {
        issuer: with.config.server.public_url.origin().to_owned(),
        issuer_name: ISSUER.to_owned(),
        ui_locales: Lang::ALL.iter().map(|lang| lang.tag().to_owned()).collect(),
        db: with.db.clone(),
        chance: with.entropy.clone(),
        ring: with.ring.clone(),
        lookup: with.keys.mac_key(Purpose::Lookup),
        clients: with.clients.clone(),
        published: Published::new(Arc::new(Outside(with.outbound.clone()))),
        sessions: logins.sessions().clone(),
        people: ports.people,
        guesses: Arc::new(Guesses(engine)),
        events: ports.events,
    });
    (logins, provider, saml)
}

/// What our SAML metadata tells.
fn ours(config: &Config) -> Ours {
    let saml = &config.saml;
    let logo = saml.logo_url.clone().or_else(|| config.brand.logo.clone().filter(|logo| logo.starts_with("https://")));
    let contacts = [
        (Contact::Technical, &saml.technical_contact),
        (Contact::Support, &saml.support_contact),
        (Contact::Security, &saml.security_contact),
    ];
    Ours {
        valid: saml.metadata_valid,
        cache: saml.metadata_cache,
        name: config.brand.name.clone(),
        description: saml.description.clone(),
        information: saml.information_url.clone(),
        privacy: saml.privacy_url.clone(),
        logo: logo.map(|url| (url, saml.logo_width, saml.logo_height)),
        organization: saml.organization.clone().zip(saml.organization_url.clone()),
        contacts: contacts.into_iter().filter_map(|(contact, address)| Some((contact, address.clone()?))).collect(),
    }
}

/// The one client for calls to others.
///
/// # Errors
/// When the additional certificates cannot be read.
pub(crate) fn outbound(config: &Config) -> Result<Outbound, StartError> {
    let extra_ca = match &config.outbound.extra_ca {
        Some(path) => std::fs::read(path).map_err(|e| StartError::Outbound(format!("{}: {e}", path.display())))?,
        None => Vec::new(),
    };
    let allow = Allow::parse(&config.outbound.allow).map_err(StartError::Outbound)?;
    let settings = OutboundConfig { allow, timeout: config.outbound.timeout, extra_ca, ..OutboundConfig::default() };
    Outbound::new(settings).map_err(StartError::Outbound)
}
