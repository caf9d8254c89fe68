//! `symbolon resolver`: where people live.

use clap::{Args, Subcommand};
use mfa::people::ops::{DeleteResolver, ListResolvers, SetResolver};
use serde_json::{Map, Value, json};

use super::client::pairs;
use super::operate::{Operator, params};
use super::{CliError, Command, Console};

#[derive(Args)]
pub(super) struct Resolver {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// List resolvers
    List,
    /// Create or change a resolver
    Set {
        name: String,
        /// Its kind, such as passwdresolver
        #[arg(long = "type", value_name = "KIND")]
        kind: String,
        /// A parameter, such as fileName=/etc/passwd
        #[arg(long = "param", value_name = "NAME=VALUE")]
        params: Vec<String>,
    },
    /// Remove a resolver that no realm uses
    Remove { name: String },
}

impl Command for Resolver {
    async fn run(self, console: &Console) -> Result<(), CliError> {
        let operator = Operator::open(console).await?;
        match self.what {
            What::List => {
                let answer = operator.perform(&ListResolvers, "resolver list", vec![]).await?.answer.value;
                let empty = Map::new();
                let rows: Vec<Vec<String>> = answer
                    .as_object()
                    .unwrap_or(&empty)
                    .iter()
                    .map(|(name, r)| vec![name.clone(), r["type"].as_str().unwrap_or_default().to_owned()])
                    .collect();
                console.table(answer.clone(), &["resolver", "type"], &rows);
            }
            What::Set { name, kind, params: given } => {
                let mut all: Vec<(String, Value)> = params([("resolver", Some(json!(name))), ("type", Some(json!(kind)))]);
                all.extend(pairs(&given)?);
                operator.perform(&SetResolver, "resolver set", all).await?;
                console.done("set");
            }
            What::Remove { name } => {
                operator.perform(&DeleteResolver, "resolver remove", params([("resolver", Some(json!(name)))])).await?;
                console.done("removed");
            }
        }
        Ok(())
    }
}
