//! One sign-in, start to end.

use super::*;
use crate::assurance::{AcrRequest, Level};
use crate::login::{GoneReason, Prompts};
use crate::ports::EventKind;
use crate::testing::{demand, sign_in};

#[tokio::test]
async fn password_alone_where_that_is_enough() {
    let mut b = Bench::new().await;
    b.world.get().demand = demand(Level::Single);
    expect(b.start(sign_in("app")).await, "password", None);
    let signed_in = success(b.password("bob").await);
    assert_eq!((signed_in.acr(), signed_in.amr()), ("1", ["pwd".to_owned()].as_slice()));
    assert_eq!(signed_in.person().login, "bob");
    assert_eq!(signed_in.ticket(), "ticket of app");
    assert_eq!(b.world.get().events.last().unwrap().kind, EventKind::SignedIn);
}

#[tokio::test]
async fn password_and_code_where_two_factors_are_demanded() {
    let mut b = Bench::new().await;
    let signed_in = b.sign_in(sign_in("app"), "bob").await;
    assert_eq!((signed_in.acr(), signed_in.level()), ("2", Level::Double));
    assert_eq!(signed_in.amr(), ["pwd", "otp", "mfa"]);
}

#[tokio::test]
async fn refusals_look_alike_and_are_held_back() {
    let mut b = Bench::new().await;
    b.world.get().person_mut("eve").enabled = false;
    shown(b.start(sign_in("app")).await);
    for (name, secret) in [("bob", "wrong"), ("nobody", "wrong"), ("eve", "eve")] {
        let view = expect(b.answer(password(name, secret)).await, "password", Some(Notice::PasswordRefused));
        assert_eq!(view.hold_until, Some(b.world.clock.now() + Duration::from_secs(1)));
        assert!(matches!(view.step, StepView::Password { name: None, fixed: false, ticket: true }));
        assert_eq!(view.person, None);
    }
    let view = expect(b.password("bob").await, "factor", None);
    assert_eq!(view.hold_until, None);
    let view = expect(b.answer(code_input("wrong")).await, "factor", Some(Notice::CodeRefused));
    assert!(view.hold_until.is_some());
    b.world.get().limited = true;
    expect(b.code("bob").await, "factor", Some(Notice::Limited));
    b.world.get().limited = false;
    success(b.code("bob").await);
}

#[tokio::test]
async fn several_factors_are_chosen_from() {
    let mut b = Bench::new().await;
    shown(b.start(sign_in("app")).await);
    expect(b.password("eve").await, "choose", None);
    expect(b.answer(Input::Choose { factor: "TOTPB".to_owned() }).await, "choose", Some(Notice::Unexpected));
    expect(b.answer(Input::Choose { factor: "TOTPE2".to_owned() }).await, "factor", None);
    expect(b.answer(Input::OtherFactor).await, "choose", None);
    expect(b.answer(Input::Choose { factor: "TOTPE1".to_owned() }).await, "factor", None);
    success(b.code("eve").await);
}

#[tokio::test]
async fn an_approval_is_polled_without_writing_and_then_taken() {
    let mut b = Bench::new().await;
    b.world.get().token_mut("TOTPB").unwrap().kind = "push";
    shown(b.start(sign_in("app")).await);
    let before = expect(b.password("bob").await, "factor", None).version;
    let (flow, version) = b.flow.unwrap();
    let poll = b.logins.poll(&b.world.origin(), flow, &b.browser).await.unwrap();
    assert_eq!((poll, before), (crate::ports::Polled::Pending, version));
    expect(b.answer(Input::Approved).await, "factor", Some(Notice::NotYet));
    expect(b.answer(code_input("TOTPB-1")).await, "factor", Some(Notice::Unexpected));
    b.world.get().challenges.values_mut().for_each(|c| c.state = crate::ports::Polled::Ready);
    assert_eq!(b.logins.poll(&b.world.origin(), flow, &b.browser).await.unwrap(), crate::ports::Polled::Ready);
    success(b.answer(Input::Approved).await);
}

#[tokio::test]
async fn consent_is_asked_for_once_and_again_for_more() {
    let mut b = Bench::new().await;
    let mut request = sign_in("app");
    request.ask.scopes = vec!["openid".to_owned(), "email".to_owned()];
    shown(b.start(request.clone()).await);
    shown(b.password("bob").await);
    let view = expect(b.code("bob").await, "consent", None);
    assert!(matches!(&view.step, StepView::Consent { ask, new } if ask == new && ask.scopes.len() == 2));
    let signed_in = success(b.answer(Input::Consent { accept: true }).await);
    assert_eq!(signed_in.granted().scopes, ["openid", "email"]);
    success(b.start(request.clone()).await);

    request.ask.scopes.push("phone".to_owned());
    let silent = SignIn { prompts: Prompts { none: true, ..Prompts::default() }, ..request.clone() };
    refused(b.start(silent).await, Refusal::ConsentRequired);
    let view = expect(b.start(request.clone()).await, "consent", None);
    assert!(matches!(&view.step, StepView::Consent { new, .. } if new.scopes == ["phone"]));
    refused(b.answer(Input::Consent { accept: false }).await, Refusal::Denied);
    assert_eq!(b.world.get().events.last().unwrap().kind, EventKind::ConsentRefused);
    let bob = b.world.id("bob");
    assert_eq!(b.logins.consents().of_person(bob).await.unwrap()[0].granted.scopes, ["openid", "email"]);

    let prompted = SignIn { prompts: Prompts { consent: true, ..Prompts::default() }, ..request };
    expect(b.start(prompted).await, "consent", None);
    success(b.answer(Input::Consent { accept: true }).await);
    assert_eq!(b.logins.consents().of_person(bob).await.unwrap()[0].granted.scopes, ["openid", "email", "phone"]);
}

#[tokio::test]
async fn policy_may_turn_people_away() {
    let mut b = Bench::new().await;
    b.world.get().demand.allowed = false;
    shown(b.start(sign_in("app")).await);
    expect(b.password("bob").await, "refused", None);
    expect(b.code("bob").await, "refused", Some(Notice::Unexpected));
    refused(b.answer(Input::Cancel).await, Refusal::Forbidden);
    let events: Vec<_> = b.world.get().events.iter().map(|e| (e.kind, e.info.clone())).collect();
    assert_eq!(events, [(EventKind::SignInFailed, "forbidden".to_owned())], "recorded once");
}

#[tokio::test]
async fn levels_that_are_insisted_on() {
    let mut b = Bench::new().await;
    let acr = |values: &[&str], essential| AcrRequest { values: values.iter().map(|v| (*v).to_owned()).collect(), essential };
    let with = |acr| SignIn { acr, ..sign_in("app") };
    expect(b.start(with(acr(&["urn:unknown"], true))).await, "refused", None);
    shown(b.start(with(acr(&["3"], true))).await);
    expect(b.password("bob").await, "refused", None);
    refused(b.answer(Input::Cancel).await, Refusal::UnmetAcr);
    shown(b.start(with(acr(&["3", "https://refeds.org/profile/mfa"], true))).await);
    shown(b.password("bob").await);
    assert_eq!(success(b.code("bob").await).acr(), "https://refeds.org/profile/mfa");
    assert_eq!(success(b.start(with(acr(&["3"], false))).await).acr(), "2");
}

#[tokio::test]
async fn flows_end() {
    let mut b = Bench::new().await;
    shown(b.start(sign_in("app")).await);
    shown(b.password("bob").await);
    let (flow, _) = b.flow.unwrap();
    let other = browser("browser two");
    let theirs = b.logins.show(&b.world.origin(), flow, &other).await.unwrap();
    assert!(matches!(theirs, Progress::Gone { reason: GoneReason::Unknown, party: None }));
    let theirs = b.logins.restart(&b.world.origin(), flow, &other).await.unwrap();
    assert!(matches!(theirs, Progress::Gone { reason: GoneReason::Unknown, party: None }));

    b.wait(Duration::from_secs(31 * 60));
    let late = b.code("bob").await;
    assert!(matches!(late, Progress::Gone { reason: GoneReason::Expired, party: Some(_) }));
    let again = b.logins.restart(&b.world.origin(), flow, &b.browser).await.unwrap();
    let view = expect(again, "password", None);
    assert_ne!(view.flow, flow);
    (b.flow, _) = (Some((view.flow, view.version)), ());
    shown(b.password("bob").await);
    success(b.code("bob").await);
    let done = b.logins.show(&b.world.origin(), view.flow, &b.browser).await.unwrap();
    assert!(matches!(done, Progress::Gone { reason: GoneReason::Finished, party: Some(_) }));
    assert_eq!(b.logins.cleanup(b.world.clock.now() + Duration::from_secs(2 * 86_400), 100).await.unwrap(), 3);
}
