//! Rules of a client, from a sign-in to its tokens.

use serde_json::{Value, json};

use super::bench::settings;
use super::{Bench, fields};
use crate::claims::Rule;
use crate::party::client::Settings;

fn payload(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&data_encoding::BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap()
}

/// With the client `mapped` under these rules, and a person with these attributes.
async fn bench(rules: Value, attributes: Value) -> Bench {
    let bench = Bench::new().await;
    let claims: Vec<Rule> = serde_json::from_value(rules).unwrap();
    let mut scopes = settings().scopes;
    scopes.push("groups".to_owned());
    bench.client("mapped", Settings { claims, scopes, ..settings() }).await;
    bench.people.0.lock().unwrap().attributes = serde_json::from_value(attributes).unwrap();
    bench
}

#[tokio::test]
async fn rules_reach_every_place_and_refreshed_tokens() {
    let rules = json!([
        {"claim": "groups", "match": "app-*", "strip": "app-", "multiple": true, "scope": "groups",
         "in": ["id_token", "userinfo", "access_token"]},
        {"claim": "tenant", "constant": "acme", "in": ["access_token"]},
        {"claim": "display", "template": "{given} ({username})"},
    ]);
    let bench = bench(rules, json!({"groups": ["app-a", "staff", "app-b"], "given": "Ada", "iss": "x", "sub": "y"})).await;
    let sign_in = bench.begin("mapped", &[("scope", "openid groups")]);
    assert_eq!(sign_in.ask.claims, ["tenant", "display"], "people are asked about what no scope tells them");
    let tokens = bench.tokens("mapped", &[("scope", "openid groups")]).await;
    let groups = json!(["a", "b"]);
    for tokens in [&tokens, &bench.refresh("mapped", tokens.refresh_token.as_ref().unwrap()).await.unwrap()] {
        let (id, access) = (payload(tokens.id_token.as_ref().unwrap()), payload(&tokens.access_token));
        assert_eq!((&id["groups"], id.get("tenant")), (&groups, None));
        assert_eq!((&access["groups"], &access["tenant"]), (&groups, &json!("acme")));
        assert_eq!((&access["iss"], &access["sub"]), (&json!(super::bench::ISSUER), &json!(bench.person().id)));
        let about = bench.userinfo(&tokens.access_token).await.unwrap();
        assert_eq!((&about["groups"], &about["display"]), (&groups, &json!("Ada (ada)")));
    }
    let less = bench.tokens("mapped", &[("scope", "openid")]).await;
    assert_eq!(payload(&less.access_token).get("groups"), None);
    let other = bench.tokens("rp", &[("scope", "openid")]).await;
    assert_eq!(payload(&other.access_token).get("tenant"), None, "rules are those of one client");
}

#[tokio::test]
async fn nobody_signs_in_without_a_required_claim() {
    let rules = json!([{"claim": "groups", "match": "app-*", "multiple": true, "scope": "groups", "required": true}]);
    let bench = bench(rules, json!({"groups": ["staff"]})).await;
    let success = bench.authenticated(&bench.begin("mapped", &[("scope", "openid groups")]));
    let answer = bench.provider.answer_success(&bench.origin(), &success).await.unwrap();
    assert_eq!(fields(&answer)["error"], "access_denied");
    assert!(!fields(&answer).contains_key("code"));
    let success = bench.authenticated(&bench.begin("mapped", &[("scope", "openid")]));
    let answer = bench.provider.answer_success(&bench.origin(), &success).await.unwrap();
    assert!(fields(&answer).contains_key("code"), "its scope was not granted");
    bench.people.0.lock().unwrap().attributes.insert("groups".to_owned(), json!("app-a"));
    let success = bench.authenticated(&bench.begin("mapped", &[("scope", "openid groups")]));
    assert!(fields(&bench.provider.answer_success(&bench.origin(), &success).await.unwrap()).contains_key("code"));
}

#[tokio::test]
async fn a_value_cannot_break_a_token() {
    let rules = json!([{"claim": "groups", "multiple": true, "in": ["id_token", "access_token"]}, {"claim": "nick", "in": ["id_token", "access_token"]}]);
    let many: Vec<String> = (0..5000).map(|n| format!("group-{n}")).collect();
    let bench = bench(rules, json!({"groups": many, "nick": "\"},{\"sub\":\"root\"\r\n</script>"})).await;
    let tokens = bench.tokens("mapped", &[("scope", "openid")]).await;
    let (id, access) = (payload(tokens.id_token.as_ref().unwrap()), payload(&tokens.access_token));
    assert_eq!((id.get("groups"), access.get("groups")), (None, None), "too many for a token: none at all");
    assert_eq!((&id["sub"], &id["nick"]), (&json!(bench.person().id), &json!("\"},{\"sub\":\"root\"\r\n</script>")));
    assert!(bench.userinfo(&tokens.access_token).await.is_ok());
}
