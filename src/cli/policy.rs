//! `symbolon policy`: what may be done, what is demanded, and why.

use clap::{Args, Subcommand};
use mfa::policy::ops::{DeletePolicy, EnablePolicy, ListPolicies, SetPolicy};
use serde_json::{Map, Value, json};

use super::client::pairs;
use super::operate::{Operator, params};
use super::{CliError, Command, Console, explain, reference};

#[derive(Args)]
pub(super) struct Policy {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// List policies
    List {
        /// Only those of this scope
        #[arg(long)]
        scope: Option<String>,
    },
    /// Show a policy
    Show {
        /// Which
        name: String,
    },
    /// Add a policy or change one; fields that are not given stay
    Set(Set),
    /// Let a policy count
    Enable {
        /// Which
        name: String,
    },
    /// Let a policy count no more, without deleting it
    Disable {
        /// Which
        name: String,
    },
    /// Delete a policy
    #[command(visible_alias = "remove")]
    Delete {
        /// Which
        name: String,
    },
    /// Tell for every policy whether it would take effect on a request, or where it drops out
    Explain(explain::Explain),
    /// Print the reference of all actions in Markdown
    Reference,
}

#[derive(Args)]
struct Set {
    /// Name of the policy
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
    /// Any other field of the wire format, such as realm=default or client=10.0.0.0/8
    #[arg(long = "field", value_name = "NAME=VALUE")]
    fields: Vec<String>,
}

impl Command for Policy {
    async fn run(self, console: &Console) -> Result<(), CliError> {
        if matches!(self.what, What::Reference) {
            console.line(reference::policies().trim_end());
            return Ok(());
        }
        let operator = Operator::open(console).await?;
        let named = |name: &str| params([("name", Some(json!(name)))]);
        match self.what {
            What::List { scope } => {
                let params = params([("scope", scope.map(Value::from))]);
                let answer = operator.perform(&ListPolicies, "policy list", params).await?.answer.value;
                list(console, &answer);
            }
            What::Show { name } => console.line(format!("{:#}", known(&operator, &name)?)),
            What::Set(set) => {
                let name = set.name.clone();
                operator.perform(&SetPolicy, "policy set", set.params(&operator)?).await?;
                console.done(&format!("policy {name} set"));
            }
            What::Enable { name } => {
                operator.perform(&EnablePolicy(true), "policy enable", named(&name)).await?;
                console.done(&format!("policy {name} enabled"));
            }
            What::Disable { name } => {
                operator.perform(&EnablePolicy(false), "policy disable", named(&name)).await?;
                console.done(&format!("policy {name} disabled"));
            }
            What::Delete { name } => {
                operator.perform(&DeletePolicy, "policy delete", named(&name)).await?;
                console.done(&format!("policy {name} deleted"));
            }
            What::Explain(explain) => explain.of(console, &operator).await?,
            What::Reference => {}
        }
        Ok(())
    }
}

impl Set {
    /// All fields as they shall be: the operation resets some that are not given, here they stay.
    fn params(self, operator: &Operator) -> Result<Vec<(String, Value)>, CliError> {
        let mut fields = match known(operator, &self.name) {
            Ok(Value::Object(fields)) => fields,
            _ => Map::new(),
        };
        fields.retain(|_, value| !value.is_null());
        fields.extend(params([
            ("name", Some(json!(self.name))),
            ("scope", self.scope.map(Value::from)),
            ("action", self.action.map(Value::from)),
            ("priority", self.priority.map(Value::from)),
        ]));
        let sample = serde_json::to_value(mfa::policy::Definition::default()).unwrap_or_default();
        for (name, value) in pairs(&self.fields)? {
            if sample.get(&name).is_none() {
                let all: Vec<&str> = sample.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
                return Err(CliError::usage(format!("a policy has no field {name}")).mend(format!("fields: {}", all.join(", "))));
            }
            fields.insert(name, value);
        }
        Ok(fields.into_iter().collect())
    }
}

fn known(operator: &Operator, name: &str) -> Result<Value, CliError> {
    let set = operator.app().mfa.policies.load();
    let found = set.definition(name).and_then(|def| serde_json::to_value(&**def).ok());
    found.ok_or_else(|| CliError::failed(format!("there is no policy {name}")).mend("symbolon policy list shows all"))
}

fn list(console: &Console, answer: &Value) {
    let empty = Vec::new();
    let actions = |p: &Value| {
        let one = |(name, value): (&String, &Value)| match value {
            Value::Bool(true) => name.clone(),
            Value::String(text) => format!("{name}={text}"),
            other => format!("{name}={other}"),
        };
        p["action"].as_object().into_iter().flatten().map(one).collect::<Vec<_>>().join(", ")
    };
    let rows: Vec<Vec<String>> = answer
        .as_array()
        .unwrap_or(&empty)
        .iter()
        .map(|p| {
            let text = |name: &str| p[name].as_str().map_or_else(|| p[name].to_string(), str::to_owned);
            let active = if p["active"] == json!(true) { "active" } else { "off" };
            vec![text("name"), text("scope"), active.to_owned(), text("priority"), actions(p)]
        })
        .collect();
    console.table(answer.clone(), &["policy", "scope", "", "priority", "actions"], &rows);
}
