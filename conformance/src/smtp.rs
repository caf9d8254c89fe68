//! A mail server that is not ours: aiosmtpd, with a certificate of an authority of the test.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use testbed::Authority;

use crate::process::{self, Process};

/// The login that a sink with a login accepts.
pub const LOGIN: (&str, &str) = ("symbolon", "the-password-of-the-mail-account");

/// How a sink behaves.
#[derive(Clone, Default)]
pub struct Options {
    /// `none`, `starttls` or `implicit`; `none` when empty.
    pub tls: &'static str,
    /// Whether it wants [`LOGIN`].
    pub login: bool,
    /// Recipients that it does not know.
    pub refuse: Vec<&'static str>,
}

/// A mail server on a loopback port. Ends when dropped; what it got goes with it.
pub struct Sink {
    process: Option<Process>,
    dir: TempDir,
    port: u16,
    options: Options,
}

impl Sink {
    /// A server that takes mail.
    pub async fn start(options: Options) -> Self {
        let mut sink = Self::absent(options);
        sink.run().await;
        sink
    }

    /// A server that is down.
    ///
    /// # Panics
    /// When its files cannot be written.
    pub fn absent(options: Options) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        certificates(dir.path());
        std::fs::create_dir(dir.path().join("got")).expect("a directory");
        Self { process: None, dir, port: process::free_port(), options }
    }

    /// Starts it.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn run(&mut self) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/smtp_sink.py");
        // The interpreter that Debian's modules belong to.
        let mut command = Command::new("/usr/bin/python3");
        command.arg(script).args(["--port", &self.port.to_string(), "--tls", self.tls()]);
        command.arg("--out").arg(self.dir.path().join("got"));
        command.arg("--certificate").arg(self.dir.path().join("server.pem")).arg("--key").arg(self.dir.path().join("server.key"));
        if self.options.login {
            command.args(["--user", LOGIN.0, "--password", LOGIN.1]);
        }
        for address in &self.options.refuse {
            command.args(["--refuse", address]);
        }
        let log = self.dir.path().join("log");
        self.process = Some(Process::start("the mail server", "python3-aiosmtpd", &mut command, &log));
        for _ in 0..600 {
            if tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
                return;
            }
            if !self.process.as_mut().is_some_and(Process::running) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the mail server does not start (Debian package python3-aiosmtpd):\n{}", self.log());
    }

    fn tls(&self) -> &'static str {
        if self.options.tls.is_empty() { "none" } else { self.options.tls }
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The certificate of the authority that vouches for it.
    pub fn authority(&self) -> PathBuf {
        self.dir.path().join("ca.pem")
    }

    /// What it has written.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// The environment with which a server sends through it.
    pub fn environment(&self) -> Vec<(String, String)> {
        let mut settings = vec![
            ("HOST", "localhost".to_owned()),
            ("PORT", self.port.to_string()),
            ("TLS", self.tls().to_owned()),
            ("FROM", "no-reply@login.example.org".to_owned()),
            ("REPLY_TO", "Help desk <help@example.org>".to_owned()),
            ("TIMEOUT", "5s".to_owned()),
        ];
        if self.tls() != "none" {
            settings.push(("CA_FILE", self.authority().display().to_string()));
        }
        if self.options.login {
            settings.push(("USER", LOGIN.0.to_owned()));
            settings.push(("PASSWORD", LOGIN.1.to_owned()));
        }
        settings.into_iter().map(|(key, value)| (format!("SYMBOLON__MAIL__{key}"), value)).collect()
    }

    /// What it got so far, as a reader of mail sees it.
    ///
    /// # Panics
    /// When a file is not as the script writes it.
    pub fn mails(&self) -> Vec<Value> {
        let entries = std::fs::read_dir(self.dir.path().join("got")).expect("a directory");
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
        paths.retain(|path| path.extension().is_some_and(|end| end == "json"));
        paths.sort();
        let read = |path: &PathBuf| serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("JSON");
        paths.iter().map(read).collect()
    }

    /// Waits until it got so many.
    ///
    /// # Panics
    /// When it does not within a minute.
    pub async fn wait_for(&self, count: usize) -> Vec<Value> {
        for _ in 0..600 {
            let mails = self.mails();
            if mails.len() >= count {
                return mails;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{} of {count} mails arrived:\n{}", self.mails().len(), self.log());
    }
}

/// The value of a header of a mail.
pub fn header<'a>(mail: &'a Value, name: &str) -> &'a str {
    let found = mail["headers"].as_array().and_then(|all| all.iter().find(|header| header[0] == name));
    found.and_then(|header| header[1].as_str()).unwrap_or_default()
}

/// An authority, and a certificate of it for `localhost`.
fn certificates(dir: &Path) {
    let (certificate, key) = Authority::new().issue_with_ca(&["localhost"], &dir.join("ca.pem"));
    std::fs::write(dir.join("server.pem"), certificate).expect("a file");
    std::fs::write(dir.join("server.key"), key).expect("a file");
}
