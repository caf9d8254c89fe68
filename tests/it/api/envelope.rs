use db::Dialect;
use openssl::hash::MessageDigest;
use openssl::rsa::Padding;
use openssl::sign::{RsaPssSaltlen, Verifier};
use serde_json::Value;

use crate::support::{Api, TestApp};

db::on_every_database![
    answers_and_errors_are_signed_with_the_nonce_inside,
    keys_are_sorted_and_text_is_ascii,
    signatures_can_be_left_out,
    malformed_bodies_are_refused_without_effect,
    cookies_open_nothing,
];

/// The public key for answers, as clients hold it.
fn response_key(app: &TestApp) -> openssl::pkey::PKey<openssl::pkey::Public> {
    let set = app.app.ring.jwks(&[keys::Use::Response]);
    let key = &set["keys"][0];
    let number = |name: &str| {
        let bytes = data_encoding::BASE64URL_NOPAD.decode(key[name].as_str().unwrap().as_bytes()).unwrap();
        openssl::bn::BigNum::from_slice(&bytes).unwrap()
    };
    let rsa = openssl::rsa::Rsa::from_public_components(number("n"), number("e")).unwrap();
    openssl::pkey::PKey::from_rsa(rsa).unwrap()
}

fn verifies(app: &TestApp, document: &Value) -> bool {
    let mut unsigned = document.clone();
    let signature = unsigned.as_object_mut().unwrap().remove("signature").unwrap();
    let hex = signature.as_str().unwrap().strip_prefix("rsa_sha256_pss:").unwrap();
    let key = response_key(app);
    let mut verifier = Verifier::new(MessageDigest::sha256(), &key).unwrap();
    verifier.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
    verifier.set_rsa_pss_saltlen(RsaPssSaltlen::MAXIMUM_LENGTH).unwrap();
    verifier.update(symbolon::api::python_json::text(&unsigned).as_bytes()).unwrap();
    verifier.verify(&data_encoding::HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).unwrap()).unwrap()
}

async fn answers_and_errors_are_signed_with_the_nonce_inside(on: Dialect) {
    let app = TestApp::new(on).await;
    let api = Api::admin(&app).await;
    for path in ["/realm/?nonce=abc123", "/nothing-known/?nonce=abc123", "/realm/?nonce=%C3%A4%22"] {
        let answer = api.get(path).await;
        if answer.text.contains("Not found") {
            continue;
        }
        let document = answer.json();
        assert!(verifies(&app, &document), "{path}");
        assert!(document["nonce"].is_string(), "{path}");
    }
    let error = Api::anonymous(&app).get("/realm/?nonce=n1").await.json();
    assert_eq!(error["nonce"], "n1");
    assert!(verifies(&app, &error));
}

async fn keys_are_sorted_and_text_is_ascii(on: Dialect) {
    let app = TestApp::new(on).await;
    let answer = Api::admin(&app).await.get("/realm/?nonce=%C3%BC").await;
    assert!(answer.text.is_ascii());
    let positions: Vec<usize> =
        ["\"id\"", "\"jsonrpc\"", "\"nonce\"", "\"result\"", "\"signature\"", "\"time\"", "\"version\"", "\"versionnumber\""]
            .iter()
            .map(|name| answer.text.find(&format!("{name}: ")).unwrap())
            .collect();
    assert!(positions.is_sorted(), "{}", answer.text);
}

async fn signatures_can_be_left_out(on: Dialect) {
    let never = TestApp::with(on, &[("api.sign_responses", "never")]).await;
    assert!(Api::admin(&never).await.get("/realm/?nonce=x").await.json().get("signature").is_none());
    let nonce = TestApp::with(on, &[("api.sign_responses", "nonce")]).await;
    let api = Api::admin(&nonce).await;
    assert!(api.get("/realm/").await.json().get("signature").is_none());
    assert!(api.get("/realm/?nonce=x").await.json()["signature"].is_string());
}

async fn malformed_bodies_are_refused_without_effect(on: Dialect) {
    let app = TestApp::new(on).await;
    let api = Api::admin(&app).await;
    for (kind, body) in [
        ("application/json", "{\"a\":".to_owned()),
        ("application/json", "[]".to_owned()),
        ("application/json", format!("{{\"a\":{}1{}}}", "[".repeat(100), "]".repeat(100))),
        ("application/x-www-form-urlencoded", "a=1&".repeat(0) + &(0..400).map(|n| format!("p{n}=1&")).collect::<String>()),
    ] {
        let answer = api.raw("POST", "/policy/x", kind, body.clone()).await;
        assert_eq!(answer.error(), (400, 905), "{kind} {}", &body[..body.len().min(40)]);
    }
    let big = api.raw("POST", "/policy/x", "application/json", format!("{{\"a\":\"{}\"}}", "x".repeat(2 << 20))).await;
    assert_eq!(big.status, 413);
    assert_eq!(
        api.get("/policy/").await.json()["result"]["value"].as_array().unwrap().iter().filter(|p| p["name"] == "x").count(),
        0
    );
}

async fn cookies_open_nothing(on: Dialect) {
    let app = TestApp::new(on).await;
    let api = Api::admin(&app).await;
    let request = crate::support::request("GET", "/realm/")
        .header("cookie", format!("symbolon_session={0}; PI-Authorization={0}; Authorization={0}", api.token))
        .body(axum::body::Body::empty())
        .unwrap();
    assert_eq!(app.send(request).await.error(), (401, 4033));
}
