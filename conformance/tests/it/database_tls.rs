//! TLS to the database: the URL says whom to trust, and nobody else is spoken to.

use std::process::{Command, Output, Stdio};

use conformance::Server;
use conformance::authority::{Authority, certificate};
use conformance::mariadb::MariaDb;
use conformance::postgres::Postgres;
use conformance::process::built;
use conformance::server::Options;

/// Attempts to make an installation on the database of this URL.
fn init(url: &str) -> Output {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let mut command = Command::new(built("symbolon"));
    command.args(["init", "--data-dir"]).arg(dir.path().join("data")).env_clear().env("SYMBOLON__DATABASE__URL", url);
    command.stdin(Stdio::null()).output().expect("the output of symbolon")
}

/// Nothing is made, and the words say why.
fn refused(url: &str, hint: &str) {
    let output = init(url);
    let text = String::from_utf8_lossy(&output.stderr).to_lowercase();
    assert!(!output.status.success(), "{url} was accepted");
    assert!(text.contains(hint), "{url}: {text}");
}

/// The server serves on a URL, and looks well.
async fn serves(url: String) {
    let server = Server::start_with(Options { database: Some(url), ..Options::default() }).await;
    server.admin().await;
    let found = server.cli_ok(&["doctor"], None);
    assert!(!found.contains("does not check who answers"), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql() {
    let (authority, dir) = (Authority::new(), tempfile::tempdir().expect("a temporary directory"));
    let server = Postgres::with_tls(&authority).await;
    for name in ["full", "authority"] {
        server.create(name);
    }
    let known = certificate(&authority, dir.path(), "ca.pem").display().to_string();
    let other = certificate(&Authority::new(), dir.path(), "other.pem").display().to_string();
    let url = |host: &str, parameters: &str| server.url(host, &format!("full?{parameters}"));
    refused(&url("localhost", "sslmode=disable"), "no encryption");
    refused(&url("localhost", "sslmode=verify-full"), "certificate");
    refused(&url("localhost", &format!("sslmode=verify-full&sslrootcert={other}")), "certificate");
    refused(&url("localhost", &format!("sslmode=verify-ca&sslrootcert={other}")), "certificate");
    refused(&url("127.0.0.1", &format!("sslmode=verify-full&sslrootcert={known}")), "certificate");
    refused(&url("localhost", "sslmode=verify-full&sslrootcert=/nowhere/ca.pem"), "/nowhere/ca.pem");
    refused(&url("localhost", &format!("sslmode=require&sslrootcert={known}")), "sslmode=verify-full");
    refused(&url("localhost", "sslmod=verify-full"), "sslmod");
    serves(server.url("127.0.0.1", &format!("authority?sslmode=verify-ca&sslrootcert={known}"))).await;
    serves(url("localhost", &format!("sslmode=verify-full&sslrootcert={known}"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mariadb() {
    let (authority, dir) = (Authority::new(), tempfile::tempdir().expect("a temporary directory"));
    let server = MariaDb::with_tls(&authority).await;
    let known = certificate(&authority, dir.path(), "ca.pem").display().to_string();
    let other = certificate(&Authority::new(), dir.path(), "other.pem").display().to_string();
    refused(&server.url("localhost", "?ssl-mode=DISABLED"), "");
    refused(&server.url("localhost", "?ssl-mode=VERIFY_IDENTITY"), "certificate");
    refused(&server.url("localhost", &format!("?ssl-mode=VERIFY_IDENTITY&ssl-ca={other}")), "certificate");
    refused(&server.url("localhost", &format!("?ssl-mode=VERIFY_CA&ssl-ca={other}")), "certificate");
    refused(&server.url("127.0.0.1", &format!("?ssl-mode=VERIFY_IDENTITY&ssl-ca={known}")), "certificate");
    refused(&server.url("localhost", "?ssl-mode=VERIFY_IDENTITY&ssl-ca=/nowhere/ca.pem"), "/nowhere/ca.pem");
    refused(&server.url("localhost", &format!("?ssl-ca={known}")), "verify_identity");
    refused(&server.url("localhost", "?ssl_mode=VERIFY_IDENTITY"), "ssl_mode");
    serves(server.url("localhost", &format!("?ssl-mode=VERIFY_IDENTITY&ssl-ca={known}"))).await;
}
