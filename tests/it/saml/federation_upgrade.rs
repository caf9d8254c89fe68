//! A database in which a former version has left federations: nothing of it is lost, and what that version could not read is read.

use std::path::{Path, PathBuf};

use db::testing::TestDb;
use db::{Dialect, Stmt, args};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use symbolon::federations::{ListFederations, RefreshFederation};

use super::federation::{RESEARCH, VALID, extensions, wishing, wrapped};
use super::federation_groups::{A, B, group, said, silent, told};
use super::publisher::{Publisher, Signer};
use crate::support::{START, TestApp};

db::on_every_database![what_a_former_version_has_left_is_taken_over];

/// Before this one nothing was known of groups.
const GROUPS: &str = "0017_saml_groups";

static APPLIED: Stmt = Stmt::new("INSERT INTO schema_migration (name, checksum, finished, applied_at) VALUES (?, ?, TRUE, ?)");
static FEDERATION: Stmt = Stmt::new(
    "INSERT INTO saml_federation (id, issuer, name, version, enabled, settings, generation, entities, services, unreadable, digest,
     valid_until, made_at, created_at, updated_at) VALUES (?, 'main', ?, 3, TRUE, ?, ?, ?, ?, 0, ?, ?, NULL, ?, ?)",
);
static ENTITY: Stmt = Stmt::new(
    "INSERT INTO saml_entity (federation_id, generation, entity_id, row_id, valid_until, metadata) VALUES (?, ?, ?, ?, ?, ?)",
);
static SOURCE: Stmt =
    Stmt::new("INSERT INTO saml_source (id, checked_at, fetched_at, due_at, failures, problem) VALUES (?, ?, ?, ?, 0, '')");
static ENTITIES: Stmt = Stmt::new("SELECT entity_id, row_id, metadata, generation FROM saml_entity ORDER BY entity_id");
static SAID: Stmt =
    Stmt::new("SELECT entity_id, said_of_groups FROM saml_entity WHERE said_of_groups IS NOT NULL ORDER BY entity_id");
static DIGESTS: Stmt = Stmt::new("SELECT digest FROM saml_federation ORDER BY name");

const EDU: &str = "01KJMSBH000000000000000ED0";
const PAPER: &str = "01KJMSBH0000000000000PAPER";
/// What members are called in rows: the same in every version, or what refers to them would mean nobody.
const ROWS: [(&str, &str); 4] = [
    ("foreign", "15QF2FX0XAXKY3T39TKEZZNH3F"),
    ("member", "6JWVY5WZAR054M9DZKEZJR3FNS"),
    ("own", "7JQ2A3W1284RB4H9QHJ98B7RPJ"),
    ("paper", "3Y4NZNSDMV7MTWQ4HXE5FN667J"),
];

/// A database of a version that did not have this migration: the files before it, applied and remembered.
async fn before(on: Dialect, migration: &str) -> TestDb {
    let db = db::testing::empty(on).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(on.name());
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let name = |file: &PathBuf| file.file_stem().unwrap().to_str().unwrap().to_owned();
    assert!(files.iter().any(|file| name(file) == migration));
    for file in files.iter().take_while(|file| name(file) != migration) {
        let sql = std::fs::read_to_string(file).unwrap();
        db.script(&sql).await;
        if !name(file).starts_with("0000") {
            db.execute(&APPLIED, args![name(file), digest(&sql), START]).await.unwrap();
        }
    }
    db
}

fn digest(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Settings as that version stored them.
fn settings(url: Option<&str>, certificate: &str) -> Value {
    let mut all = json!({
        "metadata_certificate": certificate, "metadata_refresh": 14400, "max_validity": 7_776_000, "require_valid_until": true,
        "registrars": [], "refused_registrars": [B],
        "release": [{ "category": RESEARCH, "claims": ["email"], "requested": false }],
        "parties": {
            "name": "", "metadata_refresh": 14400, "sign": "both", "signature_algorithm": "rsa-sha256", "encrypt": "never",
            "response_binding": "post", "require_signed_requests": false, "name_id_attribute": "username",
            "scopes": ["openid", "profile", "email"], "only_requested": true, "attribute_format": "uri", "consent": "trusted",
            "assertion_lifetime": 300, "session_lifetime": 0, "clock_skew": 60, "idp_initiated": false, "subject_id": "requested",
            "authn_factors": false, "allow_cbc": false, "ecp": false
        }
    });
    if let Some(url) = url {
        all["metadata_url"] = json!(url);
    }
    all
}

/// A federation with members, as that version wrote it an hour ago.
async fn left(db: &TestDb, (id, name): (&str, &str), settings: &Value, document: &str, members: &[(&str, String)]) {
    let hour = |n: i64| START.0 + n * 3_600_000_000;
    let (generation, count, until) = (hour(-1), i64::try_from(members.len()).unwrap(), hour(228));
    let row = args![id, name, settings.to_string(), generation, count, count, digest(document), until, hour(-9), hour(-9)];
    assert_eq!(db.execute(&FEDERATION, row).await.unwrap(), 1);
    for (member, metadata) in members {
        let row_id = ROWS.iter().find(|(name, _)| name == member).unwrap().1;
        let row = args![id, generation, format!("urn:example:{member}"), row_id, until, metadata.trim()];
        db.execute(&ENTITY, row).await.unwrap();
    }
    db.execute(&SOURCE, args![id, hour(-1), hour(-1), hour(3)]).await.unwrap();
}

async fn entities(app: &TestApp) -> Vec<(String, String, String, i64)> {
    let rows = app.app.db.fetch_all(&ENTITIES, args![]).await.unwrap();
    rows.iter().map(|row| (row.get(0).unwrap(), row.get(1).unwrap(), row.get(2).unwrap(), row.get(3).unwrap())).collect()
}

async fn shown(app: &TestApp, name: &str) -> Value {
    app.operate(&ListFederations(app.app.sps.clone()), &[("name", name)]).await.value[name].clone()
}

async fn is_known(app: &TestApp, member: &str) -> bool {
    let found = app.app.sps.look_up(&format!("urn:example:{member}"), app.app.clock.now()).await.unwrap();
    if let Some(sp) = &found {
        assert_eq!(sp.id().to_string(), ROWS.iter().find(|(name, _)| *name == member).unwrap().1);
    }
    found.is_some()
}

async fn what_a_former_version_has_left_is_taken_over(on: Dialect) {
    let (publisher, signer) = (Publisher::start().await, Signer::new());
    let old = before(on, GROUPS).await;
    let research = extensions(A, &[RESEARCH]);
    let members = [("member", silent("member")), ("foreign", silent("foreign")), ("own", said("own", &research))];
    let inside = [
        group(&wishing(&research, "pairwise-id"), &members[0].1),
        group(&extensions(B, &[]), &members[1].1),
        members[2].1.clone(),
    ];
    let published = signer.sign(&wrapped(VALID, &inside.concat()), "EntitiesDescriptor");
    publisher.publish(&published);
    let given = group(&research, &silent("paper"));
    let given = signer.sign(&wrapped(VALID, &given), "EntitiesDescriptor");
    let (edu, paper) = (settings(Some(&publisher.url), &signer.certificate()), settings(None, &signer.certificate()));
    left(&old, (EDU, "edu"), &edu, &published, &members).await;
    left(&old, (PAPER, "paper"), &paper, &given, &[("paper", silent("paper"))]).await;

    let settings = publisher.settings();
    let settings: Vec<(&str, &str)> = settings.iter().map(|(at, value)| (*at, value.as_str())).collect();
    let app = TestApp::upgraded(old, &settings).await;
    db::migrate::status(&app.app.db).await.unwrap().ready().unwrap();
    app.with_person_and_client().await;

    let kept = entities(&app).await;
    let names: Vec<(&str, &str)> =
        kept.iter().map(|(name, row, ..)| (name.strip_prefix("urn:example:").unwrap(), row.as_str())).collect();
    assert_eq!(names, ROWS);
    for (name, count, stored) in [("edu", 3, &edu), ("paper", 1, &paper)] {
        let shown = shown(&app, name).await;
        assert_eq!(
            (shown["services"].as_i64(), shown["status"].as_str(), shown["version"].as_i64()),
            (Some(count), Some("usable"), Some(3))
        );
        for (setting, value) in stored.as_object().unwrap() {
            let is_kept = match setting.as_str() {
                "parties" => value.as_object().unwrap().iter().all(|(name, value)| shown["parties"][name] == *value),
                _ => shown[setting] == *value,
            };
            assert!(is_kept, "{name}: {setting}: {shown}");
        }
        assert_eq!(shown["refresh"]["problem"], "", "{shown}");
    }
    // People sign in as before: by what each member says of itself.
    let mail = || Some("hans@example.org".to_owned());
    assert_eq!(told(&app, "_r1", "member").await, [const { None }; 4]);
    assert_eq!(told(&app, "_r2", "own").await, [None, None, mail(), None]);
    assert_eq!(told(&app, "_r3", "paper").await, [const { None }; 4]);
    assert!(is_known(&app, "foreign").await);
    assert!(app.app.db.fetch_all(&SAID, args![]).await.unwrap().is_empty());

    // The same document is read again, at once: its next look would be in three hours.
    symbolon::jobs::run_once(&app.app).await.unwrap_or_else(|(job, error)| panic!("{job}: {error:?}"));
    assert_eq!((publisher.asked(), shown(&app, "edu").await["refresh"]["problem"].as_str()), (1, Some("")));
    let rows = app.app.db.fetch_all(&SAID, args![]).await.unwrap();
    let said: Vec<(String, Value)> =
        rows.iter().map(|row| (row.get(0).unwrap(), serde_json::from_str(&row.get::<String>(1).unwrap()).unwrap())).collect();
    let of_group = json!({ "registrar": A, "categories": [RESEARCH], "subject_id": "pairwise" });
    let expected = [("urn:example:foreign", json!({ "registrar": B })), ("urn:example:member", of_group)];
    assert_eq!(said, expected.map(|(name, said)| (name.to_owned(), said)));
    let [pairwise, public, email, login] = told(&app, "_r4", "member").await;
    assert_eq!((pairwise.is_some(), public, email, login), (true, None, mail(), None));
    assert_eq!(told(&app, "_r5", "own").await, [None, None, mail(), None]);
    assert!(is_known(&app, "member").await && is_known(&app, "own").await && !is_known(&app, "foreign").await);
    let renewed = entities(&app).await;
    let without_generation = |all: &[(String, String, String, i64)]| -> Vec<(String, String)> {
        all.iter().map(|(name, row, ..)| (name.clone(), row.clone())).collect()
    };
    assert_eq!(without_generation(&renewed), without_generation(&kept), "each once, under the row that it had");
    symbolon::jobs::run_once(&app.app).await.unwrap_or_else(|(job, error)| panic!("{job}: {error:?}"));
    assert_eq!(publisher.asked(), 1, "once is enough");

    // A document that was given is not there to be fetched: it counts as it is until it is given again.
    let digests = app.app.db.fetch_all(&DIGESTS, args![]).await.unwrap();
    let digests: Vec<usize> = digests.iter().map(|row| row.get::<String>(0).unwrap().len()).collect();
    assert_eq!(digests, [64, 0]);
    let taken = app.operate(&RefreshFederation::given(app.app.sps.clone(), given), &[("name", "paper")]).await;
    assert_eq!(taken.value["changed"], true, "{}", taken.value);
    assert_eq!(told(&app, "_r6", "paper").await, [None, None, mail(), None]);
}
