//! The other side: we ourselves are known to a domain, get tickets of its key distribution centre, and show them to services.
//!
//! * [`exchange`] asks the centre (over TCP, [`wire`]); [`requests`] and [`answers`] are its messages, with all checks of RFC 4120
//!   sections 3.1.5 and 3.3.4. A centre is believed because it knows our key, never because of its address.
//! * [`context`] shows a ticket to a service, and knows the service by its answer.
//! * [`Client`] keeps tickets in memory until shortly before they end, and asks for each once, however many wait for it.

mod answers;
mod binding;
mod context;
mod exchange;
mod krb5_conf;
#[cfg(test)]
mod real_tests;
mod requests;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod trouble;
mod wire;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use kernel::clock::Stopwatch;
use kernel::{Clock, Entropy, SecretText, Timestamp};
use tokio::sync::Mutex;

pub(crate) use binding::of_certificate;
pub(crate) use context::{Begun, refusal};
pub(crate) use trouble::{Kind, Trouble};
use wire::Centre;

use super::enctype::Key;
use super::principal::Principal;

/// For how long a failure is the answer to others who ask for the same. An account is locked by many attempts with a wrong key.
const REST: Duration = Duration::from_secs(10);
/// Services whose tickets are kept at most.
const MAX_SERVICES: usize = 256;

/// By what we prove who we are.
#[derive(Clone)]
pub(crate) enum Secret {
    /// A file with keys; read anew for every first ticket.
    Keytab(PathBuf),
    Password(SecretText),
}

/// Who we are, and whom we ask.
#[derive(Clone)]
pub(crate) struct Settings {
    client: Principal,
    secret: Secret,
    centres: Vec<Centre>,
    patience: Duration,
}

impl Settings {
    /// Reads the name of our account (`name@REALM`) and the list of key distribution centres; an empty one means those of the machine's
    /// `krb5.conf`. Each question to the centres may take as long as `patience`.
    ///
    /// # Errors
    /// Says what is wrong.
    pub(crate) fn read(client: &str, centres: &str, secret: Secret, patience: Duration) -> Result<Self, &'static str> {
        let client = Principal::parse(client.trim()).ok_or("BINDDN must be name@REALM for AUTHTYPE SASL Kerberos.")?;
        let centres = Centre::list(centres).ok_or("KERBEROS_KDC is no list of host or host:port.")?;
        Ok(Self { client, secret, centres, patience })
    }
}

/// A ticket with its key.
pub(crate) struct Credential {
    ticket: Vec<u8>,
    session: Key,
    client: Principal,
    /// When it is to be replaced.
    until: Timestamp,
}

/// Gets tickets for our account.
pub(crate) struct Client {
    settings: Settings,
    clock: Clock,
    chance: Entropy,
    /// Held while a centre is asked: others wait for what comes of it.
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    granting: Option<Arc<Credential>>,
    services: HashMap<String, Arc<Credential>>,
    failed: HashMap<String, (Stopwatch, Trouble)>,
}

impl Client {
    /// For this account; nobody is asked yet.
    pub(crate) fn new(settings: Settings, clock: Clock, chance: Entropy) -> Self {
        Self { settings, clock, chance, held: Mutex::default() }
    }

    /// A ticket for the service of this kind on a host.
    ///
    /// # Errors
    /// Says why there is none.
    pub(crate) async fn ticket(&self, kind: &str, host: &str) -> Result<Arc<Credential>, Trouble> {
        let realm = self.settings.client.realm.clone();
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let service = Principal::new(vec![kind.to_owned(), host], realm);
        let service =
            service.ok_or_else(|| Trouble::new(Kind::UnknownService, "the host has no name that a service could have"))?;
        let name = service.to_string();
        let mut held = self.held.lock().await;
        let now = self.clock.now();
        if let Some(credential) = held.services.get(&name).filter(|credential| credential.until > now) {
            return Ok(Arc::clone(credential));
        }
        // Under no name are failures that no other service would mend.
        let failed = [name.as_str(), ""].into_iter().filter_map(|name| held.failed.get(name));
        if let Some((_, trouble)) = failed.into_iter().find(|(since, _)| since.elapsed() < REST) {
            return Err(trouble.clone());
        }
        let asked = self.ask(&mut held, &service).await;
        held.trim(now);
        match asked {
            Ok(credential) => {
                let credential = Arc::new(credential);
                held.failed.clear();
                held.services.insert(name, Arc::clone(&credential));
                Ok(credential)
            }
            Err(trouble) => {
                let name = if trouble.kind.is_of_one_service() { name } else { String::new() };
                held.failed.insert(name, (Stopwatch::start(), trouble.clone()));
                Err(trouble)
            }
        }
    }

    async fn ask(&self, held: &mut Held, service: &Principal) -> Result<Credential, Trouble> {
        let now = || self.clock.now();
        let kept = held.granting.take().filter(|credential| credential.until > now());
        if let Some(granting) = kept {
            match exchange::further(&self.settings, &granting, service, (now(), &self.chance)).await {
                // The centre may have new keys since, and the account another state.
                Err(Trouble { kind: Kind::WrongKey | Kind::Barred | Kind::Service | Kind::Centre | Kind::Odd, .. }) => {}
                done => {
                    held.granting = Some(granting);
                    return done;
                }
            }
        }
        let granting = Arc::new(exchange::first(&self.settings, now(), &self.chance).await?);
        held.granting = Some(Arc::clone(&granting));
        exchange::further(&self.settings, &granting, service, (now(), &self.chance)).await
    }

    /// Forgets a ticket that a service did not take: the service may have a new key.
    pub(crate) async fn forget(&self, refused: &Arc<Credential>) {
        self.held.lock().await.services.retain(|_, credential| !Arc::ptr_eq(credential, refused));
    }

    /// The time, for what is shown to services.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Chance, for what is shown to services.
    pub(crate) const fn chance(&self) -> &Entropy {
        &self.chance
    }
}

impl Held {
    fn trim(&mut self, now: Timestamp) {
        self.failed.retain(|_, (since, _)| since.elapsed() < REST);
        self.services.retain(|_, credential| credential.until > now);
        if self.services.len() >= MAX_SERVICES {
            self.services.clear();
        }
    }
}
