//! `symbolon user`: people in editable resolvers, and whether anybody may sign in.

use clap::{Args, Subcommand};
use mfa::people::ops::{AddUser, DeleteUser, DisableUser, ListUsers, UpdateUser};
use serde_json::{Value, json};

use super::client::pairs;
use super::operate::{Operator, params};
use super::{CliError, Command, Console};

#[derive(Args)]
pub(super) struct User {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Search people; * stands for any characters
    List {
        /// Login name
        #[arg(default_value = "*")]
        name: String,
        #[arg(long)]
        realm: Option<String>,
    },
    /// Create a person
    Add(Edit),
    /// Change attributes, or the password with --password-stdin
    Set(Edit),
    /// Let a person use nothing any more; ends sessions and voids tokens
    Disable(Who),
    /// Let a person sign in again
    Enable(Who),
    /// Remove a person
    Remove {
        login: String,
        #[arg(long, default_value = "internal")]
        resolver: String,
    },
}

#[derive(Args)]
struct Who {
    /// Login name, with @realm if it is not the default realm
    user: String,
}

#[derive(Args)]
struct Edit {
    login: String,
    #[arg(long, default_value = "internal")]
    resolver: String,
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
    #[arg(long)]
    given_name: Option<String>,
    #[arg(long)]
    surname: Option<String>,
    #[arg(long)]
    email: Option<String>,
    #[arg(long)]
    phone: Option<String>,
    #[arg(long)]
    mobile: Option<String>,
    /// Any other attribute
    #[arg(long = "attribute", value_name = "NAME=VALUE")]
    attributes: Vec<String>,
}

impl Edit {
    fn params(self, console: &Console) -> Result<Vec<(String, Value)>, CliError> {
        let password = if self.password_stdin { Some(console.secret("password")?) } else { None };
        let text = |value: Option<String>| value.map(Value::from);
        let mut all = params([
            ("user", Some(json!(self.login))),
            ("resolver", Some(json!(self.resolver))),
            ("password", password.map(|p| json!(p.expose()))),
            ("givenname", text(self.given_name)),
            ("surname", text(self.surname)),
            ("email", text(self.email)),
            ("phone", text(self.phone)),
            ("mobile", text(self.mobile)),
        ]);
        all.extend(pairs(&self.attributes)?);
        Ok(all)
    }
}

impl Command for User {
    async fn run(self, console: &Console) -> Result<(), CliError> {
        let operator = Operator::open(console).await?;
        let done = match self.what {
            What::List { name, realm } => {
                let params = params([("username", Some(json!(name))), ("realm", realm.map(|r| json!(r)))]);
                let answer = operator.perform(&ListUsers, "user list", params).await?.answer.value;
                list(console, &answer);
                return Ok(());
            }
            What::Add(edit) => {
                operator.perform(&AddUser, "user add", edit.params(console)?).await?;
                "added"
            }
            What::Set(edit) => {
                operator.perform(&UpdateUser, "user set", edit.params(console)?).await?;
                "changed"
            }
            What::Disable(who) => {
                operator.perform(&DisableUser(true), "user disable", params([("user", Some(json!(who.user)))])).await?;
                "disabled"
            }
            What::Enable(who) => {
                operator.perform(&DisableUser(false), "user enable", params([("user", Some(json!(who.user)))])).await?;
                "enabled"
            }
            What::Remove { login, resolver } => {
                let params = params([("username", Some(json!(login))), ("resolvername", Some(json!(resolver)))]);
                operator.perform(&DeleteUser, "user remove", params).await?;
                "removed"
            }
        };
        console.done(done);
        Ok(())
    }
}

fn list(console: &Console, answer: &Value) {
    let empty = Vec::new();
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let rows: Vec<Vec<String>> = answer
        .as_array()
        .unwrap_or(&empty)
        .iter()
        .map(|u| ["username", "realm", "resolver", "givenname", "surname", "email"].map(|name| text(&u[name])).to_vec())
        .collect();
    console.table(answer.clone(), &["login", "realm", "resolver", "given name", "surname", "mail"], &rows);
}
