//! `symbolon config`: the settings as they are in effect, and their reference.

use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use crate::config::{reference, schema};

use super::{CliError, Command, Console};

#[derive(Args)]
pub(super) struct Config {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Subcommand)]
enum What {
    /// Print the effective settings (the default)
    Show,
    /// Check the settings and print nothing when they are right
    Check,
    /// Print the reference of all settings in Markdown
    Reference,
    /// Print a JSON schema of the configuration file
    Schema,
}

impl Command for Config {
    async fn run(self, console: &Console) -> Result<(), CliError> {
        match self.what.unwrap_or(What::Show) {
            What::Check => console.config(vec![]).map(drop),
            What::Reference => {
                console.line(reference().trim_end());
                Ok(())
            }
            What::Schema => {
                console.line(format!("{:#}", schema()));
                Ok(())
            }
            What::Show => show(console),
        }
    }
}

fn show(console: &Console) -> Result<(), CliError> {
    let config = console.config(vec![])?;
    let mut all = Map::new();
    let mut text = Vec::new();
    for (section, settings) in config.show() {
        text.push(format!("[{section}]"));
        text.extend(settings.iter().map(|(name, value)| format!("{name} = {}", crate::config::toml_text(value))));
        text.push(String::new());
        all.insert(section.to_owned(), settings.into_iter().map(|(n, v)| (n.to_owned(), v)).collect::<Map<_, _>>().into());
    }
    console.answer(Value::Object(all), text.join("\n").trim_end());
    Ok(())
}
