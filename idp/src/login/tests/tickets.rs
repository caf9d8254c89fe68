//! Tickets in place of a password: what a machine shows without asking the person.

use super::*;
use crate::assurance::{AcrRequest, FactorClass, Level};
use crate::login::Prompts;
use crate::testing::{DOMAIN_AGE, demand, sign_in};

/// Whether the password page takes a ticket.
fn takes_ticket(view: &View) -> bool {
    matches!(view.step, StepView::Password { ticket: true, .. })
}

#[tokio::test]
async fn a_ticket_is_one_factor() {
    let mut b = Bench::new().await;
    assert!(takes_ticket(&shown(b.start(sign_in("app")).await)));
    let negotiation = Negotiation::new("bob 1".into());
    expect(b.answer(Input::Ticket(negotiation.clone())).await, "factor", None);
    assert_eq!(negotiation.answer(), Some(&b"it is we"[..]));
    let began = b.world.clock.now();
    let signed_in = success(b.code("bob").await);
    assert_eq!((signed_in.acr(), signed_in.amr().join(" ")), ("2", "wia otp mfa".to_owned()));
    assert_eq!(signed_in.auth_time(), began - DOMAIN_AGE, "it is as old as the sign-in to the domain");

    b.world.get().demand = demand(Level::Single);
    b.browser.session = None;
    shown(b.start(sign_in("app")).await);
    let signed_in = success(b.answer(ticket("eve", 2)).await);
    assert_eq!((signed_in.acr(), signed_in.amr()), ("1", &["wia".to_owned()][..]));
    // The password is of the same nature.
    let stronger = SignIn { acr: AcrRequest { values: vec!["2".to_owned()], essential: true }, ..sign_in("vault") };
    expect(b.start(stronger).await, "choose", Some(Notice::StepUp));
}

#[tokio::test]
async fn where_the_person_has_to_act_no_ticket_is_taken() {
    let mut b = Bench::new().await;
    b.world.get().demand = demand(Level::Single);
    let bob = b.world.id("bob");
    let prompts = |prompts: Prompts| SignIn { prompts, ..sign_in("app") };
    for request in [
        prompts(Prompts { login: true, ..Prompts::default() }),
        prompts(Prompts { select_account: true, ..Prompts::default() }),
        SignIn { max_age: Some(Duration::from_secs(3600)), ..sign_in("app") },
        SignIn::fresh_proof("factors", bob, Duration::from_secs(300)),
    ] {
        assert!(!takes_ticket(&shown(b.start(request).await)));
        expect(b.answer(ticket("bob", 1)).await, "password", Some(Notice::Unexpected));
        assert!(b.world.get().used.is_empty());
    }
    refused(b.start(prompts(Prompts { none: true, ..Prompts::default() })).await, Refusal::LoginRequired);
    // Whoever was signed in by a ticket and is asked again.
    shown(b.start(sign_in("app")).await);
    success(b.answer(ticket("bob", 2)).await);
    let again =
        expect(b.start(prompts(Prompts { login: true, ..Prompts::default() })).await, "password", Some(Notice::Reauthenticate));
    assert!(matches!(again.step, StepView::Password { fixed: true, ticket: false, .. }));
    expect(b.answer(ticket("bob", 3)).await, "password", Some(Notice::Unexpected));
    success(b.password("bob").await);
    // Whoever wants to be somebody else is not led back by their machine.
    shown(b.start(prompts(Prompts { select_account: true, ..Prompts::default() })).await);
    assert!(!takes_ticket(&expect(b.answer(Input::SwitchAccount).await, "password", None)));
    expect(b.answer(ticket("bob", 4)).await, "password", Some(Notice::Unexpected));
}

#[tokio::test]
async fn an_old_sign_in_to_the_domain_is_not_made_younger() {
    let mut b = Bench::new().await;
    b.world.get().demand = demand(Level::Single);
    shown(b.start(sign_in("app")).await);
    success(b.answer(ticket("bob", 1)).await);
    let younger = |seconds| SignIn { max_age: Some(Duration::from_secs(seconds)), ..sign_in("app") };
    success(b.start(younger(DOMAIN_AGE.as_secs() + 1)).await);
    expect(b.start(younger(DOMAIN_AGE.as_secs() - 1)).await, "password", Some(Notice::Reauthenticate));
    // Nor does policy take it for longer than it takes a password.
    b.world.get().demand.max_ages = vec![(FactorClass::Knowledge, DOMAIN_AGE)];
    expect(b.start(sign_in("other")).await, "password", Some(Notice::Reauthenticate));
}

#[tokio::test]
async fn a_ticket_of_somebody_else_than_the_party_means_leads_to_the_form() {
    let mut b = Bench::new().await;
    b.world.get().demand = demand(Level::Single);
    let eve = b.world.id("eve");
    for request in
        [SignIn { login_hint: Some("eve".to_owned()), ..sign_in("app") }, SignIn { subject: Some(eve), ..sign_in("app") }]
    {
        assert!(takes_ticket(&shown(b.start(request.clone()).await)));
        let number = b.world.get().used.len();
        let view = expect(b.answer(ticket("bob", number)).await, "password", None);
        assert!(!takes_ticket(&view) && view.person.is_none());
        let signed_in = success(b.password("eve").await);
        assert_eq!((signed_in.person().login.as_str(), signed_in.amr()), ("eve", &["pwd".to_owned()][..]));
        b.browser.session = None;
        shown(b.start(request).await);
        let number = b.world.get().used.len();
        assert_eq!(success(b.answer(ticket("eve", number)).await).amr(), ["wia"]);
        b.browser.session = None;
    }
}

#[tokio::test]
async fn after_one_that_is_refused_no_other_is_looked_at() {
    let mut b = Bench::new().await;
    b.world.get().demand = demand(Level::Single);
    shown(b.start(sign_in("app")).await);
    success(b.answer(ticket("bob", 1)).await);
    b.browser.session = None;
    b.world.get().person_mut("ada").enabled = false;
    for refused in [ticket("bob", 1), ticket("nobody", 2), ticket("ada", 3)] {
        shown(b.start(sign_in("app")).await);
        let view = expect(b.answer(refused).await, "password", Some(Notice::TicketRefused));
        assert!(!takes_ticket(&view) && view.hold_until.is_some());
        let used = b.world.get().used.len();
        expect(b.answer(ticket("bob", 100)).await, "password", Some(Notice::Unexpected));
        assert_eq!(b.world.get().used.len(), used);
    }
    success(b.password("bob").await);
    b.browser.session = None;
    b.world.get().out = true;
    shown(b.start(sign_in("app")).await);
    assert!(!takes_ticket(&expect(b.answer(ticket("bob", 101)).await, "password", Some(Notice::Unavailable))));
}

#[tokio::test]
async fn a_first_factor_is_not_enrolled_on_the_word_of_a_machine() {
    let mut b = Bench::new().await;
    shown(b.start(sign_in("app")).await);
    let view = expect(b.answer(ticket("ada", 1)).await, "password", Some(Notice::Reauthenticate));
    assert!(matches!(&view.step, StepView::Password { name: Some(name), fixed: true, ticket: false } if name == "ada"));
    expect(b.answer(ticket("ada", 2)).await, "password", Some(Notice::Unexpected));
    expect(b.password("ada").await, "enrol", None);
}

#[tokio::test]
async fn one_page_takes_one_ticket() {
    let mut b = Bench::new().await;
    shown(b.start(sign_in("app")).await);
    let (flow, version) = b.flow.unwrap();
    expect(b.answer(ticket("bob", 1)).await, "factor", None);
    expect(b.answer_as(flow, version, ticket("eve", 1)).await, "factor", Some(Notice::Stale));
    assert_eq!(b.world.get().used, ["bob 1"]);
}
