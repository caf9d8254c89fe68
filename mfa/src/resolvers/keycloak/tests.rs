//! Against a store that speaks as Keycloak's documentation says (Admin REST API; OpenID Connect token endpoint), which cannot run here.

use std::sync::Arc;

use serde_json::{Value, json};

use super::KIND;
use crate::resolvers::web::testing::{Asked, Reply, Store, build, env, hostile, json, logins};
use crate::resolvers::{Change, Env, Filter, Page, PasswordNote, Resolver, ResolverError};

const ALL: Page = Page { skip: 0, limit: 1_000 };
const TOKEN: &str = "/realms/my%20realm/protocol/openid-connect/token";
const USERS: &str = "/admin/realms/my%20realm/users";

fn user(id: &str) -> Value {
    let name = id.strip_prefix("id-").unwrap_or(id);
    json!({
        "id": id, "username": name, "firstName": name.to_uppercase(), "email": format!("{name}@example.org"), "enabled": name != "gone",
        "attributes": { "locale": ["de"] }, "access": { "view": true },
    })
}

fn keycloak(asked: &Asked) -> Reply {
    let refused = |status: u16, error: &str, text: &str| json(status, &json!({ "error": error, "error_description": text }));
    if (asked.method.as_str(), asked.path()) == ("POST", TOKEN) {
        assert_eq!(asked.header("authorization"), None, "no token goes with a password");
        return match (asked.field("username").as_deref(), asked.field("password").as_deref()) {
            _ if asked.field("client_id").as_deref() != Some("admin-cli") => refused(401, "invalid_client", "Invalid client"),
            (Some("svc"), Some("s&c")) | (Some("hans"), Some("ge&heim=")) => {
                json(200, &json!({ "access_token": "a.b.c", "expires_in": 60 }))
            }
            (Some("todo"), Some("x")) => refused(400, "invalid_grant", "Account is not fully set up"),
            (Some("gone"), _) => refused(400, "invalid_grant", "Account disabled"),
            _ => refused(401, "invalid_grant", "Invalid user credentials"),
        };
    }
    if asked.header("authorization") != Some("Bearer a.b.c") {
        return json(401, &json!({ "error": "HTTP 401 Unauthorized" }));
    }
    let everybody: Vec<String> =
        ["hans", "hansi", "gone", "todo"].into_iter().map(str::to_owned).chain((0..450).map(|n| format!("u{n:03}"))).collect();
    let number = |name: &str, usual: usize| asked.parameter(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let path = asked.path().strip_prefix(USERS).unwrap_or("/nowhere/at/all");
    let known = |id: &str| everybody.iter().any(|name| format!("id-{name}") == id);
    match (asked.method.as_str(), path.split('/').collect::<Vec<_>>().as_slice()) {
        ("GET", [""]) => {
            let wanted = asked.parameter("username").unwrap_or_default();
            let exact = asked.parameter("exact").as_deref() == Some("true");
            let found = everybody.iter().filter(|name| if exact { **name == wanted } else { name.contains(&wanted) });
            let page: Vec<Value> =
                found.skip(number("first", 0)).take(number("max", 100)).map(|name| user(&format!("id-{name}"))).collect();
            json(200, &Value::Array(page))
        }
        ("GET", ["", id]) if known(id) => json(200, &user(id)),
        ("GET", ["", id, "groups"]) if known(id) => json(200, &json!([{ "id": "g", "name": "staff", "path": "/staff" }])),
        ("POST", [""]) => (201, "", Some(String::new())),
        ("PUT" | "DELETE", ["", id]) if known(id) => (204, "", Some(String::new())),
        _ => json(404, &json!({ "error": "User not found" })),
    }
}

fn realm(env: &Env, store: &Store, more: &[(&str, &str)]) -> Arc<dyn Resolver> {
    let mut params = vec![("base_url", store.url.as_str()), ("realm", "my realm"), ("username", "svc"), ("password", "s&c")];
    params.extend(more);
    build(&KIND, env, &params).unwrap_or_else(|e| panic!("{e}"))
}

const GROUPS: (&str, &str) = (
    "config_get_user_groups",
    r#"{"active": true, "method": "GET", "endpoint": "/admin/realms/{realm}/users/{userid}/groups", "user_groups_attribute": "name"}"#,
);

#[tokio::test]
async fn people_of_a_realm() {
    let (env, _db) = env().await;
    let store = Store::start(keycloak).await;
    let people = realm(&env, &store, &[GROUPS]);
    let hans = people.find_login("Hans").await.unwrap().map(|entry| entry.login);
    assert_eq!(hans, None, "Keycloak compares exactly, in lower case");
    let hans = people.find_login("hans").await.unwrap().expect("hans");
    assert_eq!(hans.uid, "id-hans");
    assert_eq!(
        serde_json::to_value(&hans.attributes).unwrap(),
        json!({ "givenname": "HANS", "email": "hans@example.org", "groups": ["staff"] })
    );
    assert!(people.find_login("gone").await.unwrap().expect("gone").standing.disabled);
    for nobody in ["nobody", "hans&exact=false", "*", "han"] {
        assert_eq!(people.find_login(nobody).await.unwrap(), None, "{nobody}");
    }
    store.take();
    let uids: Vec<String> =
        (0..100).map(|n| format!("id-u{n:03}")).chain(["id-none".to_owned(), "..".to_owned(), "a/b".to_owned()]).collect();
    assert_eq!(people.find_many(&uids).await.unwrap().len(), 100);
    assert!(store.take().len() <= 102, "one question for each that can be asked for, and a token");
}

#[tokio::test]
async fn lists_have_pages() {
    let (env, _db) = env().await;
    let store = Store::start(keycloak).await;
    let people = realm(&env, &store, &[]);
    assert_eq!(people.search(&Filter::default(), ALL, Some(&[])).await.unwrap().len(), 454);
    let pages: Vec<Option<String>> =
        store.take().iter().filter(|asked| asked.path() == USERS).map(|asked| asked.parameter("first")).collect();
    assert_eq!(pages, ["0", "200", "400"].map(|first| Some(first.to_owned())));
    let by = |name: &str, pattern: &str| Filter { conditions: vec![(name.to_owned(), pattern.to_owned())] };
    assert_eq!(logins(&people.search(&by("username", "h*n*i"), ALL, None).await.unwrap()), ["hansi"]);
    assert_eq!(logins(&people.search(&by("email", "HANS@*"), ALL, None).await.unwrap()), ["hans"]);
    assert_eq!(logins(&people.search(&by("username", "hans"), ALL, None).await.unwrap()), ["hans"]);
    assert!(people.test().await.unwrap().starts_with("454 users were found: gone, hans, hansi, ..."));
}

#[tokio::test]
async fn passwords() {
    let (env, _db) = env().await;
    let store = Store::start(keycloak).await;
    let people = realm(&env, &store, &[]);
    for (name, password, expected) in [
        ("hans", "ge&heim=", (true, PasswordNote::None)),
        ("hans", "falsch", (false, PasswordNote::None)),
        ("hans", "x&username=svc&password=s%26c", (false, PasswordNote::None)),
        ("hans", "", (false, PasswordNote::None)),
        ("todo", "x", (false, PasswordNote::Demands)),
        ("todo", "y", (false, PasswordNote::None)),
        ("gone", "x", (false, PasswordNote::None)),
        ("none", "x", (false, PasswordNote::None)),
    ] {
        let check = people.check_password(&format!("id-{name}"), &password.into()).await.unwrap();
        assert_eq!((check.ok, check.note), expected, "{name} {password}");
    }
    // A token that does not tell whose it is counts for who has the name now.
    let opaque = ["id-hans".to_owned()];
    people.find_many(&opaque).await.unwrap();
    assert!(people.check_password("id-hans", &"ge&heim=".into()).await.unwrap().ok);
    let sent = store.take();
    assert!(sent.last().is_some_and(|asked| asked.path().ends_with("/id-hans")), "looked up once more");
    assert!(sent.iter().all(|asked| asked.field("password").as_deref() != Some("")), "an empty password never leaves");
    assert!(sent.iter().all(|asked| !asked.target.contains("heim")), "passwords are in no URL");
}

#[tokio::test]
async fn people_are_written() {
    let (env, _db) = env().await;
    let store = Store::start(keycloak).await;
    let people = realm(&env, &store, &[("Editable", "true")]);
    let mut batch = db::Batch::new();
    let mail = |mail: &str| vec![("email".to_owned(), Some(mail.into()))];
    people.change(&mut batch, "id-hans", Change { attributes: mail("new@example.org"), ..Change::default() }).await.unwrap();
    let put = store.take().into_iter().find(|asked| asked.method == "PUT").expect("a change");
    let put: Value = serde_json::from_str(&put.body).unwrap();
    // All of it, or Keycloak would forget the rest.
    assert_eq!(
        (&put["email"], &put["firstName"], &put["attributes"]),
        (&json!("new@example.org"), &json!("HANS"), &json!({ "locale": ["de"] }))
    );
    // One attribute beside others within the same object.
    let nested = realm(
        &env,
        &store,
        &[("Editable", "true"), ("attribute_mapping", r#"{"userid": "id", "username": "username", "unit": "attributes.unit"}"#)],
    );
    let unit = Change { attributes: vec![("unit".to_owned(), Some("IT".into()))], ..Change::default() };
    nested.change(&mut batch, "id-hans", unit).await.unwrap();
    let put = store.take().into_iter().find(|asked| asked.method == "PUT").expect("a change");
    let put: Value = serde_json::from_str(&put.body).unwrap();
    assert_eq!(put["attributes"], json!({ "locale": ["de"], "unit": "IT" }));
    let new = Change { password: Some("ge\"heim".into()), attributes: mail("neu@example.org"), ..Change::default() };
    let made = people.add(&mut batch, "neu", new).await;
    assert!(matches!(made, Err(ResolverError::Refused(_))), "this Keycloak does not show whom it made: {made:?}");
    let post = store.take().into_iter().find(|asked| asked.method == "POST" && asked.path() == USERS).expect("a new one");
    let post: Value = serde_json::from_str(&post.body).unwrap();
    let credentials = json!([{ "type": "password", "value": "ge\"heim", "temporary": false }]);
    assert_eq!(post, json!({ "username": "neu", "email": "neu@example.org", "enabled": true, "credentials": credentials }));
    people.remove(&mut batch, "id-hans").await.unwrap();
    let secret = Change { password: Some("x".into()), ..Change::default() };
    assert!(matches!(people.change(&mut batch, "id-hans", secret).await, Err(ResolverError::Refused(_))));
}

#[tokio::test]
async fn hostile_answers_let_nobody_in() {
    let (env, _db) = env().await;
    for (name, reply) in hostile() {
        let attacked = reply.clone();
        let store = Store::start(move |asked| match (asked.path(), asked.field("username").as_deref()) {
            (TOKEN, Some("svc")) => json(200, &json!({ "access_token": "t", "expires_in": 60 })),
            (TOKEN, _) => attacked.clone(),
            (path, _) if path.ends_with("/id-hans") => json(200, &user("id-hans")),
            _ => attacked.clone(),
        })
        .await;
        let people = realm(&env, &store, &[]);
        assert!(people.check_password("id-hans", &"geheim".into()).await.is_err(), "{name}");
        assert!(people.find_login("hans").await.is_err(), "{name}");
        assert!(people.search(&Filter::default(), ALL, None).await.is_err(), "{name}");
        let shut = Store::start(move |_| reply.clone()).await;
        assert!(realm(&env, &shut, &[]).find_login("hans").await.is_err(), "{name}");
    }
}

#[tokio::test]
async fn wrong_parameters_are_told() {
    let (env, _db) = env().await;
    for realm in ["", "a/b", "a?b", "..%2f"] {
        assert!(matches!(build(&KIND, &env, &[("realm", realm)]), Err(ResolverError::Parameters(_))), "{realm}");
    }
    assert!(build(&KIND, &env, &[("realm", "master")]).is_ok(), "the defaults are sound");
}
