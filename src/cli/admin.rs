//! `symbolon admin`: local administrators.

use clap::{Args, Subcommand};
use mfa::people::ops::{AddAdmin, ChangeAdmin, RemoveAdmin};
use serde_json::json;

use super::operate::{Operator, params};
use super::{CliError, Command, Console};

#[derive(Args)]
pub(super) struct Admin {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// List administrators
    List,
    /// Add an administrator; the password is read from standard input
    Add {
        name: String,
        #[arg(long)]
        email: Option<String>,
        /// Said for clarity: the password always comes on standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Set another password, read from standard input; tokens issued before are void
    Password { name: String },
    /// Remove an administrator; the last one stays
    Remove { name: String },
}

impl Command for Admin {
    async fn run(self, console: &Console) -> Result<(), CliError> {
        let operator = Operator::open(console).await?;
        match self.what {
            What::List => {
                let all = operator.app().mfa.people.admins().all().await?;
                let rows: Vec<Vec<String>> = all.iter().map(|a| vec![a.name.clone(), a.email.clone()]).collect();
                let json = all.iter().map(|a| json!({ "name": a.name, "email": a.email })).collect();
                console.table(json, &["name", "mail"], &rows);
            }
            What::Add { name, email, .. } => {
                let password = console.secret("password")?;
                let params = params([
                    ("name", Some(json!(name))),
                    ("email", email.map(|e| json!(e))),
                    ("password", Some(json!(password.expose()))),
                ]);
                operator.perform(&AddAdmin, "admin add", params).await?;
                console.done("added");
            }
            What::Password { name } => {
                let password = console.secret("password")?;
                let params = params([("name", Some(json!(name))), ("password", Some(json!(password.expose())))]);
                operator.perform(&ChangeAdmin, "admin password", params).await?;
                console.done("changed");
            }
            What::Remove { name } => {
                operator.perform(&RemoveAdmin, "admin remove", params([("name", Some(json!(name)))])).await?;
                console.done("removed");
            }
        }
        Ok(())
    }
}
