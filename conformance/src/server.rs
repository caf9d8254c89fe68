//! A started Symbolon: its own data directory, a free port, an administrator.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::process::{self, Process};

/// Password of the administrator `admin` of every test server.
pub const ADMIN_PASSWORD: &str = "correct-Horse-battery-1";

/// What a test server is started with.
#[derive(Clone, Default)]
pub struct Options {
    /// `database.url`; the embedded database without it.
    pub database: Option<String>,
    /// Environment, such as `SYMBOLON__API__SIGN_RESPONSES=never`.
    pub env: Vec<(String, String)>,
}

/// A running Symbolon. Ends when dropped; its data directory goes with it.
pub struct Server {
    process: Option<Process>,
    dir: TempDir,
    port: u16,
    options: Options,
    http: reqwest::Client,
}

impl Server {
    /// A new server on the embedded database.
    pub async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    /// A new, initialised server.
    ///
    /// # Panics
    /// When it does not start; its log is part of the message.
    pub async fn start_with(options: Options) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let mut server = Self { process: None, dir, port: process::free_port(), options, http: client() };
        let mut args = vec!["init", "--admin", "admin", "--admin-password-stdin"];
        let database = server.options.database.clone();
        if let Some(url) = &database {
            args.extend(["--database", url]);
        }
        server.cli_ok(&args, Some(ADMIN_PASSWORD));
        server.run().await;
        server
    }

    /// A second process on the database and keys of `first`, as another node.
    ///
    /// # Panics
    /// As [`Server::start_with`].
    pub async fn second_node(first: &Server) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let copied = Command::new("cp").arg("-a").arg(first.data()).arg(dir.path().join("data")).status();
        assert!(copied.is_ok_and(|s| s.success()), "copying the data directory");
        let mut server = Self { process: None, dir, port: process::free_port(), options: first.options.clone(), http: client() };
        server.run().await;
        server
    }

    /// Starts the process again (after [`Server::kill`] or [`Server::stop`]) and waits until it is ready.
    ///
    /// # Panics
    /// When it does not get ready.
    pub async fn run(&mut self) {
        let mut command = Command::new(process::built("symbolon"));
        command
            .args(["serve", "--listen", &format!("127.0.0.1:{}", self.port), "--public-url", &self.url()])
            .arg("--data-dir")
            .arg(self.data())
            .env_remove("SYMBOLON__DATABASE__URL");
        self.environment(&mut command);
        self.process = Some(Process::start("symbolon", "none: cargo build", &mut command, &self.log_path()));
        for _ in 0..3000 {
            if self.http.get(self.at("/readyz")).send().await.is_ok_and(|r| r.status().is_success()) {
                return;
            }
            if !self.process.as_mut().is_some_and(Process::running) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("symbolon does not get ready:\n{}", self.log());
    }

    fn environment(&self, command: &mut Command) {
        if let Some(url) = &self.options.database {
            command.env("SYMBOLON__DATABASE__URL", url);
        }
        command.envs(self.options.env.iter().map(|(k, v)| (k, v)));
    }

    /// SIGKILL: the machine lost power.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// SIGTERM, and wait.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.terminate();
        }
    }

    /// Process id of the running server.
    ///
    /// # Panics
    /// When it does not run.
    pub fn pid(&self) -> u32 {
        self.process.as_ref().expect("the server runs").pid()
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its public URL, the issuer.
    pub fn url(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// The URL of a path on it.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url())
    }

    /// Its data directory.
    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn log_path(&self) -> PathBuf {
        self.dir.path().join("log")
    }

    /// What it has written so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// A subcommand on this server's data directory, for who starts it.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(process::built("symbolon"));
        command.args(args).arg("--data-dir").arg(self.data());
        self.environment(&mut command);
        command
    }

    /// Runs a subcommand on this server's data directory.
    ///
    /// # Panics
    /// When the program cannot be started.
    pub fn cli(&self, args: &[&str], stdin: Option<&str>) -> Output {
        let mut command = self.command(args);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("symbolon");
        if let (Some(mut pipe), Some(text)) = (child.stdin.take(), stdin) {
            // A command that does not read its input may have closed it.
            let _ = pipe.write_all(text.as_bytes());
        }
        child.wait_with_output().expect("the output of symbolon")
    }

    /// Runs a subcommand that must succeed; returns its standard output.
    ///
    /// # Panics
    /// When it fails; its words are part of the message.
    pub fn cli_ok(&self, args: &[&str], stdin: Option<&str>) -> String {
        let output = self.cli(args, stdin);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "symbolon {args:?} failed:\n{text}{}\nserver log:\n{}",
            String::from_utf8_lossy(&output.stderr),
            self.log()
        );
        text
    }

    /// A person in the internal store.
    pub fn add_person(&self, name: &str, password: &str) {
        self.cli_ok(
            &[
                "user",
                "add",
                name,
                "--password-stdin",
                "--given-name",
                "Dana",
                "--surname",
                "Demo",
                "--email",
                "dana@example.org",
            ],
            Some(password),
        );
    }

    /// A confidential client.
    pub fn add_client(&self, id: &str, secret: &str, redirect: &str, home: &str) {
        let args = ["client", "add", id, "--redirect-uri", redirect, "--post-logout-redirect-uri", home, "--secret-stdin"];
        self.cli_ok(&args, Some(secret));
    }

    /// Our metadata, as a service provider reads it.
    ///
    /// # Panics
    /// When there is none.
    pub async fn saml_metadata(&self) -> String {
        let answer = self.http.get(self.at("/saml/metadata")).send().await.expect("an answer");
        answer.text().await.expect("metadata")
    }

    /// Signs the administrator in at the API; returns the value for `Authorization`.
    ///
    /// # Panics
    /// When that fails.
    pub async fn admin(&self) -> String {
        let form = [("username", "admin"), ("password", ADMIN_PASSWORD)];
        let answer = self.post("/auth", None, &form).await;
        answer["result"]["value"]["token"].as_str().unwrap_or_else(|| panic!("no token in {answer}")).to_owned()
    }

    /// POSTs a form to the API; returns the JSON answer, whatever its status.
    ///
    /// # Panics
    /// When there is no JSON answer.
    pub async fn post(&self, path: &str, authorization: Option<&str>, form: &[(&str, &str)]) -> Value {
        let mut request = self.http.post(self.at(path)).form(form);
        if let Some(token) = authorization {
            request = request.header("Authorization", token);
        }
        self.json(request).await
    }

    /// GETs from the API.
    ///
    /// # Panics
    /// When there is no JSON answer.
    pub async fn get(&self, path: &str, authorization: Option<&str>) -> Value {
        let mut request = self.http.get(self.at(path));
        if let Some(token) = authorization {
            request = request.header("Authorization", token);
        }
        self.json(request).await
    }

    async fn json(&self, request: reqwest::RequestBuilder) -> Value {
        let response = request.send().await.unwrap_or_else(|e| panic!("{e}\n{}", self.log()));
        let status = response.status();
        let text = response.text().await.expect("a body");
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status}: {text}\n{}", self.log()))
    }
}

/// An HTTP client that follows no redirects and knows no proxy.
///
/// # Panics
/// When it cannot be built.
#[allow(clippy::disallowed_methods, reason = "a peer of Symbolon, not Symbolon itself")]
pub fn client() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().expect("an HTTP client")
}

/// Whether any file below `dir` contains `needle`; names the first.
///
/// # Panics
/// When the directory cannot be read.
pub fn file_containing(dir: &Path, needle: &[u8]) -> Option<PathBuf> {
    for entry in std::fs::read_dir(dir).expect("a readable directory") {
        let path = entry.expect("a directory entry").path();
        if path.is_dir() {
            if let Some(found) = file_containing(&path, needle) {
                return Some(found);
            }
        } else if std::fs::read(&path).is_ok_and(|bytes| bytes.windows(needle.len()).any(|w| w == needle)) {
            return Some(path);
        }
    }
    None
}
