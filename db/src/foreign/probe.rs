//! The way to the database, step by step, for who looks what is wrong.

use std::time::Duration;

use sqlx::{Executor, IntoArguments};
use tokio::net::{TcpStream, lookup_host};

use super::connect::Entry;
use super::remote::Remote;
use super::{Engine, ForeignError, ForeignTable, Server, Stage, file};

/// A way that can be gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// It does not leave this machine.
    pub is_local: bool,
    /// Whether it is encrypted, if there is a server that says so.
    pub encrypted: Option<bool>,
}

impl ForeignTable {
    /// Enters the database, step by step.
    ///
    /// # Errors
    /// [`ForeignError::Closed`] with the first step that fails.
    pub async fn enter(&self) -> Result<Way, ForeignError> {
        match &self.engine {
            Engine::Postgres(remote) => entered(remote).await,
            Engine::MySql(remote) => entered(remote).await,
            Engine::Sqlite(sqlite) => file::enter(sqlite).await.map(|()| Way { is_local: true, encrypted: None }),
        }
    }
}

async fn entered<F: Entry>(remote: &Remote<F>) -> Result<Way, ForeignError>
where
    for<'c> &'c mut F::Connection: Executor<'c, Database = F>,
    F::Arguments: IntoArguments<F>,
{
    let pool = remote.pool();
    let is_local = reach(pool.server(), F::PORT, pool.bounds().patience).await?;
    drop(pool.take(true).await?);
    Ok(Way { is_local, encrypted: remote.encrypted().await? })
}

/// Looks the name up and connects; whether it is this machine.
async fn reach(server: &Server, port: u16, patience: Duration) -> Result<bool, ForeignError> {
    if server.socket.is_some() {
        return Ok(true);
    }
    let port = server.port.unwrap_or(port);
    let at = |stage: Stage, what: String| ForeignError::Closed(stage, format!("{}:{port}: {what}", server.host));
    let late = |stage| move || at(stage, "no answer in time".to_owned());
    let host = server.host.trim_matches(['[', ']']);
    let found = tokio::time::timeout(patience, lookup_host((host, port))).await.map_err(|_| late(Stage::Name)())?;
    let addresses: Vec<_> = found.map_err(|e| at(Stage::Name, e.to_string()))?.take(16).collect();
    let local = addresses.iter().all(|address| address.ip().is_loopback());
    let connected = tokio::time::timeout(patience, TcpStream::connect(addresses.as_slice())).await;
    connected.map_err(|_| late(Stage::Connect)())?.map_err(|e| at(Stage::Connect, e.to_string()))?;
    Ok(local)
}
