//! Sessions: signing in without being asked, and being asked all the same.

use super::*;
use crate::assurance::{AcrRequest, Level};
use crate::login::Prompts;
use crate::ports::EventKind;
use crate::testing::{demand, sign_in};

fn prompt(prompts: Prompts) -> SignIn {
    SignIn { prompts, ..sign_in("app") }
}

#[tokio::test]
async fn a_second_party_asks_nothing() {
    let mut b = Bench::new().await;
    let first = b.sign_in(sign_in("app"), "bob").await;
    b.wait(Duration::from_secs(100));
    let second = success(b.start(sign_in("other")).await);
    assert_eq!((second.session(), second.auth_time()), (first.session(), first.auth_time()));
    assert_ne!(second.sid(), first.sid());
    let again = success(b.start(sign_in("app")).await);
    assert_eq!(again.sid(), first.sid());
    let parties = b.logins.sessions().parties(first.session()).await.unwrap();
    assert_eq!(parties.iter().map(|p| p.party.as_str()).collect::<Vec<_>>(), ["app", "other"]);
    let found = b.logins.sessions().by_sid(second.sid(), b.world.clock.now()).await.unwrap().unwrap();
    assert_eq!(found.id, first.session());
}

#[tokio::test]
async fn step_up_asks_only_for_what_is_missing_and_changes_the_token() {
    let mut b = Bench::new().await;
    b.world.get().demand = demand(Level::Single);
    shown(b.start(sign_in("app")).await);
    let first = success(b.password("bob").await);
    let before = b.browser.session.clone().unwrap();
    let wish = SignIn { acr: AcrRequest { values: vec!["2".to_owned()], essential: false }, ..sign_in("vault") };
    expect(b.start(wish).await, "factor", Some(Notice::StepUp));
    let second = success(b.code("bob").await);
    assert_eq!((second.acr(), second.session()), ("2", first.session()));
    let after = b.browser.session.clone().unwrap();
    assert_ne!(before.expose(), after.expose());
    let now = b.world.clock.now();
    assert!(b.logins.sessions().resume(&before, now).await.unwrap().is_none());
    assert!(b.logins.sessions().resume(&after, now).await.unwrap().is_some());
}

#[tokio::test]
async fn nothing_is_shown_where_nothing_may_be() {
    let mut b = Bench::new().await;
    let silent = prompt(Prompts { none: true, ..Prompts::default() });
    refused(b.start(silent.clone()).await, Refusal::LoginRequired);
    b.sign_in(sign_in("app"), "bob").await;
    success(b.start(silent.clone()).await);
    let hinted = |hint: &str| SignIn { login_hint: Some(hint.to_owned()), ..silent.clone() };
    success(b.start(hinted("bob")).await);
    refused(b.start(hinted("eve")).await, Refusal::LoginRequired);
    let eve = b.world.id("eve");
    refused(b.start(SignIn { subject: Some(eve), ..silent.clone() }).await, Refusal::LoginRequired);
    let high = AcrRequest { values: vec!["3".to_owned()], essential: true };
    refused(b.start(SignIn { acr: high, ..silent.clone() }).await, Refusal::UnmetAcr);
    let challenges = b.world.get().challenges.len();
    b.world.get().demand.max_ages = vec![(crate::assurance::FactorClass::Possession, Duration::from_secs(10))];
    b.wait(Duration::from_secs(10));
    refused(b.start(silent).await, Refusal::InteractionRequired);
    assert_eq!(b.world.get().challenges.len(), challenges, "nothing is triggered silently");
}

#[tokio::test]
async fn a_new_login_can_be_insisted_on() {
    let mut b = Bench::new().await;
    let first = b.sign_in(sign_in("app"), "bob").await;
    for request in [
        prompt(Prompts { login: true, ..Prompts::default() }),
        SignIn { max_age: Some(Duration::ZERO), ..sign_in("app") },
        SignIn { max_age: Some(Duration::from_secs(1)), ..sign_in("app") },
    ] {
        b.wait(Duration::from_secs(2));
        let view = expect(b.start(request).await, "password", Some(Notice::Reauthenticate));
        assert!(matches!(view.step, StepView::Password { fixed: true, .. }));
        // However long the person takes, what they have just shown is not asked for again.
        b.wait(Duration::from_secs(60));
        shown(b.password("bob").await);
        let fresh = b.world.clock.now();
        b.wait(Duration::from_secs(60));
        let again = success(b.code("bob").await);
        assert_eq!((again.session(), again.auth_time()), (first.session(), fresh));
    }
    let relaxed = SignIn { max_age: Some(Duration::from_secs(10_000)), ..sign_in("app") };
    success(b.start(relaxed).await);
}

#[tokio::test]
async fn accounts_are_switched() {
    let mut b = Bench::new().await;
    let bobs = b.sign_in(sign_in("app"), "bob").await;
    let view = expect(b.start(prompt(Prompts { select_account: true, ..Prompts::default() })).await, "account", None);
    assert!(matches!(&view.step, StepView::Account { display_name, .. } if display_name == "BOB"));
    success(b.answer(Input::Continue).await);

    expect(b.start(prompt(Prompts { select_account: true, ..Prompts::default() })).await, "account", None);
    expect(b.answer(Input::SwitchAccount).await, "password", None);
    expect(b.password("eve").await, "choose", None);
    shown(b.answer(Input::Choose { factor: "TOTPE1".to_owned() }).await);
    let eves = success(b.code("eve").await);
    assert_ne!(eves.session(), bobs.session());
    let now = b.world.clock.now();
    assert!(b.logins.sessions().by_id(bobs.session(), now).await.unwrap().is_none(), "the other session has ended");
    assert!(b.world.get().events.iter().any(|e| e.kind == EventKind::SessionEnded && e.session == Some(bobs.session())));

    let view = expect(b.start(SignIn { login_hint: Some("bob".to_owned()), ..sign_in("app") }).await, "password", None);
    assert!(matches!(&view.step, StepView::Password { name: Some(name), fixed: false, .. } if name == "bob"));
    let bob = b.world.id("bob");
    shown(b.start(SignIn { subject: Some(bob), ..sign_in("app") }).await);
    refused(b.password("eve").await, Refusal::LoginRequired);
}

#[tokio::test]
async fn disabled_means_disabled() {
    let mut b = Bench::new().await;
    b.sign_in(sign_in("app"), "bob").await;
    b.world.get().person_mut("bob").auth_epoch += 1;
    let view = expect(b.start(sign_in("app")).await, "password", None);
    assert!(matches!(view.step, StepView::Password { fixed: false, .. }));
    shown(b.password("bob").await);
    // Reset while the code is awaited: what was shown so far is void.
    b.world.get().person_mut("bob").auth_epoch += 1;
    expect(b.code("bob").await, "password", Some(Notice::Reauthenticate));
    b.world.get().person_mut("bob").auth_epoch += 1;
    shown(b.password("bob").await);
    b.world.get().person_mut("bob").enabled = false;
    expect(b.code("bob").await, "factor", Some(Notice::CodeRefused));
    b.world.get().person_mut("bob").enabled = true;
    let signed_in = success(b.code("bob").await);
    assert_eq!(signed_in.auth_epoch(), 4);
}

#[tokio::test]
async fn sessions_end_by_time_and_by_hand() {
    let mut b = Bench::new().await;
    let first = b.sign_in(sign_in("app"), "bob").await;
    for _ in 0..3 {
        b.wait(Duration::from_secs(3000));
        success(b.start(sign_in("app")).await);
    }
    b.wait(Duration::from_secs(3600));
    expect(b.start(sign_in("app")).await, "password", None);
    let sessions = b.logins.sessions().clone();
    assert_eq!(sessions.cleanup(b.world.clock.now(), 100).await.unwrap(), 1);
    assert!(sessions.parties(first.session()).await.unwrap().is_empty());

    let second = b.sign_in(sign_in("app"), "bob").await;
    let bob = b.world.id("bob");
    let now = b.world.clock.now();
    assert_eq!(sessions.of_person(bob, now).await.unwrap().len(), 1);
    let mut batch = db::Batch::new();
    sessions.end(&mut batch, second.session());
    b.db.write(batch).await.unwrap();
    expect(b.start(sign_in("app")).await, "password", None);
    b.sign_in(sign_in("app"), "bob").await;
    let mut batch = db::Batch::new();
    sessions.end_all(&mut batch, bob);
    b.db.write(batch).await.unwrap();
    assert!(sessions.of_person(bob, now).await.unwrap().is_empty());
    for hour in 0..12 {
        if hour == 0 {
            b.sign_in(sign_in("app"), "bob").await;
        } else {
            success(b.start(sign_in("app")).await);
        }
        b.wait(Duration::from_secs(3599));
    }
    b.wait(Duration::from_secs(12));
    expect(b.start(sign_in("app")).await, "password", None);
}

#[tokio::test]
async fn who_is_there_is_recognised_without_a_trace() {
    let mut b = Bench::new().await;
    let portal = || SignIn::portal("");
    assert!(b.logins.recognise(&b.world.origin(), portal(), &b.browser).await.unwrap().is_none());
    let signed_in = b.sign_in(sign_in("app"), "bob").await;
    let events = b.world.get().events.len();
    let here = b.logins.recognise(&b.world.origin(), portal(), &b.browser).await.unwrap().unwrap();
    assert_eq!((here.person().login.as_str(), here.session()), ("bob", signed_in.session()));
    assert_eq!(here.enrol_ground(), crate::ports::EnrolGround::ExistingFactor);
    let bob = b.world.id("bob");
    let manage = || SignIn::fresh_proof("", bob, Duration::from_secs(300));
    assert!(b.logins.recognise(&b.world.origin(), manage(), &b.browser).await.unwrap().is_some());
    b.wait(Duration::from_secs(301));
    assert!(b.logins.recognise(&b.world.origin(), manage(), &b.browser).await.unwrap().is_none());
    assert_eq!(b.world.get().events.len(), events);
    assert_eq!(b.logins.sessions().parties(signed_in.session()).await.unwrap().len(), 1);

    let ended = b.logins.sign_out(&b.world.origin(), &b.browser).await.unwrap().unwrap();
    assert_eq!((ended.session.id, ended.parties.len()), (signed_in.session(), 1));
    assert_eq!(b.world.get().events.last().unwrap().kind, EventKind::SessionEnded);
    assert!(b.logins.recognise(&b.world.origin(), portal(), &b.browser).await.unwrap().is_none());
    assert!(b.logins.sign_out(&b.world.origin(), &b.browser).await.unwrap().is_none());
    let (eve, session) = (b.world.id("eve"), b.sign_in(sign_in("app"), "bob").await.session());
    assert!(b.logins.end_session(&b.world.origin(), eve, session).await.unwrap().is_none(), "not hers");
    // Nor does a store that does not answer keep anybody signed in.
    b.world.get().silent = true;
    assert_eq!(b.logins.end_sessions(&b.world.origin(), bob).await.unwrap().len(), 1);
    let last = b.world.get().events.last().unwrap().person.clone().unwrap();
    assert_eq!((last.id, last.login.as_str()), (bob, ""));
}

#[tokio::test]
async fn the_same_person_signing_in_again_keeps_their_session() {
    let mut b = Bench::new().await;
    let first = b.sign_in(sign_in("app"), "bob").await;
    shown(b.start(SignIn { login_hint: Some("eve".to_owned()), ..sign_in("app") }).await);
    let again = success(b.password("bob").await);
    assert_eq!(again.session(), first.session());
}

#[tokio::test]
async fn a_browser_becomes_known_with_two_factors() {
    let mut b = Bench::new().await;
    b.world.get().demand.known_device = Duration::from_secs(86_400);
    b.sign_in(sign_in("app"), "bob").await;
    let token = b.browser.device.clone().unwrap();
    let now = b.world.clock.now();
    let device = b.logins.devices().recognise(&token, now).await.unwrap().unwrap();
    assert_eq!(device.person, b.world.id("bob"));
    b.browser.session = None;
    b.sign_in(sign_in("app"), "bob").await;
    assert_eq!(b.browser.device.unwrap().expose(), token.expose(), "a known browser is not made known again");
    assert!(b.logins.devices().recognise(&token, now + Duration::from_secs(86_400)).await.unwrap().is_none());
    assert_eq!(b.logins.devices().cleanup(now + Duration::from_secs(86_400), 10).await.unwrap(), 1);
}

#[tokio::test]
async fn a_client_that_is_no_browser_leaves_next_to_nothing_behind() {
    let mut b = Bench::new().await;
    b.browser.is_transient = true;
    b.world.get().demand.known_device = Duration::from_secs(86_400);
    shown(b.start(sign_in("app")).await);
    shown(b.password("bob").await);
    let progress = b.code("bob").await;
    assert!(matches!(progress, Progress::Authenticated { device: None, .. }), "{}", describe(&progress));
    let id = success(progress).session();
    let sessions = b.logins.sessions().clone();
    let is_there = async |after: u64| {
        let at = b.world.clock.now() + Duration::from_secs(after);
        sessions.by_id(id, at).await.unwrap().is_some()
    };
    // Until then single logout can name it.
    assert!(is_there(299).await && !is_there(300).await);
    b.browser.session = None;
    shown(b.start(sign_in("app")).await);
    let view = expect(b.password("ada").await, "refused", None);
    assert!(matches!(view.step, StepView::Refused { reason: Refusal::NoFactor }), "an enrolment that nobody could finish");
    assert!(b.world.get().tokens.iter().all(|token| token.confirmed));
}
