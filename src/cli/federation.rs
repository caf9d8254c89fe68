//! `symbolon sp federation`: service providers that a federation registers.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::federations::{AddFederation, ChangeFederation, DeleteFederation, ListFederations, RefreshFederation};

use super::client::pairs;
use super::operate::Operator;
use super::sp::is_url;
use super::{CliError, Console};

/// Largest document of a federation.
const MOST_BYTES: u64 = 256 * 1024 * 1024;

#[derive(Args)]
pub(super) struct Federation {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// List federations
    List,
    /// Show a federation
    Show {
        /// Name of the federation
        name: String,
    },
    /// Add a federation and take its entities
    Add {
        /// The name under which it is managed
        name: String,
        /// Its signed metadata: the URL where it is published, or a file
        #[arg(long, value_name = "FILE-OR-URL")]
        metadata: String,
        /// A file with the certificate of the key that signs it (PEM)
        #[arg(long, value_name = "FILE")]
        certificate: PathBuf,
        /// A setting by its name, such as registrars=https://registrar.example
        #[arg(long = "setting", value_name = "SETTING=VALUE")]
        settings: Vec<String>,
    },
    /// Change settings of a federation
    Set {
        /// Name of the federation
        name: String,
        /// A setting by its name
        #[arg(required = true, value_name = "SETTING=VALUE")]
        settings: Vec<String>,
    },
    /// Take the newest metadata of a federation now
    Refresh {
        /// Name of the federation
        name: String,
        /// From this file, not from its URL
        #[arg(long, value_name = "FILE")]
        metadata: Option<PathBuf>,
        /// Take it this once although it was made before what is held, or says no longer when it was made
        #[arg(long)]
        older: bool,
    },
    /// Remove a federation and its service providers
    #[command(visible_alias = "delete")]
    Remove {
        /// Name of the federation
        name: String,
    },
}

impl Federation {
    pub(super) async fn run(self, console: &Console, operator: &Operator) -> Result<(), CliError> {
        let sps = operator.app().sps.clone();
        match self.what {
            What::List => {
                list(console, &operator.perform(&ListFederations(sps), "sp federation list", vec![]).await?.answer.value);
                Ok(())
            }
            What::Show { name } => {
                let answer = operator.perform(&ListFederations(sps), "sp federation show", of(&name)).await?.answer.value;
                console.line(format!("{:#}", answer[&name]));
                Ok(())
            }
            What::Add { name, metadata, certificate, settings } => {
                let mut params = of(&name);
                params.extend(pairs(&settings)?);
                params.push(("metadata_certificate".to_owned(), Value::from(read(&certificate, MOST_BYTES)?)));
                params.extend(is_url(&metadata).then(|| ("metadata_url".to_owned(), json!(metadata))));
                let given = if is_url(&metadata) { None } else { Some(read(Path::new(&metadata), MOST_BYTES)?) };
                operator.perform(&AddFederation(sps), "sp federation add", params).await?;
                refresh(console, operator, &name, given, false).await
            }
            What::Set { name, settings } => {
                let mut params = of(&name);
                params.extend(pairs(&settings)?);
                operator.perform(&ChangeFederation(sps), "sp federation set", params).await?;
                console.done("changed");
                Ok(())
            }
            What::Refresh { name, metadata, older } => {
                let given = metadata.map(|path| read(&path, MOST_BYTES)).transpose()?;
                refresh(console, operator, &name, given, older).await
            }
            What::Remove { name } => {
                operator.perform(&DeleteFederation(sps), "sp federation remove", of(&name)).await?;
                console.done("removed");
                Ok(())
            }
        }
    }
}

fn of(name: &str) -> Vec<(String, Value)> {
    vec![("name".to_owned(), Value::from(name))]
}

async fn refresh(console: &Console, operator: &Operator, name: &str, given: Option<String>, older: bool) -> Result<(), CliError> {
    let sps = operator.app().sps.clone();
    let refresh = match given {
        Some(document) => RefreshFederation::given(sps, document),
        None => RefreshFederation::fetched(sps),
    };
    let mut params = of(name);
    params.push(("older".to_owned(), Value::from(older)));
    let done = operator.perform(&refresh, "sp federation refresh", params).await?.answer.value;
    if let Some(problem) = done["problem"].as_str() {
        return Err(CliError::failed(problem));
    }
    let text = match done["changed"] == true {
        true => format!(
            "{} entities, {} of them service providers; {} service providers cannot be used",
            done["entities"], done["services"], done["unreadable"]
        ),
        false => "nothing new".to_owned(),
    };
    console.answer(done, text);
    Ok(())
}

/// Reads a file.
///
/// # Errors
/// When it is longer than `most`, or cannot be read.
fn read(path: &Path, most: u64) -> Result<String, CliError> {
    let failed = |e: &dyn std::fmt::Display| CliError::usage(format!("{}: {e}", path.display()));
    let size = std::fs::metadata(path).map_err(|e| failed(&e))?.len();
    if size > most {
        return Err(failed(&"the file is longer than 256 MiB"));
    }
    std::fs::read_to_string(path).map_err(|e| failed(&e))
}

fn list(console: &Console, answer: &Value) {
    let empty = serde_json::Map::new();
    let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
    let row = |(name, one): (&String, &Value)| {
        vec![name.clone(), text(&one["status"]), text(&one["entities"]), text(&one["services"]), text(&one["refresh"]["problem"])]
    };
    let rows: Vec<Vec<String>> = answer.as_object().unwrap_or(&empty).iter().map(row).collect();
    console.table(answer.clone(), &["name", "status", "entities", "services", "problem"], &rows);
}
