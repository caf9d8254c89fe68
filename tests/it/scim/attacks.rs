use db::Dialect;
use serde_json::{Value, json};

use super::{ENTERPRISE, Hr, PATCH, USER, error, id, query};
use crate::support::TestApp;

db::on_every_database![
    hostile_bodies_change_nothing,
    hostile_values_are_refused,
    hostile_questions_are_bounded,
    markup_stays_text
];

async fn hostile_bodies_change_nothing(on: Dialect) {
    let app = TestApp::new(on).await;
    let hr = Hr::new(&app).await;
    let path = format!("/Users/{}", id(&hr.add_user("dana").await));
    let before = hr.get(&path).await.json();
    let deep =
        |open: &str, close: &str, n: usize| format!("{{\"userName\":\"x\",\"name\":{}1{}}}", open.repeat(n), close.repeat(n));
    let bodies: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b"{".to_vec(),
        b"[]".to_vec(),
        b"7".to_vec(),
        b"null".to_vec(),
        b"\"userName\"".to_vec(),
        b"\xff\xfe".to_vec(),
        b"{\"userName\":\"\xff\"}".to_vec(),
        b"userName=x".to_vec(),
        deep("[", "]", 20).into_bytes(),
        deep("{\"a\":", "}", 20).into_bytes(),
        deep("[", "]", 100_000).into_bytes(),
        deep("{\"a\":", "}", 100_000).into_bytes(),
    ];
    for (method, path) in
        [("POST", "/Users"), ("PUT", path.as_str()), ("PATCH", path.as_str()), ("POST", "/.search"), ("POST", "/Bulk")]
    {
        for body in &bodies {
            let answer = hr.raw(method, path, &[], body.clone()).await;
            assert_eq!(
                error(&answer),
                (400, "invalidSyntax".to_owned()),
                "{method} {path} {}",
                String::from_utf8_lossy(&body[..body.len().min(60)])
            );
        }
        let long = format!("{{\"userName\":\"{}\"}}", "x".repeat(1024 * 1024)).into_bytes();
        assert_eq!(error(&hr.raw(method, path, &[], long).await).0, 413, "{method} {path}");
        for kind in ["text/plain", "application/x-www-form-urlencoded", "text/html; x=application/json"] {
            let answer = hr.raw(method, path, &[("content-type", kind)], b"{}".to_vec()).await;
            assert_eq!(error(&answer).0, 415, "{kind}");
        }
    }
    assert_eq!(hr.get(&path).await.json(), before);
    assert_eq!(hr.get("/Users").await.json()["totalResults"], 1);
    // Both media types are taken, and the answer is of the kind that is understood.
    let body = json!({ "schemas": [USER], "userName": "eve" }).to_string().into_bytes();
    let headers = [("content-type", "application/json; charset=utf-8"), ("accept", "application/json")];
    let answer = hr.raw("POST", "/Users", &headers, body).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (201, "application/json"));
}

async fn hostile_values_are_refused(on: Dialect) {
    let app = TestApp::new(on).await;
    let hr = Hr::new(&app).await;
    let wrong = (400, "invalidValue".to_owned());
    for name in
        ["", " ", " dana", "dana ", "da\u{0}na", "da\r\nna", "da\u{7f}na", "\u{85}", &"x".repeat(256), &"\u{fc}".repeat(200)]
    {
        let answer = hr.send("POST", "/Users", &json!({ "schemas": [USER], "userName": name })).await;
        assert_eq!(error(&answer), wrong, "{name:?}");
    }
    let with = |attribute: &str, value: Value| {
        let mut user = json!({ "schemas": [USER], "userName": "dana" });
        user[attribute] = value;
        user
    };
    for (attribute, value) in [
        ("displayName", json!("a\u{0}b")),
        ("displayName", json!("a\r\nBcc: all@example.org")),
        ("displayName", json!("x".repeat(5000))),
        ("displayName", json!(["a", "b"])),
        ("displayName", json!({})),
        ("externalId", json!("x".repeat(300))),
        ("externalId", json!("a\u{0}")),
        ("active", json!("perhaps")),
        ("active", json!(1)),
        ("name", json!("Dana")),
        ("name", json!({ "givenName": ["a", "b"] })),
        ("emails", json!([7])),
        ("emails", json!([{ "value": "a\r\nb@example.org" }])),
        ("emails", json!([{ "value": "a", "primary": true }, { "value": "b", "primary": true }])),
        ("emails", json!(vec![json!({ "value": "a" }); 101])),
        ("addresses", json!([{ "locality": "a\nb" }])),
        (ENTERPRISE, json!("Sales")),
        ("roles", json!((0..90).map(|n| json!({ "value": format!("{n}{}", "x".repeat(1000)) })).collect::<Vec<_>>())),
    ] {
        assert_eq!(error(&hr.send("POST", "/Users", &with(attribute, value.clone())).await), wrong, "{attribute} {value:.100}");
    }
    for schemas in [json!([]), json!("x"), json!(["urn:nothing"]), json!([7])] {
        let answer = hr.send("POST", "/Users", &json!({ "schemas": schemas, "userName": "dana" })).await;
        assert_eq!(error(&answer), (400, "invalidSyntax".to_owned()), "{schemas}");
    }
    assert_eq!(hr.get("/Users").await.json()["totalResults"], 0);
    // Lines are allowed where an address has them.
    hr.add("/Users", with("addresses", json!([{ "formatted": "Street 1\nCity" }]))).await;
}

async fn hostile_questions_are_bounded(on: Dialect) {
    let app = TestApp::new(on).await;
    let hr = Hr::new(&app).await;
    let path = format!("/Users/{}", id(&hr.add_user("dana").await));
    let bombs = [
        format!("{}id pr{}", "(".repeat(2000), ")".repeat(2000)),
        format!("{}id pr{}", "not(".repeat(900), ")".repeat(900)),
        vec!["id pr"; 500].join(" or "),
        format!("userName eq \"{}\"", "x".repeat(5000)),
        "emails[".repeat(500),
        "userName eq \"\u{0}".to_owned(),
    ];
    for bomb in &bombs {
        let invalid = (400, "invalidFilter".to_owned());
        assert_eq!(error(&hr.get(&format!("/Users?{}", query(&[("filter", bomb)]))).await), invalid);
        assert_eq!(error(&hr.send("POST", "/.search", &json!({ "filter": bomb })).await), invalid);
        let operations = json!([{ "op": "remove", "path": format!("emails[{bomb}]") }]);
        let answer = hr.send("PATCH", &path, &json!({ "schemas": [PATCH], "Operations": operations })).await;
        assert_eq!(error(&answer).0, 400, "{bomb:.60}");
    }
    // What a database cannot hold is no fault of ours.
    for filter in ["userName eq \"a\\u0000b\"", "externalId eq \"\\u0000\"", "id eq \"\\u0000\""] {
        let answer = hr.get(&format!("/Users?{}", query(&[("filter", filter)]))).await;
        assert!(matches!(answer.status.as_u16(), 200 | 400), "{filter}: {} {}", answer.status, answer.text);
    }
    for path in ["/Users/%00", "/Users/..%2f..%2fuser", "/Users/%0d%0aX-Evil:%201", "/Groups/%ff"] {
        let answer = hr.get(path).await;
        assert!(matches!(answer.status.as_u16(), 400 | 404), "{path}: {}", answer.status);
        assert_eq!(answer.header("x-evil"), "");
    }
    let names = vec!["title"; 200].join(",");
    assert_eq!(error(&hr.get(&format!("/Users?attributes={names}")).await), (400, "tooMany".to_owned()));
    let many = json!({ "Operations": vec![json!({ "op": "remove", "path": "title" }); 1001] });
    assert_eq!(error(&hr.send("PATCH", &path, &many).await), (400, "tooMany".to_owned()));
    let page = hr.get("/Users?count=1000000&startIndex=999999999999").await.json();
    assert_eq!((&page["totalResults"], &page["itemsPerPage"]), (&json!(1), &json!(0)));
}

async fn markup_stays_text(on: Dialect) {
    let app = TestApp::new(on).await;
    let hr = Hr::new(&app).await;
    let name = "<script>alert(1)</script>&\"'";
    let user = hr.add("/Users", json!({ "schemas": [USER], "userName": name, "displayName": name })).await;
    let answer = hr.get(&format!("/Users/{}", id(&user))).await;
    assert_eq!((&answer.json()["userName"], answer.header("x-content-type-options")), (&json!(name), "nosniff"));
    assert!(answer.header("content-type").starts_with("application/scim+json"));
    let missing = hr.get("/Users/%3Cscript%3E").await;
    assert_eq!((error(&missing).0, missing.header("content-type")), (404, "application/scim+json"));
}
