//! Against a store of the tests' own that answers as APIs do, and as none should.

mod parameters;

use kernel::SecretText;
use serde_json::{Value, json};

use super::KIND;
use crate::resolvers::web::testing::{Asked, Reply, Store, build, env, hostile, json, logins};
use crate::resolvers::{Change, Env, Filter, Page, Resolver, ResolverError};

const ALL: Page = Page { skip: 0, limit: 100 };

fn filter(name: &str, pattern: &str) -> Filter {
    Filter { conditions: vec![(name.to_owned(), pattern.to_owned())] }
}

/// The API of the reference's own example: `POST` with a key, and "no" is a success for HTTP.
fn customers(asked: &Asked) -> Reply {
    let body: Value = serde_json::from_str(&asked.body).unwrap_or_default();
    match (body["accessKey"].as_str(), body["customerId"].as_str()) {
        (Some("secr3t!"), Some(id)) if id.eq_ignore_ascii_case("hans") => json(
            200,
            &json!({ "success": true, "data": { "login": "hans", "mail": "hans@example.org", "phones": [{ "no": "1" }, { "no": "2" }] } }),
        ),
        _ => json(200, &json!({ "success": false, "message": "There was an error!" })),
    }
}

const BASIC: [(&str, &str); 5] = [
    ("method", "POST"),
    ("requestMapping", r#"{"customerId": "{userid}", "accessKey": "secr3t!"}"#),
    (
        "responseMapping",
        r#"{"username": "{data.login}", "email": "{data.mail}", "mobile": "{data.phones.no}", "source": "shop"}"#,
    ),
    ("hasSpecialErrorHandler", "True"),
    ("errorResponse", r#"{"success": false}"#),
];

fn basic(env: &Env, store: &Store) -> std::sync::Arc<dyn Resolver> {
    let endpoint = format!("{}/get-user", store.url);
    let params: Vec<(&str, &str)> = BASIC.into_iter().chain([("endpoint", endpoint.as_str())]).collect();
    build(&KIND, env, &params).unwrap()
}

#[tokio::test]
async fn one_request_tells_of_one_person() {
    let (env, _db) = env().await;
    let store = Store::start(customers).await;
    let people = basic(&env, &store);
    let hans = people.find_login("Hans").await.unwrap().expect("Hans");
    assert_eq!((hans.uid.as_str(), hans.login.as_str()), ("hans", "hans"));
    let attributes = serde_json::to_value(&hans.attributes).unwrap();
    assert_eq!(attributes, json!({ "email": "hans@example.org", "mobile": ["1", "2"], "source": "shop" }));
    for nobody in ["eva", "", " hans", "hans\0", r#"hans", "accessKey": "x"#] {
        assert_eq!(people.find_login(nobody).await.unwrap(), None, "{nobody}");
    }
    let many = people.find_many(&["hans".to_owned(), "eva".to_owned()]).await.unwrap();
    assert_eq!(logins(&many), ["hans"]);
    assert_eq!(logins(&people.search(&filter("username", "hans"), ALL, None).await.unwrap()), ["hans"]);
    assert!(people.search(&filter("username", "h*"), ALL, None).await.unwrap().is_empty());
    assert!(matches!(people.check_password("hans", &"x".into()).await, Err(ResolverError::Unsupported(_))));
    assert!(!people.capabilities().passwords && !people.capabilities().editable);
    assert!(people.test().await.unwrap().starts_with("It answers."));
    let sent = store.asked().into_iter().find(|asked| asked.body.contains(r#"\", \"accessKey"#)).expect("what was typed");
    let sent: Value = serde_json::from_str(&sent.body).unwrap();
    assert_eq!(sent["accessKey"], "secr3t!");
}

/// An API with a token, pages of people, groups and passwords; `Hans` lives there.
fn directory(asked: &Asked) -> Reply {
    let hans = json!({ "no": 7, "name": { "login": "hans", "first": "Hans" }, "mail": "hans@example.org" });
    let eva = json!({ "no": 8, "name": { "login": "eva" } });
    let authorized = asked.header("authorization") == Some("Bearer t1");
    let word: Value = serde_json::from_str(&asked.body).unwrap_or_default();
    match (asked.method.as_str(), asked.path()) {
        ("POST", "/token") => match (asked.field("user").as_deref(), asked.field("secret").as_deref()) {
            (Some("svc"), Some("p&w=")) => json(200, &json!({ "access_token": "t1", "expires_in": 600 })),
            _ => json(401, &json!({ "error": "invalid_client" })),
        },
        _ if !authorized => json(401, &json!({})),
        ("GET", "/v1/people") => json(200, &json!({ "count": 2, "people": [hans, eva] })),
        ("GET", "/v1/people/7") => json(200, &hans),
        ("GET", "/v1/people/8") => json(200, &eva),
        ("GET", "/v1/by-name") if asked.parameter("q").as_deref() == Some("hans") => json(200, &json!([hans])),
        ("GET", "/v1/by-name") => json(200, &json!([])),
        ("GET", "/v1/people/7/groups") => json(200, &json!([{ "name": "b" }, { "name": "a" }, { "no": 1 }])),
        ("POST", "/v1/login") if word == json!({ "id": "7", "password": "ge\"heim" }) => json(200, &json!({ "ok": true })),
        ("POST", "/v1/login") => json(200, &json!({ "ok": false })),
        ("POST", "/v1/people") if word["name"]["login"] == "neu" => json(201, &json!({ "no": 9, "name": { "login": "neu" } })),
        ("PATCH", "/v1/people/7") if word == json!({ "mail": "new@example.org" }) => (204, "", Some(String::new())),
        ("PATCH", "/v1/people/7") if word["pw"] == "neues" => (204, "", Some(String::new())),
        ("PATCH", _) => json(400, &json!({ "message": format!("not {}", word["pw"].as_str().unwrap_or_default()) })),
        ("DELETE", "/v1/people/7") => (204, "", Some(String::new())),
        _ => json(404, &json!({})),
    }
}

fn advanced<'a>(url: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut params = vec![
        ("advanced", "true"),
        ("base_url", url),
        ("username", "svc"),
        ("password", "p&w="),
        ("Editable", "true"),
        ("attribute_mapping", r#"{"userid": "no", "username": "name.login", "givenname": "name.first", "email": "mail"}"#),
        ("headers", r#"{"X-Api": "1"}"#),
        (
            "config_authorization",
            r#"{"method": "post", "endpoint": "/token", "headers": {"Content-Type": "application/x-www-form-urlencoded"},
                "requestMapping": "user={username}&secret={password}", "responseMapping": "{\"Authorization\": \"Bearer {access_token}\"}"}"#,
        ),
        ("config_get_user_by_id", r#"{"method": "GET", "endpoint": "/v1/people/{userid}"}"#),
        ("config_get_user_by_name", r#"{"method": "GET", "endpoint": "/v1/by-name", "requestMapping": {"q": "{username}"}}"#),
        ("config_get_user_list", r#"{"method": "GET", "endpoint": "/v1/people"}"#),
        (
            "config_user_auth",
            r#"{"method": "POST", "endpoint": "/v1/login", "requestMapping": {"id": "{userid}", "password": "{password}"},
                "hasSpecialErrorHandler": true, "errorResponse": {"ok": false}}"#,
        ),
        ("config_create_user", r#"{"method": "POST", "endpoint": "/v1/people"}"#),
        ("config_edit_user", r#"{"method": "PATCH", "endpoint": "/v1/people/{userid}", "requestMapping": {"pw": "{password}"}}"#),
        ("config_delete_user", r#"{"method": "DELETE", "endpoint": "/v1/people/{userid}"}"#),
        (
            "config_get_user_groups",
            r#"{"active": true, "method": "GET", "endpoint": "/v1/people/{userid}/groups", "user_groups_attribute": "name", "pi_user_groups_key": "groups"}"#,
        ),
    ];
    for (name, value) in more {
        params.retain(|(known, _)| known != name);
        params.push((name, value));
    }
    params
}

#[tokio::test]
async fn requests_for_every_purpose() {
    let (env, _db) = env().await;
    let store = Store::start(directory).await;
    let people = build(&KIND, &env, &advanced(&store.url, &[])).unwrap();
    let hans = people.find_login("hans").await.unwrap().expect("hans");
    assert_eq!((hans.uid.as_str(), hans.login.as_str()), ("7", "hans"));
    let attributes = serde_json::to_value(&hans.attributes).unwrap();
    assert_eq!(attributes, json!({ "givenname": "Hans", "email": "hans@example.org", "groups": ["a", "b"] }));
    let asked = store.take();
    assert_eq!(asked.iter().filter(|asked| asked.path() == "/token").count(), 1);
    assert!(asked.iter().skip(1).all(|asked| asked.header("x-api") == Some("1")), "{asked:?}");

    let both = people.find_many(&["7".to_owned(), "8".to_owned(), "9".to_owned(), "../token".to_owned()]).await.unwrap();
    let mut both = logins(&both);
    both.sort_unstable();
    assert_eq!(both, ["eva", "hans"]);
    assert!(store.take().iter().all(|asked| !asked.target.contains("token")));
    assert_eq!(logins(&people.search(&Filter::default(), ALL, None).await.unwrap()), ["eva", "hans"]);
    assert_eq!(logins(&people.search(&filter("username", "H*"), ALL, Some(&[])).await.unwrap()), ["hans"]);
    assert!(matches!(people.search(&filter("colour", "x"), ALL, None).await, Err(ResolverError::Refused(_))));
    assert!(people.test().await.unwrap().starts_with("2 users were found: eva, hans."));

    store.take();
    let right = people.check_password("7", &"ge\"heim".into()).await.unwrap();
    assert!(right.ok);
    for wrong in ["", "falsch", "ge\"heim\", \"x\": \"", "\0"] {
        assert!(!people.check_password("7", &wrong.into()).await.unwrap().ok, "{wrong}");
    }
    assert!(!people.check_password("99", &"ge\"heim".into()).await.unwrap().ok);
    let checks: Vec<Asked> = store.take().into_iter().filter(|asked| asked.path() == "/v1/login").collect();
    assert_eq!(checks.len(), 3, "an empty or impossible password never reaches the store: {checks:?}");
}

#[tokio::test]
async fn people_are_written() {
    let (env, _db) = env().await;
    let store = Store::start(directory).await;
    let people = build(&KIND, &env, &advanced(&store.url, &[])).unwrap();
    let mut batch = db::Batch::new();
    assert_eq!(people.add(&mut batch, "neu", Change::default()).await.unwrap(), "9");
    assert!(matches!(people.add(&mut batch, "hans", Change::default()).await, Err(ResolverError::Refused(_))));
    let mail = Change { attributes: vec![("email".to_owned(), Some("new@example.org".into()))], ..Change::default() };
    people.change(&mut batch, "7", mail).await.unwrap();
    let refused = Change { password: Some("schlecht".into()), ..Change::default() };
    let said = people.change(&mut batch, "7", refused).await.unwrap_err().to_string();
    assert!(said.contains("The store refuses: not ...") && !said.contains("schlecht"), "{said}");
    people.change_password("7", &"ge\"heim".into(), &"neues".into()).await.unwrap();
    let wrong = people.change_password("7", &"falsch".into(), &"neues".into()).await;
    assert!(matches!(wrong, Err(ResolverError::WrongPassword)), "{wrong:?}");
    people.remove(&mut batch, "7").await.unwrap();
    assert!(matches!(people.remove(&mut batch, "99").await, Err(ResolverError::Refused(_))));

    let only_read = build(&KIND, &env, &advanced(&store.url, &[("Editable", "false")])).unwrap();
    assert!(matches!(only_read.remove(&mut batch, "7").await, Err(ResolverError::Unsupported(_))));
    let fixed = ("config_create_user", r#"{"method": "POST", "endpoint": "/v1/people"}"#);
    let no_password = build(&KIND, &env, &advanced(&store.url, &[fixed])).unwrap();
    let with = Change { password: Some("x".into()), ..Change::default() };
    assert!(matches!(no_password.add(&mut batch, "neu", with).await, Err(ResolverError::Refused(_))));
}

#[tokio::test]
async fn tokens_are_fetched_once_and_again_when_they_end() {
    let (env, _db) = env().await;
    let count = std::sync::atomic::AtomicUsize::new(0);
    let store = Store::start(move |asked| match asked.path() {
        "/token" => {
            let n = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
            json(200, &json!({ "access_token": format!("t{n}"), "expires_in": 100 }))
        }
        // The first one is void as soon as the second is asked for.
        _ => json(200, &json!({ "no": asked.path().rsplit('/').next(), "name": { "login": "x" } })),
    })
    .await;
    let people = build(&KIND, &env, &advanced(&store.url, &[("config_get_user_groups", "")])).unwrap();
    let uids: Vec<String> = (0..40).map(|n| n.to_string()).collect();
    assert_eq!(people.find_many(&uids).await.unwrap().len(), 40);
    let tokens = |asked: Vec<Asked>| asked.iter().filter(|asked| asked.path() == "/token").count();
    assert_eq!(tokens(store.take()), 1);
    env.clock.advance(std::time::Duration::from_secs(89));
    people.find_many(&uids[..1]).await.unwrap();
    assert_eq!(tokens(store.take()), 0);
    env.clock.advance(std::time::Duration::from_secs(2));
    people.find_many(&uids[..1]).await.unwrap();
    let asked = store.take();
    assert_eq!(asked.last().and_then(|asked| asked.header("authorization")), Some("Bearer t2"));
}

#[tokio::test]
async fn a_refused_token_is_renewed_when_it_is_not_young() {
    let (env, _db) = env().await;
    let void = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let store = Store::start({
        let void = void.clone();
        move |asked| match asked.path() {
            "/token" => json(200, &json!({ "access_token": if void.load(std::sync::atomic::Ordering::SeqCst) { "new" } else { "old" }, "expires_in": 3600 })),
            _ if asked.header("authorization") == Some("Bearer old") && void.load(std::sync::atomic::Ordering::SeqCst) => json(401, &json!({})),
            _ => json(200, &json!({ "no": "7", "name": { "login": "hans" } })),
        }
    })
    .await;
    let people = build(&KIND, &env, &advanced(&store.url, &[("config_get_user_groups", "")])).unwrap();
    let seven = ["7".to_owned()];
    assert_eq!(people.find_many(&seven).await.unwrap().len(), 1);
    void.store(true, std::sync::atomic::Ordering::SeqCst);
    assert!(people.find_many(&seven).await.is_err(), "the token is young");
    env.clock.advance(std::time::Duration::from_secs(61));
    assert_eq!(people.find_many(&seven).await.unwrap().len(), 1);
}

#[tokio::test]
async fn hostile_answers_make_nobody_known() {
    let (env, _db) = env().await;
    for (name, reply) in hostile() {
        let store = Store::start(move |asked| match asked.path() {
            "/token" => json(200, &json!({ "access_token": "t" })),
            // Who somebody is, is told; what is said of their password is the attack.
            "/v1/people/1" => json(200, &json!({ "no": 1, "name": { "login": "hans" } })),
            _ => reply.clone(),
        })
        .await;
        let people = build(&KIND, &env, &advanced(&store.url, &[("config_get_user_groups", "")])).unwrap();
        assert!(people.find_login("hans").await.is_err(), "{name}");
        assert!(people.search(&Filter::default(), ALL, None).await.is_err(), "{name}");
        assert!(people.test().await.is_err(), "{name}");
        match people.check_password("1", &SecretText::new("geheim")).await {
            Ok(check) => assert!(!check.ok, "{name}"),
            Err(e) => assert!(!e.to_string().contains("geheim"), "{name}: {e}"),
        }
        assert!(basic(&env, &store).find_login("hans").await.is_err(), "{name}");
    }
    for body in [
        r#"{"no": {}, "name": 3}"#,
        r#"{"no": "", "name": {"login": "hans"}}"#,
        r#"{"no": "1\u0000", "name": {"login": "hans"}}"#,
        "7",
        "[[]]",
        "null",
    ] {
        let store = Store::start(move |asked| match asked.path() {
            "/token" => json(200, &json!({ "access_token": "t" })),
            _ => (200, "application/json", Some(body.to_owned())),
        })
        .await;
        let people = build(&KIND, &env, &advanced(&store.url, &[])).unwrap();
        assert_eq!(people.find_login("hans").await.unwrap(), None, "{body}");
        assert!(people.find_many(&["1".to_owned(), "2".to_owned()]).await.unwrap().is_empty(), "{body}");
        let alone = people.find_many(&["1".to_owned()]).await;
        assert_eq!(
            alone.map(|found| found.len()).map_err(|e| matches!(e, ResolverError::Unclear(_))),
            if body == "null" { Ok(0) } else { Err(true) },
            "{body}"
        );
    }
}

/// That somebody is not there is said by the store, and by nothing that stands before it.
#[tokio::test]
async fn absence_is_certain_or_an_error() {
    let (env, _db) = env().await;
    let uids = ["1".to_owned(), "2".to_owned()];
    for (reply, certain) in [
        (json(404, &json!({ "error": "unknown" })), true),
        (json(410, &json!({})), true),
        (json(200, &json!([])), true),
        ((404, "text/html", Some("<html>default backend</html>".to_owned())), false),
        ((404, "text/plain", Some("404".to_owned())), false),
        ((404, "", Some(String::new())), false),
        (json(400, &json!({ "error": "bad" })), false),
        (json(422, &json!({})), false),
        (json(200, &json!({ "no": 3, "name": { "login": "other" } })), false),
        (json(200, &json!({ "message": "sorry" })), false),
        (json(503, &json!({})), false),
    ] {
        let told = format!("{reply:?}");
        let store = Store::start(move |asked| match asked.path() {
            "/token" => json(200, &json!({ "access_token": "t" })),
            // Somebody without a login name is somebody.
            "/v1/people/1" => json(200, &json!({ "no": 1, "name": {} })),
            _ => reply.clone(),
        })
        .await;
        let people = build(&KIND, &env, &advanced(&store.url, &[])).unwrap();
        assert!(matches!(people.find_many(&uids[..1]).await, Err(ResolverError::Unclear(_))), "{told}");
        assert_eq!(people.find_many(&uids[1..]).await.is_ok(), certain, "{told}");
        let there = people.who_is_there(&uids).await;
        assert_eq!(there.is_ok(), certain, "{told}: {there:?}");
        assert!(there.is_err() || there.is_ok_and(|there| there == [uids[0].clone()].into()), "{told}");
    }
}

/// A revoked token of ours is nobody's wrong password; and what a store says of a password stays there.
#[tokio::test]
async fn refusals_that_are_not_about_the_password() {
    let (env, _db) = env().await;
    for (revoked, status, counts) in
        [(false, 401, true), (true, 401, false), (false, 403, true), (true, 403, false), (false, 500, false)]
    {
        let void = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let store = Store::start({
            let void = void.clone();
            move |asked| match asked.path() {
                "/token" => json(200, &json!({ "access_token": "t" })),
                "/v1/login" => json(status, &json!({ "message": format!("not {}", asked.body) })),
                _ if void.load(std::sync::atomic::Ordering::SeqCst) => json(status, &json!({})),
                _ => json(200, &json!({ "no": 7, "name": { "login": "hans" } })),
            }
        })
        .await;
        let people = build(&KIND, &env, &advanced(&store.url, &[("config_get_user_groups", "")])).unwrap();
        // Their name is remembered, so that nothing is looked up before the password is checked.
        people.find_many(&["7".to_owned()]).await.unwrap();
        void.store(revoked, std::sync::atomic::Ordering::SeqCst);
        match people.check_password("7", &"ganz-geheim".into()).await {
            Ok(check) => assert!(counts && !check.ok, "{revoked} {status}"),
            Err(e) => assert!(!counts && !e.to_string().contains("geheim"), "{revoked} {status}: {e}"),
        }
    }
}

/// Whoever can set their own mail address is not whom it names, unless the configuration says so.
#[tokio::test]
async fn people_are_called_as_configured() {
    let (env, _db) = env().await;
    let store = Store::start(|asked| match asked.path() {
        "/token" => json(200, &json!({ "access_token": "t" })),
        _ => json(200, &json!([{ "no": "admin2", "name": { "login": "mallory" }, "mail": "admin" }])),
    })
    .await;
    for (by, name, found) in [
        ("username", "admin", false),
        ("username", "admin2", false),
        ("username", "Mallory", true),
        ("username, email", "admin", true),
        ("userid", "admin2", true),
    ] {
        let people = build(&KIND, &env, &advanced(&store.url, &[("called_by", by), ("config_get_user_groups", "")])).unwrap();
        assert_eq!(people.find_login(name).await.unwrap().is_some(), found, "{by}: {name}");
    }
    for wrong in [" ", "phone"] {
        let built = build(&KIND, &env, &advanced(&store.url, &[("called_by", wrong)]));
        assert!(matches!(built, Err(ResolverError::Parameters(_))), "{wrong}");
    }
    // Basic: an answer about somebody else is about nobody who was asked for.
    let other = Store::start(|_| json(200, &json!({ "success": true, "data": { "login": "eva" } }))).await;
    let people = basic(&env, &other);
    assert!(people.find_login("hans").await.unwrap().is_none() && people.find_login("EVA").await.unwrap().is_some());
    assert!(people.who_is_there(&["hans".to_owned()]).await.is_err());
}

#[tokio::test]
async fn groups_are_all_there_or_an_error() {
    let (env, _db) = env().await;
    for (many, fine) in [(1_000, true), (1_001, false)] {
        let store = Store::start(move |asked| match asked.path() {
            "/token" => json(200, &json!({ "access_token": "t" })),
            path if path.ends_with("/groups") => json(200, &(0..many).map(|n| json!({ "name": format!("g{n}") })).collect()),
            _ => json(200, &json!({ "no": 7, "name": { "login": "hans" } })),
        })
        .await;
        let people = build(&KIND, &env, &advanced(&store.url, &[])).unwrap();
        assert_eq!(people.find_many(&["7".to_owned()]).await.is_ok(), fine, "{many}");
    }
}

/// Page after page of what no memory could hold.
#[tokio::test]
async fn a_list_that_has_no_end_is_given_up() {
    let (env, _db) = env().await;
    let address = std::sync::Arc::new(std::sync::OnceLock::<String>::new());
    let count = std::sync::atomic::AtomicUsize::new(0);
    let store = Store::start({
        let address = address.clone();
        move |asked| match asked.path() {
            "/token" => json(200, &json!({ "access_token": "t" })),
            _ => {
                let n = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                let next = format!("{}/v1/people?page={n}", address.get().cloned().unwrap_or_default());
                json(200, &json!({ "value": [{ "no": n, "x": "x".repeat(7 << 20) }], "@odata.nextLink": next }))
            }
        }
    })
    .await;
    address.set(store.url.clone()).unwrap();
    let people = build(&KIND, &env, &advanced(&store.url, &[("config_get_user_groups", "")])).unwrap();
    let said = people.search(&Filter::default(), ALL, None).await.unwrap_err().to_string();
    assert!(said.contains("too large") && store.asked().len() < 13, "{said}");
}

#[tokio::test]
async fn pages_are_followed_only_where_the_first_one_was() {
    let (env, _db) = env().await;
    for (link, whole) in
        [("/v1/people?page=2", true), ("http://127.0.0.1:9/v1/people", false), ("https://user@127.0.0.1/", false)]
    {
        let address = std::sync::Arc::new(std::sync::OnceLock::<String>::new());
        let store = Store::start({
            let (address, link) = (address.clone(), link.to_owned());
            move |asked| {
                let one = |no: u32| json!({ "no": no, "name": { "login": format!("u{no}") } });
                let base = address.get().cloned().unwrap_or_default();
                match (asked.path(), asked.parameter("page")) {
                    ("/token", _) => json(200, &json!({ "access_token": "t" })),
                    (_, None) if link.starts_with('/') => {
                        json(200, &json!({ "value": [one(1)], "@odata.nextLink": format!("{base}{link}") }))
                    }
                    (_, None) => json(200, &json!({ "value": [one(1)], "@odata.nextLink": link })),
                    // For ever.
                    _ => json(200, &json!({ "value": [one(2)], "@odata.nextLink": format!("{base}{link}") })),
                }
            }
        })
        .await;
        address.set(store.url.clone()).unwrap();
        let people = build(&KIND, &env, &advanced(&store.url, &[])).unwrap();
        let found = people.search(&Filter::default(), ALL, None).await;
        assert_eq!(found.as_ref().map(|found| logins(found)).ok(), whole.then(|| vec!["u1", "u2"]), "{link}: {found:?}");
        assert!(store.asked().len() < 6, "{link}");
    }
}
