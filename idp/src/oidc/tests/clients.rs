//! Who may call the token endpoint.

use josekit::jwk::Jwk;
use josekit::jws::{EdDSA, JwsHeader, JwsSigner};
use josekit::jwt::{self, JwtPayload};
use kernel::{Class, Classified};
use serde_json::{Value, json};

use super::bench::{ISSUER, settings};
use super::{Bench, NOW, body, error_of};
use crate::oidc::{Call, Refusal, Tokens};
use crate::party::client::{AuthMethod, Settings};
use crate::ports::EventKind;

async fn call(bench: &Bench, authorization: Option<&str>, form: &str) -> Result<Tokens, Refusal> {
    let (origin, params) = (bench.origin(), body(form));
    bench.provider.token(Call { origin: &origin, authorization, params: &params }).await
}

const CC: &str = "grant_type=client_credentials";

#[tokio::test]
async fn a_client_acts_for_itself() {
    let bench = Bench::new().await;
    let tokens = bench.token("rp", &[("grant_type", "client_credentials")]).await.unwrap();
    assert_eq!((tokens.scope.as_str(), tokens.refresh_token, tokens.id_token), ("api:read", None, None));
    assert_eq!(error_of(bench.token("rp", &[("grant_type", "client_credentials"), ("scope", "openid")]).await), "invalid_scope");
    assert_eq!(error_of(bench.token("app", &[("grant_type", "client_credentials")]).await), "unauthorized_client");
    assert_eq!(error_of(bench.token("rp", &[("grant_type", "password")]).await), "unsupported_grant_type");
    assert_eq!(error_of(bench.token("rp", &[]).await), "invalid_request");
    assert_eq!(error_of(bench.token("rp", &[("grant_type", "refresh_token")]).await), "invalid_request");
    let twice = [("grant_type", "client_credentials"), ("grant_type", "client_credentials")];
    assert_eq!(error_of(bench.token("rp", &twice).await), "invalid_request");
}

#[tokio::test]
async fn every_wrong_way_is_the_same_invalid_client() {
    let bench = Bench::new().await;
    let wrong = data_encoding::BASE64.encode(b"rp:wrong");
    for (header, form) in [
        (None, CC.to_owned()),
        (None, format!("{CC}&client_id=rp")),
        (None, format!("{CC}&client_id=nobody")),
        (Some(format!("Basic {wrong}")), CC.to_owned()),
        (Some("Basic !".to_owned()), CC.to_owned()),
        // Registered for the header, not for the body.
        (None, format!("{CC}&client_id=rp&client_secret=a+secret+of+the+client")),
    ] {
        let refusal = call(&bench, header.as_deref(), &form).await.err().unwrap();
        assert_eq!((refusal.error(), refusal.class()), ("invalid_client", Class::Unauthenticated), "{form}");
        assert!(refusal.www_authenticate().unwrap().starts_with("Basic"), "{form}");
    }
    assert_eq!(bench.events(), [EventKind::ClientRefused]);
}

#[tokio::test]
async fn after_too_many_wrong_secrets_the_right_one_is_refused_too() {
    let bench = Bench::new().await;
    let wrong = format!("Basic {}", data_encoding::BASE64.encode(b"rp:wrong secret"));
    assert!(bench.token("rp", &[("grant_type", "client_credentials")]).await.is_ok());
    for _ in 0..3 {
        assert_eq!(error_of(call(&bench, Some(&wrong), CC).await), "invalid_client");
    }
    assert_eq!(error_of(bench.token("rp", &[("grant_type", "client_credentials")]).await), "invalid_client");
}

/// A signing client: its key, and what it signs.
struct Signing(Box<dyn JwsSigner>, Value);

impl Signing {
    fn new() -> Self {
        let pair = EdDSA.generate_key_pair(josekit::jwk::alg::ed::EdCurve::Ed25519).unwrap();
        let public: Jwk = pair.to_jwk_public_key();
        let mut public: Value = serde_json::from_str(&public.to_string()).unwrap();
        public["kid"] = json!("k1");
        Self(Box::new(EdDSA.signer_from_jwk(&pair.to_jwk_private_key()).unwrap()), json!({ "keys": [public] }))
    }

    fn assertion(&self, jti: &str, aud: &str, kid: &str) -> String {
        let mut header = JwsHeader::new();
        header.set_key_id(kid);
        let claims = json!({"iss": "signer", "sub": "signer", "aud": aud, "exp": NOW.seconds() + 60, "jti": jti});
        let payload = JwtPayload::from_map(claims.as_object().unwrap().clone()).unwrap();
        jwt::encode_with_signer(&payload, &header, &*self.0).unwrap()
    }
}

async fn assert_with(bench: &Bench, assertion: &str) -> Result<Tokens, Refusal> {
    let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    call(bench, None, &format!("{CC}&client_assertion_type={kind}&client_assertion={assertion}")).await
}

#[tokio::test]
async fn assertions_are_good_once() {
    for dialect in db::Dialect::ALL {
        let bench = Bench::on(dialect).await;
        let signing = Signing::new();
        let by_key = Settings { token_endpoint_auth_method: AuthMethod::PrivateKeyJwt, ..settings() };
        bench.client("signer", Settings { jwks: Some(signing.1.clone()), ..by_key }).await;
        let good = signing.assertion("1", ISSUER, "k1");
        assert!(assert_with(&bench, &good).await.is_ok());
        assert_eq!(error_of(assert_with(&bench, &good).await), "invalid_client", "{dialect:?}");
        assert!(assert_with(&bench, &signing.assertion("2", "https://id.example/oidc/token", "k1")).await.is_ok());
        assert_eq!(error_of(assert_with(&bench, &signing.assertion("3", "https://other.example", "k1")).await), "invalid_client");
        assert_eq!(error_of(assert_with(&bench, &signing.assertion("4", ISSUER, "k2")).await), "invalid_client");
        assert_eq!(error_of(assert_with(&bench, &Signing::new().assertion("5", ISSUER, "k1")).await), "invalid_client");
        assert_eq!(error_of(assert_with(&bench, "a.b.c").await), "invalid_client");
        // Spent also when the request is refused.
        let refused = signing.assertion("6", ISSUER, "k1");
        let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
        let form = format!("grant_type=password&client_assertion_type={kind}&client_assertion={refused}");
        assert_eq!(error_of(call(&bench, None, &form).await), "unsupported_grant_type");
        assert_eq!(error_of(assert_with(&bench, &refused).await), "invalid_client", "{dialect:?}");
    }
}

#[tokio::test]
async fn rotated_published_keys_are_fetched_again() {
    let bench = Bench::new().await;
    let (old, new) = (Signing::new(), Signing::new());
    let by_key = Settings { token_endpoint_auth_method: AuthMethod::PrivateKeyJwt, ..settings() };
    bench.client("signer", Settings { jwks_uri: Some("https://rp.example/jwks".to_owned()), ..by_key }).await;
    *bench.web.0.lock().unwrap() = old.1.clone();
    assert!(assert_with(&bench, &old.assertion("1", ISSUER, "k1")).await.is_ok());
    let mut rotated = new.1.clone();
    rotated["keys"][0]["kid"] = json!("k2");
    *bench.web.0.lock().unwrap() = rotated;
    // Fetched just now: not again so soon.
    assert_eq!(error_of(assert_with(&bench, &new.assertion("2", ISSUER, "k2")).await), "invalid_client");
    bench.later(11);
    assert!(assert_with(&bench, &new.assertion("2", ISSUER, "k2")).await.is_ok());
    assert_eq!(error_of(assert_with(&bench, &old.assertion("3", ISSUER, "k1")).await), "invalid_client");
}
