//! First enrolment at sign-in, and what it must not be used for.

use super::*;
use crate::assurance::{AcrRequest, Level};
use crate::login::Purpose;
use crate::ports::{EnrolKind, EventKind};
use crate::testing::{demand, sign_in};

async fn enrol(b: &mut Bench, view: &View) -> Progress {
    let StepView::Enrol { serial, .. } = &view.step else { panic!("an enrolment was expected") };
    let code = b.world.get().token_mut(serial).unwrap().code();
    b.answer(code_input(&code)).await
}

#[tokio::test]
async fn a_first_factor_is_enrolled_and_the_codes_are_shown_until_kept() {
    let mut b = Bench::new().await;
    shown(b.start(sign_in("app")).await);
    let view = expect(b.password("ada").await, "enrol", None);
    expect(b.answer(code_input("wrong")).await, "enrol", Some(Notice::CodeRefused));
    let view = enrol(&mut b, &view).await;
    let view = expect(view, "codes", None);
    assert!(matches!(&view.step, StepView::Codes { codes } if codes.len() == 2));
    let again = b.logins.show(&b.world.origin(), view.flow, &b.browser).await.unwrap();
    let again = expect(again, "codes", None);
    assert!(matches!(&again.step, StepView::Codes { codes } if codes[0].expose() == "PLANTEDCODE1"));
    let signed_in = success(b.answer(Input::Kept).await);
    assert_eq!(signed_in.level(), Level::Double);
    let kinds: Vec<_> = b.world.get().events.iter().map(|e| e.kind).collect();
    assert_eq!(kinds, [EventKind::FirstFactorEnrolled, EventKind::SignedIn]);
}

#[tokio::test]
async fn nothing_of_an_enrolment_stands_in_the_database() {
    let mut b = Bench::new().await;
    shown(b.start(sign_in("app")).await);
    let view = expect(b.password("ada").await, "enrol", None);
    expect(enrol(&mut b, &view).await, "codes", None);
    let file = b.db.file().unwrap();
    let mut all = std::fs::read(&file).unwrap();
    all.extend(std::fs::read(file.with_extension("db-wal")).unwrap_or_default());
    for planted in ["PLANTED", "browser one", "otpauth"] {
        assert!(!all.windows(planted.len()).any(|w| w == planted.as_bytes()), "{planted} is in the database");
    }
}

#[tokio::test]
async fn a_locked_factor_makes_no_room_for_another() {
    let mut b = Bench::new().await;
    b.world.get().token_mut("TOTPB").unwrap().locked = true;
    shown(b.start(sign_in("app")).await);
    expect(b.password("bob").await, "refused", None);
    expect(b.answer(Input::Enrol { kind: "totp".to_owned() }).await, "refused", Some(Notice::Unexpected));
    refused(b.answer(Input::Cancel).await, Refusal::NoFactor);
}

#[tokio::test]
async fn an_open_session_does_not_enrol_without_the_password() {
    let mut b = Bench::new().await;
    b.world.get().demand = demand(Level::Single);
    shown(b.start(sign_in("app")).await);
    success(b.password("ada").await);
    let stronger = SignIn { acr: AcrRequest { values: vec!["2".to_owned()], essential: true }, ..sign_in("vault") };
    let view = expect(b.start(stronger).await, "password", Some(Notice::Reauthenticate));
    assert!(matches!(&view.step, StepView::Password { name: Some(name), fixed: true, .. } if name == "ada"));
    // The name typed does not matter any more, the password of somebody else does not help.
    expect(b.answer(password("bob", "bob")).await, "password", Some(Notice::PasswordRefused));
    let view = expect(b.password("ada").await, "enrol", None);
    expect(enrol(&mut b, &view).await, "codes", None);
    assert_eq!(success(b.answer(Input::Kept).await).acr(), "2");
}

#[tokio::test]
async fn a_party_that_only_wishes_gets_what_there_is_where_nothing_may_be_enrolled() {
    let mut b = Bench::new().await;
    b.world.get().demand = crate::ports::Demand { enrol: Vec::new(), ..demand(Level::Single) };
    let wish = SignIn { acr: AcrRequest { values: vec!["2".to_owned()], essential: false }, ..sign_in("vault") };
    shown(b.start(wish).await);
    assert_eq!(success(b.password("ada").await).acr(), "1");
}

#[tokio::test]
async fn a_stale_password_does_not_enrol() {
    let mut b = Bench::new().await;
    b.world.get().demand.enrol.push(EnrolKind { kind: "hotp".to_owned() });
    shown(b.start(sign_in("app")).await);
    expect(b.password("ada").await, "enrol_choice", None);
    b.wait(Duration::from_secs(11 * 60));
    expect(b.answer(Input::Enrol { kind: "totp".to_owned() }).await, "password", Some(Notice::Reauthenticate));
}

#[tokio::test]
async fn another_kind_gives_the_first_up() {
    let mut b = Bench::new().await;
    b.world.get().demand.enrol.push(EnrolKind { kind: "hotp".to_owned() });
    shown(b.start(sign_in("app")).await);
    expect(b.password("ada").await, "enrol_choice", None);
    expect(b.answer(Input::Enrol { kind: "sms".to_owned() }).await, "enrol_choice", Some(Notice::Unexpected));
    expect(b.answer(Input::Enrol { kind: "totp".to_owned() }).await, "enrol", None);
    let ada = b.world.id("ada");
    assert!(b.world.get().tokens.iter().any(|t| t.person == ada));
    expect(b.answer(Input::OtherFactor).await, "enrol_choice", None);
    assert!(!b.world.get().tokens.iter().any(|t| t.person == ada));
    expect(b.answer(Input::Enrol { kind: "totp".to_owned() }).await, "enrol", None);
    expect(b.answer(Input::SwitchAccount).await, "password", None);
    assert!(!b.world.get().tokens.iter().any(|t| t.person == ada));
}

#[tokio::test]
async fn two_tabs_enrol_one_first_factor() {
    let mut b = Bench::new().await;
    shown(b.start(sign_in("app")).await);
    let first = expect(b.password("ada").await, "enrol", None);
    let tab = b.flow;
    shown(b.start(sign_in("app")).await);
    let second = expect(b.password("ada").await, "enrol", None);
    expect(enrol(&mut b, &second).await, "codes", None);
    b.flow = tab;
    expect(enrol(&mut b, &first).await, "enrol_choice", Some(Notice::ChallengeGone));
    // Now there is a factor, and it must be shown.
    expect(b.answer(Input::Enrol { kind: "totp".to_owned() }).await, "factor", None);
    success(b.code("ada").await);
}

#[tokio::test]
async fn managing_factors_takes_one_of_them_freshly() {
    let mut b = Bench::new().await;
    b.world.get().demand = demand(Level::Single);
    shown(b.start(SignIn::portal("home")).await);
    success(b.password("bob").await);
    let bob = b.world.id("bob");
    let manage = SignIn::fresh_proof("factors", bob, Duration::from_secs(300));
    assert_eq!(manage.purpose, Purpose::ManageFactors);
    expect(b.start(manage.clone()).await, "factor", Some(Notice::StepUp));
    success(b.code("bob").await);
    success(b.start(manage.clone()).await);
    b.wait(Duration::from_secs(301));
    expect(b.start(manage).await, "password", Some(Notice::Reauthenticate));
    shown(b.password("bob").await);
    let signed_in = success(b.code("bob").await);
    assert_eq!(signed_in.auth_time(), b.world.clock.now());
    // Somebody without any factor needs but the password, freshly.
    let mut c = Bench::new().await;
    c.world.get().demand = demand(Level::Single);
    let ada = c.world.id("ada");
    shown(c.start(SignIn::fresh_proof("factors", ada, Duration::from_secs(300))).await);
    success(c.password("ada").await);
}
