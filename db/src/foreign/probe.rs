//! The way to the database, step by step, for who looks what is wrong.

use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};

use super::connect::Entry;
use super::{Engine, ForeignError, ForeignTable, Server, Stage, file};

/// A way that can be gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A file, or a socket on this machine, or an address of this machine.
    Local,
    /// Through the network; encrypted or not, if the server says it.
    Network(Option<bool>),
}

impl ForeignTable {
    /// Enters the database, step by step.
    ///
    /// # Errors
    /// [`ForeignError::Closed`] with the first step that fails.
    pub async fn enter(&self) -> Result<Way, ForeignError> {
        match &self.engine {
            Engine::Postgres(remote) => {
                let pool = remote.pool();
                let local = reach(pool.server(), sqlx::Postgres::PORT, pool.bounds().patience).await?;
                drop(pool.take(true).await?);
                Ok(if local { Way::Local } else { Way::Network(remote.encrypted().await?) })
            }
            Engine::MySql(remote) => {
                let pool = remote.pool();
                let local = reach(pool.server(), sqlx::MySql::PORT, pool.bounds().patience).await?;
                drop(pool.take(true).await?);
                Ok(if local { Way::Local } else { Way::Network(remote.encrypted().await?) })
            }
            Engine::Sqlite(sqlite) => file::enter(sqlite).await.map(|()| Way::Local),
        }
    }
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
