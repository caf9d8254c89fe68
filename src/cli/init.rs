//! `symbolon init`: a new installation.

use std::path::Path;

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
    /// Database URL; kept in symbolon.toml in the data directory [default: SQLite in the data directory]
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Origin under which the service is reached; kept in symbolon.toml in the data directory
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Name of the first administrator
    #[arg(long, value_name = "NAME", default_value = "admin")]
    admin: String,
    /// Mail address of the first administrator
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// Read the administrator's password from standard input instead of generating one
    #[arg(long)]
    admin_password_stdin: bool,
}

impl Command for Init {
    async fn run(self, console: &Console) -> Result<(), CliError> {
        let flags = vec![("database.url", self.database.clone()), ("server.public_url", self.public_url.clone())];
        let config = console.config(flags)?;
        let given = if self.admin_password_stdin { Some(console.secret("administrator's password")?) } else { None };
        let generated = given.is_none().then(|| generate(&Entropy::system()));
        let Some(password) = given.as_ref().or(generated.as_ref()) else {
            return Err(CliError::usage("there is no password for the administrator"));
        };
        let email = self.email.as_deref().unwrap_or_default();
        mfa::people::admins::Admins::acceptable(&self.admin, email, password)?;
        let memory = Memory::of(console, &config.data_dir, &self)?;
        let (clock, entropy) = (Clock::system(), Entropy::system());
        let app = match start::is_initialised(&config, &entropy) {
            // An interrupted run is taken up again.
            true => start::open(config, clock, entropy).await?,
            false => start::create(config, clock, entropy).await?,
        };
        if !app.mfa.is_new().await? {
            return Err(CliError::of(&start::StartError::Exists(app.config.data_dir.clone())));
        }
        memory.write()?;
        first(&app, &self.admin, email, password).await?;
        let mut answer = json!({ "initialised": true, "admin": self.admin });
        let mut text = format!("initialised {}\nadministrator: {}", app.config.data_dir.display(), self.admin);
        if let Some(password) = generated {
            answer["password"] = json!(password.expose());
            text.push_str(&format!("\npassword: {}  (shown once)", password.expose()));
        }
        console.answer(answer, text);
        Ok(())
    }
}

fn generate(entropy: &Entropy) -> SecretText {
    SecretText::new(entropy.chars(ALPHABET, LENGTH))
}

/// Makes the first administrator, realm and policies.
async fn first(app: &App, admin: &str, email: &str, password: &SecretText) -> Result<(), CliError> {
    let params =
        params([("admin", Some(json!(admin))), ("email", Some(json!(email))), ("password", Some(json!(password.expose())))]);
    Operator::of(app.clone()).perform(&Initialise, "init", params).await.map(drop)
}

/// Makes an installation without an administrator usable, for `serve`; prints the generated password once.
pub(super) async fn announce(console: &Console, app: &App) -> Result<(), CliError> {
    let password = generate(&app.entropy);
    first(app, "admin", "", &password).await?;
    console.answer(
        json!({ "initialised": true, "admin": "admin", "password": password.expose() }),
        format!("administrator: admin\npassword: {}  (shown once)", password.expose()),
    );
    Ok(())
}

/// What was given as flags and must hold for later commands too: the file that they read.
struct Memory {
    file: std::path::PathBuf,
    text: String,
}

impl Memory {
    /// Looks what has to be written; a file of somebody's own is never touched.
    fn of(console: &Console, data_dir: &Path, init: &Init) -> Result<Self, CliError> {
        let file = console.common().config.clone().unwrap_or_else(|| crate::config::default_file(data_dir));
        let mut text = String::new();
        for (section, key, value) in [("database", "url", &init.database), ("server", "public_url", &init.public_url)] {
            let Some(value) = value else { continue };
            text.push_str(&format!("[{section}]\n{key} = {}\n\n", crate::config::toml_text(&json!(value))));
        }
        if !text.is_empty() && file.exists() && !is_said_by(&file, init) {
            return Err(CliError::usage(format!("{} exists already and says something else than the flags", file.display()))
                .mend(format!("write this into it, or leave the flags out:\n\n{}", text.trim_end())));
        }
        if file.exists() {
            text.clear();
        }
        Ok(Self { file, text })
    }

    fn write(&self) -> Result<(), CliError> {
        if self.text.is_empty() {
            return Ok(());
        }
        private_file(&self.file, self.text.trim_end())
            .map_err(|e| CliError::failed(format!("cannot write {}: {e}", self.file.display())))
    }
}

/// Whether the file holds what the flags say.
fn is_said_by(file: &Path, init: &Init) -> bool {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let table: toml::Table = text.parse().unwrap_or_default();
    let says = |section: &str, key: &str, value: &Option<String>| match value {
        None => true,
        Some(value) => table.get(section).and_then(|s| s.get(key)).and_then(toml::Value::as_str) == Some(value),
    };
    says("database", "url", &init.database) && says("server", "public_url", &init.public_url)
}

/// A database URL may hold a password.
fn private_file(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{text}")
}
