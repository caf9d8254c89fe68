//! Values that no honest client sends, at every call of the management API: refused or stored, never an error of ours.

use db::Dialect;
use http::Method;
use symbolon::http::{Area, Route};

use crate::support::{Answer, Api, TestApp};

db::on_every_database![odd_values_are_no_faults, odd_names_are_nobody];

/// As they stand in a JSON text.
const ODD: &[&str] = &[
    r#""\u0000""#,
    r#""a\u0000b""#,
    r#""\ud83d\ude00\u202e\u200d""#,
    r#""%00%ff%c0%80""#,
    r#""' OR 1=1 -- \" ; DROP TABLE token""#,
    r#""../../etc/passwd""#,
    "9223372036854775808",
    "-1",
    "1e400",
    "1.5",
    "null",
    "true",
    "[]",
    "[[\"a\"],{}]",
    r#"{"a":{"b":[null]}}"#,
    "\"\"",
];

fn calls() -> impl Iterator<Item = Route> {
    symbolon::routes().into_iter().filter(|route| route.area == Area::Api)
}

/// The path with something odd in every place.
fn odd_path(route: &Route, value: &str) -> String {
    route.path.split('/').map(|part| if part.starts_with('{') { value } else { part }).collect::<Vec<_>>().join("/")
}

fn is_no_fault(answer: &Answer, what: &str) {
    let status = answer.status.as_u16();
    assert!(status < 500 || status == 501, "{what}: {status} {}", answer.text);
    assert!(!answer.text.contains("panic") && !answer.text.contains("SELECT "), "{what}: {}", answer.text);
}

async fn odd_values_are_no_faults(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let api = Api::admin(&app).await;
    let long = format!("\"{}\"", "\u{e4}".repeat(2000));
    for route in calls() {
        let names = Route::names(route.path);
        for value in ODD.iter().copied().chain([long.as_str()]) {
            let members: Vec<String> =
                route.params.iter().filter(|name| !names.contains(*name)).map(|name| format!("\"{name}\":{value}")).collect();
            let path = odd_path(&route, "%00%27%E2%80%AE%ff");
            let body = format!("{{{}}}", members.join(","));
            let answer = match route.method {
                Method::GET => api.get(&path).await,
                _ => api.raw(route.method.as_str(), &path, "application/json", body.clone()).await,
            };
            is_no_fault(&answer, &format!("{} {path} {}", route.method, body.chars().take(200).collect::<String>()));
            // No URL is longer than 64 KiB.
            let short: String = value.trim_matches('"').chars().take(100).collect();
            let query = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(route.params.iter().map(|name| (*name, short.as_str())))
                .finish();
            let path = format!("{}?{query}", odd_path(&route, "1"));
            is_no_fault(
                &api.raw(route.method.as_str(), &path, "", String::new()).await,
                &format!("{} {}", route.method, path.chars().take(200).collect::<String>()),
            );
        }
    }
    assert_eq!(api.get("/realm/").await.status, 200, "it still serves");
}

async fn odd_names_are_nobody(on: Dialect) {
    let app = TestApp::new(on).await;
    app.with_person_and_client().await;
    let anonymous = Api::anonymous(&app);
    let wrong = anonymous.post("/auth", &[("username", "nobody"), ("password", "wrong")]).await;
    for name in
        ["hans\0", "\0", "hans\u{200b}", "hans\u{202e}", "h\u{430}ns", "%68ans%00", "hans@default\0", "' OR ''='", "*", "hans*"]
    {
        for (path, fields) in [
            ("/auth", [("username", name), ("password", crate::support::PASSWORD)]),
            ("/validate/check", [("user", name), ("pass", crate::support::PASSWORD)]),
        ] {
            let answer = anonymous.post(path, &fields).await;
            is_no_fault(&answer, &format!("{path} {name:?}"));
            assert_ne!(answer.json()["result"]["value"], true, "{path} {name:?}");
            if path == "/auth" && answer.status == 401 {
                assert_eq!(answer.without_time(), wrong.without_time(), "{name:?}");
            }
        }
    }
}
