//! UserInfo, introspection, revocation.

use serde_json::{Map, Value, json};

use super::bench::{SECRET, settings};
use super::{Bench, body, error_of};
use crate::oidc::{Call, Refusal};
use crate::party::client::{IntrospectionRule, Settings};
use kernel::{Class, Classified};

fn basic(client: &str) -> String {
    format!("Basic {}", data_encoding::BASE64.encode(format!("{client}:{}", SECRET.replace(' ', "+")).as_bytes()))
}

async fn introspect(bench: &Bench, client: &str, token: &str) -> Result<Map<String, Value>, Refusal> {
    let (origin, header, params) = (bench.origin(), basic(client), body(&format!("token={token}")));
    bench.provider.introspect(Call { origin: &origin, authorization: Some(&header), params: &params }).await
}

async fn revoke(bench: &Bench, client: &str, token: &str) -> Result<(), Refusal> {
    let (origin, header, params) = (bench.origin(), basic(client), body(&format!("token={token}")));
    bench.provider.revoke(Call { origin: &origin, authorization: Some(&header), params: &params }).await
}

#[tokio::test]
async fn userinfo_gives_the_claims_of_the_scopes() {
    let bench = Bench::new().await;
    let token = bench.tokens("rp", &[("scope", "openid email")]).await.access_token;
    let wanted = json!({"sub": bench.person().id, "email": "ada@example.org"});
    assert_eq!(Value::Object(bench.userinfo(&token).await.unwrap()), wanted);
    let form = body(&format!("access_token={token}"));
    assert!(bench.provider.userinfo(&bench.origin(), None, Some(&form)).await.is_ok());
    let all = bench.tokens("rp", &[("scope", "openid profile")]).await.access_token;
    let all = bench.userinfo(&all).await.unwrap();
    assert_eq!(
        (&all["name"], &all["preferred_username"], &all["nickname"]),
        (&json!("Ada Lovelace"), &json!("ada"), &json!("al"))
    );
}

#[tokio::test]
async fn claims_named_one_by_one_go_where_they_are_wanted() {
    let bench = Bench::new().await;
    let claims = r#"{"userinfo":{"name":{"essential":true}},"id_token":{"email":null,"phone_number":null}}"#;
    let sign_in = bench.begin("rp", &[("scope", "openid"), ("claims", claims)]);
    // The phone number belongs to a scope that this client may not have: nobody is asked for it.
    assert_eq!(sign_in.ask.claims, ["name", "email"]);
    let tokens = bench.tokens("rp", &[("scope", "openid"), ("claims", claims)]).await;
    let about = bench.userinfo(&tokens.access_token).await.unwrap();
    assert_eq!((about.get("name"), about.get("email")), (Some(&json!("Ada Lovelace")), None));
    let payload = tokens.id_token.unwrap();
    let payload = data_encoding::BASE64URL_NOPAD.decode(payload.split('.').nth(1).unwrap().as_bytes()).unwrap();
    let id_token: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!((&id_token["email"], id_token.get("name")), (&json!("ada@example.org"), None));
}

#[tokio::test]
async fn userinfo_refuses_with_the_right_challenge() {
    let bench = Bench::new().await;
    let refusal = |header: Option<&'static str>| {
        let bench = &bench;
        async move { bench.provider.userinfo(&bench.origin(), header, None).await.err().unwrap() }
    };
    let missing = refusal(None).await;
    assert_eq!((missing.class(), missing.www_authenticate().as_deref()), (Class::Unauthenticated, Some("Bearer")));
    let bad = refusal(Some("Bearer nonsense")).await;
    assert!(bad.www_authenticate().unwrap().starts_with("Bearer error=\"invalid_token\""));
    let machine = bench.token("rp", &[("grant_type", "client_credentials")]).await.unwrap();
    assert_eq!(error_of(bench.userinfo(&machine.access_token).await), "insufficient_scope");
    let id_token = bench.tokens("rp", &[]).await.id_token.unwrap();
    assert_eq!(error_of(bench.userinfo(&id_token).await), "invalid_token");
    let expiring = bench.tokens("rp", &[]).await.access_token;
    bench.later(600);
    assert_eq!(error_of(bench.userinfo(&expiring).await), "invalid_token");
}

#[tokio::test]
async fn introspection_tells_those_who_may_know() {
    let bench = Bench::new().await;
    bench.client("gateway", Settings { introspection: IntrospectionRule::Any, ..settings() }).await;
    bench.client("other", settings()).await;
    let tokens = bench.tokens("rp", &[]).await;
    let about = introspect(&bench, "rp", &tokens.access_token).await.unwrap();
    assert_eq!((&about["active"], &about["username"], &about["client_id"]), (&json!(true), &json!("ada"), &json!("rp")));
    assert_eq!(about["sub"], json!(bench.person().id));
    assert_eq!(introspect(&bench, "gateway", &tokens.access_token).await.unwrap()["active"], true);
    let inactive = json!({"active": false});
    assert_eq!(Value::Object(introspect(&bench, "other", &tokens.access_token).await.unwrap()), inactive);
    let refresh = tokens.refresh_token.unwrap();
    assert_eq!(introspect(&bench, "rp", &refresh).await.unwrap()["active"], true);
    assert_eq!(Value::Object(introspect(&bench, "gateway", &refresh).await.unwrap()), inactive);
    assert_eq!(Value::Object(introspect(&bench, "rp", "nonsense").await.unwrap()), inactive);
    let origin = bench.origin();
    let public = body("client_id=app&token=x");
    assert_eq!(
        error_of(bench.provider.introspect(Call { origin: &origin, authorization: None, params: &public }).await),
        "invalid_client"
    );
    bench.people.0.lock().unwrap().enabled = false;
    assert_eq!(Value::Object(introspect(&bench, "rp", &tokens.access_token).await.unwrap()), inactive);
}

#[tokio::test]
async fn revocation_of_a_refresh_token_kills_the_family() {
    let bench = Bench::new().await;
    bench.client("other", settings()).await;
    let tokens = bench.tokens("rp", &[]).await;
    let refresh = tokens.refresh_token.unwrap();
    assert_eq!(error_of(revoke(&bench, "other", &refresh).await), "unauthorized_client");
    assert_eq!(error_of(revoke(&bench, "other", &tokens.access_token).await), "unauthorized_client");
    assert!(revoke(&bench, "rp", "nonsense").await.is_ok());
    assert!(bench.userinfo(&tokens.access_token).await.is_ok());
    revoke(&bench, "rp", &refresh).await.unwrap();
    assert_eq!(error_of(bench.userinfo(&tokens.access_token).await), "invalid_token");
    assert_eq!(error_of(bench.refresh("rp", &refresh).await), "invalid_grant");

    let tokens = bench.tokens("rp", &[]).await;
    revoke(&bench, "rp", &tokens.access_token).await.unwrap();
    assert_eq!(error_of(bench.userinfo(&tokens.access_token).await), "invalid_token");
    assert!(bench.refresh("rp", &tokens.refresh_token.unwrap()).await.is_ok());
}

#[tokio::test]
async fn withdrawn_consent_and_deleted_clients_end_tokens() {
    let bench = Bench::new().await;
    let tokens = bench.tokens("rp", &[]).await;
    let mut batch = db::Batch::new();
    bench.provider.end_grants(&mut batch, bench.person().id, "rp", bench.clock.now());
    bench.db.write(batch).await.unwrap();
    assert_eq!(error_of(bench.userinfo(&tokens.access_token).await), "invalid_token");
    let tokens = bench.tokens("rp", &[]).await;
    let mut batch = db::Batch::new();
    bench.provider.clients.delete(&mut batch, "rp", bench.clock.now()).await.unwrap();
    bench.db.write(batch).await.unwrap();
    bench.provider.clients.reload().await.unwrap();
    assert_eq!(error_of(bench.userinfo(&tokens.access_token).await), "invalid_token");
    bench.client("rp", settings()).await;
    assert_eq!(error_of(bench.userinfo(&tokens.access_token).await), "invalid_token");
}

#[tokio::test]
async fn old_rows_are_purged() {
    let bench = Bench::new().await;
    bench.tokens("rp", &[]).await;
    assert_eq!(bench.provider.purge(bench.clock.now()).await.unwrap(), 0);
    bench.later(400 * 86_400);
    // Code, access token, refresh token, grant.
    assert_eq!(bench.provider.purge(bench.clock.now()).await.unwrap(), 4);
}
