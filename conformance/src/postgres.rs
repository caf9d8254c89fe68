//! A PostgreSQL of its own with everything that makes it durable switched on: the shared servers of the test suites are not.

use std::os::unix::fs::{PermissionsExt, chown};
use std::process::Command;

use tempfile::TempDir;

use crate::authority::{Authority, identity};
use crate::process::{Process, account, free_port, wait_for_port};

const BIN: &str = "/usr/lib/postgresql/15/bin";

/// A running server. Ends when dropped; its data goes with it.
pub struct Postgres {
    _process: Process,
    _dir: TempDir,
    port: u16,
}

impl Postgres {
    /// Initialises and starts one. PostgreSQL refuses to run as root: then it runs as user `postgres`.
    ///
    /// # Panics
    /// When it does not start (Debian package `postgresql`).
    pub async fn start() -> Self {
        Self::start_with(None).await
    }

    /// As [`Postgres::start`], with a certificate for `localhost`; it takes no connection without TLS.
    ///
    /// # Panics
    /// As [`Postgres::start`].
    pub async fn with_tls(authority: &Authority) -> Self {
        Self::start_with(Some(authority)).await
    }

    async fn start_with(authority: Option<&Authority>) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o700)).expect("permissions");
        let user = account("postgres");
        if let Some((uid, gid)) = user {
            chown(dir.path(), Some(uid), Some(gid)).expect("ownership");
        }
        let data = dir.path().join("data");
        let mut initdb = command(user, "initdb");
        initdb.arg("-D").arg(&data).args(["-U", "symbolon", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]);
        let output = initdb.output().expect("initdb (Debian package postgresql)");
        assert!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
        let port = free_port();
        let mut postgres = command(user, "postgres");
        postgres.arg("-D").arg(&data).args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
        postgres.arg("-c").arg(format!("unix_socket_directories={}", dir.path().display()));
        if let Some(authority) = authority {
            let identity = identity(authority, dir.path(), "localhost");
            if let Some((uid, gid)) = user {
                chown(&identity.key, Some(uid), Some(gid)).expect("ownership");
            }
            std::fs::write(data.join("pg_hba.conf"), "hostssl all all 127.0.0.1/32 trust\n").expect("a file");
            postgres.args(["-c", "ssl=on"]);
            postgres.arg("-c").arg(format!("ssl_cert_file={}", identity.certificate.display()));
            postgres.arg("-c").arg(format!("ssl_key_file={}", identity.key.display()));
        }
        let process = Process::start("postgres", "postgresql", &mut postgres, &dir.path().join("log"));
        wait_for_port(port, "PostgreSQL").await;
        Self { _process: process, _dir: dir, port }
    }

    /// The URL of a database under a name of this machine; `name` may have parameters.
    pub fn url(&self, host: &str, name: &str) -> String {
        format!("postgres://symbolon@{host}:{}/{name}", self.port)
    }

    /// Makes a database; returns its URL.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn create(&self, name: &str) -> String {
        for _ in 0..50 {
            let mut createdb = Command::new(format!("{BIN}/createdb"));
            createdb.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", "symbolon", name]);
            if createdb.output().is_ok_and(|o| o.status.success()) {
                return self.url("127.0.0.1", name);
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        panic!("PostgreSQL makes no database {name}");
    }
}

fn command(user: Option<(u32, u32)>, program: &str) -> Command {
    use std::os::unix::process::CommandExt;
    let mut command = Command::new(format!("{BIN}/{program}"));
    if let Some((uid, gid)) = user {
        command.gid(gid).uid(uid);
    }
    command
}
