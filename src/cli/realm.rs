//! `symbolon realm`: views over resolvers.

use clap::{Args, Subcommand};
use mfa::people::ops::{DeleteRealm, ListRealms, SetDefaultRealm, SetRealm};
use serde_json::{Map, Value, json};

use super::operate::{Operator, params};
use super::{CliError, Command, Console};

#[derive(Args)]
pub(super) struct Realm {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// List realms with their resolvers
    List,
    /// Create or change a realm
    Set {
        name: String,
        /// A resolver of it, with its priority (lower comes first)
        #[arg(long = "resolver", value_name = "NAME[:PRIORITY]", required = true)]
        resolvers: Vec<String>,
    },
    /// Make a realm the one that is meant when none is named
    Default { name: String },
    /// Remove a realm; its people stay where they live
    Remove { name: String },
}

impl Command for Realm {
    async fn run(self, console: &Console) -> Result<(), CliError> {
        let operator = Operator::open(console).await?;
        match self.what {
            What::List => {
                let answer = operator.perform(&ListRealms, "realm list", vec![]).await?.answer.value;
                list(console, &answer);
            }
            What::Set { name, resolvers } => {
                let mut names = Vec::new();
                let mut all = params([("realm", Some(json!(name)))]);
                for resolver in &resolvers {
                    let (name, priority) = resolver.split_once(':').map_or((resolver.as_str(), None), |(n, p)| (n, Some(p)));
                    names.push(name);
                    all.extend(priority.map(|p| (format!("priority.{name}"), json!(p))));
                }
                all.push(("resolvers".to_owned(), json!(names)));
                operator.perform(&SetRealm, "realm set", all).await?;
                console.done("set");
            }
            What::Default { name } => {
                operator.perform(&SetDefaultRealm, "realm default", params([("realm", Some(json!(name)))])).await?;
                console.done("set");
            }
            What::Remove { name } => {
                operator.perform(&DeleteRealm, "realm remove", params([("realm", Some(json!(name)))])).await?;
                console.done("removed");
            }
        }
        Ok(())
    }
}

fn list(console: &Console, answer: &Value) {
    let empty = Map::new();
    let rows: Vec<Vec<String>> = answer
        .as_object()
        .unwrap_or(&empty)
        .iter()
        .map(|(name, realm)| {
            let resolvers: Vec<&str> =
                realm["resolver"].as_array().into_iter().flatten().filter_map(|r| r["name"].as_str()).collect();
            let default = if realm["default"] == json!(true) { "default" } else { "" };
            vec![name.clone(), resolvers.join(", "), default.to_owned()]
        })
        .collect();
    console.table(answer.clone(), &["realm", "resolvers", ""], &rows);
}
