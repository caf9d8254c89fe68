//! The stores of sessions, devices, web sessions, consents and flows, on every database.

use std::time::Duration;

use db::Batch;
use db::testing::TestDb;
use kernel::SecretText;
use kernel::ids::SessionId;
use keys::Keys;

use super::device::Devices;
use super::*;
use crate::consent::Consents;
use crate::login::{ConsentAsk, Input, Progress};
use crate::testing::{World, browser, party, sign_in};

struct Opened {
    id: SessionId,
    token: SecretText,
}

async fn open(world: &World, db: &TestDb, sessions: &Sessions, login: &str) -> Opened {
    let person = world.get().person_mut(login).clone();
    let (origin, evidence) = (world.origin(), Evidence::empty());
    let id = SessionId::new(&world.chance, origin.at);
    let token = SecretText::new(world.chance.token());
    let (idle, absolute) = (Duration::from_secs(600), Duration::from_secs(3600));
    let opening = Opening { id, token: &token, person: &person, origin: &origin, evidence: &evidence, idle, absolute };
    let mut batch = Batch::new();
    sessions.open(&mut batch, &opening).unwrap();
    sessions.sign_in_at(&mut batch, id, &party("app"), origin.at);
    db.write(batch).await.unwrap();
    Opened { id, token }
}

#[tokio::test]
async fn sessions_are_used_strengthened_and_ended() {
    for db in db::testing::all().await {
        let (world, sessions) = (World::new(3), Sessions::new(db.clone(), &Keys::for_tests()));
        let first = open(&world, &db, &sessions, "bob").await;
        let second = open(&world, &db, &sessions, "bob").await;
        let now = world.clock.now();
        let session = sessions.resume(&first.token, now).await.unwrap().unwrap();
        assert_eq!((session.id, session.client.as_deref()), (first.id, Some("192.0.2.1")));
        assert!(sessions.resume(&SecretText::new("no such token"), now).await.unwrap().is_none());
        assert!(sessions.resume(&SecretText::new("x".repeat(4096)), now).await.unwrap().is_none());

        // Use is noted once a minute.
        let early = sessions.resume(&first.token, now + Duration::from_secs(59)).await.unwrap().unwrap();
        assert_eq!(early.seen_at, now);
        let later = now + Duration::from_secs(599);
        assert_eq!(sessions.resume(&first.token, later).await.unwrap().unwrap().seen_at, later);
        let idle_over = now + Duration::from_secs(601);
        assert!(sessions.resume(&second.token, idle_over).await.unwrap().is_none());
        assert!(sessions.by_id(first.id, idle_over).await.unwrap().is_some());

        // Two who strengthen what they read: one of them reads again.
        let token = SecretText::new(world.chance.token());
        let evidence = Evidence::empty();
        let with = Strengthening { session: &session, token: &token, evidence: &evidence, expires_at: session.expires_at, now };
        for (round, expected) in [(1, true), (2, false)] {
            let mut batch = Batch::new();
            sessions.strengthen(&mut batch, &with).unwrap();
            assert_eq!(db.write(batch).await.is_ok(), expected, "round {round}");
        }
        assert!(sessions.resume(&first.token, now).await.unwrap().is_none(), "the old token is worth nothing");
        let strengthened = sessions.resume(&token, now).await.unwrap().unwrap();
        assert_eq!(strengthened.seen_at, now);

        let mut batch = Batch::new();
        sessions.still(&mut batch, &strengthened);
        sessions.sign_in_at(&mut batch, first.id, &party("app"), later);
        sessions.sign_in_at(&mut batch, first.id, &party("other"), later);
        db.write(batch).await.unwrap();
        let parties = sessions.parties(first.id).await.unwrap();
        assert_eq!(parties.iter().map(|p| (p.first_at, p.last_at)).collect::<Vec<_>>(), [(now, later), (later, later)]);
        assert_eq!(sessions.by_sid(&parties[1].sid, now).await.unwrap().unwrap().id, first.id);

        assert_eq!(sessions.cleanup(idle_over, 1).await.unwrap(), 1);
        assert_eq!(sessions.cleanup(now + Duration::from_secs(7200), 10).await.unwrap(), 1);
        let mut batch = Batch::new();
        sessions.still(&mut batch, &strengthened);
        assert!(db.write(batch).await.is_err(), "an ended session carries nobody");
        assert!(sessions.parties(first.id).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn all_sessions_of_one_person_end() {
    for db in db::testing::all().await {
        let (world, sessions) = (World::new(3), Sessions::new(db.clone(), &Keys::for_tests()));
        let bobs = [open(&world, &db, &sessions, "bob").await, open(&world, &db, &sessions, "bob").await];
        let eves = open(&world, &db, &sessions, "eve").await;
        let (bob, now) = (world.id("bob"), world.clock.now());
        assert_eq!(sessions.of_person(bob, now).await.unwrap().len(), 2);
        let mut batch = Batch::new();
        sessions.end_all(&mut batch, bob);
        db.write(batch).await.unwrap();
        assert!(sessions.of_person(bob, now).await.unwrap().is_empty());
        assert!(sessions.parties(bobs[0].id).await.unwrap().is_empty());
        assert_eq!(sessions.parties(eves.id).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn devices_are_remembered_until_forgotten() {
    for db in db::testing::all().await {
        let (world, devices) = (World::new(3), Devices::new(db.clone(), &Keys::for_tests()));
        let (bob, now, day) = (world.id("bob"), world.clock.now(), Duration::from_secs(86_400));
        let mut batch = Batch::new();
        let token = devices.remember(&mut batch, &world.chance, bob, now, day);
        db.write(batch).await.unwrap();
        assert_eq!(devices.recognise(&token, now).await.unwrap().unwrap().person, bob);
        assert!(devices.recognise(&token, now + day).await.unwrap().is_none());
        assert!(devices.recognise(&SecretText::default(), now).await.unwrap().is_none());
        let mut batch = Batch::new();
        devices.forget_all(&mut batch, bob);
        db.write(batch).await.unwrap();
        assert!(devices.recognise(&token, now).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn consents_are_extended_and_withdrawn() {
    for db in db::testing::all().await {
        let (world, consents) = (World::new(3), Consents::new(db.clone()));
        let (bob, app) = (world.id("bob"), party("app"));
        let ask = |scopes: &[&str]| ConsentAsk { scopes: scopes.iter().map(|s| (*s).to_owned()).collect(), claims: Vec::new() };
        assert!(consents.of(bob, &app).await.unwrap().is_none());
        for scopes in [&["email"][..], &["email", "phone"]] {
            let mut batch = Batch::new();
            consents.put(&mut batch, &world.origin(), bob, &app, &ask(scopes)).unwrap();
            db.write(batch).await.unwrap();
            assert_eq!(consents.of(bob, &app).await.unwrap().unwrap().granted, ask(scopes));
            world.clock.advance(Duration::from_secs(5));
        }
        let kept = consents.of_person(bob).await.unwrap();
        assert_eq!(kept[0].updated_at.since(kept[0].created_at), Duration::from_secs(5));
        let mut batch = Batch::new();
        consents.revoke(&mut batch, bob, app.kind, &app.id);
        db.write(batch).await.unwrap();
        assert!(consents.of_person(bob).await.unwrap().is_empty());
        let mut batch = Batch::new();
        consents.put(&mut batch, &world.origin(), bob, &app, &ask(&["email"])).unwrap();
        consents.revoke_all(&mut batch, bob);
        consents.forget_party(&mut batch, app.kind, &app.id);
        db.write(batch).await.unwrap();
        assert!(consents.of_person(bob).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_whole_sign_in_on_every_database() {
    for db in db::testing::all().await {
        let (world, mut browser) = (World::new(3), browser("one"));
        let (logins, origin) = (world.logins(&db), world.origin());
        let mut request = sign_in("app");
        request.ask.scopes.push("email".to_owned());
        let mut progress = logins.start(&origin, request.clone(), &browser).await.unwrap();
        let mut steps = 0;
        let session = loop {
            let view = match progress {
                Progress::Show(view) => view,
                Progress::Authenticated { session, .. } => break session.unwrap(),
                _ => panic!("turned away on {:?}", db.dialect()),
            };
            let input = match &view.step {
                crate::login::StepView::Password { .. } => {
                    Input::Password { name: "ada".into(), realm: None, password: "ada".into() }
                }
                crate::login::StepView::Enrol { serial, .. } => {
                    let code = world.get().token_mut(serial).unwrap().code();
                    Input::Code { code: code.into(), pin: None }
                }
                crate::login::StepView::Codes { .. } => Input::Kept,
                crate::login::StepView::Consent { .. } => Input::Consent { accept: true },
                _ => panic!("no such step was expected"),
            };
            steps += 1;
            progress = logins.answer(&origin, view.flow, view.version, &browser, input).await.unwrap();
        };
        assert_eq!(steps, 4);
        browser.session = Some(session);
        assert!(matches!(logins.start(&origin, request, &browser).await.unwrap(), Progress::Authenticated { session: None, .. }));
        assert_eq!(logins.cleanup(origin.at + Duration::from_secs(2 * 86_400), 10).await.unwrap(), 2);
    }
}
