//! One connection to the mail server, from its name to a message handed over.

use std::net::SocketAddr;
use std::sync::Arc;

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::error::{Cause, Fate, MailError, Stage};
use super::tls::Trust;
use super::wire::Wire;
use super::{Budget, Security, SmtpSettings, dialog};
use crate::delivery::address::Mailbox;

/// A connection that is protected as it should be, and signed in.
pub(super) struct Session(AsyncSmtpConnection);

impl Session {
    /// Connects.
    ///
    /// # Errors
    /// [`MailError`]: how far it came.
    pub(super) async fn open(settings: &SmtpSettings, trust: &Trust, budget: &Budget) -> Result<Self, MailError> {
        let (mut stream, peer) = connect(&settings.host, settings.port, budget).await?;
        let wire = match settings.security {
            Security::None => Wire::plain(stream, peer),
            Security::Implicit => Wire::tls(protect(stream, settings, trust, budget).await?, peer, false),
            Security::StartTls => {
                budget.run(Stage::Greeting, dialog::starttls(&mut stream, &settings.hello)).await?;
                Wire::tls(protect(stream, settings, trust, budget).await?, peer, true)
            }
        };
        let hello = ClientId::Domain(settings.hello.clone());
        let greeted = AsyncSmtpConnection::connect_with_transport(Box::new(wire), &hello);
        let mut session = Self(budget.run(Stage::Greeting, greeted).await?);
        if let Some((user, password)) = &settings.login {
            let credentials = Credentials::new(user.clone(), password.expose().to_owned());
            budget.run(Stage::Login, session.0.auth(&[Mechanism::Plain, Mechanism::Login], &credentials)).await?;
        }
        Ok(session)
    }

    /// Hands over a message.
    ///
    /// # Errors
    /// [`MailError`]; the session is of no use any more.
    pub(super) async fn deliver(
        &mut self,
        from: &Mailbox,
        to: &Mailbox,
        message: &[u8],
        budget: &Budget,
    ) -> Result<(), MailError> {
        let recipient = to.address();
        let mut parameters = Vec::new();
        if !recipient.to_string().is_ascii() {
            if !self.0.server_info().supports_feature(Extension::SmtpUtfEight) {
                let what = "the address is not ASCII, and the server does not take such addresses (SMTPUTF8)";
                return Err(MailError::new(Stage::Recipient, what, Fate::Never));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        let without = |error: MailError| error.without(recipient.as_ref());
        budget.run(Stage::Sender, self.0.command(Mail::new(Some(from.address().clone()), parameters))).await.map_err(without)?;
        budget.run(Stage::Recipient, self.0.command(Rcpt::new(recipient.clone(), Vec::new()))).await.map_err(without)?;
        budget.run(Stage::Content, self.0.command(Data)).await.map_err(without)?;
        budget.run(Stage::Content, self.0.message(message)).await.map_err(without)?;
        Ok(())
    }

    /// Whether the server is still there.
    pub(super) async fn answers(&mut self, budget: &Budget) -> bool {
        tokio::time::timeout(budget.left() / 4, self.0.test_connected()).await.unwrap_or(false)
    }

    /// Says goodbye, if there is time.
    pub(super) async fn leave(mut self, budget: &Budget) {
        // A server that does not answer to that has been left all the same.
        let _ = tokio::time::timeout(budget.left().min(std::time::Duration::from_secs(1)), self.0.quit()).await;
    }
}

/// Connects to the first address of the server that answers.
async fn connect(host: &str, port: u16, budget: &Budget) -> Result<(TcpStream, SocketAddr), MailError> {
    let plain = host.trim_matches(['[', ']']);
    let found = budget.run(Stage::Resolve, tokio::net::lookup_host((plain, port))).await?;
    let addresses: Vec<SocketAddr> = found.collect();
    let mut last = MailError::new(Stage::Resolve, format!("{host} has no address"), Fate::Down);
    for (done, address) in addresses.iter().enumerate() {
        // An address that swallows everything must leave some time for the next one.
        let share = budget.left() / u32::try_from(addresses.len() - done).unwrap_or(1);
        last = match tokio::time::timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok((stream, *address)),
            Ok(Err(error)) => MailError::new(Stage::Connect, format!("{address}: {error}"), Fate::Down),
            Err(_) => MailError::new(Stage::Connect, format!("{address}: no answer in time"), Fate::Down),
        };
    }
    Err(last)
}

/// The TLS handshake.
async fn protect(
    stream: TcpStream,
    settings: &SmtpSettings,
    trust: &Trust,
    budget: &Budget,
) -> Result<TlsStream<TcpStream>, MailError> {
    let broken = |what: String| Cause::Broken(what).at(Stage::Tls);
    let config = trust.config().map_err(broken)?;
    let name = ServerName::try_from(settings.host.trim_matches(['[', ']']).to_owned()).map_err(|e| broken(e.to_string()))?;
    budget.run(Stage::Tls, TlsConnector::from(Arc::clone(&config)).connect(name, stream)).await
}
