//! A PostgreSQL of its own with everything that makes it durable switched on: the shared servers of the test suites are not.

use std::os::unix::fs::{PermissionsExt, chown};
use std::process::Command;

use tempfile::TempDir;

use crate::process::{Process, free_port, wait_for_port};

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
        let dir = tempfile::tempdir().expect("a temporary directory");
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o700)).expect("permissions");
        let user = unprivileged();
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
        let process =
            Process::start("postgres", "postgresql", &mut postgres, &std::env::temp_dir().join(format!("postgres-{port}.log")));
        wait_for_port(port, "PostgreSQL").await;
        Self { _process: process, _dir: dir, port }
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
                return format!("postgres://symbolon@127.0.0.1:{}/{name}", self.port);
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

/// The user `postgres`, when we are root.
fn unprivileged() -> Option<(u32, u32)> {
    let me = Command::new("id").arg("-u").output().expect("id");
    if me.stdout.trim_ascii() != b"0" {
        return None;
    }
    let passwd = std::fs::read_to_string("/etc/passwd").expect("/etc/passwd");
    let line = passwd.lines().find(|l| l.starts_with("postgres:")).expect("a user postgres (Debian package postgresql)");
    let field = |n: usize| line.split(':').nth(n).and_then(|f| f.parse().ok()).expect("a number");
    Some((field(2), field(3)))
}
