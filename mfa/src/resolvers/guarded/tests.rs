//! The guard around a store that answers, hangs or is silent.

use std::sync::Arc;
use std::time::Duration;

use kernel::{Clock, Timestamp};

use super::breaker::{FAILURES, LONGEST_PAUSE, PAUSE};
use super::testing::{Mode, Stub};
use super::*;

fn guarded(stub: &Arc<Stub>) -> (Arc<Guarded>, Clock) {
    let clock = Clock::fixed(Timestamp::from_seconds(1_700_000_000));
    (Arc::new(Guarded::new("stub", Arc::new(Arc::clone(stub)), clock.clone())), clock)
}

fn is_silent<T>(answer: &Result<T, ResolverError>) -> bool {
    matches!(answer, Err(ResolverError::Unavailable(_)))
}

async fn until(what: impl Fn() -> bool) {
    while !what() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_silent_store_is_left_alone_and_comes_back() {
    let stub = Stub::shared(&["hans"]);
    let (guard, clock) = guarded(&stub);
    assert!(guard.find_login("hans").await.unwrap().is_some() && !guard.ailing());
    stub.set(Mode::Silent);
    for _ in 0..50 {
        assert!(is_silent(&guard.find_login("hans").await));
    }
    assert_eq!((stub.asked(), guard.state()), (1 + FAILURES as usize, State::Open));
    assert!(guard.ailing());
    // The store comes back; until the pause is over nobody knows.
    stub.set(Mode::Answers);
    assert!(is_silent(&guard.check_password("u-hans", &"geheim".into()).await));
    clock.advance(PAUSE);
    assert!(guard.check_password("u-hans", &"geheim".into()).await.unwrap().ok);
    assert!(guard.state() == State::Closed && !guard.ailing());
}

#[tokio::test]
async fn what_tells_nothing_neither_opens_nor_closes() {
    let stub = Stub::shared(&["hans"]);
    let (guard, clock) = guarded(&stub);
    stub.set(Mode::Busy);
    for _ in 0..50 {
        assert!(guard.find_login("hans").await.is_err());
    }
    assert_eq!(guard.state(), State::Closed, "a fault of ours");
    stub.set(Mode::Unclear);
    for _ in 0..50 {
        assert!(matches!(guard.find_many(&["u-hans".to_owned()]).await, Err(ResolverError::Unclear(_))));
    }
    assert_eq!(guard.state(), State::Closed, "whoever is not told of must not open it for others");
    stub.set(Mode::Silent);
    for _ in 0..FAILURES {
        assert!(is_silent(&guard.find_login("hans").await));
    }
    clock.advance(LONGEST_PAUSE);
    assert!(!guard.check_password("u-hans", &"".into()).await.unwrap().ok);
    stub.set(Mode::Answers);
    assert!(guard.find_login("a/b").await.unwrap().is_none());
    assert_ne!(guard.state(), State::Closed, "an impossible name is nobody's without asking");
    stub.set(Mode::Silent);
    assert_ne!(guard.state(), State::Closed, "an empty password is wrong without asking");
    let long = "x".repeat(256);
    for impossible in ["", &long, "a/b", "a\\b", "a\0", " a", ".."] {
        assert!(!super::possible(impossible), "{impossible}");
    }
    assert!(is_silent(&guard.find_login("hans").await), "the next one still probes");
    assert_eq!(guard.state(), State::Open);
}

#[tokio::test]
async fn questions_have_a_budget_of_time() {
    let mut stub = Stub::new(&["hans"]);
    stub.limits.budget = Duration::from_millis(30);
    let stub = Arc::new(stub);
    let (guard, _) = guarded(&stub);
    stub.set(Mode::Hangs);
    for _ in 0..FAILURES {
        assert!(is_silent(&guard.find_login("hans").await));
    }
    assert_eq!((guard.state(), stub.asked()), (State::Open, FAILURES as usize));
}

#[tokio::test]
async fn few_ask_some_wait_and_more_are_turned_away_at_once() {
    let mut stub = Stub::new(&["hans"]);
    stub.limits = Limits { at_once: 2, waiting: 1, budget: Duration::from_secs(60) };
    let stub = Arc::new(stub);
    let (guard, _) = guarded(&stub);
    stub.set(Mode::Hangs);
    let ask = || {
        let guard = Arc::clone(&guard);
        tokio::spawn(async move { guard.find_login("hans").await })
    };
    let first = ask();
    let others = [ask(), ask()];
    until(|| guard.present.load(Ordering::Relaxed) == 3 && stub.asked() == 2).await;
    assert!(is_silent(&guard.find_login("hans").await));
    assert!(!guard.ailing(), "a crowd is no outage");
    // Who goes away while waiting makes room, and so does who goes away while asking.
    others.iter().for_each(tokio::task::JoinHandle::abort);
    until(|| guard.present.load(Ordering::Relaxed) == 1).await;
    let more = ask();
    until(|| stub.asked() == 3).await;
    stub.release();
    for asked in [first, more] {
        assert!(asked.await.unwrap().unwrap().is_some());
    }
    assert_eq!(guard.present.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_probe_whose_caller_goes_away_blocks_nobody() {
    let stub = Stub::shared(&["hans"]);
    let (guard, clock) = guarded(&stub);
    stub.set(Mode::Silent);
    for _ in 0..FAILURES {
        assert!(is_silent(&guard.find_login("hans").await));
    }
    clock.advance(PAUSE);
    stub.set(Mode::Hangs);
    let probing = Arc::clone(&guard);
    let probe = tokio::spawn(async move { probing.find_login("hans").await });
    until(|| guard.state() == State::HalfOpen).await;
    assert!(is_silent(&guard.find_login("hans").await), "one at a time");
    probe.abort();
    until(|| guard.state() == State::Open).await;
    stub.set(Mode::Answers);
    assert!(guard.find_login("hans").await.unwrap().is_some());
}

#[tokio::test]
async fn many_who_watch_are_no_burden() {
    let stub = Stub::shared(&[]);
    let (guard, clock) = guarded(&stub);
    let looks = futures::future::join_all((0..100).map(|_| guard.health())).await;
    assert!(looks.iter().all(|health| health.answers) && stub.asked() == 1);
    clock.advance(RECENT);
    stub.set(Mode::Silent);
    for _ in 0..10 {
        let health = guard.health().await;
        assert!(!health.answers);
    }
    assert_eq!(stub.asked(), 2);
    for _ in 1..FAILURES {
        assert!(is_silent(&guard.find_login("hans").await));
    }
    let health = guard.health().await;
    assert_eq!((health.state, health.out_since), (State::Open, Some(clock.now())));
}

#[tokio::test]
async fn who_looks_for_the_cause_is_not_turned_away() {
    let stub = Stub::shared(&[]);
    let (guard, _) = guarded(&stub);
    stub.set(Mode::Silent);
    for _ in 0..FAILURES {
        assert!(is_silent(&guard.find_login("hans").await));
    }
    stub.set(Mode::Answers);
    assert!(guard.test().await.is_ok());
    assert_eq!(guard.state(), State::Closed);
}
