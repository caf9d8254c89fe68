//! `symbolon user attribute`: what is added to the attributes of people.

use clap::{Args, Subcommand};
use mfa::people::ops::{DeleteAttribute, GetAttributes, InternalAttributes, SetAttribute};
use serde_json::{Value, json};

use super::operate::Operator;
use super::user::Who;
use super::{CliError, Console};

#[derive(Args)]
pub(super) struct Attribute {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// List the custom attributes of a person in a realm
    List {
        #[command(flatten)]
        who: Who,
        /// List what the engine keeps about them for itself instead
        #[arg(long)]
        internal: bool,
    },
    /// Set a custom attribute; it counts in place of what the resolver tells
    Set {
        #[command(flatten)]
        who: Who,
        /// Name and value
        #[arg(value_name = "NAME=VALUE")]
        attribute: String,
    },
    /// Delete a custom attribute
    #[command(visible_alias = "remove")]
    Delete {
        #[command(flatten)]
        who: Who,
        /// Name
        name: String,
    },
}

impl Attribute {
    pub(super) async fn run(self, console: &Console, operator: &Operator) -> Result<(), CliError> {
        match self.what {
            What::List { who, internal } => {
                let answer = match internal {
                    true => operator.perform(&InternalAttributes, "user attribute list", who.params()).await?.answer.value,
                    false => operator.perform(&GetAttributes, "user attribute list", who.params()).await?.answer.value,
                };
                // As JSON, so that no value speaks to the terminal.
                let row = |(name, value): (&String, &Value)| vec![json!(name).to_string(), value.to_string()];
                let rows: Vec<Vec<String>> = answer.as_object().into_iter().flatten().map(row).collect();
                console.table(answer, &["attribute", "value"], &rows);
            }
            What::Set { who, attribute } => {
                let wrong = || CliError::usage(format!("{attribute}: write NAME=VALUE"));
                let (name, value) = attribute.split_once('=').ok_or_else(wrong)?;
                let mut all = who.params();
                all.extend([("key".to_owned(), json!(name)), ("value".to_owned(), json!(value))]);
                operator.perform(&SetAttribute, "user attribute set", all).await?;
                console.done(&format!("{name} set"));
            }
            What::Delete { who, name } => {
                let mut all = who.params();
                all.push(("attrkey".to_owned(), json!(name)));
                if operator.perform(&DeleteAttribute, "user attribute delete", all).await?.output == 0 {
                    return Err(CliError::failed(format!("there is no custom attribute {name}")));
                }
                console.done(&format!("{name} deleted"));
            }
        }
        Ok(())
    }
}
