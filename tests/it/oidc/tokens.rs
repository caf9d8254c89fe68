//! Attacks with tokens, answers and requests of the provider.

use axum::body::Body;
use db::Dialect;
use serde_json::Value;

use super::attacks::{authorize, code, invalid_grant, redeem, refused, token};
use crate::support::{Answer, Api, Browser, CLIENT_SECRET, PASSWORD, TestApp, request};

db::on_every_database![
    every_token_opens_its_own_door_alone,
    forged_access_tokens_are_refused,
    credentials_in_the_address_count_for_nothing,
    posted_answers_are_text,
    requests_by_reference_are_not_followed,
    copies_are_noticed_across_nodes,
    somebody_else_s_token_signs_nobody_out,
];

/// Signs `hans` in and redeems the code for everything that `notes` can have.
async fn all_tokens(app: &TestApp) -> Value {
    let mut browser = Browser::fresh(app);
    let mut back = browser.sign_in(&authorize(&[("prompt", "consent")])).await;
    if back.parameter("code").is_none() {
        let path = back.location().to_owned();
        let page = browser.get(&path).await;
        back = browser.answer(&path, &page, &[("accept", "1")]).await;
    }
    let tokens = redeem(app, "notes", &back.parameter("code").unwrap(), &[]).await;
    assert_eq!(tokens.status, 200, "{}", tokens.text);
    tokens.json()
}

fn text<'a>(tokens: &'a Value, name: &str) -> &'a str {
    tokens[name].as_str().unwrap_or_else(|| panic!("no {name} in {tokens}"))
}

async fn userinfo(app: &TestApp, token: &str) -> u16 {
    let asked = request("GET", "/oidc/userinfo").header("authorization", format!("Bearer {token}"));
    app.send(asked.body(Body::empty()).unwrap()).await.status.as_u16()
}

async fn introspected(app: &TestApp, token: &str) -> Value {
    let basic = data_encoding::BASE64.encode(format!("notes:{CLIENT_SECRET}").as_bytes());
    let asked = request("POST", "/oidc/introspect")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("authorization", format!("Basic {basic}"));
    app.send(asked.body(Body::from(format!("token={token}"))).unwrap()).await.json()
}

async fn refreshed(app: &TestApp, token: &str) -> Answer {
    self::token(app, "notes", &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
}

async fn every_token_opens_its_own_door_alone(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let tokens = all_tokens(&app).await;
    let api = Api::sign_in(&app, "hans", PASSWORD).await;
    let spent = code(&app, &[]).await;
    assert_eq!(userinfo(&app, text(&tokens, "access_token")).await, 200);
    for other in [text(&tokens, "id_token"), text(&tokens, "refresh_token"), &api.token, &spent] {
        assert_eq!(userinfo(&app, other).await, 401, "{other}");
    }
    for token in [text(&tokens, "id_token"), &api.token, &spent] {
        assert_eq!(introspected(&app, token).await, serde_json::json!({ "active": false }), "{token}");
    }
    for token in [text(&tokens, "access_token"), text(&tokens, "id_token"), text(&tokens, "refresh_token"), &spent] {
        assert_eq!(Api::with(&app, token).get("/auth/rights").await.error(), (401, 4304), "{token}");
        assert_eq!(
            refused(&redeem(&app, "notes", token, &[]).await).0,
            400 * u16::from(token != spent) + 200 * u16::from(token == spent)
        );
    }
    for token in [text(&tokens, "access_token"), text(&tokens, "id_token"), &api.token] {
        assert_eq!(refused(&refreshed(&app, token).await), invalid_grant(), "{token}");
    }
}

async fn forged_access_tokens_are_refused(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let tokens = all_tokens(&app).await;
    let good = text(&tokens, "access_token");
    let encode = |bytes: &[u8]| data_encoding::BASE64URL_NOPAD.encode(bytes);
    let decode = |part: &str| data_encoding::BASE64URL_NOPAD.decode(part.as_bytes()).unwrap();
    let parts: Vec<&str> = good.split('.').collect();
    let header: Value = serde_json::from_slice(&decode(parts[0])).unwrap();
    let mut claims: Value = serde_json::from_slice(&decode(parts[1])).unwrap();
    claims["scope"] = "openid email profile".into();
    let altered = encode(claims.to_string().as_bytes());
    let jwk = app.get("/oidc/jwks").await.json()["keys"].as_array().unwrap().iter().find(|k| k["kid"] == header["kid"]).cloned();
    let mut forged = vec![format!("{}.{altered}.{}", parts[0], parts[2]), format!("{}.{}.", parts[0], parts[1])];
    for alg in ["none", "HS256", "RS256"] {
        let mut header = header.clone();
        header["alg"] = alg.into();
        let signed = format!("{}.{altered}", encode(header.to_string().as_bytes()));
        // The published key as the secret of a MAC, and a key that comes along.
        let key = openssl::pkey::PKey::hmac(jwk.clone().unwrap_or_default().to_string().as_bytes()).unwrap();
        let mut signer = openssl::sign::Signer::new(openssl::hash::MessageDigest::sha256(), &key).unwrap();
        signer.update(signed.as_bytes()).unwrap();
        forged.push(format!("{signed}.{}", encode(&signer.sign_to_vec().unwrap())));
        forged.push(format!("{signed}."));
        header["jwk"] = serde_json::json!({ "kty": "oct", "k": "AAAA" });
        header["jku"] = "https://evil.example/keys".into();
        forged.push(format!("{}.{altered}.{}", encode(header.to_string().as_bytes()), parts[2]));
    }
    for token in forged {
        assert_eq!(userinfo(&app, &token).await, 401, "{token}");
        assert_eq!(introspected(&app, &token).await, serde_json::json!({ "active": false }), "{token}");
    }
    assert_eq!(userinfo(&app, good).await, 200);
}

async fn credentials_in_the_address_count_for_nothing(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let tokens = all_tokens(&app).await;
    let access = text(&tokens, "access_token");
    assert_eq!(app.get(&format!("/oidc/userinfo?access_token={access}")).await.status, 401);
    let api = Api::admin(&app).await.token;
    for name in ["token", "Authorization", "PI-Authorization", "access_token", "auth_token"] {
        assert_eq!(app.get(&format!("/realm/?{name}={api}")).await.error(), (401, 4033), "{name}");
    }
    let query = format!("client_id=notes&client_secret={CLIENT_SECRET}&grant_type=client_credentials");
    let form = request("POST", &format!("/oidc/token?{query}")).header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(refused(&app.send(form.body(Body::empty()).unwrap()).await), (401, "invalid_client".to_owned()));
    let form = request("POST", &format!("/oidc/token?{query}")).header("content-type", "application/x-www-form-urlencoded");
    let body = Body::from("grant_type=authorization_code&code=x&redirect_uri=x");
    assert_eq!(refused(&app.send(form.body(body).unwrap()).await), (401, "invalid_client".to_owned()));
}

async fn posted_answers_are_text(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let state = "\"></form><script>alert(1)</script><form action='https://evil.example/'>&amp;";
    let asked = authorize(&[("response_mode", "form_post"), ("prompt", "none"), ("state", state)]);
    let answer = Browser::fresh(&app).get(&asked).await;
    assert_eq!(answer.status, 200);
    assert!(!answer.text.contains("<script>alert") && !answer.text.contains("action='https://evil"), "{}", answer.text);
    assert_eq!(answer.text.matches("<form").count(), answer.text.matches("</form>").count());
    assert!(answer.text.contains("action=\"https://notes.example/cb\""), "{}", answer.text);
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("form-action 'self' https://notes.example https:;") && !policy.contains("evil"), "{policy}");
    for mode in ["fragment", "query.jwt", "form_post.jwt", "jwt", "web_message", "FORM_POST", "query "] {
        let answer = Browser::fresh(&app).get(&authorize(&[("response_mode", mode)])).await;
        assert_eq!(answer.parameter("error").as_deref(), Some("invalid_request"), "{mode}");
    }
}

async fn requests_by_reference_are_not_followed(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let unsigned = "eyJhbGciOiJub25lIn0.eyJyZWRpcmVjdF91cmkiOiJodHRwczovL2V2aWwuZXhhbXBsZS8ifQ.";
    for (name, value, code) in [
        ("request", unsigned, "request_not_supported"),
        ("request_uri", "http://169.254.169.254/latest/meta-data/", "request_uri_not_supported"),
        ("request_uri", "urn:ietf:params:oauth:request_uri:x", "request_uri_not_supported"),
    ] {
        let answer = Browser::fresh(&app).get(&authorize(&[(name, value)])).await;
        assert_eq!(answer.parameter("error").as_deref(), Some(code), "{name}");
        assert!(answer.location().starts_with("https://notes.example/cb?"), "{}", answer.location());
        let without = Browser::fresh(&app).get(&authorize(&[(name, value), ("redirect_uri", "")])).await;
        assert!(without.location().is_empty() && without.status.is_client_error(), "{name} brings its own address");
    }
}

async fn copies_are_noticed_across_nodes(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let other = app.second_node().await;
    let spent = code(&app, &[]).await;
    let first = redeem(&app, "notes", &spent, &[]).await.json();
    assert_eq!(refused(&redeem(&other, "notes", &spent, &[]).await), invalid_grant());
    assert_eq!(userinfo(&app, text(&first, "access_token")).await, 401, "what came of a code that was copied");

    let tokens = all_tokens(&app).await;
    let stolen = text(&tokens, "refresh_token").to_owned();
    let second = refreshed(&other, &stolen).await.json();
    let third = refreshed(&app, text(&second, "refresh_token")).await.json();
    // The successor was used: the thief comes too late, by whichever door, and betrays the theft.
    assert_eq!(refused(&refreshed(&other, &stolen).await), invalid_grant());
    for node in [&app, &other] {
        assert_eq!(refused(&refreshed(node, text(&third, "refresh_token")).await), invalid_grant());
        for tokens in [&tokens, &second, &third] {
            assert_eq!(userinfo(node, text(tokens, "access_token")).await, 401);
        }
    }
}

async fn somebody_else_s_token_signs_nobody_out(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    app.operate(&mfa::people::ops::AddUser, &[("user", "eve"), ("resolver", "internal"), ("password", "the-password-of-eve")])
        .await;
    let mut eve = Browser::fresh(&app);
    let (path, page) = eve.begin(&authorize(&[])).await;
    let back = eve.answer(&path, &page, &[("username", "eve"), ("password", "the-password-of-eve")]).await;
    let hers = redeem(&app, "notes", &back.parameter("code").unwrap(), &[]).await.json();
    let mut hans = Browser::fresh(&app);
    hans.sign_in(&authorize(&[])).await;
    let still_in =
        async |browser: &mut Browser<'_>| browser.get(&authorize(&[("prompt", "none")])).await.parameter("code").is_some();
    let hint = text(&hers, "id_token");
    for query in [
        format!("id_token_hint={hint}"),
        format!("id_token_hint={hint}&post_logout_redirect_uri=https%3A%2F%2Fnotes.example%2Fbye"),
        format!("id_token_hint={hint}&client_id=other"),
        format!("id_token_hint={hint}&client_id=other&post_logout_redirect_uri=https%3A%2F%2Fnotes.example%2Fbye"),
        format!("id_token_hint={}", text(&hers, "access_token")),
    ] {
        let answer = hans.get(&format!("/oidc/logout?{query}")).await;
        assert!(answer.location().is_empty(), "{query}: {}", answer.location());
        assert!(still_in(&mut hans).await, "{query}");
    }
    // Their own token of another application neither, when it names a third.
    let own = redeem(&app, "notes", &hans.get(&authorize(&[])).await.parameter("code").unwrap(), &[]).await.json();
    let answer = hans.get(&format!("/oidc/logout?client_id=other&id_token_hint={}", text(&own, "id_token"))).await;
    assert!(answer.status.is_client_error() && still_in(&mut hans).await);
}
