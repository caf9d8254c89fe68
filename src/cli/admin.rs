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
        /// Name to sign in with
        name: String,
        /// Mail address
        #[arg(long, value_name = "ADDRESS")]
        email: Option<String>,
        /// Said for clarity: the password always comes on standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Set another password, read from standard input; API tokens issued before are void
    Password {
        /// Whose
        name: String,
        /// Said for clarity: the password always comes on standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Delete an administrator; the last one stays
    #[command(visible_alias = "remove")]
    Delete {
        /// Whom
        name: String,
    },
}

impl Command for Admin {
    async fn run(self, console: &Console) -> Result<(), CliError> {
        let operator = Operator::open(console).await?;
        match self.what {
            What::List => list(console, &operator).await,
            What::Add { name, email, .. } => {
                let password = console.secret("password")?;
                let params = params([
                    ("name", Some(json!(name))),
                    ("email", email.map(|e| json!(e))),
                    ("password", Some(json!(password.expose()))),
                ]);
                operator.perform(&AddAdmin, "admin add", params).await?;
                console.done(&format!("administrator {name} added"));
                Ok(())
            }
            What::Password { name, .. } => {
                let password = console.secret("password")?;
                let params = params([("name", Some(json!(name))), ("password", Some(json!(password.expose())))]);
                operator.perform(&ChangeAdmin, "admin password", params).await?;
                console.done(&format!("password of {name} changed"));
                Ok(())
            }
            What::Delete { name } => {
                operator.perform(&RemoveAdmin, "admin delete", params([("name", Some(json!(name)))])).await?;
                console.done(&format!("administrator {name} deleted"));
                Ok(())
            }
        }
    }
}

async fn list(console: &Console, operator: &Operator) -> Result<(), CliError> {
    let all = operator.app().mfa.people.admins().all().await?;
    let seen = |at: Option<kernel::Timestamp>| at.map_or_else(|| "never".to_owned(), super::console::moment);
    let rows: Vec<Vec<String>> = all.iter().map(|a| vec![a.name.clone(), a.email.clone(), seen(a.last_login)]).collect();
    let json =
        all.iter().map(|a| json!({ "name": a.name, "email": a.email, "last_login": a.last_login.map(super::console::moment) }));
    console.table(json.collect(), &["name", "mail", "last sign-in"], &rows);
    Ok(())
}
