//! A MariaDB of its own that takes no connection without TLS.

use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::authority::{Authority, identity};
use crate::process::{Process, account, free_port, wait_for_port};

/// A running server with an empty database `symbolon`. Ends when dropped; its data goes with it.
pub struct MariaDb {
    _process: Process,
    _dir: TempDir,
    port: u16,
}

impl MariaDb {
    /// Initialises and starts one with a certificate for `localhost`. It does not run as root: then it runs as user `mysql`.
    ///
    /// # Panics
    /// When it does not start (Debian package `mariadb-server`).
    pub async fn with_tls(authority: &Authority) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o711)).expect("permissions");
        let (data, init) = (dir.path().join("data"), dir.path().join("init.sql"));
        std::fs::create_dir(&data).expect("a directory");
        let identity = identity(authority, dir.path(), "localhost");
        // One statement a line.
        let user = "CREATE USER symbolon@'127.0.0.1' IDENTIFIED BY 'geheim' REQUIRE SSL;";
        std::fs::write(&init, format!("CREATE DATABASE symbolon;\n{user}\nGRANT ALL ON symbolon.* TO symbolon@'127.0.0.1';\n"))
            .expect("a file");
        let user = account("mysql");
        if let Some((uid, gid)) = user {
            for path in [&data, &init, &identity.certificate, &identity.key] {
                chown(path, Some(uid), Some(gid)).expect("ownership");
            }
        }
        let as_user: &[&str] = if user.is_some() { &["--user=mysql"] } else { &[] };
        let option = |name: &str, path: &Path| format!("--{name}={}", path.display());
        let mut install = Command::new("mariadb-install-db");
        install.arg("--no-defaults").args(as_user).arg(option("datadir", &data));
        install.args(["--skip-test-db", "--skip-name-resolve", "--auth-root-authentication-method=socket"]);
        let output = install.output().expect("mariadb-install-db (Debian package mariadb-server)");
        assert!(output.status.success(), "mariadb-install-db: {}", String::from_utf8_lossy(&output.stderr));
        let port = free_port();
        let mut server = Command::new("/usr/sbin/mariadbd");
        server.arg("--no-defaults").args(as_user).arg(option("datadir", &data)).arg(option("init-file", &init));
        server.arg(option("socket", &data.join("s"))).arg(option("pid-file", &data.join("pid")));
        server.arg(option("ssl-cert", &identity.certificate)).arg(option("ssl-key", &identity.key));
        server.args(["--require-secure-transport=ON", "--bind-address=127.0.0.1", "--skip-name-resolve"]);
        server.arg(format!("--port={port}"));
        let process = Process::start("mariadbd", "mariadb-server", &mut server, &dir.path().join("log"));
        wait_for_port(port, "MariaDB").await;
        Self { _process: process, _dir: dir, port }
    }

    /// The URL of its database under a name of this machine, with these parameters.
    pub fn url(&self, host: &str, parameters: &str) -> String {
        format!("mysql://symbolon:geheim@{host}:{}/symbolon{parameters}", self.port)
    }
}
