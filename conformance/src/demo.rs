//! The demo application as a peer.

use std::process::Command;

use tempfile::TempDir;

use crate::Server;
use crate::process::{self, Process, free_port, wait_for_port};

/// A running demo application.
pub struct Demo {
    _process: Process,
    _dir: TempDir,
    port: u16,
}

impl Demo {
    /// Starts one, registered at the server as client `id`; `acr` is what it asks for.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(server: &Server, id: &str, acr: Option<&str>) -> Self {
        let port = free_port();
        let dir = tempfile::tempdir().expect("a temporary directory");
        let secret = dir.path().join("secret");
        std::fs::write(&secret, "demo-client-secret-0123456789abcdef").expect("a secret file");
        let url = format!("http://localhost:{port}");
        server.add_client(id, "demo-client-secret-0123456789abcdef", &format!("{url}/callback"), &format!("{url}/"));
        let mut command = Command::new(process::built("symbolon-demo"));
        command.args(["--issuer", &server.url(), "--listen", &format!("127.0.0.1:{port}"), "--url", &url, "--client-id", id]);
        command.arg("--client-secret-file").arg(&secret).args(["--name", id]);
        if let Some(acr) = acr {
            command.args(["--acr", acr]);
        }
        let process = Process::start("symbolon-demo", "none: cargo build", &mut command, &dir.path().join("log"));
        wait_for_port(port, "the demo application").await;
        Self { _process: process, _dir: dir, port }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://localhost:{}", self.port)
    }
}
