use db::Dialect;
use mfa::people::ops::SetResolver;
use mfa::scim::ops::{ListScimClients, RemoveScimClient};
use serde_json::{Value, json};

use super::{GROUP, Hr, PATCH, USER, error, id};
use crate::support::{Api, TestApp};

db::on_every_database![tokens_let_in, rights_bound_what_is_done, resolvers_do_not_mix, guesses_and_requests_are_counted];

async fn tokens_let_in(on: Dialect) {
    let app = TestApp::new(on).await;
    let hr = Hr::new(&app).await;
    hr.add_user("dana").await;
    let listed = app.operate(&ListScimClients, &[]).await.value;
    assert_eq!((&listed[0]["name"], &listed[0]["resolver"]), (&json!("hr"), &json!("internal")));
    assert!(!listed.to_string().contains(&hr.token));
    let admin = Api::admin(&app).await;
    let header = |value: &str| [("authorization", value.to_owned())];
    for wrong in [
        String::new(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("Basic {}", hr.token),
        format!("Bearer {}x", hr.token),
        format!("Bearer {}", &hr.token[..hr.token.len() - 1]),
        format!("Bearer {}", hr.token.to_lowercase()),
        format!("Bearer {}", admin.token),
        format!("Bearer scim_{}", "x".repeat(5000)),
    ] {
        let nobody = Hr { app: &app, token: String::new() };
        let headers = header(&wrong);
        for path in ["/Users", "/Users/1", "/Groups", "/Me"] {
            let pairs: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let answer = nobody.raw("GET", path, &pairs, Vec::new()).await;
            assert_eq!(error(&answer).0, 401, "{wrong} {path}");
            assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"SCIM\"");
            assert!(!answer.text.contains("dana"));
        }
    }
    let twice = hr.raw("GET", "/Users", &[("authorization", "Bearer x")], Vec::new()).await;
    assert_eq!(twice.status, 401, "two headers are none");
    // A token of provisioning is none of the API, and the other way round.
    assert_eq!(Api::with(&app, &hr.token).get("/user/").await.status, 401);
    app.operate(&RemoveScimClient, &[("name", "HR")]).await;
    assert_eq!(error(&hr.get("/Users").await).0, 401);
}

async fn rights_bound_what_is_done(on: Dialect) {
    let app = TestApp::new(on).await;
    let all = Hr::new(&app).await;
    let user = format!("/Users/{}", id(&all.add_user("dana").await));
    let group = format!("/Groups/{}", id(&all.add("/Groups", json!({ "schemas": [GROUP], "displayName": "staff" })).await));
    let patch = json!({ "schemas": [PATCH], "Operations": [{ "op": "add", "path": "externalId", "value": "x" }] });
    let reads = [("GET", "/Users".to_owned(), Value::Null), ("GET", user.clone(), Value::Null)];
    let writes = [
        ("POST", "/Users".to_owned(), json!({ "schemas": [USER], "userName": "eve" })),
        ("PATCH", user.clone(), patch.clone()),
        ("PUT", user.clone(), json!({ "schemas": [USER], "userName": "dana" })),
        ("DELETE", user, Value::Null),
    ];
    let group_reads = [("GET", "/Groups".to_owned(), Value::Null), ("GET", group.clone(), Value::Null)];
    let group_writes = [
        ("POST", "/Groups".to_owned(), json!({ "schemas": [GROUP], "displayName": "x" })),
        ("PATCH", group.clone(), patch),
        ("PUT", group.clone(), json!({ "schemas": [GROUP], "displayName": "staff" })),
        ("DELETE", group, Value::Null),
    ];
    for (right, mine) in [("users:read", 0), ("users:write", 1), ("groups:read", 2), ("groups:write", 3)] {
        let client = Hr::with(&app, right.replace(':', "-").as_str(), "internal", right).await;
        for (at, calls) in [&reads[..], &writes[..], &group_reads[..], &group_writes[..]].into_iter().enumerate() {
            for (method, path, body) in calls {
                // What this client may do is tried by the others only, so that it stays.
                if at == mine && *method == "DELETE" {
                    continue;
                }
                let answer = client.send(method, path, body).await;
                let refused = answer.status == 403;
                assert_eq!(refused, at != mine, "{right}: {method} {path}: {} {}", answer.status, answer.text);
            }
        }
    }
    let reader = Hr::with(&app, "reader", "internal", "users:read").await;
    let found = reader.send("POST", "/.search", &json!({})).await.json();
    assert!(found["Resources"].as_array().unwrap().iter().all(|r| r["meta"]["resourceType"] == "User"), "{found}");
    let bulk =
        json!({ "Operations": [{ "method": "POST", "path": "/Users", "bulkId": "1", "data": { "userName": "mallory" } }] });
    assert_eq!(reader.send("POST", "/Bulk", &bulk).await.json()["Operations"][0]["status"], "403");
    let writer = Hr::with(&app, "writer", "internal", "groups:write").await;
    assert_eq!(error(&writer.send("POST", "/.search", &json!({})).await).0, 403);
}

async fn resolvers_do_not_mix(on: Dialect) {
    let app = TestApp::new(on).await;
    app.operate(&SetResolver, &[("resolver", "partners"), ("type", "internalresolver")]).await;
    let (hr, other) = (Hr::new(&app).await, Hr::with(&app, "partners", "partners", "").await);
    let dana = hr.add("/Users", json!({ "schemas": [USER], "userName": "dana", "externalId": "1" })).await;
    let staff =
        hr.add("/Groups", json!({ "schemas": [GROUP], "displayName": "staff", "members": [{ "value": id(&dana) }] })).await;
    let (user, group) = (format!("/Users/{}", id(&dana)), format!("/Groups/{}", id(&staff)));
    let patch = json!({ "schemas": [PATCH], "Operations": [{ "op": "add", "path": "externalId", "value": "x" }] });
    let put = json!({ "schemas": [USER], "userName": "mine" });
    for path in [&user, &group] {
        for (method, body) in [("GET", &Value::Null), ("PATCH", &patch), ("PUT", &put), ("DELETE", &Value::Null)] {
            assert_eq!(error(&other.send(method, path, body).await).0, 404, "{method} {path}");
        }
    }
    for filter in ["userName eq \"dana\"", "externalId eq \"1\"", "userName pr"] {
        assert_eq!(other.find("/Users", filter).await.len(), 0, "{filter}");
    }
    assert_eq!(other.find("/Users", &format!("id eq \"{}\"", id(&dana))).await.len(), 0);
    assert_eq!(other.get("/Groups").await.json()["totalResults"], 0);
    // Nor is somebody else's user a member, nor their name taken.
    let stranger = json!({ "schemas": [GROUP], "displayName": "staff", "members": [{ "value": id(&dana) }] });
    assert_eq!(error(&other.send("POST", "/Groups", &stranger).await), (400, "invalidValue".to_owned()));
    other.add_user("dana").await;
    other.add("/Groups", json!({ "schemas": [GROUP], "displayName": "staff" })).await;
    assert_eq!(hr.get(&user).await.json()["userName"], "dana");
}

async fn guesses_and_requests_are_counted(on: Dialect) {
    let app = TestApp::with(on, &[("scim.requests_per_minute", "5")]).await;
    let (hr, other) = (Hr::new(&app).await, Hr::with(&app, "other", "internal", "").await);
    for _ in 0..5 {
        assert_eq!(hr.get("/Users").await.status, 200);
    }
    let refused = hr.get("/Users").await;
    assert_eq!((error(&refused).0, refused.header("retry-after")), (429, "13"));
    assert_eq!(other.get("/Users").await.status, 200, "each client has its own");
    app.app.clock.advance(std::time::Duration::from_secs(60));
    assert_eq!(hr.get("/Users").await.status, 200);
    let guesser = Hr { app: &app, token: "scim_guess".to_owned() };
    let mut statuses = Vec::new();
    for _ in 0..102 {
        statuses.push(guesser.get("/Users").await.status.as_u16());
    }
    assert_eq!((statuses[0], statuses[99], statuses[101]), (401, 401, 429));
    assert_eq!(other.get("/Users").await.status, 200, "a right token is no guess, wherever others guess");
    let rows = Api::admin(&app).await.get("/audit/?action=SCIM&page_size=1").await.ok();
    assert_eq!(rows["count"], 100, "every wrong token is recorded");
}
