//! Against a server that answers as SCIM does, and as none should. Against servers of others: the suite of the started program.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{KIND, mapping};
use crate::resolvers::web::testing::{Asked, Reply, Store, build, env, hostile, json, logins};
use crate::resolvers::{Env, Filter, Page, Resolver, ResolverError};

const ALL: Page = Page { skip: 0, limit: 1_000 };

fn user(n: usize) -> Value {
    json!({
        "id": format!("id-{n}"), "userName": format!("User{n}"), "name": { "givenName": "G", "familyName": "F" },
        "emails": [{ "value": format!("u{n}@example.org"), "primary": true }], "active": n != 3,
        "groups": [{ "value": "g1", "display": "staff" }, { "value": "g2", "display": "admins" }],
    })
}

/// 450 people; filters are understood as far as these tests go.
fn server(asked: &Asked) -> Reply {
    if asked.path() == "/auth/oauth/token" {
        let basic = asked.header("authorization") == Some("Basic Y2xpZW50OnMmYw==");
        assert_eq!(asked.parameter("grant_type").as_deref(), Some("client_credentials"));
        return if basic { json(200, &json!({ "access_token": "t" })) } else { json(401, &json!({ "error": "invalid_client" })) };
    }
    if asked.header("authorization") != Some("Bearer t") {
        return json(401, &json!({ "status": "401" }));
    }
    if let Some(id) = asked.path().strip_prefix("/v2/Users/id-") {
        let known = id.parse().ok().filter(|n: &usize| *n < 450);
        return known.map_or(json(404, &json!({ "detail": "no" })), |n| json(200, &user(n)));
    }
    let filter = asked.parameter("filter");
    let admits = |n: &usize| match &filter {
        None => true,
        Some(filter) if filter.starts_with("userName eq ") => filter.eq_ignore_ascii_case(&format!("userName eq \"User{n}\"")),
        Some(filter) if filter.starts_with("userName sw ") => {
            *filter == "userName sw \"User44\"" && n.to_string().starts_with("44")
        }
        Some(filter) => filter.split(" or ").any(|one| one == format!("id eq \"id-{n}\"")),
    };
    let found: Vec<usize> = (0..450).filter(admits).collect();
    let number = |name: &str| asked.parameter(name).and_then(|text| text.parse::<usize>().ok()).unwrap_or(1);
    // It gives less than was asked for.
    let page: Vec<Value> = found.iter().skip(number("startIndex") - 1).take(number("count").min(150)).map(|n| user(*n)).collect();
    json(
        200,
        &json!({ "totalResults": found.len(), "startIndex": number("startIndex"), "itemsPerPage": page.len(), "Resources": page }),
    )
}

fn scim(env: &Env, store: &Store) -> Arc<dyn Resolver> {
    let (auth, resource) = (format!("{}/auth", store.url), format!("{}/v2/", store.url));
    let params = [("Authserver", auth.as_str()), ("Resourceserver", &resource), ("Client", "client"), ("Secret", "s&c")];
    build(&KIND, env, &params).unwrap_or_else(|e| panic!("{e}"))
}

fn by(name: &str, pattern: &str) -> Filter {
    Filter { conditions: vec![(name.to_owned(), pattern.to_owned())] }
}

#[tokio::test]
async fn people_of_a_server() {
    let (env, _db) = env().await;
    let store = Store::start(server).await;
    let people = scim(&env, &store);
    let seven = people.find_login("user7").await.unwrap().expect("User7");
    assert_eq!((seven.uid.as_str(), seven.login.as_str(), seven.standing.disabled), ("id-7", "User7", false));
    let expected = json!({ "givenname": "G", "surname": "F", "email": "u7@example.org", "groups": ["staff", "admins"] });
    assert_eq!(serde_json::to_value(&seven.attributes).unwrap(), expected);
    assert!(people.find_login("User3").await.unwrap().expect("User3").standing.disabled);
    for nobody in ["nobody", "", r#"x" or userName eq "User7"#, "User7\0", "*"] {
        assert_eq!(people.find_login(nobody).await.unwrap(), None, "{nobody}");
    }
    store.take();
    let uids: Vec<String> = (0..100).map(|n| format!("id-{n}")).chain([r#"x" or id pr or id eq ""#.to_owned()]).collect();
    assert_eq!(people.find_many(&uids).await.unwrap().len(), 100);
    assert_eq!(store.take().len(), 3, "fifty in each question");
    assert_eq!(people.find_many(&uids[..1]).await.unwrap().len(), 1);
    assert!(people.find_many(&["../Groups".to_owned(), "..".to_owned()]).await.unwrap().is_empty());

    let everybody = people.search(&Filter::default(), ALL, None).await.unwrap();
    assert_eq!(everybody.len(), 450);
    let found = people.search(&by("username", "USER44*"), Page { skip: 1, limit: 2 }, Some(&["email".to_owned()])).await.unwrap();
    assert_eq!(found.len(), 0, "this server compares exactly, and what it leaves out is not found");
    let found = people.search(&by("username", "User44*"), Page { skip: 1, limit: 2 }, Some(&["email".to_owned()])).await.unwrap();
    assert_eq!(logins(&found), ["User440", "User441"]);
    assert!(found.iter().all(|entry| entry.attributes.len() == 1));
    assert!(people.test().await.unwrap().starts_with("450 users were found: User0, User1, User10, ..."));
    assert!(matches!(people.check_password("id-7", &"x".into()).await, Err(ResolverError::Unsupported(_))));
    assert!(!people.capabilities().passwords && !people.capabilities().editable);
}

/// Some servers refuse filters, others do not look at them.
#[tokio::test]
async fn servers_without_filters() {
    let (env, _db) = env().await;
    for refuses in [true, false] {
        let store = Store::start(move |asked| {
            let mut asked = asked.clone();
            if asked.parameter("filter").is_some() {
                if refuses {
                    return json(400, &json!({ "scimType": "invalidFilter" }));
                }
                let page = asked.target.split('&').next().unwrap_or_default().to_owned();
                asked.target = format!("{page}&count=150");
            }
            server(&asked)
        })
        .await;
        let people = scim(&env, &store);
        assert_eq!(people.find_login("User449").await.unwrap().expect("User449").uid, "id-449");
        let three = ["id-1".to_owned(), "id-449".to_owned(), "id-999".to_owned()];
        assert_eq!(people.find_many(&three).await.unwrap().len(), 2);
        assert_eq!(logins(&people.search(&by("email", "u44?@*"), ALL, None).await.unwrap()), Vec::<&str>::new());
        assert_eq!(
            logins(&people.search(&by("email", "*9@example.org"), Page { skip: 0, limit: 1 }, None).await.unwrap()),
            ["User109"]
        );
    }
}

/// One whose records tell less than they should, and that counts as it likes.
#[tokio::test]
async fn absence_is_certain_or_an_error() {
    let (env, _db) = env().await;
    for (reply, certain) in [
        (json(404, &json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "404" })), true),
        ((404, "text/html", Some("<html>default backend</html>".to_owned())), false),
        (json(400, &json!({ "status": "400" })), false),
        (json(200, &json!({ "id": "id-7", "userName": "other" })), false),
    ] {
        let told = format!("{reply:?}");
        let store = Store::start(move |asked| match (asked.path(), asked.parameter("filter")) {
            ("/auth/oauth/token", _) => json(200, &json!({ "access_token": "t" })),
            // Without a number of all, and without a name.
            (_, Some(_)) if asked.parameter("startIndex").as_deref() == Some("1") => {
                json(200, &json!({ "Resources": [{ "id": "id-1" }] }))
            }
            (_, Some(_)) => json(200, &json!({ "Resources": [] })),
            _ => reply.clone(),
        })
        .await;
        let people = scim(&env, &store);
        let uids = ["id-1".to_owned(), "id-2".to_owned()];
        let there = people.who_is_there(&uids).await;
        assert_eq!(there.is_ok(), certain, "{told}: {there:?}");
        assert!(there.is_err() || there.is_ok_and(|there| there == [uids[0].clone()].into()), "{told}");
        assert_eq!(people.find_many(&uids[1..]).await.is_ok(), certain, "{told}");
    }
}

/// The uid may be another attribute than the id, if the server filters by it.
#[tokio::test]
async fn people_are_found_by_whatever_their_uid_is() {
    let (env, _db) = env().await;
    for filters in [true, false] {
        let store = Store::start(move |asked| match asked.parameter("filter") {
            Some(_) if !filters => json(400, &json!({ "scimType": "invalidFilter" })),
            _ => server(asked),
        })
        .await;
        let (auth, resource) = (format!("{}/auth", store.url), format!("{}/v2", store.url));
        let params = [
            ("Authserver", auth.as_str()),
            ("Resourceserver", &resource),
            ("Client", "client"),
            ("Secret", "s&c"),
            ("Mapping", r#"{"username": "userName", "userid": "userName"}"#),
        ];
        let people = build(&KIND, &env, &params).unwrap_or_else(|e| panic!("{e}"));
        let (seven, nobody) = (["User7".to_owned()], ["User999".to_owned()]);
        if filters {
            assert_eq!(people.find_many(&seven).await.unwrap()[0].login, "User7");
            assert!(people.find_many(&nobody).await.unwrap().is_empty());
            assert_eq!(people.who_is_there(&[seven[0].clone(), nobody[0].clone()]).await.unwrap(), seven.into());
        } else {
            assert!(matches!(people.find_many(&seven).await, Err(ResolverError::Unclear(_))));
            assert!(people.who_is_there(&nobody).await.is_err());
        }
    }
    let wrong = [("Resourceserver", "https://scim.example.org"), ("Client", "c"), ("Mapping", r#"{"userid": "a b"}"#)];
    assert!(matches!(build(&KIND, &env, &wrong), Err(ResolverError::Parameters(_))));
}

/// Names that a server does not take in filters are not worth a walk over everybody, once it has taken others.
#[tokio::test]
async fn a_name_that_is_refused_is_cheap() {
    let (env, _db) = env().await;
    let store = Store::start(|asked| match asked.parameter("filter") {
        Some(filter) if filter.contains("odd") => json(400, &json!({ "scimType": "invalidFilter" })),
        _ => server(asked),
    })
    .await;
    let people = scim(&env, &store);
    assert!(people.find_login("User7").await.unwrap().is_some());
    store.take();
    assert_eq!(people.find_login("odd").await.unwrap(), None);
    assert_eq!(store.take().len(), 1);
}

#[tokio::test]
async fn hostile_answers_make_nobody_known() {
    let (env, _db) = env().await;
    for (name, reply) in hostile() {
        let attacked = reply.clone();
        let store = Store::start(move |asked| match asked.path() {
            "/auth/oauth/token" => json(200, &json!({ "access_token": "t" })),
            _ => attacked.clone(),
        })
        .await;
        let people = scim(&env, &store);
        assert!(people.find_login("User7").await.is_err(), "{name}");
        assert!(people.find_many(&["id-1".to_owned(), "id-2".to_owned()]).await.is_err(), "{name}");
        assert!(people.search(&Filter::default(), ALL, None).await.is_err(), "{name}");
        assert!(people.test().await.is_err(), "{name}");
        let shut = Store::start(move |_| reply.clone()).await;
        assert!(scim(&env, &shut).find_login("User7").await.is_err(), "{name}");
    }
    // One page for ever, whatever is asked; somebody without a name; a token that would be two headers.
    let store = Store::start(|asked| match asked.path() {
        "/auth/oauth/token" => json(200, &json!({ "access_token": "t" })),
        _ => json(
            200,
            &json!({ "totalResults": 1_000_000, "Resources": [user(1), { "id": "x" }, 7, { "id": {}, "userName": [] }] }),
        ),
    })
    .await;
    assert_eq!(scim(&env, &store).search(&Filter::default(), ALL, None).await.unwrap().len(), 1);
    assert!(store.asked().len() < 5);
    let store = Store::start(|_| json(200, &json!({ "access_token": "t\r\nX: y" }))).await;
    assert!(scim(&env, &store).find_login("User7").await.is_err());
}

#[tokio::test]
async fn parameters_are_read() {
    let (env, _db) = env().await;
    for (name, value) in [
        ("Resourceserver", "scim"),
        ("Resourceserver", "https://u:p@scim.example.org"),
        ("Authserver", "auth"),
        ("Client", "a:b"),
        ("Secret", "a\r\nb"),
        ("Mapping", "["),
        ("Mapping", r#"{"a\u0000": "b"}"#),
    ] {
        let mut params = vec![("Resourceserver", "https://scim.example.org"), ("Client", "c")];
        params.retain(|(known, _)| *known != name);
        params.push((name, value));
        assert!(matches!(build(&KIND, &env, &params), Err(ResolverError::Parameters(_))), "{name}={value}");
    }
    for text in [
        r#"{"username": "userName", "userid": "id", "email": "emails.0.value"}"#,
        r#"{"userName": "username", "id": "userid", "emails.0.value": "email"}"#,
        r#"{"username": "userName", "email": "emails.0.value"}"#,
    ] {
        let map = mapping(text).unwrap();
        let email = map.attributes.get("email").map(String::as_str);
        assert_eq!((map.uid.as_str(), map.login.as_str(), email), ("id", "userName", Some("emails.0.value")), "{text}");
    }
}
