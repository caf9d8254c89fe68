//! `symbolon user`: people in editable resolvers, and whether anybody may sign in.

use clap::{Args, Subcommand};
use mfa::people::Person;
use mfa::people::ops::{AddUser, DeleteUser, DisableUser, ListUsers, UpdateUser, UserParams};
use serde_json::{Value, json};

use super::attribute::Attribute;
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
    /// Search people
    List {
        /// Login name; * stands for any characters
        #[arg(default_value = "*")]
        name: String,
        /// Only people of this realm
        #[arg(long)]
        realm: Option<String>,
        /// Only people of this resolver
        #[arg(long)]
        resolver: Option<String>,
    },
    /// Show a person
    Show(Who),
    /// Add a person
    Add(Edit),
    /// Change attributes of a person; an empty value removes one
    Set(Edit),
    /// Set another password, read from standard input; ends sessions and voids API tokens
    Password {
        #[command(flatten)]
        who: Who,
        /// Said for clarity: the password always comes on standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Manage what is added to the attributes of people
    Attribute(Attribute),
    /// Let a person use nothing any more, at any door
    Disable(Who),
    /// Let a person sign in again
    Enable(Who),
    /// Delete a person; what they owned stays theirs alone, whoever takes the name next
    #[command(visible_alias = "remove")]
    Delete(Who),
}

#[derive(Args)]
pub(super) struct Who {
    /// Login name
    user: String,
    /// Realm [default: the default realm]
    #[arg(long)]
    realm: Option<String>,
    /// Resolver, where the name alone is not enough
    #[arg(long)]
    resolver: Option<String>,
}

#[derive(Args)]
struct Edit {
    #[command(flatten)]
    who: Who,
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
    /// Given name
    #[arg(long, value_name = "NAME")]
    given_name: Option<String>,
    /// Family name
    #[arg(long, value_name = "NAME")]
    surname: Option<String>,
    /// Mail address
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// Telephone number
    #[arg(long, value_name = "NUMBER")]
    phone: Option<String>,
    /// Mobile telephone number
    #[arg(long, value_name = "NUMBER")]
    mobile: Option<String>,
    /// Any other attribute
    #[arg(long = "attribute", value_name = "NAME=VALUE")]
    attributes: Vec<String>,
}

impl Who {
    /// As parameters of an operation.
    pub(super) fn params(&self) -> Vec<(String, Value)> {
        params([
            ("user", Some(json!(self.user))),
            ("realm", self.realm.as_ref().map(|r| json!(r))),
            ("resolver", self.resolver.as_ref().map(|r| json!(r))),
        ])
    }

    async fn person(&self, operator: &Operator) -> Result<Person, CliError> {
        let named = UserParams { user: Some(self.user.clone()), realm: self.realm.clone(), resolver: self.resolver.clone() };
        Ok(operator.app().mfa.resolve_existing(&named).await?)
    }
}

impl Edit {
    fn params(&self, console: &Console) -> Result<Vec<(String, Value)>, CliError> {
        let password = if self.password_stdin { Some(console.secret("password")?) } else { None };
        let text = |value: &Option<String>| value.as_ref().map(|v| json!(v));
        let mut all = params([
            ("password", password.map(|p| json!(p.expose()))),
            ("givenname", text(&self.given_name)),
            ("surname", text(&self.surname)),
            ("email", text(&self.email)),
            ("phone", text(&self.phone)),
            ("mobile", text(&self.mobile)),
        ]);
        all.extend(pairs(&self.attributes)?);
        Ok(all)
    }
}

impl Command for User {
    async fn run(self, console: &Console) -> Result<(), CliError> {
        let operator = Operator::open(console).await?;
        match self.what {
            What::List { name, realm, resolver } => {
                let params = params([
                    ("username", Some(json!(name))),
                    ("realm", realm.map(Value::from)),
                    ("resolver", resolver.map(Value::from)),
                ]);
                list(console, &operator.perform(&ListUsers, "user list", params).await?.answer);
            }
            What::Attribute(attribute) => attribute.run(console, &operator).await?,
            What::Show(who) => show(console, &who.person(&operator).await?),
            What::Add(edit) => {
                let mut all = edit.params(console)?;
                let resolver = home(&operator, &edit.who)?;
                all.extend(params([("user", Some(json!(edit.who.user))), ("resolver", Some(json!(resolver)))]));
                let uid = operator.perform(&AddUser, "user add", all).await?.output;
                console.answer(
                    json!({ "user": edit.who.user, "resolver": resolver, "uid": uid }),
                    format!("{} added to {resolver}", edit.who.user),
                );
            }
            What::Set(edit) => {
                let mut all = edit.params(console)?;
                all.extend(edit.who.params());
                operator.perform(&UpdateUser, "user set", all).await?;
                console.done(&format!("{} changed", edit.who.user));
            }
            What::Password { who, .. } => {
                let password = console.secret("password")?;
                let mut all = who.params();
                all.push(("password".to_owned(), json!(password.expose())));
                operator.perform(&UpdateUser, "user password", all).await?;
                console.done(&format!("password of {} changed", who.user));
            }
            What::Disable(who) => {
                operator.perform(&DisableUser(true), "user disable", who.params()).await?;
                console.done(&format!("{} disabled", who.user));
            }
            What::Enable(who) => {
                operator.perform(&DisableUser(false), "user enable", who.params()).await?;
                console.done(&format!("{} enabled", who.user));
            }
            What::Delete(who) => {
                let person = who.person(&operator).await?;
                let all = params([("username", Some(json!(person.login))), ("resolvername", Some(json!(person.resolver)))]);
                operator.perform(&DeleteUser, "user delete", all).await?;
                console.done(&format!("{} deleted from {}", person.login, person.resolver));
            }
        }
        Ok(())
    }
}

/// The resolver that a new person will live in: the one that is named, or the first editable one of the realm.
fn home(operator: &Operator, who: &Who) -> Result<String, CliError> {
    let mfa = &operator.app().mfa;
    let directory = mfa.people.directory();
    let default = || directory.default_realm().map(str::to_owned);
    let Some(name) = who.realm.clone().or_else(|| if who.resolver.is_some() { None } else { default() }) else {
        return who.resolver.clone().ok_or_else(|| CliError::usage("there is no default realm").mend("name --resolver"));
    };
    let realm = directory
        .realm(&name.to_lowercase())
        .ok_or_else(|| CliError::failed(format!("there is no realm {name}")).mend("symbolon realm list shows all"))?;
    let members = realm.resolvers_on(&mfa.node);
    let mut members = members.iter().filter_map(|id| directory.resolver_by_id(*id));
    match &who.resolver {
        Some(resolver) if members.any(|r| r.name.eq_ignore_ascii_case(resolver)) => Ok(resolver.clone()),
        Some(resolver) => Err(CliError::failed(format!("the realm {name} does not show the resolver {resolver}"))),
        None => members.find(|r| r.editable()).map(|r| r.name.clone()).ok_or_else(|| {
            CliError::failed(format!("the realm {name} has no resolver in which people can be added"))
                .mend("add them in the directory itself, or name --resolver")
        }),
    }
}

fn show(console: &Console, person: &Person) {
    let mut shown = json!({
        "id": person.id.to_string(),
        "username": person.login,
        "realm": person.realm,
        "resolver": person.resolver,
        "uid": person.uid,
        "disabled": person.disabled,
    });
    let mut lines = vec![
        format!("{}  {}", person.login, person.display_name()),
        format!("realm     {}", person.realm),
        format!("resolver  {}  (uid {})", person.resolver, person.uid),
        format!("subject   {}", person.id),
        format!("state     {}", if person.disabled { "disabled" } else { "enabled" }),
    ];
    for (name, value) in person.attributes.iter() {
        lines.push(format!("{name}: {}", value.texts().join(", ")));
        shown[name] = serde_json::to_value(value).unwrap_or_default();
    }
    console.answer(shown, lines.join("\n"));
}

fn list(console: &Console, answer: &mfa::operation::Answer) {
    let empty = Vec::new();
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let rows: Vec<Vec<String>> = answer
        .value
        .as_array()
        .unwrap_or(&empty)
        .iter()
        .map(|u| ["username", "realm", "resolver", "givenname", "surname", "email"].map(|name| text(&u[name])).to_vec())
        .collect();
    console.table(answer.value.clone(), &["login", "realm", "resolver", "given name", "surname", "mail"], &rows);
    for resolver in answer.detail.iter().filter_map(|d| d["skipped_resolvers"].as_array()).flatten() {
        console.note(format!("left out, because it does not answer: {}", text(resolver)));
    }
}
