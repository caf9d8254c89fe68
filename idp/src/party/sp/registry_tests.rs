use db::Dialect;
use db::testing::TestDb;

use super::*;
use crate::saml::tests::{ENTITY, Party};

const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

db::on_every_database![sps_are_added_changed_and_removed, who_asks_for_nobody_is_remembered_until_something_changes];

async fn registry(on: Dialect) -> (Sps, TestDb) {
    let db = db::testing::one(on).await;
    (Sps::load((*db).clone(), Entropy::seeded(1), "default").await.unwrap(), db)
}

async fn commit(sps: &Sps, batch: Batch) -> Result<(), SpError> {
    sps.db.write(batch).await?;
    sps.reload().await?;
    Ok(())
}

fn new(sp_id: &str, metadata: &str) -> NewSp {
    NewSp { sp_id: sp_id.to_owned(), metadata: metadata.to_owned(), settings: Settings::default(), enabled: true }
}

async fn sps_are_added_changed_and_removed(on: Dialect) {
    let (sps, _db) = registry(on).await;
    let metadata = Party::rsa().metadata("", "");
    let mut batch = Batch::new();
    let id = sps.add(&mut batch, new("notes", &metadata), NOW).unwrap();
    commit(&sps, batch).await.unwrap();
    let sp = sps.by_entity(ENTITY).unwrap();
    assert_eq!((sp.id(), sp.sp_id(), sps.find("notes").is_some(), sps.by_row(id).is_some()), (id, "notes", true, true));

    for (sp_id, taken) in [("notes", "id"), ("other", "entityID")] {
        let text = if taken == "id" { metadata.replace(ENTITY, "urn:other") } else { metadata.clone() };
        let mut batch = Batch::new();
        sps.add(&mut batch, new(sp_id, &text), NOW).unwrap();
        assert!(matches!(commit(&sps, batch).await, Err(SpError::Exists(what)) if what == taken));
    }

    let settings = Settings { clock_skew: 5, ..Settings::default() };
    let mut batch = Batch::new();
    let expiring = metadata.replace("<md:SPSSODescriptor", "<md:SPSSODescriptor validUntil=\"2023-11-14T23:00:00Z\"");
    sps.update(&mut batch, ("notes", 1), (settings.clone(), true), Some(expiring), NOW).await.unwrap();
    commit(&sps, batch).await.unwrap();
    let sp = sps.find("notes").unwrap();
    assert!(sp.is_usable(NOW) && !sp.is_usable(NOW + std::time::Duration::from_secs(3600)));
    assert_eq!(sp.settings().clock_skew, 5);
    let mut batch = Batch::new();
    assert!(matches!(sps.update(&mut batch, ("notes", 1), (settings, true), None, NOW).await, Err(SpError::Changed)));

    let mut batch = Batch::new();
    sps.delete(&mut batch, "notes").await.unwrap();
    commit(&sps, batch).await.unwrap();
    assert!(sps.find("notes").is_none() && sps.by_entity(ENTITY).is_none());
}

async fn who_asks_for_nobody_is_remembered_until_something_changes(on: Dialect) {
    let (sps, db) = registry(on).await;
    assert!(sps.look_up(ENTITY, NOW).await.unwrap().is_none());
    assert!(sps.snapshot.load().not_usable.contains_key(ENTITY), "asked again it costs a query");
    let other = Sps::load((*db).clone(), Entropy::seeded(2), "default").await.unwrap();
    let mut batch = Batch::new();
    let id = other.add(&mut batch, new("notes", &Party::rsa().metadata("", "")), NOW).unwrap();
    commit(&other, batch).await.unwrap();
    // The job that follows changes, or anybody who names another, makes it known.
    assert!(sps.look_up_row(id, NOW).await.unwrap().is_some());
    assert!(sps.look_up(ENTITY, NOW).await.unwrap().is_some());
}

#[tokio::test]
async fn every_problem_is_named() {
    let (sps, _db) = registry(Dialect::Sqlite).await;
    let settings = Settings {
        clock_skew: 6000,
        assertion_lifetime: 1,
        required_acr: Some("gold".to_owned()),
        claims: serde_json::from_str(r#"[{"claim": "x", "in": ["id_token"]}]"#).unwrap(),
        ..Settings::default()
    };
    let bad = NewSp { settings, ..new("no spaces", &Party::rsa().metadata("", "")) };
    let Err(SpError::Invalid(problems)) = sps.add(&mut Batch::new(), bad, NOW) else { panic!("taken") };
    let named: Vec<&str> = problems.iter().map(|problem| problem.setting).collect();
    assert_eq!(named, ["id", "required_acr", "assertion_lifetime", "clock_skew", "claims"]);
    let expired = Party::rsa().metadata("validUntil=\"2020-01-01T00:00:00Z\"", "");
    assert!(matches!(sps.add(&mut Batch::new(), new("x", &expired), NOW), Err(SpError::Source(SourceProblem::Expired))));
}
