//! Two answers at once, old answers, and sessions that change under a flow.

use super::*;
use crate::assurance::{AcrRequest, Level};
use crate::testing::{demand, sign_in};

#[tokio::test]
async fn an_old_page_changes_nothing() {
    let mut b = Bench::new().await;
    shown(b.start(sign_in("app")).await);
    let (flow, first) = b.flow.unwrap();
    expect(b.answer(password("bob", "wrong")).await, "password", Some(Notice::PasswordRefused));
    shown(b.password("bob").await);
    // The back button, and the old form sent again: not even a wrong one counts.
    let ledger = b.world.get().ledger.len();
    expect(b.answer_as(flow, first, password("eve", "eve")).await, "factor", Some(Notice::Stale));
    assert_eq!(b.world.get().ledger.len(), ledger);
    let (_, now) = b.flow.unwrap();
    let code = b.world.get().code_of("bob");
    success(b.answer_as(flow, now, code_input(&code)).await);
    let replayed = b.answer_as(flow, now, code_input(&code)).await;
    assert_eq!(describe(&replayed), "gone Finished");
}

#[tokio::test]
async fn one_page_spends_one_code() {
    for db in db::testing::all().await {
        let mut b = Bench::on(db);
        shown(b.start(sign_in("app")).await);
        shown(b.password("bob").await);
        let (flow, version) = b.flow.unwrap();
        let origin = b.world.origin();
        let answers = ["TOTPB-1", "TOTPB-2", "TOTPB-1", "TOTPB-2"]
            .map(|code| b.logins.answer(&origin, flow, version, &b.browser, code_input(code)));
        let outcomes = futures_join(answers).await;
        let successes = outcomes.iter().filter(|o| matches!(o, Progress::Authenticated { .. })).count();
        assert!(successes <= 1, "{successes} successes");
        assert!(b.world.get().token_mut("TOTPB").unwrap().spent <= 1, "one page, one code");
        assert_eq!(b.world.get().tried, 1, "one page, one try");
    }
}

/// Runs all of them at once.
async fn futures_join<F>(all: [F; 4]) -> Vec<Progress>
where
    F: Future<Output = Result<Progress, crate::login::LoginError>>,
{
    let [a, b, c, d] = all;
    let (a, b, c, d) = tokio::join!(a, b, c, d);
    [a, b, c, d].into_iter().map(Result::unwrap).collect()
}

#[tokio::test]
async fn a_session_that_is_ended_meanwhile_carries_nobody() {
    let mut b = Bench::new().await;
    b.world.get().demand = demand(Level::Single);
    shown(b.start(sign_in("app")).await);
    let first = success(b.password("bob").await);
    let wish = SignIn { acr: AcrRequest { values: vec!["2".to_owned()], essential: true }, ..sign_in("vault") };
    expect(b.start(wish).await, "factor", Some(Notice::StepUp));
    let mut batch = db::Batch::new();
    b.logins.sessions().end(&mut batch, first.session());
    b.db.write(batch).await.unwrap();
    // The code is right, but the password went with the session.
    let view = expect(b.code("bob").await, "password", None);
    assert!(matches!(view.step, StepView::Password { fixed: false, .. }));
}

#[tokio::test]
async fn the_future_of_a_flow_can_be_sent() {
    let b = Bench::new().await;
    fn is_send<T: Send>(_: &T) {}
    let (origin, flow) = (b.world.origin(), kernel::ids::FlowId::new(&b.world.chance, b.world.clock.now()));
    let future = b.logins.answer(&origin, flow, 1, &b.browser, Input::Cancel);
    is_send(&future);
    assert_eq!(describe(&future.await.unwrap()), "gone Unknown");
}
