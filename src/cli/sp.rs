//! `symbolon sp`: registered SAML service providers.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use idp::party::sp::{Metadata, Sps, id_is_good};
use kernel::{Clock, Entropy};
use serde_json::{Value, json};

use crate::sps::{AddSp, ChangeSp, DeleteSp, ListSps, RefreshSp, ShowExchanged, WatchSp, presets};
use crate::start;

use super::client::pairs;
use super::federation::Federation;
use super::operate::Operator;
use super::{CliError, Command, Console};

/// Largest file of metadata.
const MOST_BYTES: u64 = 512 * 1024;

#[derive(Args)]
pub(super) struct Sp {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// List service providers
    List,
    /// Show a service provider and its metadata
    Show {
        /// Id of the service provider
        id: String,
    },
    /// Add a service provider by its metadata
    Add(Add),
    /// Change settings or metadata of a service provider
    Set {
        /// Id of the service provider
        id: String,
        /// A setting by its name, such as consent=ask or required_acr=2
        #[arg(required_unless_present = "metadata", value_name = "SETTING=VALUE")]
        settings: Vec<String>,
        /// Its new metadata: a file, or the URL where they are published
        #[arg(long, value_name = "FILE-OR-URL")]
        metadata: Option<String>,
    },
    /// Let a service provider be used no more, without removing it
    Disable {
        /// Id of the service provider
        id: String,
    },
    /// Let a service provider be used again
    Enable {
        /// Id of the service provider
        id: String,
    },
    /// Show what is exchanged with a service provider, and why it is not accepted
    Debug {
        /// Id of the service provider
        id: String,
        /// Keep messages for an hour, stop that and forget them, or show them
        what: Debug,
    },
    /// Remove a service provider
    #[command(visible_alias = "delete")]
    Remove {
        /// Id of the service provider
        id: String,
    },
    /// Fetch metadata that is published at a URL now, not when it is due
    Refresh {
        /// Id of the service provider
        id: String,
        /// Take it this once although it was made before what is held, or says no longer when it was made
        #[arg(long)]
        older: bool,
    },
    /// Print the presets of well-known services in Markdown
    Presets,
    /// Manage federations of service providers
    Federation(Federation),
    /// Print our own metadata, as the running service tells it
    Metadata {
        /// The public URL with which the service runs, where the configuration does not say it
        #[arg(long, value_name = "URL")]
        public_url: Option<String>,
    },
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Debug {
    On,
    Off,
    Show,
}

#[derive(Args)]
struct Add {
    /// Its metadata, the description of one entity: a file, or the URL where it is published, which is looked at again and again
    #[arg(long, value_name = "FILE-OR-URL", required_unless_present = "preset", conflicts_with = "preset")]
    metadata: Option<String>,
    /// A well-known service instead (`symbolon sp presets` lists them)
    #[arg(long)]
    preset: Option<String>,
    /// What the preset needs, such as domain=example.org
    #[arg(long = "param", value_name = "NAME=VALUE", requires = "preset")]
    params: Vec<String>,
    /// A file with the certificate of the key that signs its metadata: then others are not taken (PEM)
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// The id under which it is managed [default: the host in its entityID]
    id: Option<String>,
    /// What people read [default: what the metadata says]
    #[arg(long)]
    name: Option<String>,
    /// The level that every sign-in for it must reach, such as 2
    #[arg(long, value_name = "ACR")]
    required_acr: Option<String>,
    /// Any other setting by its name
    #[arg(long = "setting", value_name = "SETTING=VALUE")]
    settings: Vec<String>,
}

impl Command for Sp {
    async fn run(self, console: &Console) -> Result<(), CliError> {
        if matches!(self.what, What::Presets) {
            console.line(presets::reference().trim_end());
            return Ok(());
        }
        let operator = match &self.what {
            What::Metadata { public_url } => {
                let config = console.config(vec![("server.public_url", public_url.clone())])?;
                Operator::of(start::open(config, Clock::system(), Entropy::system()).await?)
            }
            _ => Operator::open(console).await?,
        };
        let sps = operator.app().sps.clone();
        let of = |id: &str| vec![("id".to_owned(), Value::from(id))];
        match self.what {
            What::List => {
                list(console, &operator.perform(&ListSps(sps), "sp list", vec![]).await?.answer.value);
                Ok(())
            }
            What::Show { id } => {
                let answer = operator.perform(&ListSps(sps), "sp show", of(&id)).await?.answer.value;
                console.line(format!("{:#}", answer[&id]));
                Ok(())
            }
            What::Add(add) => added(console, &operator, add).await,
            What::Set { id, settings, metadata } => {
                let mut params = of(&id);
                params.extend(pairs(&settings)?);
                if let Some(given) = metadata {
                    params.push(match is_url(&given) {
                        true => ("metadata_url".to_owned(), Value::from(given)),
                        false => ("metadata".to_owned(), Value::from(read(Path::new(&given))?)),
                    });
                }
                operator.perform(&ChangeSp(sps), "sp set", params).await?;
                console.done("changed");
                Ok(())
            }
            What::Disable { id } => enable(console, &operator, &id, false).await,
            What::Enable { id } => enable(console, &operator, &id, true).await,
            What::Debug { id, what } => debug(console, &operator, &id, what).await,
            What::Remove { id } => {
                let delete = DeleteSp(sps, operator.app().logins.consents().clone());
                operator.perform(&delete, "sp remove", of(&id)).await?;
                console.done("removed");
                Ok(())
            }
            What::Refresh { id, older } => {
                let mut params = of(&id);
                params.push(("older".to_owned(), Value::from(older)));
                let done = operator.perform(&RefreshSp(sps), "sp refresh", params).await?.answer.value;
                match done["problem"].as_str() {
                    Some(problem) => Err(CliError::failed(problem)),
                    None => {
                        console.done(if done["changed"] == true { "newer metadata taken" } else { "nothing new" });
                        Ok(())
                    }
                }
            }
            What::Presets => Ok(()),
            What::Federation(federation) => federation.run(console, &operator).await,
            What::Metadata { .. } => {
                let app = operator.app();
                let xml = app.saml.metadata(app.clock.now()).map_err(|e| CliError::failed(e.to_string()))?;
                console.line(xml);
                Ok(())
            }
        }
    }
}

async fn debug(console: &Console, operator: &Operator, id: &str, what: Debug) -> Result<(), CliError> {
    let (sps, saml) = (operator.app().sps.clone(), operator.app().saml.clone());
    let mut params = vec![("id".to_owned(), Value::from(id))];
    match what {
        Debug::Show => {
            let answer = operator.perform(&ShowExchanged(sps, saml), "sp debug", params).await?.answer.value;
            let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
            let message = |m: &Value| {
                let problem = m["problem"].as_str().map_or_else(String::new, |problem| format!("\nproblem: {problem}"));
                format!("{} at {}, request {}{problem}\n{}", text(&m["direction"]), m["at"], text(&m["request"]), text(&m["xml"]))
            };
            let all: Vec<String> = answer["messages"].as_array().into_iter().flatten().map(message).collect();
            console.answer(answer.clone(), if all.is_empty() { "nothing was kept".to_owned() } else { all.join("\n\n") });
        }
        Debug::On | Debug::Off => {
            let on = matches!(what, Debug::On);
            params.push(("on".to_owned(), Value::from(on)));
            operator.perform(&WatchSp(sps, saml), "sp debug", params).await?;
            console.done(if on { "messages are kept for an hour" } else { "messages are forgotten" });
        }
    }
    Ok(())
}

async fn added(console: &Console, operator: &Operator, add: Add) -> Result<(), CliError> {
    let sps = operator.app().sps.clone();
    let mut params = match &add.preset {
        Some(name) => preset(name, &add.params)?,
        None => vec![("metadata".to_owned(), Value::from(metadata(&sps, add.metadata.as_deref().unwrap_or_default()).await?))],
    };
    params.extend(add.metadata.filter(|given| is_url(given)).map(|url| ("metadata_url".to_owned(), json!(url))));
    let described = params[0].1.as_str().unwrap_or_default();
    let id = match add.id {
        Some(id) => id,
        None => usual_id(described)?,
    };
    params.push(("id".to_owned(), Value::from(id.clone())));
    params.extend(pairs(&add.settings)?);
    if let Some(path) = &add.certificate {
        params.push(("metadata_certificate".to_owned(), Value::from(read(path)?)));
    }
    params.extend(add.name.map(|name| ("name".to_owned(), json!(name))));
    params.extend(add.required_acr.map(|acr| ("required_acr".to_owned(), json!(acr))));
    let done = operator.perform(&AddSp(sps), "sp add", params).await?;
    let ours = operator.app().saml.entity_id();
    console.answer(done.answer.value, format!("service provider {id} added; our metadata: {ours}"));
    Ok(())
}

async fn metadata(sps: &Sps, given: &str) -> Result<String, CliError> {
    match is_url(given) {
        true => Ok(sps.fetch(given).await?),
        false => read(Path::new(given)),
    }
}

/// The parameters of a preset; the first is its metadata.
fn preset(name: &str, given: &[String]) -> Result<Vec<(String, Value)>, CliError> {
    let known = || presets::ALL.iter().map(|preset| preset.name).collect::<Vec<_>>().join(", ");
    let preset =
        presets::find(name).ok_or_else(|| CliError::usage(format!("there is no preset {name}; there are {}", known())))?;
    let split = |pair: &String| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    let given: Option<Vec<_>> = given.iter().map(split).collect();
    let given = given.ok_or_else(|| CliError::usage("write --param name=value"))?;
    preset.fill(&given).map_err(CliError::usage)
}

/// Whether this is an address, not the name of a file.
pub(super) fn is_url(given: &str) -> bool {
    given.starts_with("https://") || given.starts_with("http://")
}

fn read(path: &Path) -> Result<String, CliError> {
    let failed = |e: &dyn std::fmt::Display| CliError::usage(format!("{}: {e}", path.display()));
    let size = std::fs::metadata(path).map_err(|e| failed(&e))?.len();
    if size > MOST_BYTES {
        return Err(failed(&"the file is longer than 512 KiB"));
    }
    std::fs::read_to_string(path).map_err(|e| failed(&e))
}

/// The host of a URL or the last part of a URN, as far as it can be an id.
fn usual_id(metadata: &str) -> Result<String, CliError> {
    let entity_id = Metadata::read(metadata).map_err(|e| CliError::usage(format!("the metadata is not valid: {e}")))?.entity_id;
    let host = url::Url::parse(&entity_id).ok().and_then(|url| url.host_str().map(str::to_owned));
    let id = host.unwrap_or_else(|| entity_id.rsplit(':').next().unwrap_or_default().to_owned());
    match id_is_good(&id) {
        true => Ok(id),
        false => Err(CliError::usage(format!("{entity_id} has no part that could be an id; name one"))),
    }
}

async fn enable(console: &Console, operator: &Operator, id: &str, enabled: bool) -> Result<(), CliError> {
    let params = vec![("id".to_owned(), Value::from(id)), ("enabled".to_owned(), Value::from(enabled))];
    operator.perform(&ChangeSp(operator.app().sps.clone()), "sp set", params).await?;
    console.done(if enabled { "enabled" } else { "disabled" });
    Ok(())
}

fn list(console: &Console, answer: &Value) {
    let empty = serde_json::Map::new();
    let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
    let row = |(id, sp): (&String, &Value)| vec![id.clone(), text(&sp["entity_id"]), text(&sp["name"]), text(&sp["enabled"])];
    let rows: Vec<Vec<String>> = answer.as_object().unwrap_or(&empty).iter().map(row).collect();
    console.table(answer.clone(), &["id", "entity", "name", "enabled"], &rows);
}
