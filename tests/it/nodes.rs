//! Two nodes on one database: what one changes, the other knows within two seconds.

use std::path::Path;
use std::time::Duration;

use db::testing::TestDb;
use db::{Batch, Dialect};
use kernel::{Clock, Entropy};
use keys::{Alg, Use};
use mfa::budget::{Guess, Secret, Subject};
use serde_json::{Value, json};
use symbolon::app::App;
use symbolon::config::{Config, Sources};

use crate::support::{ADMIN_PASSWORD, CLIENT_SECRET, START, operate};

fn config(db: &TestDb, dir: &Path, node: &str) -> Config {
    let keys = dir.join("keys").display().to_string();
    let settings = [
        ("database.url", db.url()),
        ("keys.directory", &keys),
        ("server.node", node),
        ("password.memory_kib", "8"),
        ("password.passes", "1"),
    ];
    let flags = settings.map(|(at, value)| (at.to_owned(), value.to_owned())).to_vec();
    Config::load(&Sources { data_dir: dir.join(node), flags, ..Sources::default() }).unwrap()
}

/// Two nodes with one clock and one key file, the first of them initialised.
async fn nodes(db: &TestDb, dir: &Path) -> (App, App) {
    let clock = Clock::fixed(START);
    let first = symbolon::start::create(config(db, dir, "one"), clock.clone(), Entropy::seeded(1)).await.unwrap();
    operate(&first, &mfa::initialise::Initialise, &[("admin", "admin"), ("password", ADMIN_PASSWORD)]).await;
    operate(&first, &mfa::people::ops::AddUser, &[("user", "hans"), ("resolver", "internal"), ("password", "geheim")]).await;
    let second = symbolon::start::open(config(db, dir, "two"), clock, Entropy::seeded(2)).await.unwrap();
    (first, second)
}

async fn hans(node: &App) -> mfa::people::Person {
    node.mfa.people.resolve(&node.mfa.people.name("hans", None, true)).await.unwrap().unwrap()
}

/// Whether a guess at the secret of some client is looked at; a wrong one.
async fn guess(node: &App) -> bool {
    let origin = node.local_origin(audit::Door::Oidc);
    let subject = Subject::Named("a client");
    match node.mfa.budgets.check(&Guess { secret: Secret::Client, subject, origin: &origin, device: None }, origin.at).await {
        Ok(permit) => {
            let mut batch = Batch::new();
            permit.wrong(&mut batch);
            node.db.write(batch).await.unwrap();
            true
        }
        Err(_) => false,
    }
}

/// One of each kind of change.
async fn change(node: &App) {
    operate(node, &mfa::settings::ops::SetSettings, &[("DefaultOtpLen", "8")]).await;
    operate(node, &mfa::policy::ops::EnablePolicy(false), &[("name", "require-second-factor")]).await;
    operate(node, &mfa::people::ops::SetRealm, &[("realm", "second"), ("resolvers", "internal")]).await;
    let counter = [
        ("name", "logins"),
        ("event", "auth"),
        ("handlermodule", "Counter"),
        ("action", "increase_counter"),
        ("option.counter_name", "logins"),
    ];
    operate(node, &mfa::events::ops::SetBinding, &counter).await;
    let client = [("client_id", "notes"), ("redirect_uris", "https://notes.example/cb"), ("client_secret", CLIENT_SECRET)];
    operate(node, &symbolon::clients::AddClient(node.clients.clone()), &client).await;
    node.keys.rotate(node.clock.now()).unwrap();
    node.ring.rotate_now(Use::IdToken, keys::Successor::Announced, &keys::Unnoted).await.unwrap();
    operate(node, &mfa::people::ops::DisableUser(true), &[("user", "hans")]).await;
    while guess(node).await {}
}

/// What a node knows of these changes.
async fn known(node: &App) -> Value {
    let mfa = &node.mfa;
    json!({
        "setting": mfa.settings.load().default_otp_len,
        "policy": mfa.policies.load().definition("require-second-factor").map(|policy| policy.active),
        "realm": mfa.people.directory().realm("second").is_some(),
        "event handler": mfa.hooks.events.iter().any(|hook| hook.takes_part("auth")),
        "client": node.clients.find("notes").is_some(),
        "sealing key": node.keys.sealer().active_key(),
        "signing keys": node.ring.jwks(&[Use::IdToken]),
        "person": hans(node).await.disabled,
    })
}

#[tokio::test]
async fn what_one_node_changes_the_other_knows() {
    let follow = symbolon::jobs::all().into_iter().find(|job| job.name == "follow").unwrap();
    assert!(follow.every <= Duration::from_secs(1), "within two seconds, the time of a turn included");
    for dialect in [Dialect::Postgres, Dialect::MySql] {
        let (db, dir) = (db::testing::empty(dialect).await, tempfile::tempdir().unwrap());
        let (one, two) = nodes(&db, dir.path()).await;
        let before = known(&two).await;
        assert_eq!(before, known(&one).await, "{dialect:?}");
        change(&one).await;
        let (after, unaware) = (known(&one).await, known(&two).await);
        for (what, value) in after.as_object().unwrap() {
            assert_ne!(value, &before[what], "{what} was not changed");
        }
        assert_eq!(unaware, before, "nobody has told it yet");

        // Whether a person is disabled is asked again after two seconds, everything else is followed.
        two.clock.advance(Duration::from_secs(2));
        follow.run(&two).await.unwrap();
        assert_eq!(known(&two).await, after, "{dialect:?}");
        assert!(!guess(&two).await, "guesses at one node count at the other");
        let claims = json!({ "sub": "x", "exp": two.clock.now().seconds() + 60 });
        let token = one.ring.sign_jwt(Use::IdToken, Alg::Es256, "JWT", &claims).unwrap();
        assert_eq!(two.ring.verify_jwt::<Value>(Use::IdToken, "JWT", &token), Ok(claims));
    }
}
