//! Mail over SMTP (RFC 5321), submitted to the one server that the operator names.

mod dialog;
mod error;
mod session;
mod tls;
mod wire;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kernel::SecretText;
use kernel::clock::Stopwatch;
use tokio::sync::Semaphore;

use super::address::Mailbox;
use super::message::Message;
use error::Cause;
use session::Session;
use tls::Trust;

pub use error::{Fate, MailError, Stage};

/// Connections at a time.
const CONNECTIONS: usize = 4;
/// A connection unused for longer is not used again.
const KEPT: Duration = Duration::from_secs(30);

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// Not at all.
    None,
    /// TLS after a first word in the open (RFC 3207). A server that does not offer it is not talked to.
    StartTls,
    /// TLS from the first byte (RFC 8314).
    Implicit,
}

/// Where mail is handed over, and on whose behalf.
pub struct SmtpSettings {
    /// Name or address of the server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// Certificates (PEM) that are trusted besides those of the system.
    pub extra_ca: Vec<u8>,
    /// User name and password.
    pub login: Option<(String, SecretText)>,
    /// Whom mail is from.
    pub from: Mailbox,
    /// Whom answers go to, if not there.
    pub reply_to: Option<Mailbox>,
    /// A message is handed over within this time or not at all.
    pub timeout: Duration,
    /// How we introduce ourselves: a host name, or an address in brackets.
    pub hello: String,
}

/// Hands over mail. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Mailer(Arc<Inner>);

struct Inner {
    settings: SmtpSettings,
    trust: Trust,
    idle: Mutex<Vec<(Session, Stopwatch)>>,
    permits: Semaphore,
}

impl Mailer {
    /// A mailer that has not called anybody yet.
    ///
    /// # Errors
    /// Says what is wrong with the additional certificates.
    pub fn new(settings: SmtpSettings) -> Result<Self, String> {
        let trust = Trust::new(&settings.extra_ca)?;
        let permits = Semaphore::new(CONNECTIONS);
        Ok(Self(Arc::new(Inner { settings, trust, idle: Mutex::default(), permits })))
    }

    /// The longest that [`Mailer::send`] takes.
    pub fn timeout(&self) -> Duration {
        self.0.settings.timeout
    }

    /// `host:port` of the server.
    pub fn server(&self) -> String {
        format!("{}:{}", self.0.settings.host, self.0.settings.port)
    }

    /// Hands a message over. When this returns, the server has taken responsibility for it.
    ///
    /// # Errors
    /// [`MailError`]; its fate says whether it is worth another attempt. A message whose acceptance was not heard may have been
    /// accepted.
    pub async fn send(&self, message: &Message) -> Result<(), MailError> {
        let inner = &*self.0;
        let budget = Budget::new(inner.settings.timeout);
        let bytes = message.bytes(&inner.settings.from, inner.settings.reply_to.as_ref());
        let bytes = bytes.map_err(|why| MailError::new(Stage::Content, why, Fate::Never))?;
        let permit = budget.run(Stage::Connect, inner.permits.acquire()).await?;
        let mut session = match self.idle(&budget).await {
            Some(session) => session,
            None => Session::open(&inner.settings, &inner.trust, &budget).await?,
        };
        let sent = session.deliver(&inner.settings.from, &message.to, &bytes, &budget).await;
        match &sent {
            Ok(()) => inner.idle.lock().unwrap_or_else(PoisonError::into_inner).push((session, Stopwatch::start())),
            Err(_) => session.leave(&budget).await,
        }
        drop(permit);
        sent
    }

    /// Connects, protects the connection and signs in, all anew, and sends nothing.
    ///
    /// # Errors
    /// [`MailError`]: how far it came.
    pub async fn probe(&self) -> Result<(), MailError> {
        let budget = Budget::new(self.0.settings.timeout);
        let session = Session::open(&self.0.settings, &self.0.trust, &budget).await?;
        session.leave(&budget).await;
        Ok(())
    }

    /// A connection that is open and still answers.
    async fn idle(&self, budget: &Budget) -> Option<Session> {
        loop {
            let kept = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let (mut session, since) = kept?;
            if since.elapsed() < KEPT && session.answers(budget).await {
                return Some(session);
            }
        }
    }
}

/// What is left of the time for one message.
struct Budget {
    watch: Stopwatch,
    total: Duration,
}

impl Budget {
    fn new(total: Duration) -> Self {
        Self { watch: Stopwatch::start(), total }
    }

    fn left(&self) -> Duration {
        self.total.saturating_sub(self.watch.elapsed())
    }

    /// Runs a step in the time that is left.
    async fn run<T, E: Into<Cause>>(&self, stage: Stage, step: impl Future<Output = Result<T, E>>) -> Result<T, MailError> {
        match tokio::time::timeout(self.left(), step).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(cause)) => Err(cause.into().at(stage)),
            Err(_) => Err(MailError::new(stage, "no answer in time", Fate::Down)),
        }
    }
}
