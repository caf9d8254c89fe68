//! `symbolon keys`: what is there, and replacement before its time.

use clap::{Args, Subcommand, ValueEnum};
use kernel::{Clock, Entropy};
use keys::{KeyState, Successor, Use};
use serde_json::{Value, json};

use crate::key_records::KeyRecords;
use crate::start;

use super::operate::OPERATOR;
use super::{CliError, Command, Console};

#[derive(Args)]
pub(super) struct Keys {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// List signing and sealing keys
    List,
    /// Replace keys now. What is stored is sealed anew while the service runs; what was signed stays valid until it expires
    Rotate {
        /// Only these
        #[arg(long = "only", value_enum)]
        only: Option<Kind>,
        /// With `--only saml`, after an incident: the new keys sign at once, and the certificates of those before leave our metadata.
        /// Without it the new ones stand in our metadata first (saml.publish_ahead)
        #[arg(long, requires = "only")]
        now: bool,
        /// After an incident: new signing keys in any case. Those that are published for the next turn are dropped, since whoever has had
        /// the present ones may have had them too. Without it they are what signs next
        #[arg(long, requires = "only")]
        fresh: bool,
    },
    /// After an incident: what a retired signing key has signed is accepted no longer, and it is published no longer
    Distrust {
        /// Its identifier, as `list` shows it
        #[arg(allow_hyphen_values = true)]
        key: String,
    },
    /// Seal anew what older sealing keys have sealed, where `rotate` was interrupted
    Reseal,
    /// Remove older sealing keys for good; backups made before need the old key file
    Retire,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Sealing,
    IdToken,
    AccessToken,
    Api,
    Response,
    Checkpoint,
    Saml,
}

impl Kind {
    const fn signs(self) -> Option<Use> {
        match self {
            Self::Sealing => None,
            Self::IdToken => Some(Use::IdToken),
            Self::AccessToken => Some(Use::AccessToken),
            Self::Api => Some(Use::Api),
            Self::Response => Some(Use::Response),
            Self::Checkpoint => Some(Use::Checkpoint),
            Self::Saml => Some(Use::Saml),
        }
    }
}

/// What `rotate` replaces when nothing is named. The key of API answers stays, whose public half clients hold as a file, and so do
/// those of SAML, which stand in the metadata that service providers have imported.
const USUAL: [Kind; 5] = [Kind::Sealing, Kind::IdToken, Kind::AccessToken, Kind::Api, Kind::Checkpoint];

impl Command for Keys {
    async fn run(self, console: &Console) -> Result<(), CliError> {
        let app = start::open(console.config(vec![])?, Clock::system(), Entropy::system()).await?;
        match self.what {
            What::List => {
                list(console, &app);
                Ok(())
            }
            What::Rotate { only, now, fresh } => {
                let by = if fresh { Successor::Fresh } else { Successor::Announced };
                rotate(console, &app, only, now, by).await
            }
            What::Distrust { key } => distrust(console, &app, &key).await,
            What::Reseal => {
                let done = reseal(console, &app).await?;
                console.answer(json!({ "resealed": done.resealed }), format!("sealed anew: {} values", done.resealed));
                Ok(())
            }
            What::Retire => {
                let removed = app.keys.retire_unused(&app.db, &sealed_columns(), app.clock.now()).await?;
                let records = KeyRecords::of_operator(&app, OPERATOR, "keys retire");
                for id in &removed {
                    records.sealing(&app, id, "removed for good").await?;
                }
                console.answer(json!({ "removed": removed }), format!("removed: {} older sealing keys", removed.len()));
                Ok(())
            }
        }
    }
}

fn list(console: &Console, app: &crate::app::App) {
    let active = app.keys.sealer().active_key();
    let sealing = app.keys.sealer().known_keys();
    let signing = app.ring.list();
    let mut rows: Vec<Vec<String>> = sealing
        .iter()
        .map(|id| {
            let state = if *id == active { "active" } else { "opens" };
            vec!["sealing".to_owned(), String::new(), state.to_owned(), id.clone()]
        })
        .collect();
    rows.extend(signing.iter().map(|k| vec![k.key_use.to_owned(), k.alg.to_owned(), k.state.to_owned(), k.kid.clone()]));
    let json = json!({ "sealing": { "active": active, "known": sealing }, "signing": signing });
    console.table(json, &["use", "algorithm", "state", "id"], &rows);
}

async fn rotate(console: &Console, app: &crate::app::App, only: Option<Kind>, now: bool, by: Successor) -> Result<(), CliError> {
    let kinds = only.map_or_else(|| USUAL.to_vec(), |kind| vec![kind]);
    let (mut done, records) = (Vec::new(), KeyRecords::of_operator(app, OPERATOR, "keys rotate"));
    for kind in kinds {
        match kind.signs() {
            Some(Use::Saml) if !now => {
                app.ring.announce(Use::Saml, by, &records).await?;
                return announced(console, app);
            }
            None => {
                let id = app.keys.rotate(app.clock.now())?;
                records.sealing(app, &id, "made; seals from now on").await?;
                let resealed = reseal(console, app).await?.resealed;
                done.push(json!({ "use": "sealing", "id": id, "resealed": resealed }));
            }
            Some(key_use) => {
                let rotation = app.ring.rotate_now(key_use, by, &records).await?;
                done.push(json!({
                    "use": key_use.name(), "published": rotation.published, "activated": rotation.activated, "signs": signs(app, key_use),
                }));
            }
        }
    }
    let names: Vec<&str> = done.iter().filter_map(|d| d["use"].as_str()).collect();
    let keys = done.iter().filter_map(|d| d["signs"].as_array()).flatten();
    let lines: String = keys.filter_map(Value::as_str).map(|line| format!("\nsigns now: {line}")).collect();
    console.answer(json!({ "rotated": done }), format!("rotated: {}{lines}", names.join(", ")));
    Ok(())
}

/// The keys of a use that sign.
fn signs(app: &crate::app::App, key_use: Use) -> Vec<String> {
    let keys = app.ring.list().into_iter();
    let active = keys.filter(|key| key.key_use == key_use.name() && key.state == KeyState::Active.name());
    active.map(|key| format!("{} {} {}, made {}", key.key_use, key.alg, key.kid, super::console::moment(key.created))).collect()
}

/// Takes the trust from a key that signs no more.
async fn distrust(console: &Console, app: &crate::app::App, key: &str) -> Result<(), CliError> {
    let known = app.ring.list();
    let Some(found) = known.iter().find(|one| one.kid == key || one.id.to_string() == key) else {
        return Err(CliError::failed(format!("there is no signing key {key}")).mend("see `symbolon keys list`"));
    };
    if found.state != KeyState::Retired.name() {
        return Err(CliError::failed(format!("the key {key} is {}, not retired", found.state))
            .mend(format!("replace it first: `symbolon keys rotate --only {}`", found.key_use.replace('_', "-"))));
    }
    app.ring.distrust(found.id, &KeyRecords::of_operator(app, OPERATOR, "keys distrust")).await?;
    let text = format!("distrusted: {} {} {}", found.key_use, found.alg, found.kid);
    console.answer(json!({ "distrusted": { "id": found.id, "kid": found.kid, "use": found.key_use } }), text);
    Ok(())
}

/// Says when the next keys of SAML will sign.
fn announced(console: &Console, app: &crate::app::App) -> Result<(), CliError> {
    let keys = app.ring.list();
    let next = keys.iter().filter(|key| key.key_use == Use::Saml.name() && key.state == KeyState::Next.name());
    let Some(activates) = next.map(|key| key.activates).max() else { return Err(CliError::failed("no key was published")) };
    let text = format!("published: saml; signs from {}", super::console::moment(activates));
    console.answer(json!({ "published": "saml", "activates": activates.seconds() }), text);
    Ok(())
}

/// Every sealed column there is.
fn sealed_columns() -> Vec<&'static keys::SealedColumn> {
    [keys::sealed_columns(), mfa::sealed_columns(), idp::sealed_columns()].concat()
}

/// Moves everything to the active sealing key. What does not open is an error: it would be lost with its key.
async fn reseal(console: &Console, app: &crate::app::App) -> Result<keys::Resealed, CliError> {
    let mut last = None;
    let done = keys::reseal(&app.db, app.keys.sealer(), &sealed_columns(), |at| {
        if last != Some((at.table, at.column)) {
            last = Some((at.table, at.column));
            console.note(format!("sealing {}.{} anew", at.table, at.column));
        }
    })
    .await?;
    if done.complete {
        return Ok(done);
    }
    let what = done.failures.first().map_or("the service is writing faster than values are moved", String::as_str);
    Err(CliError::failed(format!("{} values were sealed anew, {} were not: {what}", done.resealed, done.failed))
        .mend("older keys are still needed; run `symbolon keys reseal` again, or mend the rows named"))
}
