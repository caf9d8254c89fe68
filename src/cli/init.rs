//! `symbolon init`: a new installation.

use clap::Args;
use kernel::{Clock, Entropy, SecretText};
use mfa::initialise::Initialise;
use serde_json::json;

use crate::app::App;
use crate::start;

use super::operate::{Operator, params};
use super::{CliError, Command, Console};

/// Characters of a generated password: none that look alike.
const ALPHABET: &[u8] = b"23456789abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ";
const LENGTH: usize = 20;

#[derive(Args)]
pub(super) struct Init {
    /// Database URL; written to symbolon.toml in the data directory [default: SQLite in the data directory]
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Public URL; written to symbolon.toml in the data directory
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Name of the first administrator
    #[arg(long, default_value = "admin")]
    admin: String,
    /// Mail address of the first administrator
    #[arg(long)]
    email: Option<String>,
    /// Read the administrator's password from standard input instead of generating one
    #[arg(long)]
    admin_password_stdin: bool,
}

impl Command for Init {
    async fn run(self, console: &Console) -> Result<(), CliError> {
        let flags =
            vec![("database.url", self.database.clone()), ("server.public_url", self.public_url.clone())];
        let config = console.config(flags)?;
        let given = if self.admin_password_stdin { Some(console.secret("administrator's password")?) } else { None };
        let entropy = Entropy::system();
        let file = crate::config::default_file(&config.data_dir);
        let app = match start::is_initialised(&config, &entropy) {
            // An interrupted run is taken up again.
            true => start::open(config, Clock::system(), entropy).await?,
            false => {
                let app = start::create(config, Clock::system(), entropy).await?;
                remember(console, &file, &self)?;
                app
            }
        };
        if !app.mfa.is_new().await? {
            return Err(CliError::of(&start::StartError::Exists(app.config.data_dir.clone())));
        }
        let generated = first(&app, &self.admin, self.email, given).await?;
        let mut answer = json!({ "initialised": true, "admin": self.admin });
        let mut text = format!("initialised; administrator: {}", self.admin);
        if let Some(password) = generated {
            answer["password"] = json!(password.expose());
            text.push_str(&format!("\npassword: {}  (shown once)", password.expose()));
        }
        console.answer(answer, text);
        Ok(())
    }
}

/// Makes the first administrator, realm and policies; returns the password when it was generated.
pub(super) async fn first(
    app: &App,
    admin: &str,
    email: Option<String>,
    given: Option<SecretText>,
) -> Result<Option<SecretText>, CliError> {
    let generated = given.is_none().then(|| SecretText::new(app.entropy.chars(ALPHABET, LENGTH)));
    let password = given.or_else(|| generated.clone()).unwrap_or_default();
    let operator = Operator::of(app.clone());
    let params = params([
        ("admin", Some(json!(admin))),
        ("email", email.map(|e| json!(e))),
        ("password", Some(json!(password.expose()))),
    ]);
    operator.perform(&Initialise, "init", params).await?;
    Ok(generated)
}

/// Makes an empty data directory usable, for `serve`: prints the generated password once.
pub(super) async fn announce(console: &Console, app: &App) -> Result<(), CliError> {
    if let Some(password) = first(app, "admin", None, None).await? {
        console.note(format!("administrator: admin\npassword: {}  (shown once)", password.expose()));
    }
    Ok(())
}

/// Writes what was given as flags to the file that later commands read.
fn remember(console: &Console, file: &std::path::Path, init: &Init) -> Result<(), CliError> {
    let text = |value: &str| crate::config::toml_text(&json!(value));
    let mut lines = Vec::new();
    if let Some(url) = &init.database {
        lines.push(format!("[database]\nurl = {}\n", text(url)));
    }
    if let Some(url) = &init.public_url {
        lines.push(format!("[server]\npublic_url = {}\n", text(url)));
    }
    if lines.is_empty() || console.common().config.is_some() || file.exists() {
        return Ok(());
    }
    private_file(file, &lines.join("\n")).map_err(|e| CliError::failed(format!("cannot write {}: {e}", file.display())))
}

/// A database URL may hold a password.
fn private_file(path: &std::path::Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}
