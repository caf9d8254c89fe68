//! Servers and connections: whom to ask next, whom to leave out for a while, and connections that are used again.
//!
//! There are two pools. [`Searches`] are signed in as the service account and do everything but check passwords; [`Checks`] are only
//! ever used to sign in as somebody, and never to ask anything: after a check they still are that somebody.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kernel::clock::Stopwatch;
use kernel::{Clock, Entropy, SecretText};
use ldap3::Mod;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::config::{Account, Config, Server, Strategy};
use super::connection::{Ask, Broken, Connection, Found, Said, Unfound};
use super::tls::Tls;
use super::transport::{self, NoConnection, Stage, Way};
use crate::kerberos::client::Client;
use crate::resolvers::ResolverError;

/// Connections of each pool at most.
const CONNECTIONS: usize = 8;
/// How long a connection may rest before it is opened anew.
const REST: Duration = Duration::from_secs(60);
/// Requests after which a connection is opened anew: the library remembers each.
const REQUESTS: u32 = 10_000;

/// What both pools share: the servers, and which of them are out of order.
pub(super) struct Servers {
    config: Arc<Config>,
    tls: Tls,
    down: Vec<Mutex<Option<Stopwatch>>>,
    turn: AtomicUsize,
    chance: Entropy,
    /// Gets tickets, where the service account signs in with them.
    kerberos: Option<Client>,
}

impl Servers {
    pub(super) fn new(config: Arc<Config>, clock: Clock, chance: Entropy) -> Arc<Self> {
        let down = config.servers.iter().map(|_| Mutex::new(None)).collect();
        let tls = Tls::new(config.tls.clone());
        let kerberos = match &config.account {
            Account::Kerberos(settings) => Some(Client::new(settings.clone(), clock, chance.clone())),
            Account::Nobody | Account::Password(..) => None,
        };
        Arc::new(Self { config, tls, down, turn: AtomicUsize::new(0), chance, kerberos })
    }

    pub(super) fn tls(&self) -> &Tls {
        &self.tls
    }

    pub(super) fn kerberos(&self) -> Option<&Client> {
        self.kerberos.as_ref()
    }

    fn out_for(&self, server: usize) -> Option<Duration> {
        let down = self.down[server].lock().unwrap_or_else(PoisonError::into_inner);
        down.map(|since| since.elapsed()).filter(|out| *out < self.config.skip)
    }

    fn set_down(&self, server: usize, down: bool) {
        *self.down[server].lock().unwrap_or_else(PoisonError::into_inner) = down.then(Stopwatch::start);
    }

    /// The servers in the order in which they are to be tried.
    pub(super) fn tour(&self) -> Vec<usize> {
        let count = self.config.servers.len();
        let mut order: Vec<usize> = (0..count).collect();
        match self.config.strategy {
            Strategy::First => {}
            Strategy::RoundRobin => order.rotate_left(self.turn.fetch_add(1, Ordering::Relaxed) % count),
            Strategy::Random => (1..count).rev().for_each(|at| order.swap(at, self.chance.below(at + 1))),
        }
        let mut up: Vec<usize> = order.iter().copied().filter(|server| self.out_for(*server).is_none()).collect();
        if up.is_empty() {
            // All are out of order: the one that has been for longest may have come back.
            up.extend(order.into_iter().max_by_key(|server| self.out_for(*server)));
        }
        up.repeat(self.config.rounds)
    }

    /// Opens a connection; nobody is signed in.
    pub(super) async fn open(&self, server: &Server) -> Result<Connection, NoConnection> {
        self.connect(server, None).await
    }

    async fn connect(&self, server: &Server, kerberos: Option<&Client>) -> Result<Connection, NoConnection> {
        let patience = self.config.timeout;
        let way = Way { tls: &self.tls, start_tls: self.config.tls.start, patience, admits: None, kerberos };
        let (ldap, tasks) = transport::open(server, &way).await?;
        Ok(Connection::new(ldap, tasks, patience))
    }

    /// Opens a connection on which the service account is signed in.
    pub(super) async fn enter(&self, server: &Server) -> Result<Connection, Refusal> {
        let mut connection = self.connect(server, self.kerberos()).await.map_err(Refusal::of)?;
        let Account::Password(dn, password) = &self.config.account else { return Ok(connection) };
        let no = |what: String| NoConnection::new(server, Stage::Bind, what);
        let said = connection.bind(dn, password.expose()).await.map_err(|e| Refusal::Again(no(e.0)))?;
        // Trying other servers with the same password would only lock the account.
        if said.ok() { Ok(connection) } else { Err(Refusal::Final(no(said.words()))) }
    }
}

/// A server cannot be used.
pub(super) enum Refusal {
    /// Another one may do.
    Again(NoConnection),
    /// None will.
    Final(NoConnection),
}

impl Refusal {
    fn of(failed: NoConnection) -> Self {
        match failed.stage {
            // All directories of a domain have the same centres, and the account the same key everywhere.
            Stage::Kerberos(kind) if !kind.is_of_one_service() => Self::Final(failed),
            _ => Self::Again(failed),
        }
    }
}

struct Idle {
    connection: Connection,
    since: Stopwatch,
    requests: u32,
}

struct Pool {
    servers: Arc<Servers>,
    sign_in: bool,
    idle: Vec<Mutex<Vec<Idle>>>,
    permits: Semaphore,
}

/// A connection in use; it goes back when it is dropped after [`Lease::done`].
struct Lease<'a> {
    pool: &'a Pool,
    server: usize,
    idle: Option<Idle>,
    reused: bool,
    done: bool,
    _permit: SemaphorePermit<'a>,
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let Some(mut idle) = self.idle.take() else { return };
        // A request that was given up midway leaves a connection on which its answer may still come.
        if self.done && !idle.connection.is_closed() && idle.requests < REQUESTS {
            idle.since = Stopwatch::start();
            let mut resting = self.pool.idle[self.server].lock().unwrap_or_else(PoisonError::into_inner);
            resting.retain(|idle| idle.since.elapsed() < REST);
            resting.push(idle);
        }
    }
}

impl Lease<'_> {
    fn connection(&mut self) -> Result<&mut Connection, Broken> {
        let idle = self.idle.as_mut().ok_or_else(|| Broken("the connection was closed".to_owned()))?;
        idle.requests += 1;
        Ok(&mut idle.connection)
    }

    fn done(mut self) {
        self.done = true;
    }
}

/// Which servers are still to be tried for one question.
struct Attempts {
    tour: std::vec::IntoIter<usize>,
    /// A server whose resting connection had been closed: it deserves a fresh one.
    again: Option<usize>,
    last: String,
}

impl Pool {
    fn new(servers: Arc<Servers>, sign_in: bool) -> Self {
        let idle = servers.config.servers.iter().map(|_| Mutex::default()).collect();
        Self { servers, sign_in, idle, permits: Semaphore::new(CONNECTIONS) }
    }

    fn attempts(&self) -> Attempts {
        Attempts { tour: self.servers.tour().into_iter(), again: None, last: "no server is left to ask".to_owned() }
    }

    /// A connection to the next server that gives one.
    async fn lease(&self, attempts: &mut Attempts) -> Result<Lease<'_>, ResolverError> {
        let patience = self.servers.config.timeout;
        let permit = match tokio::time::timeout(patience, self.permits.acquire()).await {
            Ok(Ok(permit)) => permit,
            _ => return Err(ResolverError::Unavailable("all connections are in use".to_owned())),
        };
        loop {
            let (server, fresh) = match attempts.again.take() {
                Some(server) => (server, true),
                None => match attempts.tour.next() {
                    Some(server) => (server, false),
                    None => return Err(ResolverError::Unavailable(attempts.last.clone())),
                },
            };
            if let Some(idle) = self.resting(server).filter(|_| !fresh) {
                return Ok(Lease { pool: self, server, idle: Some(idle), reused: true, done: false, _permit: permit });
            }
            match self.connect(server).await {
                Ok(connection) => {
                    self.servers.set_down(server, false);
                    let idle = Some(Idle { connection, since: Stopwatch::start(), requests: 0 });
                    return Ok(Lease { pool: self, server, idle, reused: false, done: false, _permit: permit });
                }
                Err(Refusal::Final(e)) => return Err(ResolverError::Unavailable(e.to_string())),
                Err(Refusal::Again(e)) => {
                    self.servers.set_down(server, true);
                    attempts.last = e.to_string();
                }
            }
        }
    }

    fn resting(&self, server: usize) -> Option<Idle> {
        let mut resting = self.idle[server].lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(mut idle) = resting.pop() {
            if idle.since.elapsed() < REST && !idle.connection.is_closed() {
                return Some(idle);
            }
        }
        None
    }

    async fn connect(&self, server: usize) -> Result<Connection, Refusal> {
        let server = &self.servers.config.servers[server];
        match self.sign_in {
            true => self.servers.enter(server).await,
            false => self.servers.open(server).await.map_err(Refusal::Again),
        }
    }

    /// A connection broke under a question: a rested one may just have been too old, a fresh one tells about the server.
    fn broken(&self, lease: Lease<'_>, attempts: &mut Attempts, e: &Broken) {
        let server = lease.server;
        attempts.last = format!("{}: {}", self.servers.config.servers[server], e.0);
        if lease.reused {
            self.idle[server].lock().unwrap_or_else(PoisonError::into_inner).clear();
            attempts.again = Some(server);
        } else {
            self.servers.set_down(server, true);
        }
    }
}

/// Connections of the service account.
pub(super) struct Searches(Pool);

impl Searches {
    pub(super) fn new(servers: Arc<Servers>) -> Self {
        Self(Pool::new(servers, true))
    }

    /// Searches; a server that does not answer makes way for the next.
    pub(super) async fn search(&self, ask: &Ask) -> Result<Result<Found, Said>, ResolverError> {
        let mut attempts = self.0.attempts();
        loop {
            let mut lease = self.0.lease(&mut attempts).await?;
            let found = match lease.connection() {
                Ok(connection) => connection.search(ask).await,
                Err(e) => Err(Unfound::Broken(e)),
            };
            match found {
                Ok(found) => {
                    lease.done();
                    return Ok(Ok(found));
                }
                Err(Unfound::Refused(said)) => {
                    lease.done();
                    return Ok(Err(said));
                }
                Err(Unfound::Broken(e)) => self.0.broken(lease, &mut attempts, &e),
            }
        }
    }

    /// Writes. It is tried once: whether a write that got no answer was made is not known.
    pub(super) async fn write(&self, write: Write<'_>) -> Result<Said, ResolverError> {
        let mut attempts = self.0.attempts();
        // A fresh connection: one that has rested too long would be a reason to try again.
        attempts.again = attempts.tour.next();
        let mut lease = self.0.lease(&mut attempts).await?;
        let said = match lease.connection() {
            Ok(connection) => write.on(connection).await,
            Err(e) => Err(e),
        };
        match said {
            Ok(said) => {
                lease.done();
                Ok(said)
            }
            Err(e) => {
                self.0.broken(lease, &mut attempts, &e);
                Err(ResolverError::Unavailable(attempts.last))
            }
        }
    }
}

/// A change of the directory.
pub(super) enum Write<'a> {
    Add(&'a str, Vec<(String, Vec<Vec<u8>>)>),
    Modify(&'a str, Vec<Mod<Vec<u8>>>),
    Rename(&'a str, &'a str),
    Delete(&'a str),
    /// Name, old password, new password.
    Password(&'a str, Option<&'a SecretText>, &'a SecretText),
}

impl Write<'_> {
    async fn on(self, connection: &mut Connection) -> Result<Said, Broken> {
        match self {
            Self::Add(dn, attributes) => connection.add(dn, attributes).await,
            Self::Modify(dn, changes) => connection.modify(dn, changes).await,
            Self::Rename(dn, rdn) => connection.rename(dn, rdn).await,
            Self::Delete(dn) => connection.delete(dn).await,
            Self::Password(dn, old, new) => connection.change_password(dn, old.map(SecretText::expose), new.expose()).await,
        }
    }
}

/// Connections that check passwords and do nothing else.
pub(super) struct Checks(Pool);

impl Checks {
    pub(super) fn new(servers: Arc<Servers>) -> Self {
        Self(Pool::new(servers, false))
    }

    /// Signs in as somebody. The password is not empty: that would be no sign-in (RFC 4513, section 5.1.2).
    pub(super) async fn check(&self, dn: &str, password: &SecretText) -> Result<Said, ResolverError> {
        if password.is_empty() || dn.is_empty() {
            return Err(ResolverError::Internal("an empty name or password reaches the directory".to_owned()));
        }
        let mut attempts = self.0.attempts();
        loop {
            let mut lease = self.0.lease(&mut attempts).await?;
            let said = match lease.connection() {
                Ok(connection) => connection.bind(dn, password.expose()).await,
                Err(e) => Err(e),
            };
            match said {
                Ok(said) => {
                    lease.done();
                    return Ok(said);
                }
                Err(e) => self.0.broken(lease, &mut attempts, &e),
            }
        }
    }

    /// A connection of one's own on which somebody is signed in, to act as themselves; never used again.
    pub(super) async fn as_somebody(&self, dn: &str, password: &SecretText) -> Result<(Connection, Said), ResolverError> {
        if password.is_empty() || dn.is_empty() {
            return Err(ResolverError::Internal("an empty name or password reaches the directory".to_owned()));
        }
        let mut last = ResolverError::Unavailable("no server is left to ask".to_owned());
        for server in self.0.servers.tour() {
            let unavailable = |e: &dyn std::fmt::Display| ResolverError::Unavailable(e.to_string());
            match self.0.servers.open(&self.0.servers.config.servers[server]).await {
                Ok(mut connection) => match connection.bind(dn, password.expose()).await {
                    Ok(said) => return Ok((connection, said)),
                    Err(e) => last = unavailable(&e),
                },
                Err(e) => last = unavailable(&e),
            }
        }
        Err(last)
    }
}
