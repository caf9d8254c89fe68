//! What we sign, verified by libraries that know nothing of us.

use openidconnect::core::{CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet, CoreJwsSigningAlgorithm};
use openidconnect::{AccessToken, AccessTokenHash, ClientId, IssuerUrl, Nonce};
use serde_json::{Map, Value, json};

use super::bench::{ISSUER, settings};
use super::{Bench, NOW};
use crate::party::client::jwks::KeySet;
use crate::party::client::{IdTokenAlg, Settings};

fn claims(bench: &Bench, token: &str) -> Map<String, Value> {
    KeySet::read(&bench.provider.jwks()).unwrap().verify(token).unwrap()
}

fn header(token: &str) -> Value {
    serde_json::from_slice(&data_encoding::BASE64URL_NOPAD.decode(token.split('.').next().unwrap().as_bytes()).unwrap()).unwrap()
}

#[tokio::test]
async fn openidconnect_accepts_our_id_tokens() {
    let bench = Bench::new().await;
    // Its clock is the machine's.
    bench.clock.set(kernel::Clock::system().now());
    for alg in [IdTokenAlg::Rs256, IdTokenAlg::Es256, IdTokenAlg::EdDsa] {
        let name = format!("rp-{}", alg.name());
        bench.client(&name, Settings { id_token_signed_response_alg: alg, ..settings() }).await;
        let tokens =
            bench.tokens(&name, &[("nonce", "n-0S6_WzA2Mj"), ("scope", "openid offline_access"), ("prompt", "consent")]).await;
        let keys: CoreJsonWebKeySet = serde_json::from_value(bench.provider.jwks()).unwrap();
        let issuer = IssuerUrl::new(ISSUER.to_owned()).unwrap();
        let verifier = CoreIdTokenVerifier::new_public_client(ClientId::new(name.clone()), issuer, keys).set_allowed_algs([
            CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
            CoreJwsSigningAlgorithm::EcdsaP256Sha256,
            CoreJwsSigningAlgorithm::EdDsa,
        ]);
        let token: CoreIdToken = tokens.id_token.unwrap().parse().unwrap();
        let seen = token.claims(&verifier, &Nonce::new("n-0S6_WzA2Mj".to_owned())).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(seen.subject().as_str(), bench.person().id.to_string());
        if alg != IdTokenAlg::EdDsa {
            let signing = token.signing_alg().unwrap();
            let key = token.signing_key(&verifier).unwrap();
            let hash = AccessTokenHash::from_token(&AccessToken::new(tokens.access_token), signing, key).unwrap();
            assert_eq!(Some(&hash), seen.access_token_hash());
        }
    }
}

#[tokio::test]
async fn an_id_token_says_what_it_must_and_nothing_more() {
    let bench = Bench::new().await;
    let tokens = bench.tokens("rp", &[("nonce", "n"), ("scope", "openid profile email")]).await;
    let first = claims(&bench, &tokens.id_token.clone().unwrap());
    let names: std::collections::BTreeSet<&str> = first.keys().map(String::as_str).collect();
    let wanted = ["acr", "amr", "at_hash", "aud", "auth_time", "exp", "iat", "iss", "nonce", "sid", "sub"];
    assert_eq!(names, wanted.into());
    assert_eq!((&first["iss"], &first["aud"], &first["nonce"]), (&json!(ISSUER), &json!("rp"), &json!("n")));
    assert_eq!((&first["iat"], &first["exp"]), (&json!(NOW.seconds()), &json!(NOW.seconds() + 600)));
    assert_eq!((&first["acr"], &first["amr"]), (&json!("2"), &json!(["pwd", "otp", "mfa"])));
    let head = header(&tokens.id_token.unwrap());
    assert_eq!(head["alg"], "RS256");
    assert!(head["kid"].is_string());

    bench.later(5);
    let again = bench.refresh("rp", &tokens.refresh_token.unwrap()).await.unwrap();
    let second = claims(&bench, &again.id_token.unwrap());
    for same in ["iss", "sub", "aud", "auth_time", "acr", "sid"] {
        assert_eq!(first[same], second[same], "{same}");
    }
    assert!(!second.contains_key("nonce") && first["iat"] != second["iat"]);
    assert!(bench.tokens("rp", &[("scope", "email")]).await.id_token.is_none());
    let quiet = bench.tokens("rp", &[]).await;
    assert!(!claims(&bench, &quiet.id_token.unwrap()).contains_key("nonce"));
}

#[tokio::test]
async fn access_tokens_follow_rfc_9068() {
    let bench = Bench::new().await;
    bench.client("api", Settings { audiences: vec!["https://api.example".to_owned()], ..settings() }).await;
    let token = bench.tokens("api", &[]).await.access_token;
    let (head, body) = (header(&token), claims(&bench, &token));
    assert_eq!((&head["typ"], &head["alg"]), (&json!("at+jwt"), &json!("ES256")));
    assert_eq!((&body["iss"], &body["client_id"]), (&json!(ISSUER), &json!("api")));
    assert_eq!(body["aud"], json!(["https://api.example", ISSUER]));
    assert_eq!((&body["sub"], &body["scope"]), (&json!(bench.person().id), &json!("openid profile email")));
    assert!(body["jti"].is_string() && body["exp"].is_number());
    let machine = bench.token("api", &[("grant_type", "client_credentials")]).await.unwrap();
    let body = claims(&bench, &machine.access_token);
    assert_eq!((&body["sub"], &body["aud"]), (&json!("api"), &json!(["https://api.example"])));
    assert!(!body.contains_key("auth_time"));
}

#[tokio::test]
async fn published_keys_are_public_and_distinct() {
    let bench = Bench::new().await;
    let jwks = bench.provider.jwks();
    let keys = jwks["keys"].as_array().unwrap();
    let kids: std::collections::BTreeSet<_> = keys.iter().map(|key| key["kid"].as_str().unwrap()).collect();
    assert_eq!(kids.len(), keys.len());
    for secret in ["d", "p", "q", "k"] {
        assert!(keys.iter().all(|key| key.get(secret).is_none()));
    }
}
