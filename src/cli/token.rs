//! `symbolon token`: second factors of people.

use clap::{Args, Subcommand};
use mfa::operation::Operation;
use mfa::token_ops::{DeleteToken, DisableToken, EnableToken, InitToken, ListTokens, ResetToken};
use serde_json::{Map, Value, json};

use super::client::pairs;
use super::operate::{Operator, params};
use super::orphans::Orphans;
use super::{CliError, Command, Console};

#[derive(Args)]
pub(super) struct Token {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// List tokens
    List(List),
    /// Show a token
    Show(Which),
    /// Enrol a token; what it shows is shown once
    Enrol(Enrol),
    /// Let a token be used again
    Enable(Which),
    /// Let a token be used no more
    Disable(Which),
    /// Forget the failures of a token, so that it is locked out no more
    Reset(Which),
    /// Delete a token
    #[command(visible_alias = "remove")]
    Delete(Which),
    /// Find tokens whose owner is no more; changes nothing unless --action says so
    Orphans(Orphans),
}

#[derive(Args)]
struct List {
    /// Only those of this person
    #[arg(long)]
    user: Option<String>,
    /// Realm of the person
    #[arg(long)]
    realm: Option<String>,
    /// Only those of this kind, such as totp
    #[arg(long = "type", value_name = "KIND")]
    kind: Option<String>,
    /// Number of the page
    #[arg(long, default_value_t = 1)]
    page: u32,
    /// Tokens on a page, 1000 at most
    #[arg(long, default_value_t = 100)]
    size: u32,
}

#[derive(Args)]
struct Which {
    /// Serial of the token
    serial: String,
}

#[derive(Args)]
struct Enrol {
    /// Kind of the token
    #[arg(long = "type", value_name = "KIND", default_value = "totp")]
    kind: String,
    /// Login name of its owner
    #[arg(long)]
    user: Option<String>,
    /// Realm of its owner [default: the default realm]
    #[arg(long)]
    realm: Option<String>,
    /// Serial [default: made here]
    #[arg(long)]
    serial: Option<String>,
    /// Words about it
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Read the seed in hexadecimal from standard input instead of making one
    #[arg(long)]
    seed_stdin: bool,
    /// Read a PIN from standard input
    #[arg(long, conflicts_with = "seed_stdin")]
    pin_stdin: bool,
    /// Any other parameter of the kind, such as hashlib=sha256
    #[arg(long = "param", value_name = "NAME=VALUE")]
    params: Vec<String>,
}

impl Which {
    fn params(&self) -> Vec<(String, Value)> {
        params([("serial", Some(json!(self.serial)))])
    }
}

impl Command for Token {
    async fn run(self, console: &Console) -> Result<(), CliError> {
        let operator = Operator::open(console).await?;
        match self.what {
            What::List(wanted) => list(console, &operator, wanted).await,
            What::Show(which) => show(console, &operator, &which).await,
            What::Enrol(enrol) => enrol.perform(console, &operator).await,
            What::Enable(which) => change(console, &operator, &EnableToken, &which, "enable").await,
            What::Disable(which) => change(console, &operator, &DisableToken, &which, "disable").await,
            What::Reset(which) => change(console, &operator, &ResetToken, &which, "reset").await,
            What::Delete(which) => change(console, &operator, &DeleteToken, &which, "delete").await,
            What::Orphans(orphans) => orphans.find(console, &operator).await,
        }
    }
}

async fn change<O: Operation>(console: &Console, operator: &Operator, op: &O, which: &Which, verb: &str) -> Result<(), CliError> {
    operator.perform(op, &format!("token {verb}"), which.params()).await?;
    console.done(&format!("token {}: {verb} done", which.serial));
    Ok(())
}

async fn list(console: &Console, operator: &Operator, wanted: List) -> Result<(), CliError> {
    let all = params([
        ("user", wanted.user.map(Value::from)),
        ("realm", wanted.realm.map(Value::from)),
        ("type", wanted.kind.map(Value::from)),
        ("page", Some(json!(wanted.page))),
        ("pagesize", Some(json!(wanted.size))),
    ]);
    let done = operator.perform(&ListTokens, "token list", all).await?;
    let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
    let row = |t: &Map<String, Value>| {
        let owner = match (t["username"].as_str(), t["user_realm"].as_str()) {
            (Some(""), _) | (None, _) => String::new(),
            (Some(login), realm) => format!("{login}@{}", realm.unwrap_or_default()),
        };
        let failures = format!("{}/{}", t["failcount"], t["maxfail"]);
        vec![text(&t["serial"]), text(&t["tokentype"]), owner, state(t).to_owned(), failures, text(&t["description"])]
    };
    let rows: Vec<Vec<String>> = done.output.entries.iter().map(row).collect();
    console.table(done.answer.value, &["serial", "type", "owner", "state", "failures", "description"], &rows);
    if done.output.page * done.output.size < done.output.count {
        console.note(format!("{} tokens in all; --page {} shows more", done.output.count, done.output.page + 1));
    }
    Ok(())
}

fn state(token: &Map<String, Value>) -> &str {
    let is = |name: &str| token[name] == json!(true);
    let rollout = token["rollout_state"].as_str().unwrap_or_default();
    match rollout {
        _ if is("revoked") => "revoked",
        _ if is("locked") => "locked",
        "" | "enrolled" if is("active") => "active",
        "" | "enrolled" => "disabled",
        unfinished => unfinished,
    }
}

async fn show(console: &Console, operator: &Operator, which: &Which) -> Result<(), CliError> {
    let done = operator.perform(&ListTokens, "token show", which.params()).await?;
    // The filter of the list knows wildcards.
    let found = done.output.entries.into_iter().find(|t| t["serial"].as_str() == Some(which.serial.as_str()));
    let found = found
        .ok_or_else(|| CliError::failed(format!("there is no token {}", which.serial)).mend("symbolon token list shows all"))?;
    console.line(format!("{:#}", Value::Object(found)));
    Ok(())
}

impl Enrol {
    async fn perform(self, console: &Console, operator: &Operator) -> Result<(), CliError> {
        let seed = if self.seed_stdin { Some(console.secret("seed")?) } else { None };
        let pin = if self.pin_stdin { Some(console.secret("PIN")?) } else { None };
        let mut all = pairs(&self.params)?;
        all.extend(params([
            ("type", Some(json!(self.kind))),
            ("user", self.user.map(Value::from)),
            ("realm", self.realm.map(Value::from)),
            ("serial", self.serial.map(Value::from)),
            ("description", self.description.map(Value::from)),
            ("genkey", seed.is_none().then(|| json!("1"))),
            ("otpkey", seed.map(|seed| json!(seed.expose()))),
            ("pin", pin.map(|pin| json!(pin.expose()))),
        ]));
        let answer = operator.perform(&InitToken, "token enrol", all).await?.answer;
        let detail = answer.detail.unwrap_or_default();
        let text = |at: &str| detail.get(at).and_then(Value::as_str).map(str::to_owned);
        let inner = |at: &str, key: &str| detail.get(at).and_then(|v| v[key].as_str()).map(str::to_owned);
        let mut lines = vec![format!("serial: {}", text("serial").unwrap_or_default())];
        lines.extend(inner("otpkey", "value_b32").map(|seed| format!("seed: {seed}  (shown once)")));
        lines.extend(inner("googleurl", "value").map(|url| format!("link: {url}")));
        lines.extend(text("pin").map(|pin| format!("PIN: {pin}  (shown once)")));
        for code in detail.get("otps").and_then(Value::as_object).into_iter().flatten() {
            lines.extend(code.1.as_str().map(|code| format!("code: {code}")));
        }
        console.answer(Value::Object(detail.clone()), lines.join("\n"));
        Ok(())
    }
}
