//! Codes: bound to everything, once, for a minute.

use std::sync::Arc;

use db::Dialect;

use super::bench::{REDIRECT, VERIFIER, redemption};
use super::{Bench, error_of, fields};
use crate::login::ConsentAsk;
use crate::ports::EventKind;

#[tokio::test]
async fn a_code_gives_tokens_once_and_a_replay_ends_them() {
    let bench = Bench::new().await;
    let code = bench.code("rp", &[]).await;
    assert_eq!(code.len(), 43);
    let tokens = bench.redeem("rp", &code).await.unwrap();
    assert_eq!((tokens.token_type, tokens.expires_in, tokens.scope.as_str()), ("Bearer", 600, "openid profile email"));
    assert!(bench.userinfo(&tokens.access_token).await.is_ok());
    bench.later(30);
    assert_eq!(error_of(bench.redeem("rp", &code).await), "invalid_grant");
    assert_eq!(error_of(bench.userinfo(&tokens.access_token).await), "invalid_token");
    assert_eq!(error_of(bench.refresh("rp", &tokens.refresh_token.unwrap()).await), "invalid_grant");
    assert_eq!(bench.events(), [EventKind::TokenIssued, EventKind::CodeReplayed]);
}

#[tokio::test]
async fn codes_are_bound_to_client_address_time_and_verifier() {
    let bench = Bench::new().await;
    let code = bench.code("rp", &[]).await;
    let redeem = |params: Vec<(&'static str, String)>| {
        let bench = &bench;
        async move {
            let params: Vec<_> = params.iter().map(|(n, v)| (*n, v.as_str())).collect();
            error_of(bench.token("rp", &params).await)
        }
    };
    let params = |code: &str, uri: &str, verifier: &str| {
        let grant = ("grant_type", "authorization_code".to_owned());
        vec![grant, ("code", code.to_owned()), ("redirect_uri", uri.to_owned()), ("code_verifier", verifier.to_owned())]
    };
    assert_eq!(error_of(bench.redeem("post", &code).await), "invalid_grant");
    assert_eq!(redeem(params("nonsense", REDIRECT, VERIFIER)).await, "invalid_grant");
    assert_eq!(redeem(params(&code, "https://rp.example/other", VERIFIER)).await, "invalid_grant");
    assert_eq!(redeem(params(&code, REDIRECT, &VERIFIER.replace('d', "e"))).await, "invalid_grant");
    // PKCE downgrade: a challenge without its verifier.
    assert_eq!(redeem(params(&code, REDIRECT, "")).await, "invalid_grant");
    assert_eq!(redeem(params(&code, "", VERIFIER)).await, "invalid_request");
    assert_eq!(redeem(params("", REDIRECT, VERIFIER)).await, "invalid_request");
    // None of this has used it up.
    assert!(bench.redeem("rp", &code).await.is_ok());

    // The other downgrade: somebody has taken the challenge from the request.
    let plain = bench.code("rp", &[("code_challenge", ""), ("code_challenge_method", "")]).await;
    assert_eq!(redeem(params(&plain, REDIRECT, VERIFIER)).await, "invalid_grant");
    assert_eq!(redeem(params(&plain, REDIRECT, "")).await, "no error");

    let late = bench.code("rp", &[]).await;
    bench.later(60);
    assert_eq!(error_of(bench.redeem("rp", &late).await), "invalid_grant");
}

#[tokio::test]
async fn a_code_of_somebody_disabled_or_of_another_epoch_is_worth_nothing() {
    let bench = Bench::new().await;
    let code = bench.code("rp", &[]).await;
    bench.people.0.lock().unwrap().auth_epoch += 1;
    assert_eq!(error_of(bench.redeem("rp", &code).await), "invalid_grant");
    let code = bench.code("rp", &[]).await;
    bench.people.0.lock().unwrap().enabled = false;
    assert_eq!(error_of(bench.redeem("rp", &code).await), "invalid_grant");
}

#[tokio::test]
async fn only_what_was_granted_is_in_it() {
    let bench = Bench::new().await;
    let sign_in = bench.begin("rp", &[("scope", "openid email profile")]);
    let granted = ConsentAsk { scopes: vec!["openid".to_owned(), "email".to_owned()], claims: Vec::new() };
    let success = bench.authenticated(&sign_in).granting(granted);
    let answer = bench.provider.answer_success(&bench.origin(), &success).await.unwrap();
    let tokens = bench.redeem("rp", &fields(&answer)["code"]).await.unwrap();
    assert_eq!(tokens.scope, "openid email");
    assert!(!bench.userinfo(&tokens.access_token).await.unwrap().contains_key("name"));
}

#[tokio::test]
async fn a_sign_in_for_another_party_gives_no_code() {
    let bench = Bench::new().await;
    let mut sign_in = bench.begin("rp", &[]);
    sign_in.party = bench.begin("post", &[]).party;
    let answer = bench.provider.answer_success(&bench.origin(), &bench.authenticated(&sign_in)).await.unwrap();
    assert_eq!(fields(&answer)["error"], "server_error");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_redemptions_succeed_exactly_once_on_every_database() {
    for dialect in Dialect::ALL {
        let bench = Arc::new(Bench::on(dialect).await);
        for _ in 0..3 {
            let code = bench.code("rp", &[]).await;
            let tries = (0..20).map(|_| {
                let (bench, code) = (bench.clone(), code.clone());
                tokio::spawn(async move { bench.token("rp", &redemption(&code)).await })
            });
            let mut good = Vec::new();
            for one in tries.collect::<Vec<_>>() {
                match one.await.unwrap() {
                    Ok(tokens) => good.push(tokens),
                    Err(refusal) => assert_eq!(refusal.error(), "invalid_grant", "{dialect:?}: {refusal}"),
                }
            }
            assert_eq!(good.len(), 1, "{dialect:?}");
            // The others were replays.
            assert_eq!(error_of(bench.userinfo(&good[0].access_token).await), "invalid_token", "{dialect:?}");
        }
    }
}
