//! Refresh tokens: one successor after the other, copies end the family.

use std::sync::Arc;

use db::{Batch, Dialect};

use super::{Bench, error_of};
use crate::ports::EventKind;

async fn refreshed(bench: &Bench, token: &str) -> String {
    bench.refresh("rp", token).await.unwrap().refresh_token.unwrap()
}

#[tokio::test]
async fn every_use_gives_a_successor_and_a_late_reuse_ends_the_family() {
    for dialect in Dialect::ALL {
        let bench = Bench::on(dialect).await;
        let first = bench.tokens("rp", &[]).await;
        let one = first.refresh_token.unwrap();
        let two = refreshed(&bench, &one).await;
        assert_ne!(one, two);
        let three = refreshed(&bench, &two).await;
        // One is dead since two was used.
        assert_eq!(error_of(bench.refresh("rp", &one).await), "invalid_grant", "{dialect:?}");
        assert_eq!(error_of(bench.refresh("rp", &three).await), "invalid_grant", "{dialect:?}");
        assert_eq!(error_of(bench.userinfo(&first.access_token).await), "invalid_token", "{dialect:?}");
        assert_eq!(bench.events().last(), Some(&EventKind::RefreshReused));
    }
}

#[tokio::test]
async fn a_lost_answer_may_be_asked_for_again_for_a_minute() {
    let bench = Bench::new().await;
    let one = bench.tokens("rp", &[]).await.refresh_token.unwrap();
    let lost = refreshed(&bench, &one).await;
    bench.later(30);
    let two = refreshed(&bench, &one).await;
    bench.later(29);
    let kept = refreshed(&bench, &one).await;
    let next = refreshed(&bench, &kept).await;
    assert!(bench.refresh("rp", &next).await.is_ok());
    // A sibling of what was used is a copy.
    assert_eq!(error_of(bench.refresh("rp", &two).await), "invalid_grant");
    assert_eq!(error_of(bench.refresh("rp", &next).await), "invalid_grant");
    assert_eq!(error_of(bench.refresh("rp", &lost).await), "invalid_grant");

    let one = bench.tokens("rp", &[]).await.refresh_token.unwrap();
    let two = refreshed(&bench, &one).await;
    bench.later(60);
    assert_eq!(error_of(bench.refresh("rp", &one).await), "invalid_grant");
    assert_eq!(error_of(bench.refresh("rp", &two).await), "invalid_grant");
}

#[tokio::test]
async fn bound_to_client_scope_and_lifetime() {
    let bench = Bench::new().await;
    let tokens = bench.tokens("rp", &[("scope", "openid email")]).await;
    let one = tokens.refresh_token.unwrap();
    assert_eq!(error_of(bench.refresh("post", &one).await), "invalid_grant");
    assert_eq!(error_of(bench.refresh("rp", "nonsense").await), "invalid_grant");
    let scoped = |scope| [("grant_type", "refresh_token"), ("refresh_token", one.as_str()), ("scope", scope)];
    assert_eq!(error_of(bench.token("rp", &scoped("openid profile")).await), "invalid_scope");
    let narrow = bench.token("rp", &scoped("email")).await.unwrap();
    assert_eq!((narrow.scope.as_str(), narrow.id_token.is_none()), ("email", true));
    // The successor still has all that was granted.
    assert_eq!(bench.refresh("rp", &narrow.refresh_token.unwrap()).await.unwrap().scope, "openid email");
}

#[tokio::test]
async fn without_offline_access_it_ends_with_the_session() {
    let bench = Bench::new().await;
    let bound = bench.tokens("rp", &[]).await.refresh_token.unwrap();
    let offline = bench.tokens("rp", &[("scope", "openid offline_access"), ("prompt", "consent")]).await.refresh_token.unwrap();
    let bound = refreshed(&bench, &bound).await;
    let access = bench.tokens("rp", &[]).await.access_token;
    let code = bench.code("rp", &[]).await;
    assert!(bench.userinfo(&access).await.is_ok());
    let mut batch = Batch::new();
    bench.provider.sessions.end(&mut batch, bench.session);
    bench.db.write(batch).await.unwrap();
    assert_eq!(error_of(bench.refresh("rp", &bound).await), "invalid_grant");
    assert_eq!(error_of(bench.userinfo(&access).await), "invalid_token");
    assert_eq!(error_of(bench.redeem("rp", &code).await), "invalid_grant");
    let offline = refreshed(&bench, &offline).await;
    // Idle for 31 days.
    bench.later(31 * 86_400);
    assert_eq!(error_of(bench.refresh("rp", &offline).await), "invalid_grant");
}

#[tokio::test]
async fn a_chain_ends_however_often_it_is_used() {
    let bench = Bench::new().await;
    let mut token = bench.tokens("rp", &[("scope", "openid offline_access"), ("prompt", "consent")]).await.refresh_token.unwrap();
    for _ in 0..8 {
        bench.later(20 * 86_400);
        token = refreshed(&bench, &token).await;
    }
    bench.later(20 * 86_400);
    assert_eq!(error_of(bench.refresh("rp", &token).await), "invalid_grant");
}

#[tokio::test]
async fn disabled_means_disabled() {
    let bench = Bench::new().await;
    let tokens = bench.tokens("rp", &[]).await;
    bench.people.0.lock().unwrap().enabled = false;
    assert_eq!(error_of(bench.refresh("rp", &tokens.refresh_token.clone().unwrap()).await), "invalid_grant");
    assert_eq!(error_of(bench.userinfo(&tokens.access_token).await), "invalid_token");
    let mut person = bench.person();
    (person.enabled, person.auth_epoch) = (true, person.auth_epoch + 1);
    *bench.people.0.lock().unwrap() = person;
    assert_eq!(error_of(bench.refresh("rp", &tokens.refresh_token.unwrap()).await), "invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_refreshes_never_leave_two_living_branches() {
    for dialect in Dialect::ALL {
        let bench = Arc::new(Bench::on(dialect).await);
        for _ in 0..3 {
            let one = bench.tokens("rp", &[]).await.refresh_token.unwrap();
            let mut living = vec![one];
            for _ in 0..2 {
                // Everybody who holds a token uses it, four at a time.
                let tries = living.iter().cycle().take(8).cloned().map(|token| {
                    let bench = bench.clone();
                    tokio::spawn(async move { bench.refresh("rp", &token).await })
                });
                let mut next = Vec::new();
                for one in tries.collect::<Vec<_>>() {
                    match one.await.unwrap() {
                        Ok(tokens) => next.push(tokens.refresh_token.unwrap()),
                        Err(refusal) => assert_eq!(refusal.error(), "invalid_grant", "{dialect:?}: {refusal}"),
                    }
                }
                living = next;
            }
            // The first round gives siblings, the second uses them all: at most one branch may have lived on, and the
            // others have shown that there are copies.
            for token in &living {
                assert_eq!(error_of(bench.refresh("rp", token).await), "invalid_grant", "{dialect:?}");
            }
        }
    }
}

/// What a token may do, told again in the simplest words.
struct Known {
    text: String,
    generation: usize,
    used_at: Option<i64>,
    dead: bool,
}

#[tokio::test]
async fn any_walk_of_uses_and_reuses_follows_the_rules() {
    let bench = Bench::new().await;
    let chance = kernel::Entropy::seeded(7);
    for _ in 0..12 {
        let first = bench.tokens("rp", &[("scope", "openid offline_access"), ("prompt", "consent")]).await.refresh_token.unwrap();
        let mut tokens = vec![Known { text: first, generation: 0, used_at: None, dead: false }];
        for _ in 0..25 {
            bench.later([0, 1, 20, 45][chance.below(4)]);
            let now = bench.clock.now().seconds();
            // Mostly one of the newest, as clients do.
            let back = if chance.below(8) == 0 { chance.below(tokens.len()) } else { chance.below(tokens.len().min(2)) };
            let at = tokens.len() - 1 - back;
            let good = !tokens[at].dead && tokens[at].used_at.is_none_or(|used| now < used + 60);
            let outcome = bench.refresh("rp", &tokens[at].text).await;
            assert_eq!(outcome.is_ok(), good, "generation {}", tokens[at].generation);
            let Ok(answer) = outcome else { break };
            let generation = tokens[at].generation;
            if tokens[at].used_at.is_none() {
                tokens[at].used_at = Some(now);
                let others = tokens.iter_mut().enumerate().filter(|(i, token)| *i != at && token.generation <= generation);
                others.for_each(|(_, token)| token.dead = true);
            }
            tokens.push(Known { text: answer.refresh_token.unwrap(), generation: generation + 1, used_at: None, dead: false });
        }
        // The walk ended with a copy, or goes on with the newest token: never both.
        let copied = tokens.iter().position(|token| token.dead);
        if let Some(copied) = copied {
            assert_eq!(error_of(bench.refresh("rp", &tokens[copied].text).await), "invalid_grant");
            for token in &tokens {
                assert_eq!(error_of(bench.refresh("rp", &token.text).await), "invalid_grant");
            }
        }
    }
}
