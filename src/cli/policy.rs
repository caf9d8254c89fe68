//! `symbolon policy`

use clap::{Args, Subcommand};
use mfa::policy::ops::{DeletePolicy, EnablePolicy, ListPolicies, SetPolicy};
use serde_json::{Value, json};

use super::client::pairs;
use super::operate::{Operator, params};
use super::{CliError, Command, Console};

#[derive(Args)]
pub(super) struct Policy {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// List policies
    List,
    /// Show a policy
    Show { name: String },
    /// Create or change a policy
    Set {
        name: String,
        /// Needed for a new one: sso, authentication, authorization, enrollment, admin, user, ...
        #[arg(long)]
        scope: Option<String>,
        /// What it says, such as "otppin=userstore, challenge_response=totp"
        #[arg(long)]
        action: Option<String>,
        /// 1 is the strongest
        #[arg(long)]
        priority: Option<u32>,
        /// Any other field, such as realm=default or client=10.0.0.0/8
        #[arg(long = "field", value_name = "NAME=VALUE")]
        fields: Vec<String>,
    },
    /// Let a policy count
    Enable { name: String },
    /// Let a policy count no more
    Disable { name: String },
    /// Remove a policy
    Remove { name: String },
}

impl Command for Policy {
    async fn run(self, console: &Console) -> Result<(), CliError> {
        let operator = Operator::open(console).await?;
        let named = |name: &str| params([("name", Some(json!(name)))]);
        match self.what {
            What::List => {
                let answer = operator.perform(&ListPolicies, "policy list", vec![]).await?.answer.value;
                list(console, &answer);
            }
            What::Show { name } => {
                let answer = operator.perform(&ListPolicies, "policy show", named(&name)).await?.answer.value;
                match answer.as_array().and_then(|all| all.first()) {
                    Some(policy) => console.line(format!("{policy:#}")),
                    None => return Err(CliError::failed(format!("there is no policy {name}"))),
                }
            }
            What::Set { name, scope, action, priority, fields } => {
                let mut all = params([
                    ("name", Some(json!(name))),
                    ("scope", scope.map(Value::from)),
                    ("action", action.map(Value::from)),
                    ("priority", priority.map(Value::from)),
                ]);
                all.extend(pairs(&fields)?);
                operator.perform(&SetPolicy, "policy set", all).await?;
                console.done("set");
            }
            What::Enable { name } => {
                operator.perform(&EnablePolicy(true), "policy enable", named(&name)).await?;
                console.done("enabled");
            }
            What::Disable { name } => {
                operator.perform(&EnablePolicy(false), "policy disable", named(&name)).await?;
                console.done("disabled");
            }
            What::Remove { name } => {
                operator.perform(&DeletePolicy, "policy remove", named(&name)).await?;
                console.done("removed");
            }
        }
        Ok(())
    }
}

fn list(console: &Console, answer: &Value) {
    let empty = Vec::new();
    let rows: Vec<Vec<String>> = answer
        .as_array()
        .unwrap_or(&empty)
        .iter()
        .map(|p| {
            let actions: Vec<String> = p["action"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, value)| match value {
                    Value::Bool(true) => name.clone(),
                    Value::String(text) => format!("{name}={text}"),
                    other => format!("{name}={other}"),
                })
                .collect();
            let text = |name: &str| p[name].as_str().map_or_else(|| p[name].to_string(), str::to_owned);
            let active = if p["active"] == json!(true) { "active" } else { "off" };
            vec![text("name"), text("scope"), active.to_owned(), text("priority"), actions.join(", ")]
        })
        .collect();
    console.table(answer.clone(), &["policy", "scope", "", "priority", "actions"], &rows);
}
