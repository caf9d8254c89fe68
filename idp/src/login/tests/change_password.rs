//! Passwords that must or should be changed.

use super::*;
use crate::assurance::Level;
use crate::ports::{ChangeReason, NewPasswordFault};
use crate::testing::{demand, sign_in};

fn fault(progress: Progress) -> Option<NewPasswordFault> {
    let view = expect(progress, "change_password", Some(Notice::NewPasswordRefused));
    match view.step {
        StepView::ChangePassword { fault, .. } => fault,
        _ => None,
    }
}

fn wants(b: &Bench, login: &str, reason: ChangeReason) {
    let id = b.world.id(login);
    b.world.get().changes.insert(id, reason);
}

#[tokio::test]
async fn a_password_that_must_be_changed_is_good_for_nothing_else() {
    let mut b = Bench::new().await;
    wants(&b, "bob", ChangeReason::Expired);
    shown(b.start(sign_in("app")).await);
    let view = expect(b.password("bob").await, "change_password", None);
    assert!(view.hold_until.is_none() && view.person.is_none());
    assert!(
        matches!(&view.step, StepView::ChangePassword { login, reason: ChangeReason::Expired, fault: None } if login == "bob")
    );
    assert!(b.world.get().ledger.is_empty());
    for input in [Input::Skip, Input::Continue, code_input("x"), password("bob", "bob"), Input::Approved] {
        expect(b.answer(input).await, "change_password", Some(Notice::Unexpected));
    }
    let twice = |new: &str, again: &str| Input::ChangePassword { old: "bob".into(), new: new.into(), again: again.into() };
    assert_eq!(fault(b.answer(twice("new", "other")).await), Some(NewPasswordFault::Differs));
    assert_eq!(fault(b.answer(twice("", "")).await), Some(NewPasswordFault::Empty));
    assert_eq!(fault(b.answer(twice("bob", "bob")).await), Some(NewPasswordFault::Same));
    assert_eq!(fault(b.answer(twice("ab", "ab")).await), Some(NewPasswordFault::TooShort));
    let view = expect(b.answer(change_password("wrong", "changed")).await, "change_password", Some(Notice::PasswordRefused));
    assert!(view.hold_until.is_some(), "answered at the fixed moment");
    assert!(matches!(view.step, StepView::ChangePassword { fault: None, .. }));
    assert!(b.world.get().ledger.is_empty());
    // The change proves the password, and the sign-in goes on.
    expect(b.answer(change_password("bob", "changed")).await, "factor", None);
    success(b.code("bob").await);
}

#[tokio::test]
async fn advice_can_be_left_for_later() {
    let mut b = Bench::new().await;
    wants(&b, "bob", ChangeReason::Grace { left: 2 });
    shown(b.start(sign_in("app")).await);
    expect(b.password("bob").await, "change_password", None);
    expect(b.answer(Input::Skip).await, "factor", None);
    success(b.code("bob").await);
    // Another day it is taken.
    b.browser.session = None;
    shown(b.start(sign_in("app")).await);
    expect(b.password("bob").await, "change_password", None);
    expect(b.answer(change_password("bob", "changed")).await, "factor", None);
    success(b.code("bob").await);
}

#[tokio::test]
async fn a_change_voids_what_rests_on_the_old_password() {
    let mut b = Bench::new().await;
    b.world.get().demand = demand(Level::Single);
    shown(b.start(sign_in("app")).await);
    success(b.password("bob").await);
    wants(&b, "bob", ChangeReason::Grace { left: 0 });
    let asked = SignIn { prompts: crate::login::Prompts { login: true, ..Default::default() }, ..sign_in("app") };
    let before = b.browser.session.clone();
    shown(b.start(asked).await);
    expect(b.password("bob").await, "change_password", None);
    let signed_in = success(b.answer(change_password("bob", "changed")).await);
    assert_eq!(signed_in.auth_epoch(), 2);
    b.browser.session = before;
    expect(b.start(sign_in("app")).await, "password", None);
}

#[tokio::test]
async fn nobody_changes_the_password_of_somebody_else() {
    let mut b = Bench::new().await;
    b.world.get().demand = demand(Level::Single);
    shown(b.start(sign_in("app")).await);
    success(b.password("bob").await);
    wants(&b, "eve", ChangeReason::Reset);
    // Bob is asked again: what Eve types there is wrong.
    let asked = SignIn { prompts: crate::login::Prompts { login: true, ..Default::default() }, ..sign_in("app") };
    expect(b.start(asked).await, "password", Some(Notice::Reauthenticate));
    expect(b.answer(password("eve", "eve")).await, "password", Some(Notice::PasswordRefused));
    // Where the name is typed, the flow becomes Eve's, and Bob's session helps her to nothing.
    expect(b.answer(Input::SwitchAccount).await, "password", None);
    expect(b.password("eve").await, "change_password", None);
    let signed_in = success(b.answer(change_password("eve", "changed")).await);
    assert_eq!(signed_in.person().login, "eve");
}

#[tokio::test]
async fn an_outage_is_told_to_everybody_alike() {
    let mut b = Bench::new().await;
    b.world.get().out = true;
    shown(b.start(sign_in("app")).await);
    for name in ["bob", "nobody"] {
        let view = expect(b.password(name).await, "password", Some(Notice::Unavailable));
        assert!(view.hold_until.is_some() && view.person.is_none());
    }
    b.world.get().out = false;
    expect(b.password("bob").await, "factor", None);
}
