//! Connections to servers: made with the settings of a configuration and nothing of the environment, and told what they may do.

use std::path::Path;
use std::time::Duration;

use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, MySql, Postgres};

use super::{Bounds, Demand, ForeignError, Server, Stage};
use crate::remote::Flavor;

type Options<F> = <<F as sqlx::Database>::Connection as Connection>::Options;

/// A kind of server that tables may be on.
pub(super) trait Entry: Flavor {
    /// The usual port.
    const PORT: u16;
    /// Asks whether a connection is encrypted: some text other than `f` in the last column means yes.
    const ENCRYPTED: &'static str;
    /// How to connect.
    fn options(server: &Server) -> Options<Self>;
    /// What a session is told, and whether it must obey.
    fn manners(bounds: &Bounds) -> Vec<(String, bool)>;
}

/// A new connection, within the limit of time.
pub(super) async fn connect<F: Entry>(server: &Server, bounds: &Bounds) -> Result<F::Connection, ForeignError>
where
    for<'c> &'c mut F::Connection: Executor<'c, Database = F>,
{
    let mut files = server.tls.own.iter().flat_map(|(cert, key)| [cert, key]).chain(&server.tls.authority);
    files.try_for_each(|path| readable(path))?;
    let options = F::options(server).disable_statement_logging();
    let enter = async {
        let mut connection = options.connect().await.map_err(|e| ForeignError::entering(&e))?;
        for (sql, must) in F::manners(bounds) {
            let told = connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await;
            if let Err(e) = told.filter_must(must) {
                return Err(ForeignError::entering(&e));
            }
        }
        Ok(connection)
    };
    let entered = tokio::time::timeout(bounds.patience, enter).await;
    entered.unwrap_or_else(|_| Err(ForeignError::Closed(Stage::Connect, "no connection in time".to_owned())))
}

trait FilterMust<E> {
    fn filter_must(self, must: bool) -> Result<(), E>;
}

impl<T> FilterMust<sqlx::Error> for Result<T, sqlx::Error> {
    /// A refusal counts only if the session must obey; a broken connection always does.
    fn filter_must(self, must: bool) -> Result<(), sqlx::Error> {
        match self {
            Err(sqlx::Error::Database(_)) if !must => Ok(()),
            other => other.map(drop),
        }
    }
}

/// The driver would not say which file it is.
fn readable(path: &Path) -> Result<(), ForeignError> {
    let opened = std::fs::File::open(path).map(drop);
    opened.map_err(|e| ForeignError::Closed(Stage::Tls, format!("{}: {e}", path.display())))
}

fn millis(bounds: &Bounds) -> u128 {
    // The server gives up first, so that it says why.
    bounds.patience.saturating_sub(Duration::from_millis(200)).as_millis().max(100)
}

impl Entry for Postgres {
    const PORT: u16 = 5432;
    const ENCRYPTED: &'static str =
        "SELECT CAST(ssl AS TEXT) FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()";

    fn options(server: &Server) -> PgConnectOptions {
        let options = PgConnectOptions::new_without_pgpass()
            .host(&server.host)
            .port(server.port.unwrap_or(Self::PORT))
            .username(&server.user)
            // Also when it is empty: the environment may have one.
            .password(server.password.expose())
            .database(&server.database)
            .application_name("symbolon")
            .statement_cache_capacity(0)
            .options(server.settings.iter().map(|(name, value)| (name, value)))
            .ssl_mode(match server.tls.demand {
                Demand::Never => PgSslMode::Disable,
                Demand::Perhaps => PgSslMode::Prefer,
                Demand::Always => PgSslMode::Require,
                Demand::Authority => PgSslMode::VerifyCa,
                Demand::Name => PgSslMode::VerifyFull,
            });
        let options = match &server.socket {
            Some(directory) => options.socket(directory),
            None => options,
        };
        let options = match &server.tls.authority {
            Some(file) => options.ssl_root_cert(file),
            None => options,
        };
        match &server.tls.own {
            Some((cert, key)) => options.ssl_client_cert(cert).ssl_client_key(key),
            None => options,
        }
    }

    fn manners(bounds: &Bounds) -> Vec<(String, bool)> {
        let millis = millis(bounds);
        let mut out = vec![(format!("SET statement_timeout = {millis}"), false), (format!("SET lock_timeout = {millis}"), false)];
        if !bounds.editable {
            out.push(("SET default_transaction_read_only = on".to_owned(), true));
        }
        out
    }
}

impl Entry for MySql {
    const PORT: u16 = 3306;
    const ENCRYPTED: &'static str = "SHOW SESSION STATUS LIKE 'Ssl_cipher'";

    fn options(server: &Server) -> MySqlConnectOptions {
        let options = MySqlConnectOptions::new()
            .host(&server.host)
            .port(server.port.unwrap_or(Self::PORT))
            .username(&server.user)
            .charset("utf8mb4")
            .statement_cache_capacity(0)
            .ssl_mode(match server.tls.demand {
                Demand::Never => MySqlSslMode::Disabled,
                Demand::Perhaps => MySqlSslMode::Preferred,
                Demand::Always => MySqlSslMode::Required,
                Demand::Authority => MySqlSslMode::VerifyCa,
                Demand::Name => MySqlSslMode::VerifyIdentity,
            });
        let options = if server.password.is_empty() { options } else { options.password(server.password.expose()) };
        let options = if server.database.is_empty() { options } else { options.database(&server.database) };
        let options = match &server.socket {
            Some(socket) => options.socket(socket),
            None => options,
        };
        let options = match &server.tls.authority {
            Some(file) => options.ssl_ca(file),
            None => options,
        };
        match &server.tls.own {
            Some((cert, key)) => options.ssl_client_cert(cert).ssl_client_key(key),
            None => options,
        }
    }

    fn manners(bounds: &Bounds) -> Vec<(String, bool)> {
        let millis = millis(bounds);
        let mut out = vec![
            // MariaDB and MySQL each know one of these.
            (format!("SET SESSION max_statement_time = {}.{:03}", millis / 1000, millis % 1000), false),
            (format!("SET SESSION max_execution_time = {millis}"), false),
            (format!("SET SESSION innodb_lock_wait_timeout = {}", (millis / 1000).max(1)), false),
            // What does not fit is refused, not cut.
            ("SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')".to_owned(), bounds.editable),
        ];
        if !bounds.editable {
            out.push(("SET SESSION TRANSACTION READ ONLY".to_owned(), true));
        }
        out
    }
}
