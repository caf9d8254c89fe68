//! `symbolon client`: registered OpenID Connect clients.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::clients::{AddClient, ChangeClient, DeleteClient, ListClients, RotateSecret};

use super::claims::{Explain, Rules};
use super::operate::Operator;
use super::{CliError, Command, Console};

#[derive(Args)]
pub(super) struct Client {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// List clients
    List,
    /// Show a client
    Show {
        /// Client id
        id: String,
    },
    /// Add a client; prints its secret unless it is given or not needed
    Add(Add),
    /// Change settings of a client
    Set {
        /// Client id
        id: String,
        /// A setting by its registration name, such as consent=trusted or redirect_uris='["https://a.example/cb"]'
        #[arg(required_unless_present_any = ["claims", "without", "claims_file"], value_name = "SETTING=VALUE")]
        settings: Vec<String>,
        #[command(flatten)]
        rules: Rules,
    },
    /// Show what a person would release to a client, and why
    Claims(Explain),
    /// Let a client be used no more, without removing it
    Disable {
        /// Client id
        id: String,
    },
    /// Let a client be used again
    Enable {
        /// Client id
        id: String,
    },
    /// Delete a client and everything it was granted
    #[command(visible_alias = "remove")]
    Delete {
        /// Client id
        id: String,
    },
    /// Draw a new secret; the former one stays good for a day
    RotateSecret {
        /// Client id
        id: String,
    },
}

#[derive(Args)]
struct Add {
    /// Client id
    id: String,
    /// Where browsers may be sent with an answer; compared byte for byte
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// Where browsers may be sent after a logout
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    post_logout_redirect_uris: Vec<String>,
    /// Read the secret from standard input
    #[arg(long, conflicts_with = "public")]
    secret_stdin: bool,
    /// The client has no secret (a page or app); PKCE is demanded
    #[arg(long)]
    public: bool,
    /// What people read
    #[arg(long)]
    name: Option<String>,
    /// The client belongs to the house: nobody is asked for consent
    #[arg(long)]
    trusted: bool,
    /// The level that every sign-in for it must reach, such as 2
    #[arg(long, value_name = "ACR")]
    required_acr: Option<String>,
    /// A grant it may use, such as client_credentials [default: authorization_code and refresh_token]
    #[arg(long = "grant", value_name = "GRANT")]
    grants: Vec<String>,
    /// A scope it may ask for [default: openid, profile, email, address, phone and offline_access]
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// How its ID tokens are signed: RS256, ES256 or EdDSA
    #[arg(long, value_name = "ALG")]
    alg: Option<String>,
    /// Any other setting by its registration name
    #[arg(long = "setting", value_name = "SETTING=VALUE")]
    settings: Vec<String>,
}

impl Command for Client {
    async fn run(self, console: &Console) -> Result<(), CliError> {
        let operator = Operator::open(console).await?;
        let clients = operator.app().clients.clone();
        let of = |id: String| vec![("client_id".to_owned(), Value::from(id))];
        match self.what {
            What::List => {
                let answer = operator.perform(&ListClients(clients), "client list", vec![]).await?.answer.value;
                list(console, &answer);
                Ok(())
            }
            What::Show { id } => {
                let answer = operator.perform(&ListClients(clients), "client show", of(id.clone())).await?.answer.value;
                console.line(format!("{:#}", answer[&id]));
                Ok(())
            }
            What::Add(add) => added(console, &operator, add).await,
            What::Claims(explain) => explain.run(console, &operator).await,
            What::Set { id, settings, rules } => {
                let mut params = of(id.clone());
                params.extend(pairs(&settings)?);
                if !rules.is_empty() {
                    let present =
                        operator.perform(&ListClients(clients.clone()), "client show", of(id.clone())).await?.answer.value;
                    params.push(("claims".to_owned(), rules.changed(present[&id]["claims"].clone())?));
                    params.push(("version".to_owned(), present[&id]["version"].clone()));
                }
                operator.perform(&ChangeClient(clients), "client set", params).await?;
                console.done("changed");
                Ok(())
            }
            What::Disable { id } => enable(console, &operator, id, false).await,
            What::Enable { id } => enable(console, &operator, id, true).await,
            What::Delete { id } => {
                operator.perform(&DeleteClient(clients), "client delete", of(id)).await?;
                console.done("deleted");
                Ok(())
            }
            What::RotateSecret { id } => {
                let secret = operator.perform(&RotateSecret(clients), "client rotate-secret", of(id)).await?.output;
                console.answer(json!({ "client_secret": secret.expose() }), format!("client secret: {}", secret.expose()));
                Ok(())
            }
        }
    }
}

async fn added(console: &Console, operator: &Operator, add: Add) -> Result<(), CliError> {
    let mut params = vec![("client_id".to_owned(), Value::from(add.id.clone()))];
    params.extend(pairs(&add.settings)?);
    let mut put = |name: &str, value: Value| params.push((name.to_owned(), value));
    put("redirect_uris", json!(add.redirect_uris));
    put("post_logout_redirect_uris", json!(add.post_logout_redirect_uris));
    if add.public {
        put("token_endpoint_auth_method", json!("none"));
    }
    if add.secret_stdin {
        put("client_secret", json!(console.secret("client secret")?.expose()));
    }
    if let Some(name) = add.name {
        put("client_name", json!(name));
    }
    if add.trusted {
        put("consent", json!("trusted"));
    }
    if let Some(acr) = add.required_acr {
        put("required_acr", json!(acr));
    }
    if !add.grants.is_empty() {
        put("grant_types", json!(add.grants));
        if !add.grants.iter().any(|grant| grant == "authorization_code") {
            put("response_types", json!([]));
        }
    }
    if !add.scopes.is_empty() {
        put("scopes", json!(add.scopes));
    }
    if let Some(alg) = add.alg {
        put("id_token_signed_response_alg", json!(alg));
    }
    let clients = operator.app().clients.clone();
    let done = operator.perform(&AddClient(clients), "client add", params).await?;
    let text = match done.output.secret() {
        Some(secret) => format!("client {} added\nclient secret: {}  (shown once)", add.id, secret.expose()),
        None => format!("client {} added", add.id),
    };
    console.answer(done.answer.value, text);
    Ok(())
}

async fn enable(console: &Console, operator: &Operator, id: String, enabled: bool) -> Result<(), CliError> {
    let params = vec![("client_id".to_owned(), Value::from(id)), ("enabled".to_owned(), Value::from(enabled))];
    operator.perform(&ChangeClient(operator.app().clients.clone()), "client set", params).await?;
    console.done(if enabled { "enabled" } else { "disabled" });
    Ok(())
}

fn list(console: &Console, answer: &Value) {
    let empty = serde_json::Map::new();
    let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
    let rows: Vec<Vec<String>> = answer
        .as_object()
        .unwrap_or(&empty)
        .iter()
        .map(|(id, c)| vec![id.clone(), text(&c["client_name"]), text(&c["token_endpoint_auth_method"]), text(&c["enabled"])])
        .collect();
    console.table(answer.clone(), &["client", "name", "authentication", "enabled"], &rows);
}

/// `name=value`; JSON where it is a list or an object, otherwise text.
pub(super) fn pairs(given: &[String]) -> Result<Vec<(String, Value)>, CliError> {
    let pair = |text: &String| {
        let (name, value) = text.split_once('=').ok_or_else(|| CliError::usage(format!("{text}: write SETTING=VALUE")))?;
        let value = match value.starts_with(['[', '{']) {
            true => serde_json::from_str(value).map_err(|e| CliError::usage(format!("{name}: {e}")))?,
            false => Value::from(value),
        };
        Ok((name.to_owned(), value))
    };
    given.iter().map(pair).collect()
}
