//! `symbolon realm`: views over resolvers.

use clap::{Args, Subcommand};
use mfa::people::ops::{DeleteRealm, ListRealms, SetDefaultRealm, SetRealm, SetRealmDomains, SetRealmOnNode};
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
    /// Add a realm; refused when there is one of this name
    Add(Members),
    /// Give a realm other resolvers
    Set {
        #[command(flatten)]
        members: Members,
        /// Only on the node of this name, where they come before the others
        #[arg(long)]
        node: Option<String>,
    },
    /// Say whose mail addresses lead to a realm at sign-in; without a domain, nobody's
    Domains {
        /// Which
        name: String,
        /// A domain such as example.org; all of them are named
        #[arg(long = "domain", value_name = "DOMAIN")]
        domains: Vec<String>,
    },
    /// Make a realm the one that is meant when none is named
    Default {
        /// Which
        name: String,
    },
    /// Delete a realm; its people stay where they live
    #[command(visible_alias = "remove")]
    Delete {
        /// Which
        name: String,
        /// Delete the custom attributes of people in this realm, too
        #[arg(long)]
        delete_custom_attributes: bool,
    },
}

#[derive(Args)]
struct Members {
    /// Name of the realm
    name: String,
    /// A resolver whose people it shows, with its priority (lower comes first); all of them are named
    #[arg(long = "resolver", value_name = "NAME[:PRIORITY]", required = true)]
    resolvers: Vec<String>,
}

impl Command for Realm {
    async fn run(self, console: &Console) -> Result<(), CliError> {
        let operator = Operator::open(console).await?;
        let exists = |name: &str| operator.app().mfa.people.directory().realm(&name.to_lowercase()).is_some();
        match self.what {
            What::List => {
                let answer = operator.perform(&ListRealms, "realm list", vec![]).await?.answer.value;
                list(console, &answer);
                Ok(())
            }
            What::Add(members) if exists(&members.name) => {
                Err(CliError::failed(format!("the realm {} exists already", members.name))
                    .mend("symbolon realm set gives it other resolvers"))
            }
            What::Domains { name, domains } => {
                let all = params([("realm", Some(json!(name))), ("domains", Some(json!(domains)))]);
                operator.perform(&SetRealmDomains, "realm domains", all).await?;
                console.done(&format!(
                    "realm {name} is the home of {}",
                    if domains.is_empty() { "no domain".to_owned() } else { domains.join(", ") }
                ));
                Ok(())
            }
            What::Set { members, .. } if !exists(&members.name) => {
                Err(CliError::failed(format!("there is no realm {}", members.name)).mend("symbolon realm add makes one"))
            }
            What::Add(members) => set(console, &operator, (members, None), "realm add").await,
            What::Set { members, node } => set(console, &operator, (members, node), "realm set").await,
            What::Default { name } => {
                operator.perform(&SetDefaultRealm, "realm default", params([("realm", Some(json!(name)))])).await?;
                console.done(&format!("{name} is the default realm"));
                Ok(())
            }
            What::Delete { name, delete_custom_attributes } => {
                let flag = delete_custom_attributes.then(|| json!(true));
                let all = params([("realm", Some(json!(name))), ("delete_custom_attributes", flag)]);
                operator.perform(&DeleteRealm, "realm delete", all).await?;
                console.done(&format!("realm {name} deleted"));
                Ok(())
            }
        }
    }
}

async fn set(
    console: &Console,
    operator: &Operator,
    (members, node): (Members, Option<String>),
    action: &str,
) -> Result<(), CliError> {
    let directory = operator.app().mfa.people.directory();
    let mut names = Vec::new();
    let mut list = Vec::new();
    let mut all = params([("realm", Some(json!(members.name)))]);
    for given in &members.resolvers {
        let (name, priority) = given.split_once(':').map_or((given.as_str(), None), |(n, p)| (n, Some(p)));
        if directory.resolver(name).is_none() {
            return Err(CliError::failed(format!("there is no resolver {name}")).mend("symbolon resolver list shows all"));
        }
        names.push(name);
        list.push(json!({"name": name, "priority": priority}));
        all.extend(priority.map(|p| (format!("priority.{name}"), json!(p))));
    }
    match node {
        Some(node) => {
            all.extend([("nodeid".to_owned(), json!(node)), ("resolver".to_owned(), json!(list))]);
            operator.perform(&SetRealmOnNode, action, all).await?;
        }
        None => {
            all.push(("resolvers".to_owned(), json!(names)));
            operator.perform(&SetRealm, action, all).await?;
        }
    }
    console.done(&format!("realm {} shows {}", members.name, names.join(", ")));
    Ok(())
}

fn list(console: &Console, answer: &Value) {
    let empty = Map::new();
    let shown = |r: &Value| match (r["name"].as_str(), r["priority"].as_i64()) {
        (Some(name), Some(priority)) => Some(format!("{name}:{priority}")),
        (name, _) => name.map(str::to_owned),
    };
    let rows: Vec<Vec<String>> = answer
        .as_object()
        .unwrap_or(&empty)
        .iter()
        .map(|(name, realm)| {
            let resolvers: Vec<String> = realm["resolver"].as_array().into_iter().flatten().filter_map(shown).collect();
            let default = if realm["default"] == json!(true) { "default" } else { "" };
            vec![name.clone(), resolvers.join(", "), default.to_owned()]
        })
        .collect();
    console.table(answer.clone(), &["realm", "resolvers", ""], &rows);
}
