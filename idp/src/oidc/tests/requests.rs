//! Authorization requests: what is refused, and where it is said.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::bench::{CHALLENGE, ISSUER, REDIRECT, VERIFIER, settings};
use super::{Bench, fields, pairs};
use crate::login::{Failed, Refusal};
use crate::oidc::authorize::{AuthorizeProblem, PageProblem};
use crate::oidc::{Begun, ResponseMode};
use crate::party::client::{ApplicationType, AuthMethod, Settings};

const GOOD: &[(&str, &str)] = &[
    ("client_id", "rp"),
    ("redirect_uri", REDIRECT),
    ("response_type", "code"),
    ("scope", "openid"),
    ("state", "s"),
    ("code_challenge", CHALLENGE),
    ("code_challenge_method", "S256"),
];

fn with<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut all: Vec<_> = GOOD.iter().copied().filter(|(name, _)| !changes.iter().any(|(other, _)| other == name)).collect();
    all.extend(changes);
    all
}

#[tokio::test]
async fn nothing_is_sent_to_addresses_that_are_not_registered() {
    let bench = Bench::new().await;
    let page = |changes: &[(&str, &str)]| bench.provider.authorize(&pairs(&with(changes))).err();
    assert_eq!(page(&[("client_id", "")]), Some(PageProblem::ClientMissing));
    assert_eq!(page(&[("client_id", "nobody")]), Some(PageProblem::ClientUnknown));
    assert_eq!(page(&[("client_id", "rp"), ("client_id", "rp")]), Some(PageProblem::ClientMissing));
    assert_eq!(page(&[("redirect_uri", "")]), Some(PageProblem::RedirectMissing));
    assert_eq!(page(&[("redirect_uri", REDIRECT), ("redirect_uri", REDIRECT)]), Some(PageProblem::RedirectMissing));
    for other in ["https://rp.example/cb/", "https://rp.example/cb?foo=bar", "https://evil.example/cb", "http://rp.example/cb"] {
        assert_eq!(page(&[("redirect_uri", other)]), Some(PageProblem::RedirectUnknown), "{other}");
        // Whatever else is wrong must not be told there either.
        assert_eq!(page(&[("redirect_uri", other), ("request", "x"), ("response_type", "")]), Some(PageProblem::RedirectUnknown));
    }
}

#[tokio::test]
async fn everything_else_is_told_the_client() {
    let bench = Bench::new().await;
    let answer = |changes: &[(&str, &str)]| match bench.provider.authorize(&pairs(&with(changes))).unwrap() {
        Begun::Answer(answer) => answer,
        Begun::SignIn(_) => panic!("accepted: {changes:?}"),
    };
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[("response_type", "")], "invalid_request"),
        (&[("response_type", "token")], "unsupported_response_type"),
        (&[("response_type", "code id_token")], "unsupported_response_type"),
        (&[("request", "x.y.z")], "request_not_supported"),
        (&[("request_uri", "https://rp.example/r")], "request_uri_not_supported"),
        (&[("scope", "")], "invalid_scope"),
        (&[("scope", "unknown")], "invalid_scope"),
        (&[("scope", "open\"id")], "invalid_scope"),
        (&[("code_challenge_method", "plain"), ("code_challenge", VERIFIER)], "invalid_request"),
        (&[("code_challenge_method", "")], "invalid_request"),
        (&[("code_challenge", "")], "invalid_request"),
        (&[("prompt", "none login")], "invalid_request"),
        (&[("prompt", "create")], "invalid_request"),
        (&[("max_age", "-1")], "invalid_request"),
        (&[("max_age", "soon")], "invalid_request"),
        (&[("claims", "[]")], "invalid_request"),
        (&[("id_token_hint", "x.y.z")], "invalid_request"),
        (&[("nonce", "n"), ("nonce", "n")], "invalid_request"),
        (&[("response_mode", "fragment")], "invalid_request"),
    ];
    for (changes, code) in cases {
        let answer = answer(changes);
        let fields = fields(&answer);
        assert_eq!(fields["error"], *code, "{changes:?}");
        assert_eq!((fields["state"].as_str(), fields["iss"].as_str()), ("s", ISSUER), "{changes:?}");
        assert!(!fields.contains_key("code"));
        assert!(answer.location().starts_with("https://rp.example/cb?error="), "{changes:?}");
    }
    let twice = answer(&[("state", "a"), ("state", "b")]);
    assert!(!fields(&twice).contains_key("state"));
    let posted = answer(&[("response_mode", "form_post"), ("prompt", "none login")]);
    assert_eq!((posted.mode(), posted.redirect_uri()), (ResponseMode::FormPost, REDIRECT));
}

#[tokio::test]
async fn unknown_and_empty_parameters_are_ignored() {
    let bench = Bench::new().await;
    let more = [("extra", "foobar"), ("extra", "x"), ("display", "popup"), ("ui_locales", "se de"), ("claims_locales", "se")];
    let sign_in = bench.begin("rp", &[&more[..], &[("acr_values", "1 2"), ("login_hint", "ada"), ("max_age", "15000")]].concat());
    assert_eq!(sign_in.ui_locales, ["se", "de"]);
    assert_eq!(sign_in.acr.values, ["1", "2"]);
    assert_eq!(sign_in.login_hint.as_deref(), Some("ada"));
    assert_eq!(sign_in.max_age.unwrap().as_secs(), 15000);
    assert!(!sign_in.party.trusted && sign_in.subject.is_none());
}

#[tokio::test]
async fn public_clients_and_those_who_must_need_pkce() {
    let bench = Bench::new().await;
    bench.client("strict", Settings { require_pkce: true, ..settings() }).await;
    let without = |client| with(&[("client_id", client), ("code_challenge", ""), ("code_challenge_method", "")]);
    for client in ["app", "strict"] {
        match bench.provider.authorize(&pairs(&without(client))).unwrap() {
            Begun::Answer(answer) => assert_eq!(answer.problem(), Some(AuthorizeProblem::PkceMissing)),
            Begun::SignIn(_) => panic!("{client} without PKCE"),
        }
    }
    assert!(matches!(bench.provider.authorize(&pairs(&without("rp"))), Ok(Begun::SignIn(_))));
}

#[tokio::test]
async fn native_clients_use_any_loopback_port() {
    let bench = Bench::new().await;
    let native = Settings {
        token_endpoint_auth_method: AuthMethod::None,
        application_type: ApplicationType::Native,
        redirect_uris: vec!["http://127.0.0.1/cb".to_owned()],
        grant_types: vec!["authorization_code".to_owned()],
        ..settings()
    };
    bench.client("native", native).await;
    let at = |uri| with(&[("client_id", "native"), ("redirect_uri", uri)]);
    assert!(matches!(bench.provider.authorize(&pairs(&at("http://127.0.0.1:51004/cb"))), Ok(Begun::SignIn(_))));
    assert_eq!(bench.provider.authorize(&pairs(&at("http://127.0.0.1:51004/other"))).err(), Some(PageProblem::RedirectUnknown));
}

#[tokio::test]
async fn offline_access_needs_consent_and_unknown_scopes_are_ignored() {
    let bench = Bench::new().await;
    let scopes = |more: &[(&str, &str)]| bench.begin("rp", more).ask.scopes.join(" ");
    assert_eq!(scopes(&[("scope", "email openid offline_access groups")]), "email openid");
    assert_eq!(scopes(&[("scope", "openid offline_access"), ("prompt", "consent")]), "openid offline_access");
}

#[tokio::test]
async fn hints_name_the_person_also_when_expired() {
    let bench = Bench::new().await;
    let hint = bench.tokens("rp", &[]).await.id_token.unwrap();
    bench.later(86_400);
    let person = bench.person().id;
    assert_eq!(bench.begin("rp", &[("id_token_hint", &hint), ("prompt", "none")]).subject, Some(person));
    let claims = format!(r#"{{"id_token":{{"sub":{{"value":"{person}"}}}}}}"#);
    assert_eq!(bench.begin("rp", &[("claims", &claims)]).subject, Some(person));
    let problem = |changes: &[(&str, &str)]| match bench.provider.authorize(&pairs(&with(changes))).unwrap() {
        Begun::Answer(answer) => answer.problem().unwrap(),
        Begun::SignIn(_) => panic!("accepted"),
    };
    assert_eq!(problem(&[("client_id", "post"), ("id_token_hint", &hint)]), AuthorizeProblem::Hint);
    let access = bench.tokens("rp", &[]).await.access_token;
    assert_eq!(problem(&[("id_token_hint", &access)]), AuthorizeProblem::Hint);
    let stranger = r#"{"id_token":{"sub":{"value":"somebody else"}}}"#;
    assert_eq!(problem(&[("claims", stranger)]), AuthorizeProblem::LoginRequired);
    assert_eq!(problem(&[("claims", stranger), ("id_token_hint", &hint)]), AuthorizeProblem::LoginRequired);
}

#[tokio::test]
async fn failures_go_back_with_state() {
    let bench = Bench::new().await;
    let sign_in = bench.begin("rp", &[("response_mode", "form_post")]);
    let failed = Failed { reason: Refusal::LoginRequired, party: sign_in.party, ticket: sign_in.ticket };
    let answer = bench.provider.answer_failure(&failed).unwrap();
    let fields = fields(&answer);
    assert_eq!((fields["error"].as_str(), fields["state"].as_str()), ("login_required", "s t"));
    assert_eq!(answer.mode(), ResponseMode::FormPost);
    let stale = Failed { ticket: "{}".to_owned(), ..failed };
    assert_eq!(bench.provider.answer_failure(&stale), Err(PageProblem::TicketVoid));
}

#[tokio::test]
async fn a_client_that_changed_meanwhile_is_not_answered() {
    let bench = Bench::new().await;
    let success = bench.authenticated(&bench.begin("rp", &[]));
    let other = Settings { redirect_uris: vec!["https://rp.example/other".to_owned()], ..settings() };
    let mut batch = db::Batch::new();
    bench.provider.clients.update(&mut batch, "rp", None, (other, true), super::NOW).await.unwrap();
    bench.db.write(batch).await.unwrap();
    bench.provider.clients.reload().await.unwrap();
    assert_eq!(bench.provider.answer_success(&bench.origin(), &success).await, Err(PageProblem::TicketVoid));
}

/// Values that somebody might try, and any text at all.
fn anything() -> impl Strategy<Value = String> {
    let known = [
        REDIRECT,
        CHALLENGE,
        "rp",
        "app",
        "code",
        "code token",
        "openid email",
        "none",
        "login",
        "S256",
        "plain",
        "query",
        "form_post",
        "fragment",
        "0",
        "{}",
        r#"{"id_token":{"acr":{"values":["2"],"essential":true}}}"#,
        "https://rp.example/cb/../evil",
        "https://rp.example/cb@evil.example",
        "//evil.example",
        "a.b.c",
        "\r\nLocation: https://evil.example",
    ];
    prop_oneof![3 => prop::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => "\\PC{0,30}"]
}

#[tokio::test]
async fn no_request_whatever_sends_a_browser_elsewhere() {
    let bench = Bench::new().await;
    let names = [
        "client_id",
        "redirect_uri",
        "response_type",
        "response_mode",
        "scope",
        "state",
        "nonce",
        "prompt",
        "max_age",
        "claims",
        "request",
        "acr_values",
        "code_challenge",
        "code_challenge_method",
        "id_token_hint",
        "login_hint",
        "ui_locales",
        "request_uri",
    ];
    let change = prop::collection::vec((prop::sample::select(names.to_vec()), anything()), 0..6);
    let mut runner = TestRunner::new(Config { cases: 2000, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&change, |changes| {
        let changes: Vec<(&str, &str)> = changes.iter().map(|(name, value)| (*name, value.as_str())).collect();
        match bench.provider.authorize(&pairs(&with(&changes))) {
            Err(_) | Ok(Begun::SignIn(_)) => {}
            Ok(Begun::Answer(answer)) => {
                prop_assert_eq!(answer.redirect_uri(), REDIRECT);
                let location = url::Url::parse(&answer.location()).unwrap();
                prop_assert_eq!(location.host_str(), Some("rp.example"));
                prop_assert!(!answer.location().contains(['\r', '\n']));
                prop_assert!(fields(&answer).contains_key("error") && !fields(&answer).contains_key("code"));
            }
        }
        Ok(())
    });
    outcome.unwrap();
}
