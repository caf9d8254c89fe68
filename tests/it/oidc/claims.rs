//! Rules of claims, from the management API to tokens: what is explained is what is released.

use axum::body::Body;
use db::Dialect;
use serde_json::{Value, json};

use super::attacks::{authorize, redeem};
use crate::support::{Api, Browser, PASSWORD, TestApp, request};

db::on_every_database![
    what_is_explained_is_what_is_released,
    wrong_rules_are_all_named_and_change_nothing,
    a_required_claim_bars_who_has_none,
    hostile_values_harm_nobody,
    explaining_is_a_right_and_leaves_a_record,
];

const RULES: &str = r#"[
    {"claim": "groups", "match": "app-*", "strip": "app-", "multiple": true, "scope": "groups", "in": ["id_token", "userinfo", "access_token"]},
    {"claim": "display", "template": "{surname:upper}, {givenname}"},
    {"claim": "tenant", "constant": "acme", "in": ["access_token"]},
    {"claim": "email", "attribute": ["work_mail", "email"], "in": ["id_token", "userinfo"]}
]"#;

/// `hans` with these attributes, and the application `notes` with these rules.
async fn house(on: Dialect, attributes: Value, rules: &str) -> TestApp {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let api = Api::admin(&app).await;
    let names: Vec<&str> = attributes.as_object().unwrap().keys().map(String::as_str).collect();
    let own = [("type", "internalresolver"), ("Attributes", &*names.join(","))];
    api.post("/resolver/internal", &own).await.ok();
    let mut change = attributes;
    change["user"] = json!("hans");
    change["resolver"] = json!("internal");
    assert_eq!(api.raw("PUT", "/user/", "application/json", change.to_string()).await.status, 200);
    api.post("/oidcclient/notes", &[("claims", rules), ("scopes", "openid email profile groups")]).await.ok();
    app
}

fn payload(token: &Value) -> Value {
    let part = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&data_encoding::BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap()
}

/// ID token, UserInfo and access token of a whole sign-in.
async fn released(app: &TestApp, scope: &str) -> [Value; 3] {
    let back = Browser::fresh(app).sign_in(&authorize(&[("scope", scope)])).await;
    let code = back.parameter("code").unwrap_or_else(|| panic!("{} {}", back.status, back.location()));
    let tokens = redeem(app, "notes", &code, &[]).await.json();
    let asked =
        request("GET", "/oidc/userinfo").header("authorization", format!("Bearer {}", tokens["access_token"].as_str().unwrap()));
    let answer = app.send(asked.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.header("content-type").split(';').next(), Some("application/json"));
    [payload(&tokens["id_token"]), answer.json(), payload(&tokens["access_token"])]
}

async fn explained(api: &Api<'_>, scope: &str) -> Value {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs([("user", "hans"), ("scope", scope)]).finish();
    api.get(&format!("/oidcclient/notes/claims?{query}")).await.ok()
}

async fn what_is_explained_is_what_is_released(on: Dialect) {
    let hans = json!({"groups": ["staff", "app-readers", "app-admins"], "givenname": "Hans", "surname": "Gr\u{fc}n", "work_mail": "h@work.example"});
    let app = house(on, hans, RULES).await;
    let api = Api::admin(&app).await;
    for scope in ["openid", "openid groups", "openid email profile groups"] {
        let (said, released) = (explained(&api, scope).await, released(&app, scope).await);
        for (to, released) in ["id_token", "userinfo", "access_token"].into_iter().zip(&released) {
            for (claim, value) in said[to].as_object().unwrap() {
                assert_eq!(&released[claim], value, "{to} {claim} with {scope}");
            }
            for claim in said["claims"].as_array().unwrap() {
                let name = claim["claim"].as_str().unwrap();
                assert_eq!(released.get(name).is_some(), claim["in"][to] == "released", "{to} {name} with {scope}: {claim}");
            }
        }
    }
    let [id, about, access] = released(&app, "openid email groups").await;
    assert_eq!((&id["groups"], &access["groups"]), (&json!(["readers", "admins"]), &json!(["readers", "admins"])));
    assert_eq!((&about["display"], &about["email"]), (&json!("GR\u{dc}N, Hans"), &json!("h@work.example")));
    assert_eq!((&access["tenant"], id.get("tenant"), &id["email"]), (&json!("acme"), None, &json!("h@work.example")));
    let said = explained(&api, "openid payroll").await;
    assert_eq!(said["ignored_scopes"], json!(["payroll"]));
    let of = |name: &str| said["claims"].as_array().unwrap().iter().find(|claim| claim["claim"] == name).unwrap().clone();
    let groups = of("groups");
    assert_eq!(groups["attributes"], json!([{"name": "groups", "from": "resolver internal"}]));
    assert_eq!((&groups["rule"], &groups["left_out"]), (&json!("rule 1"), &json!(["staff"])));
    assert_eq!(groups["in"]["id_token"], "the scope groups is not granted");
    assert_eq!(of("nickname")["missing"], "the person has no value in nickname");
    assert_eq!(of("preferred_username")["attributes"][0]["from"], "this service");
}

async fn wrong_rules_are_all_named_and_change_nothing(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let api = Api::admin(&app).await;
    let wrong = r#"[{"claim":"sub","constant":"root"},{"claim":"x","template":"{{7*7}}"},{"claim":"y","scope":"payroll"},{"claim":"z\u0000"}]"#;
    let answer = api.post("/oidcclient/notes", &[("claims", wrong)]).await;
    assert_eq!(answer.error(), (400, 905));
    for part in ["rule 1", "only the provider", "rule 2", "rule 3", "not among", "rule 4"] {
        assert!(answer.text.contains(part), "{part}: {}", answer.text);
    }
    for claim in ["iss", "aud", "exp", "iat", "nonce", "acr", "amr", "sid", "at_hash", "cnf", "client_id", "scope", "jti", "azp"]
    {
        let rule = json!({"claims": [{"claim": claim, "constant": "x"}]});
        let answer = api.raw("POST", "/oidcclient/notes", "application/json", rule.to_string()).await;
        assert_eq!(answer.error(), (400, 905), "{claim}");
    }
    for bad in [r#"[{"claim":"x","code":"1+1"}]"#, r#"{"claim":"x"}"#, "[", "\"x\"", r#"["x"]"#] {
        assert_eq!(api.post("/oidcclient/notes", &[("claims", bad)]).await.error(), (400, 905), "{bad}");
    }
    assert!(api.get("/oidcclient/notes").await.ok()["notes"].get("claims").is_none());
    let given = json!({"claims": [{"claim": "x", "constant": 1}]});
    assert_eq!(api.raw("POST", "/oidcclient/notes", "application/json", given.to_string()).await.status, 200);
    assert_eq!(api.get("/oidcclient/notes").await.ok()["notes"]["claims"], given["claims"]);
    api.post("/oidcclient/notes", &[("claims", "[]")]).await.ok();
    assert!(api.get("/oidcclient/notes").await.ok()["notes"].get("claims").is_none());
}

async fn a_required_claim_bars_who_has_none(on: Dialect) {
    let rules = r#"[{"claim": "groups", "match": "app-*", "multiple": true, "required": true}]"#;
    let app = house(on, json!({"groups": ["staff"]}), rules).await;
    let back = Browser::fresh(&app).sign_in(&authorize(&[("scope", "openid")])).await;
    assert_eq!(back.parameter("error").as_deref(), Some("access_denied"), "{}", back.location());
    assert!(back.location().starts_with("https://notes.example/cb?") && back.parameter("code").is_none());
    let api = Api::admin(&app).await;
    assert_eq!(explained(&api, "openid").await["refused_without"], "groups");
    let grown = json!({"user": "hans", "resolver": "internal", "groups": ["app-a"]});
    assert_eq!(api.raw("PUT", "/user/", "application/json", grown.to_string()).await.status, 200);
    assert_eq!(released(&app, "openid").await[1]["groups"], json!(["app-a"]));
}

async fn hostile_values_harm_nobody(on: Dialect) {
    let html = "</script><script>alert(1)</script>{{7*7}}{realm}\r\nSet-Cookie: a=b";
    let rules = r#"[{"claim":"nick","in":["id_token","userinfo","access_token"]},{"claim":"both","template":"{nick} of {realm}"},
        {"claim":"huge","in":["id_token","userinfo","access_token"]},{"claim":"long","template":"{huge}{huge}"}]"#;
    let app = house(on, json!({"nick": html, "huge": "x".repeat(40_000)}), rules).await;
    let [id, about, access] = released(&app, "openid").await;
    assert_eq!((&id["nick"], &about["nick"], &access["nick"]), (&json!(html), &json!(html), &json!(html)));
    assert_eq!(about["both"], format!("{html} of default"));
    for released in [&id, &about, &access] {
        assert!(released.get("huge").is_none() && released.get("long").is_none());
    }
    let api = Api::admin(&app).await;
    let said = explained(&api, "openid").await;
    let huge = said["claims"].as_array().unwrap().iter().find(|claim| claim["claim"] == "huge").unwrap();
    assert_eq!(huge["missing"], "the value is too long");
    let change = async |nick: &str| {
        let change = json!({"user": "hans", "resolver": "internal", "nick": nick});
        api.raw("PUT", "/user/", "application/json", change.to_string()).await.status.as_u16()
    };
    assert_eq!(change(&"x".repeat(1_000_000)).await, 400);
    assert_eq!(change("a\u{0}b").await, 200);
    let [id, about, access] = released(&app, "openid").await;
    for released in [&id, &about, &access] {
        assert!(released.get("nick").is_none() && released.get("both").is_none());
    }
}

async fn explaining_is_a_right_and_leaves_a_record(on: Dialect) {
    let app = house(on, json!({"groups": ["app-a"]}), RULES).await;
    let api = Api::admin(&app).await;
    let path = "/oidcclient/notes/claims?user=hans";
    assert_eq!(api.get(path).await.status, 200);
    let audit = api.get("/audit/?action=*claims*&user=hans").await.ok();
    let row = &audit["auditdata"][0];
    assert_eq!((&row["user"], &row["administrator"]), (&json!("hans"), &json!("admin")), "{audit}");
    assert!(row["info"].as_str().unwrap().contains("client notes"), "{row}");
    assert_eq!(api.get("/oidcclient/none/claims?user=hans").await.error(), (404, 601));
    assert_eq!(api.get("/oidcclient/notes/claims?user=nobody").await.error(), (400, 904));
    assert_eq!(api.get("/oidcclient/notes/claims").await.error(), (400, 905));
    assert_eq!(api.get("/oidcclient/notes/claims?user=hans&scope=%22").await.error(), (400, 905));
    assert_eq!(api.get("/oidcclient/notes/claims?user=hans&claims=%5B%5D").await.error(), (400, 905));
    assert_eq!(Api::sign_in(&app, "hans", PASSWORD).await.get(path).await.error(), (401, 4306));
    api.post("/resolver/second", &[("type", "internalresolver")]).await.ok();
    api.post("/realm/elsewhere", &[("resolvers", "second")]).await.ok();
    // Who may read applications may not therefore look into people; and who may, only into those of their realms.
    for (action, realm, wanted) in
        [("oidcclientread", "", 403), ("oidcclientclaims", "elsewhere", 403), ("oidcclientclaims", "default", 200)]
    {
        let policy = [("scope", "admin"), ("action", &*format!("{action}, policywrite")), ("realm", realm), ("active", "true")];
        api.post("/policy/superuser", &[("scope", "admin"), ("action", "policywrite, policyread")]).await.ok();
        api.post("/policy/look", &policy).await.ok();
        assert_eq!(api.get(path).await.status, wanted, "{action} {realm}");
    }
}
