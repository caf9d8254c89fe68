//! RP-initiated logout: who is believed, and where the browser goes.

use super::{Bench, error_of, pairs};
use crate::oidc::logout::LogoutProblem;
use crate::oidc::{EndSession, Ending};
use crate::session::Session;

const BYE: &str = "https://rp.example/bye";

async fn session(bench: &Bench) -> Session {
    bench.provider.sessions.by_id(bench.session, bench.clock.now()).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_hint_of_the_same_person_needs_no_question_also_when_expired() {
    let bench = Bench::new().await;
    let tokens = bench.tokens("rp", &[]).await;
    let hint = tokens.id_token.unwrap();
    bench.later(1200);
    let session = session(&bench).await;
    let params = pairs(&[("id_token_hint", &hint), ("post_logout_redirect_uri", BYE), ("state", "a b")]);
    let Ok(EndSession::Now(Some(id), ending)) = bench.provider.logout(&params, Some(&session)) else { panic!("a question") };
    assert_eq!((id, ending.redirect.as_deref()), (session.id, Some("https://rp.example/bye?state=a+b")));
    let mut batch = db::Batch::new();
    bench.provider.end_session(&mut batch, &bench.origin(), &session, &ending).await.unwrap();
    bench.provider.db.write(batch).await.unwrap();
    assert!(bench.provider.sessions.by_id(bench.session, bench.clock.now()).await.unwrap().is_none());
    assert_eq!(error_of(bench.refresh("rp", &tokens.refresh_token.unwrap()).await), "invalid_grant");

    let without = pairs(&[("id_token_hint", &hint), ("post_logout_redirect_uri", BYE)]);
    let Ok(EndSession::Now(None, ending)) = bench.provider.logout(&without, None) else { panic!("a question") };
    assert_eq!(ending.redirect.as_deref(), Some(BYE));
    let nowhere = pairs(&[("id_token_hint", &hint)]);
    assert!(matches!(bench.provider.logout(&nowhere, None), Ok(EndSession::Now(None, Ending { redirect: None, .. }))));
}

#[tokio::test]
async fn nothing_else_redirects() {
    let bench = Bench::new().await;
    let hint = bench.tokens("rp", &[]).await.id_token.unwrap();
    let session = session(&bench).await;
    let problem = |params: &[(&str, &str)]| bench.provider.logout(&pairs(params), Some(&session)).err();
    for other in ["https://rp.example/bye?foo=bar", "https://rp.example/", "https://evil.example/bye", "https://rp.example/cb"] {
        let params = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", other)];
        assert_eq!(problem(&params), Some(LogoutProblem::Redirect), "{other}");
    }
    let (head, rest) = hint.split_once('.').unwrap();
    let none = format!("{}.{}.", data_encoding::BASE64URL_NOPAD.encode(br#"{"alg":"none"}"#), rest.split('.').next().unwrap());
    let cut = format!("{head}.{rest}x");
    for bad in [none.as_str(), cut.as_str(), "nonsense", &bench.tokens("rp", &[]).await.access_token] {
        assert_eq!(problem(&[("id_token_hint", bad), ("post_logout_redirect_uri", BYE)]), Some(LogoutProblem::Hint));
    }
    assert_eq!(problem(&[("id_token_hint", &hint), ("client_id", "post")]), Some(LogoutProblem::Client));
    assert_eq!(problem(&[("client_id", "nobody")]), Some(LogoutProblem::Client));
    assert_eq!(problem(&[("state", "a"), ("state", "b")]), Some(LogoutProblem::Malformed));
}

#[tokio::test]
async fn without_a_hint_the_person_is_asked() {
    let bench = Bench::new().await;
    let session = session(&bench).await;
    let ask = |params: &[(&str, &str)], session: Option<&Session>| match bench.provider.logout(&pairs(params), session) {
        Ok(EndSession::Ask(ending)) => ending.redirect,
        other => panic!("no question: {other:?}"),
    };
    // No client is named: nowhere to go, even though the address is registered for somebody.
    assert_eq!(ask(&[("post_logout_redirect_uri", BYE)], Some(&session)), None);
    assert_eq!(ask(&[], Some(&session)), None);
    assert_eq!(ask(&[("state", "s")], Some(&session)), None);
    let named = [("client_id", "rp"), ("post_logout_redirect_uri", BYE)];
    assert_eq!(ask(&named, Some(&session)).as_deref(), Some(BYE));
    assert_eq!(ask(&named, None).as_deref(), Some(BYE));
    assert!(matches!(bench.provider.logout(&pairs(&[]), None), Ok(EndSession::Now(None, Ending { redirect: None, .. }))));
}

#[tokio::test]
async fn a_hint_of_somebody_else_does_not_end_the_session() {
    let bench = Bench::new().await;
    let session = session(&bench).await;
    bench.people.0.lock().unwrap().id = kernel::ids::PersonId::new(&kernel::Entropy::system(), super::NOW);
    let hint = bench.tokens("rp", &[]).await.id_token.unwrap();
    let params = pairs(&[("id_token_hint", &hint), ("post_logout_redirect_uri", BYE)]);
    assert!(matches!(bench.provider.logout(&params, Some(&session)), Ok(EndSession::Ask(_))));
}
