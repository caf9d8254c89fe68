//! The way to a server: name to address, TCP, TLS, and the guard between the wire and the LDAP library.
//!
//! The library reads what it is given without bounds and takes its shape for granted. So it gets one end of a local socket pair; the
//! other end is carried to the server by [`carry`], which lets only whole, bounded, well-formed answers to what was asked pass.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, StdStream};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpStream, UnixStream, lookup_host};
use tokio::task::AbortHandle;

use super::config::Server;
use super::frames::{self, Pass};
use super::sasl;
use super::tls::Tls;
use crate::kerberos::client::{Client, Kind, Trouble, of_certificate};

/// Bytes of all answers to one request at most.
const MAX_ANSWER: usize = 64 << 20;

/// The extended operation StartTLS (RFC 4511, section 4.14) as message number 1; the library starts counting anew.
const START_TLS: &[u8] = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";

/// The step at which a connection failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Dns,
    Tcp,
    Tls,
    Bind,
    /// Getting a ticket, or signing in with it.
    Kerberos(Kind),
}

impl Stage {
    const fn words(self) -> &'static str {
        match self {
            Self::Dns => "the name has no address",
            Self::Tcp => "no connection",
            Self::Tls => "TLS fails",
            Self::Bind => "the service account cannot sign in",
            Self::Kerberos(_) => "the service account cannot sign in with Kerberos",
        }
    }
}

/// There is no connection to a server.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{server}: {}: {what}", .stage.words())]
pub(super) struct NoConnection {
    pub(super) server: String,
    pub(super) stage: Stage,
    pub(super) what: String,
}

impl NoConnection {
    pub(super) fn new(server: &Server, stage: Stage, what: impl Into<String>) -> Self {
        Self { server: server.to_string(), stage, what: what.into() }
    }
}

/// The tasks behind a connection; they end with it.
pub(super) struct Tasks(Vec<AbortHandle>);

impl Drop for Tasks {
    fn drop(&mut self) {
        self.0.iter().for_each(AbortHandle::abort);
    }
}

/// How a server is reached.
pub(super) struct Way<'a> {
    pub(super) tls: &'a Tls,
    /// TLS by StartTLS, where the server does not begin with it.
    pub(super) start_tls: bool,
    /// How long each step may take.
    pub(super) patience: Duration,
    /// Which addresses may be called; `None` for all, since an administrator named the server.
    pub(super) admits: Option<&'a (dyn Fn(IpAddr) -> bool + Sync)>,
    /// Who signs in with a ticket, before anything else.
    pub(super) kerberos: Option<&'a Client>,
}

/// Connects; nobody is signed in yet, unless it is somebody with a ticket.
///
/// # Errors
/// Says at which step it failed.
pub(super) async fn open(server: &Server, way: &Way<'_>) -> Result<(Ldap, Tasks), NoConnection> {
    let failed = |stage, what: String| NoConnection::new(server, stage, what);
    if !server.tls && !way.start_tls {
        // Nothing would protect what follows the ticket.
        if way.kerberos.is_some() {
            return Err(failed(Stage::Tls, "signing in with Kerberos needs ldaps:// or START_TLS".to_owned()));
        }
        return join(connect(server, way).await?).await.map_err(|e| failed(Stage::Tcp, e));
    }
    if let Some(client) = way.kerberos {
        // A ticket first: a directory does not wait long for somebody who connects and says nothing.
        client.ticket("ldap", &server.host).await.map_err(|e| no_entry(server, e))?;
    }
    let mut stream = connect(server, way).await?;
    if !server.tls {
        match tokio::time::timeout(way.patience, start_tls(&mut stream)).await {
            Ok(Ok(())) => {}
            Ok(Err(e)) => return Err(failed(Stage::Tls, e)),
            Err(_) => return Err(failed(Stage::Tls, "no answer to StartTLS in time".to_owned())),
        }
    }
    let mut stream = way.tls.connect(&server.host, stream, way.patience).await.map_err(|e| failed(Stage::Tls, e))?;
    if let Some(client) = way.kerberos {
        let certificate = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
        let binding = certificate.and_then(|certificate| of_certificate(certificate));
        let entering = sasl::sign_in(&mut stream, &server.host, binding.as_deref(), client);
        let silent = || Trouble::new(Kind::Service, "no answer to the sign-in in time");
        let entered = tokio::time::timeout(way.patience, entering).await.unwrap_or_else(|_| Err(silent()));
        entered.map_err(|e| no_entry(server, e))?;
    }
    join(stream).await.map_err(|e| failed(Stage::Tcp, e))
}

fn no_entry(server: &Server, trouble: Trouble) -> NoConnection {
    NoConnection::new(server, Stage::Kerberos(trouble.kind), trouble.what)
}

/// The addresses of a server.
pub(super) async fn addresses(server: &Server, patience: Duration) -> Result<Vec<SocketAddr>, NoConnection> {
    let found = tokio::time::timeout(patience, lookup_host((server.host.as_str(), server.port))).await;
    match found {
        Ok(Ok(found)) => Ok(found.take(16).collect()),
        Ok(Err(e)) => Err(NoConnection::new(server, Stage::Dns, e.to_string())),
        Err(_) => Err(NoConnection::new(server, Stage::Dns, "no answer in time")),
    }
}

async fn connect(server: &Server, way: &Way<'_>) -> Result<TcpStream, NoConnection> {
    let mut addresses = addresses(server, way.patience).await?;
    addresses.retain(|address| way.admits.is_none_or(|admits| admits(address.ip())));
    let share = way.patience / u32::try_from(addresses.len().max(1)).unwrap_or(1);
    let mut last = "it has no address that may be called".to_owned();
    for address in addresses {
        match tokio::time::timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Without it, small messages wait for one another; a connection that refuses works all the same.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(e)) => last = e.to_string(),
            Err(_) => last = "no answer in time".to_owned(),
        }
    }
    Err(NoConnection::new(server, Stage::Tcp, last))
}

async fn start_tls(stream: &mut TcpStream) -> Result<(), String> {
    stream.write_all(START_TLS).await.map_err(|e| e.to_string())?;
    // Read byte by byte: what follows belongs to TLS.
    let message = frames::read(stream).await.map_err(|e| e.to_string())?;
    let mut message = message.ok_or("the server closes the connection")?;
    frames::check_answer(&mut message).map_err(|e| e.to_string())?;
    let (id, operation) = frames::head(&message).map_err(|e| e.to_string())?;
    let code = frames::Elements::inside(&message, operation).next().ok().flatten();
    match (id, operation.tag, code.and_then(|code| frames::number(&message, code).ok())) {
        (1, 0x78, Some(0)) => Ok(()),
        (1, 0x78, Some(code)) => Err(format!("the server refuses StartTLS (result {code})")),
        _ => Err("the server does not answer StartTLS".to_owned()),
    }
}

/// Joins a stream to the library.
async fn join<S>(remote: S) -> Result<(Ldap, Tasks), String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (ours, theirs) = std::os::unix::net::UnixStream::pair().map_err(|e| e.to_string())?;
    ours.set_nonblocking(true).map_err(|e| e.to_string())?;
    let ours = UnixStream::from_std(ours).map_err(|e| e.to_string())?;
    let settings = LdapConnSettings::new().set_std_stream(StdStream::Unix(theirs));
    let (connection, ldap) = LdapConnAsync::with_settings(settings, "ldapi:///").await.map_err(|e| e.to_string())?;
    let carried = tokio::spawn(async move {
        if let Err(e) = carry(remote, ours).await {
            tracing::debug!("a connection to a directory ends: {e}");
        }
    });
    let driven = tokio::spawn(async move {
        // What went wrong is told to whoever waits for an answer.
        let _ = connection.drive().await;
    });
    Ok((ldap, Tasks(vec![carried.abort_handle(), driven.abort_handle()])))
}

/// What was asked and not answered yet: the operation, and how many bytes its answers may still have.
type Open = Mutex<HashMap<i32, (u8, usize)>>;

/// Carries messages between the server and the library until one of them ends, or something that is no answer comes.
///
/// # Errors
/// Says why it ended, unless one side just closed.
pub(super) async fn carry<R, L>(remote: R, local: L) -> std::io::Result<()>
where
    R: AsyncRead + AsyncWrite + Unpin,
    L: AsyncRead + AsyncWrite + Unpin,
{
    let open = Open::default();
    let (from_remote, to_remote) = tokio::io::split(remote);
    let (from_local, to_local) = tokio::io::split(local);
    tokio::select! {
        ended = requests(from_local, to_remote, &open) => ended,
        ended = answers(from_remote, to_local, &open) => ended,
    }
}

async fn requests(from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, open: &Open) -> std::io::Result<()> {
    let mut from = BufReader::new(from);
    while let Some(message) = frames::read(&mut from).await? {
        let (id, operation) = frames::head(&message).map_err(std::io::Error::other)?;
        if frames::last_answer(operation.tag).is_some() {
            open.lock().unwrap_or_else(PoisonError::into_inner).insert(id, (operation.tag, MAX_ANSWER));
        }
        if operation.tag == frames::ABANDON {
            let given_up = frames::number(&message, operation).map_err(std::io::Error::other)?;
            open.lock().unwrap_or_else(PoisonError::into_inner).remove(&given_up);
        }
        to.write_all(&message).await?;
        to.flush().await?;
        if operation.tag == frames::UNBIND {
            break;
        }
    }
    to.shutdown().await
}

async fn answers(from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, open: &Open) -> std::io::Result<()> {
    let mut from = BufReader::new(from);
    while let Some(mut message) = frames::read(&mut from).await? {
        let (id, operation) = frames::head(&message).map_err(std::io::Error::other)?;
        if id == 0 {
            return Err(std::io::Error::other("the server says good-bye"));
        }
        if expected(open, id, operation.tag, message.len()).map_err(std::io::Error::other)? == Pass::Drop {
            continue;
        }
        if frames::check_answer(&mut message).map_err(std::io::Error::other)? == Pass::On {
            to.write_all(&message).await?;
        }
    }
    Ok(())
}

/// Whether an answer is one to an open request.
fn expected(open: &Open, id: i32, tag: u8, len: usize) -> Result<Pass, frames::Malformed> {
    let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
    // Late answers to what nobody waits for any more.
    let Some((request, left)) = open.get_mut(&id) else { return Ok(Pass::Drop) };
    *left = left.checked_sub(len).ok_or(frames::Malformed("too much in answer to one request"))?;
    let last = frames::last_answer(*request);
    let within = *request == frames::SEARCH && matches!(tag, frames::ENTRY | frames::REFERENCE);
    if Some(tag) == last {
        open.remove(&id);
    } else if !within && tag != frames::INTERMEDIATE {
        return Err(frames::Malformed("an answer of another kind than what was asked"));
    }
    Ok(Pass::On)
}

#[cfg(test)]
#[path = "transport_tests.rs"]
mod tests;
