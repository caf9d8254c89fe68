//! `symbolon scim`: programs that provision people and groups.

use clap::{Args, Subcommand};
use mfa::scim::ops::{AddScimClient, ListScimClients, RemoveScimClient};
use serde_json::{Value, json};

use super::console::moment;
use super::operate::{Operator, params};
use super::{CliError, Command, Console};

#[derive(Args)]
pub(super) struct Scim {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Manage clients, each with a token, a resolver and rights
    Client(Client),
}

#[derive(Args)]
struct Client {
    #[command(subcommand)]
    what: ClientVerb,
}

#[derive(Subcommand)]
enum ClientVerb {
    /// List clients
    List,
    /// Add a client; prints its token, which is shown once
    Add(Add),
    /// Remove a client; its token is refused from then on, and what it has provisioned stays
    #[command(visible_alias = "delete")]
    Remove {
        /// Name of the client
        name: String,
    },
}

#[derive(Args)]
struct Add {
    /// Name of the client, such as entra
    name: String,
    /// The internal resolver whose people it provisions
    #[arg(long, default_value = "internal")]
    resolver: String,
    /// A right: users:read, users:write, groups:read or groups:write [default: all]
    #[arg(long = "right", value_name = "RIGHT")]
    rights: Vec<String>,
}

impl Command for Scim {
    async fn run(self, console: &Console) -> Result<(), CliError> {
        let What::Client(Client { what }) = self.what;
        let operator = Operator::open(console).await?;
        match what {
            ClientVerb::List => {
                let answer = operator.perform(&ListScimClients, "scim client list", vec![]).await?.answer.value;
                list(console, &answer);
            }
            ClientVerb::Add(add) => {
                let given = [
                    ("name", Some(json!(add.name))),
                    ("resolver", Some(json!(add.resolver))),
                    ("rights", Some(json!(add.rights))),
                ];
                let done = operator.perform(&AddScimClient, "scim client add", params(given)).await?;
                let url = operator.app().config.server.public_url.join(crate::protocol::scim::BASE);
                let mut answer = done.answer.value;
                answer["url"] = json!(url);
                let token = done.output.token().expose();
                console.answer(answer, format!("client {} added\nurl: {url}\ntoken: {token}  (shown once)", add.name));
            }
            ClientVerb::Remove { name } => {
                operator.perform(&RemoveScimClient, "scim client remove", params([("name", Some(json!(name)))])).await?;
                console.done("removed");
            }
        }
        Ok(())
    }
}

fn list(console: &Console, answer: &Value) {
    let row = |client: &Value| {
        let text = |name: &str| client[name].as_str().unwrap_or_default().to_owned();
        let rights = client["rights"].as_array().map(|all| all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "));
        let made = kernel::Timestamp::from_seconds(client["created_at"].as_i64().unwrap_or_default());
        vec![text("name"), text("resolver"), rights.unwrap_or_default(), moment(made)]
    };
    let rows: Vec<Vec<String>> = answer.as_array().into_iter().flatten().map(row).collect();
    console.table(answer.clone(), &["client", "resolver", "rights", "added"], &rows);
}
