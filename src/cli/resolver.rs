//! `symbolon resolver`: where people live.

use clap::{Args, Subcommand};
use mfa::people::ops::{DeleteResolver, ListResolvers, SetResolver, TestResolver};
use serde_json::{Map, Value, json};

use super::client::pairs;
use super::operate::{Operator, params};
use super::{CliError, Command, Console, reference};

#[derive(Args)]
pub(super) struct Resolver {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// List resolvers
    List,
    /// Show a resolver; secrets are hidden
    Show {
        /// Which
        name: String,
    },
    /// Add a resolver that answers; refused when there is one of this name
    Add(Edit),
    /// Change parameters of a resolver; the others stay
    Set(Edit),
    /// Look whether a resolver answers
    Test {
        /// Which
        name: String,
    },
    /// Delete a resolver that no realm uses
    #[command(visible_alias = "remove")]
    Delete {
        /// Which
        name: String,
    },
    /// Print the reference of all kinds and their parameters in Markdown
    Reference,
}

#[derive(Args)]
struct Edit {
    /// Name of the resolver
    name: String,
    /// Its kind, such as internal, ldap or passwd [default for `set`: as it is]
    #[arg(long = "type", value_name = "KIND")]
    kind: Option<String>,
    /// A parameter, such as fileName=/etc/passwd or preset=openldap
    #[arg(long = "param", value_name = "NAME=VALUE")]
    params: Vec<String>,
    /// Read the value of this parameter, a secret, from standard input
    #[arg(long, value_name = "NAME")]
    secret_stdin: Option<String>,
    /// Keep it even if it does not answer at present
    #[arg(long)]
    untested: bool,
}

impl Command for Resolver {
    async fn run(self, console: &Console) -> Result<(), CliError> {
        if matches!(self.what, What::Reference) {
            console.line(reference::resolvers().trim_end());
            return Ok(());
        }
        let operator = Operator::open(console).await?;
        match self.what {
            What::Reference => {}
            What::List => list(console, &all(&operator, None).await?),
            What::Show { name } => console.line(format!("{:#}", known(&operator, &name).await?)),
            What::Add(edit) => {
                if operator.app().mfa.people.directory().resolver(&edit.name).is_some() {
                    return Err(CliError::failed(format!("the resolver {} exists already", edit.name))
                        .mend("symbolon resolver set changes it"));
                }
                set(console, &operator, edit, Map::new()).await?;
            }
            What::Set(edit) => {
                let known = known(&operator, &edit.name).await?;
                let mut given = known["data"].as_object().cloned().unwrap_or_default();
                given.insert("type".to_owned(), known["type"].clone());
                set(console, &operator, edit, given).await?;
            }
            What::Test { name } => {
                let known = known(&operator, &name).await?;
                let mut given = known["data"].as_object().cloned().unwrap_or_default();
                given.extend(params([("type", Some(known["type"].clone())), ("resolver", Some(json!(name)))]));
                let said = test(&operator, given.into_iter().collect()).await?;
                console.answer(json!({ "answers": true, "description": said }), format!("{name} answers: {said}"));
            }
            What::Delete { name } => {
                operator.perform(&DeleteResolver, "resolver delete", params([("resolver", Some(json!(name)))])).await?;
                console.done(&format!("resolver {name} deleted"));
            }
        }
        Ok(())
    }
}

async fn all(operator: &Operator, name: Option<&str>) -> Result<Value, CliError> {
    let params = params([("resolver", name.map(Value::from))]);
    Ok(operator.perform(&ListResolvers, "resolver list", params).await?.answer.value)
}

async fn known(operator: &Operator, name: &str) -> Result<Value, CliError> {
    let mut found = all(operator, Some(name)).await?;
    let found = found.as_object_mut().and_then(|all| all.values_mut().next().map(Value::take));
    found.ok_or_else(|| CliError::failed(format!("there is no resolver {name}")).mend("symbolon resolver list shows all"))
}

async fn set(console: &Console, operator: &Operator, edit: Edit, stored: Map<String, Value>) -> Result<(), CliError> {
    let mut given = stored;
    if let Some(kind) = edit.kind {
        given.insert("type".to_owned(), json!(kind));
    }
    if !given.contains_key("type") {
        return Err(CliError::usage("--type is missing").mend("name the kind of resolver, such as --type passwd"));
    }
    given.extend(pairs(&edit.params)?);
    if let Some(name) = edit.secret_stdin {
        let secret = console.secret(&name)?;
        given.insert(name, json!(secret.expose()));
    }
    given.insert("resolver".to_owned(), json!(edit.name));
    let given: Vec<(String, Value)> = given.into_iter().collect();
    if !edit.untested {
        test(operator, given.clone()).await.map_err(|e| e.mend("mend that, or keep it as it is with --untested"))?;
    }
    operator.perform(&SetResolver, "resolver set", given).await?;
    console.done(&format!("resolver {} set", edit.name));
    Ok(())
}

/// What the resolver says when it is tried.
async fn test(operator: &Operator, given: Vec<(String, Value)>) -> Result<String, CliError> {
    let answer = operator.perform(&TestResolver, "resolver test", given).await?.answer;
    let said = answer.detail.as_ref().and_then(|d| d["description"].as_str()).unwrap_or_default().to_owned();
    if answer.value == json!(true) { Ok(said) } else { Err(CliError::failed(format!("the resolver does not answer: {said}"))) }
}

fn list(console: &Console, answer: &Value) {
    let empty = Map::new();
    let rows: Vec<Vec<String>> = answer
        .as_object()
        .unwrap_or(&empty)
        .iter()
        .map(|(name, r)| vec![name.clone(), r["type"].as_str().unwrap_or_default().to_owned()])
        .collect();
    console.table(answer.clone(), &["resolver", "type"], &rows);
}
