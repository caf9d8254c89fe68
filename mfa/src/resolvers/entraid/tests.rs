//! Against a store that speaks as the documentation of Microsoft Graph and of the identity platform says, which cannot run here.

use std::sync::Arc;

use serde_json::{Value, json};

use super::KIND;
use crate::resolvers::web::testing::{Asked, Reply, Store, build, env, hostile, json, logins};
use crate::resolvers::{Change, Env, Filter, Page, PasswordNote, Resolver, ResolverError};

const ALL: Page = Page { skip: 0, limit: 1_000 };
const TOKEN: &str = "/contoso.example/oauth2/v2.0/token";

fn id(n: usize) -> String {
    format!("00000000-0000-4000-8000-{n:012}")
}

fn user(n: usize) -> Value {
    json!({
        "id": id(n), "userPrincipalName": format!("u{n}@contoso.example"), "givenName": format!("Given{n}"), "mail": null,
        "businessPhones": [format!("+1 {n}")], "accountEnabled": n != 3,
    })
}

/// What Graph does with `$select`.
fn selected(asked: &Asked, user: &Value) -> Value {
    let names = asked.parameter("$select").unwrap_or_default();
    let kept = user.as_object().into_iter().flatten().filter(|(name, _)| names.split(',').any(|wanted| wanted == *name));
    Value::Object(kept.map(|(name, value)| (name.clone(), value.clone())).collect())
}

fn graph(asked: &Asked) -> Reply {
    if asked.path() == TOKEN {
        assert_eq!(asked.header("authorization"), None, "no token goes with a password");
        let wrong = |code: u32| {
            json(
                400,
                &json!({ "error": "invalid_grant", "error_description": format!("AADSTS{code}: no"), "error_codes": [code] }),
            )
        };
        if asked.field("client_id").as_deref() != Some("app") || asked.field("client_secret").as_deref() != Some("s+c") {
            return json(401, &json!({ "error": "invalid_client", "error_codes": [7_000_215] }));
        }
        return match (
            asked.field("grant_type").as_deref(),
            asked.field("username").as_deref(),
            asked.field("password").as_deref(),
        ) {
            (Some("client_credentials"), None, None) => {
                json(200, &json!({ "token_type": "Bearer", "expires_in": 3599, "access_token": "g" }))
            }
            (Some("password"), Some("u1@contoso.example"), Some("ge&heim")) => json(200, &json!({ "access_token": "u" })),
            (Some("password"), Some("u2@contoso.example"), Some("ge&heim")) => wrong(50076),
            (Some("password"), Some("u3@contoso.example"), _) => wrong(50057),
            _ => wrong(50126),
        };
    }
    if asked.header("authorization") != Some("Bearer g") {
        return json(401, &json!({ "error": { "code": "InvalidAuthenticationToken" } }));
    }
    let page = |users: Vec<usize>| json!({ "value": users.into_iter().map(|n| selected(asked, &user(n))).collect::<Vec<_>>() });
    let path: Vec<&str> = asked.path().trim_start_matches("/v1.0/").split('/').collect();
    let known = |name: &str| (0..40).find(|n| name == id(*n) || name.eq_ignore_ascii_case(&format!("u{n}%40contoso.example")));
    match (asked.method.as_str(), path.as_slice(), asked.parameter("$filter")) {
        ("GET", ["users"], Some(filter)) => {
            if asked.parameter("$count").as_deref() != Some("true") || asked.header("consistencylevel") != Some("eventual") {
                return json(400, &json!({ "error": { "code": "Request_UnsupportedQuery" } }));
            }
            match filter.strip_prefix("id in (").and_then(|list| list.strip_suffix(')')) {
                Some(list) => {
                    let ids: Vec<&str> = list.split(',').map(|id| id.trim_matches('\'')).collect();
                    assert!(ids.len() <= 15, "Graph takes no more");
                    json(200, &page((0..40).filter(|n| ids.contains(&id(*n).as_str())).collect()))
                }
                None if filter == "startswith(userPrincipalName,'u1')" => json(200, &page(vec![1, 10, 11, 12])),
                None => json(200, &page(Vec::new())),
            }
        }
        ("GET", ["users"], None) => json(200, &page((0..40).collect())),
        ("GET", ["users", name], _) if known(name).is_some() => {
            json(200, &selected(asked, &user(known(name).unwrap_or_default())))
        }
        ("GET", ["users", name, "memberOf"], _) if known(name).is_some() => json(
            200,
            &json!({ "value": [
                { "@odata.type": "#microsoft.graph.group", "displayName": "Staff" },
                { "@odata.type": "#microsoft.graph.directoryRole", "displayName": "Global Administrator" },
            ] }),
        ),
        ("PATCH" | "DELETE", ["users", name], _) if known(name).is_some() => (204, "", Some(String::new())),
        ("POST", ["users"], _) => json(201, &json!({ "id": id(77), "userPrincipalName": "new@contoso.example" })),
        _ => json(404, &json!({ "error": { "code": "Request_ResourceNotFound", "message": "not here" } })),
    }
}

fn params<'a>(api: &'a str, authority: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut params = vec![
        ("base_url", api),
        ("authority", authority),
        ("tenant", "contoso.example"),
        ("client_id", "app"),
        ("client_secret", "s+c"),
    ];
    for (name, value) in more {
        params.retain(|(known, _)| known != name);
        params.push((name, value));
    }
    params
}

fn tenant(env: &Env, store: &Store, more: &[(&str, &str)]) -> Arc<dyn Resolver> {
    let (api, authority) = (format!("{}/v1.0", store.url), format!("{}/{{tenant}}", store.url));
    build(&KIND, env, &params(&api, &authority, more)).unwrap_or_else(|e| panic!("{e}"))
}

const GROUPS: (&str, &str) = (
    "config_get_user_groups",
    r#"{"active": true, "method": "GET", "endpoint": "/users/{userid}/memberOf", "user_groups_attribute": "displayName", "pi_user_groups_key": "groups"}"#,
);

#[tokio::test]
async fn people_of_a_tenant() {
    let (env, _db) = env().await;
    let store = Store::start(graph).await;
    let people = tenant(&env, &store, &[GROUPS]);
    let one = people.find_login("U1@contoso.example").await.unwrap().expect("u1");
    assert_eq!((one.uid, one.login.as_str(), one.standing.disabled), (id(1), "u1@contoso.example", false));
    assert_eq!(
        serde_json::to_value(&one.attributes).unwrap(),
        json!({ "givenname": "Given1", "phone": ["+1 1"], "groups": ["Staff"] })
    );
    let scope = store.take().iter().find_map(|asked| asked.field("scope"));
    assert_eq!(scope, Some(format!("{}/.default", store.url)));
    assert!(people.find_login("u3@contoso.example").await.unwrap().expect("u3").standing.disabled);
    for nobody in
        ["nobody@contoso.example", "u1@contoso.example/memberOf", "$value", "../users", "delta", "u1@contoso.example?$select=id"]
    {
        assert_eq!(people.find_login(nobody).await.unwrap(), None, "{nobody}");
    }
}

#[tokio::test]
async fn many_people_are_few_questions() {
    let (env, _db) = env().await;
    let store = Store::start(graph).await;
    let people = tenant(&env, &store, &[]);
    let uids: Vec<String> = (0..40).map(id).chain(["') or id ne ('".to_owned(), "x".to_owned()]).collect();
    assert_eq!(people.find_many(&uids).await.unwrap().len(), 40);
    let asked = store.take();
    assert_eq!(asked.iter().filter(|asked| asked.method == "GET").count(), 3, "{asked:?}");
    assert!(asked.iter().all(|asked| asked.parameter("$filter").is_none_or(|filter| !filter.contains(" ne "))));
    assert!(people.find_many(&uids[40..]).await.unwrap().is_empty());
    assert_eq!(people.search(&Filter::default(), ALL, None).await.unwrap().len(), 40);
    let by = |pattern: &str| Filter { conditions: vec![("username".to_owned(), pattern.to_owned())] };
    let found = people.search(&by("u1*"), ALL, None).await.unwrap();
    assert_eq!(logins(&found), ["u10@contoso.example", "u11@contoso.example", "u12@contoso.example", "u1@contoso.example"]);
    store.take();
    assert!(people.search(&by("o'hara') or startswith(userPrincipalName,'u*"), ALL, None).await.unwrap().is_empty());
    let sent = store.take().iter().find_map(|asked| asked.parameter("$filter")).expect("a filter");
    assert_eq!(sent, "startswith(userPrincipalName,'o''hara'') or startswith(userPrincipalName,''u')");
    assert!(people.test().await.unwrap().starts_with("40 users were found"));
}

/// The list may have conditions of its own: who is not in it is asked for alone.
#[tokio::test]
async fn a_list_with_a_filter_of_its_own_hides_nobody() {
    let (env, _db) = env().await;
    let store = Store::start(|asked| match asked.parameter("$filter").as_deref() {
        Some("accountEnabled eq true") => json(200, &json!({ "value": [user(1)] })),
        _ => graph(asked),
    })
    .await;
    let list =
        r#"{"method": "GET", "endpoint": "/users?$filter=accountEnabled eq true", "headers": {"ConsistencyLevel": "eventual"}}"#;
    let people = tenant(&env, &store, &[("config_get_user_list", list)]);
    let uids = [id(1), id(2), id(3), id(77)];
    assert_eq!(people.find_many(&uids).await.unwrap().len(), 3);
    assert_eq!(people.who_is_there(&uids).await.unwrap(), uids[..3].iter().cloned().collect());
    // A list that leaves people out, whatever it is asked.
    let store = Store::start(|asked| match asked.parameter("$filter") {
        Some(_) => json(200, &json!({ "value": [] })),
        None => graph(asked),
    })
    .await;
    let people = tenant(&env, &store, &[]);
    assert_eq!(people.who_is_there(&uids).await.unwrap(), uids[..3].iter().cloned().collect());
}

#[tokio::test]
async fn passwords() {
    let (env, _db) = env().await;
    let store = Store::start(graph).await;
    let people = tenant(&env, &store, &[]);
    for (n, password, expected) in [
        (1, "ge&heim", (true, PasswordNote::None)),
        (1, "falsch", (false, PasswordNote::None)),
        (1, "", (false, PasswordNote::None)),
        // Right, but another factor is demanded there: that does not count.
        (2, "ge&heim", (false, PasswordNote::Demands)),
        (2, "falsch", (false, PasswordNote::None)),
        (3, "ge&heim", (false, PasswordNote::None)),
        (99, "ge&heim", (false, PasswordNote::None)),
    ] {
        let check = people.check_password(&id(n), &password.into()).await.unwrap();
        assert_eq!((check.ok, check.note), expected, "{n} {password}");
    }
    assert!(store.take().iter().all(|asked| asked.field("password").as_deref() != Some("")));
    let misconfigured = tenant(&env, &store, &[("client_secret", "other")]);
    assert!(misconfigured.check_password(&id(1), &"ge&heim".into()).await.is_err());
}

/// The least permission: Graph tells of everybody, but not whether they are disabled.
#[tokio::test]
async fn what_is_not_permitted_is_done_without_for_a_while() {
    let (env, _db) = env().await;
    let store = Store::start(|asked| {
        if asked.parameter("$select").is_some_and(|names| names.contains("accountEnabled")) {
            return json(
                403,
                &json!({ "error": { "code": "Authorization_RequestDenied", "message": "Insufficient privileges" } }),
            );
        }
        graph(asked)
    })
    .await;
    let refused = tenant(&env, &store, &[]).find_login("u1@contoso.example").await;
    assert!(matches!(refused, Err(ResolverError::Unavailable(_))), "they may be disabled");
    let people = tenant(&env, &store, &[("allow_unknown_status", "true")]);
    assert!(people.find_login("u1@contoso.example").await.unwrap().is_some());
    assert_eq!(people.search(&Filter::default(), ALL, None).await.unwrap().len(), 40);
    assert!(people.test().await.unwrap().contains("User.Read.All"));
    store.take();
    people.find_login("u1@contoso.example").await.unwrap();
    assert_eq!(store.take().len(), 1);
    env.clock.advance(super::DENIED);
    people.find_login("u1@contoso.example").await.unwrap();
    assert_eq!(store.take().len(), 2, "asked for again");
}

#[tokio::test]
async fn people_are_written() {
    let (env, _db) = env().await;
    let store = Store::start(graph).await;
    let people = tenant(&env, &store, &[("Editable", "true")]);
    let mut batch = db::Batch::new();
    let attributes = [("givenname", "Ada"), ("surname", "L\"ove"), ("phone", "+1")];
    let attributes = attributes.map(|(name, value)| (name.to_owned(), Some(value.into()))).to_vec();
    let new = Change { password: Some("ge\"heim".into()), attributes, ..Change::default() };
    assert_eq!(people.add(&mut batch, "new@contoso.example", new).await.unwrap(), id(77));
    let sent = store.take().into_iter().find(|asked| asked.path() == "/v1.0/users" && asked.method == "POST").expect("a new one");
    assert_eq!(
        serde_json::from_str::<Value>(&sent.body).unwrap(),
        json!({
            "accountEnabled": true, "displayName": "Ada L\"ove", "mailNickname": "Ada", "passwordProfile": { "password": "ge\"heim" },
            "userPrincipalName": "new@contoso.example", "givenName": "Ada", "surname": "L\"ove", "businessPhones": ["+1"],
        })
    );
    let change = Change { attributes: vec![("mobile".to_owned(), None)], ..Change::default() };
    people.change(&mut batch, &id(1), change).await.unwrap();
    let sent = store.take().into_iter().find(|asked| asked.method == "PATCH").expect("a change");
    assert_eq!(serde_json::from_str::<Value>(&sent.body).unwrap(), json!({ "mobilePhone": null }));
    people.remove(&mut batch, &id(1)).await.unwrap();
}

#[tokio::test]
async fn hostile_answers_let_nobody_in() {
    let (env, _db) = env().await;
    for (name, reply) in hostile() {
        let attacked = reply.clone();
        let store = Store::start(move |asked| match (asked.path(), asked.field("grant_type").as_deref()) {
            (TOKEN, Some("client_credentials")) => json(200, &json!({ "access_token": "g" })),
            (path, _) if path.ends_with(&id(1)) => json(200, &user(1)),
            _ => attacked.clone(),
        })
        .await;
        let people = tenant(&env, &store, &[]);
        assert!(people.check_password(&id(1), &"geheim".into()).await.is_err(), "{name}");
        assert!(people.find_login("u1@contoso.example").await.is_err(), "{name}");
        assert!(people.find_many(&[id(1), id(2)]).await.is_err(), "{name}");
        assert!(people.search(&Filter::default(), ALL, None).await.is_err(), "{name}");
        let shut = Store::start(move |_| reply.clone()).await;
        assert!(tenant(&env, &shut, &[]).find_login("u1@contoso.example").await.is_err(), "{name}");
    }
}

/// With a certificate the application signs who it is; passwords are not checked then.
#[tokio::test]
async fn certificates() {
    let (env, _db) = env().await;
    let dir = tempfile::tempdir().unwrap();
    let key = dir.path().join("key.pem").display().to_string();
    let made = std::process::Command::new("openssl").args(["genrsa", "-out", &key, "2048"]).output();
    assert!(made.is_ok_and(|made| made.status.success()), "openssl (Debian package of the same name)");
    let store = Store::start(|asked| match asked.path() {
        TOKEN => json(200, &json!({ "access_token": "g" })),
        _ => graph(asked),
    })
    .await;
    let certificate = json!({ "private_key_file": key, "certificate_fingerprint": "ab".repeat(20) }).to_string();
    let more = [("client_credential_type", "certificate"), ("client_certificate", certificate.as_str()), ("client_secret", "")];
    let people = tenant(&env, &store, &more);
    assert!(people.find_login("u1@contoso.example").await.unwrap().is_some());
    let asked = store.take();
    let assertion = asked[0].field("client_assertion").expect("an assertion");
    let part = |n: usize| data_encoding::BASE64URL_NOPAD.decode(assertion.split('.').nth(n).unwrap().as_bytes()).unwrap();
    let (header, claims): (Value, Value) = (serde_json::from_slice(&part(0)).unwrap(), serde_json::from_slice(&part(1)).unwrap());
    assert_eq!(header, json!({ "alg": "RS256", "typ": "JWT", "x5t": data_encoding::BASE64URL_NOPAD.encode(&[0xab; 20]) }));
    assert_eq!(
        (&claims["iss"], &claims["sub"], &claims["aud"]),
        (&json!("app"), &json!("app"), &json!(format!("{}{TOKEN}", store.url)))
    );
    assert_eq!(asked[0].field("client_secret"), None);
    assert!(!people.capabilities().passwords);
    assert!(matches!(people.check_password(&id(1), &"ge&heim".into()).await, Err(ResolverError::Unsupported(_))));
}

#[tokio::test]
async fn wrong_parameters_are_told() {
    let (env, _db) = env().await;
    let (api, authority) = ("https://graph.microsoft.com/v1.0", "https://login.microsoftonline.com/{tenant}");
    for (name, value) in [
        ("tenant", "a/b"),
        ("tenant", ".."),
        ("authority", "login"),
        ("client_secret", ""),
        ("client_credential_type", "password"),
        ("client_credential_type", "certificate"),
    ] {
        let built = build(&KIND, &env, &params(api, authority, &[(name, value)]));
        assert!(matches!(built, Err(ResolverError::Parameters(_))), "{name}={value}");
    }
    let plain = build(&KIND, &env, &params(api, authority, &[])).unwrap();
    assert!(plain.capabilities().passwords && plain.capabilities().folds_case);
}
