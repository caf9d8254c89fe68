use db::Dialect;
use serde_json::{Value, json};

use super::{ENTERPRISE, GROUP, Hr, USER, error, id, query};
use crate::support::TestApp;

db::on_every_database![pages_and_order, filters_find, parts_of_resources, one_search_for_everything];

fn names(list: &Value) -> Vec<String> {
    let name = |r: &Value| r["userName"].as_str().or(r["displayName"].as_str()).unwrap_or("?").to_owned();
    list["Resources"].as_array().unwrap().iter().map(name).collect()
}

async fn pages_and_order(on: Dialect) {
    let app = TestApp::new(on).await;
    let hr = Hr::new(&app).await;
    for (name, title) in [("Carl", "b"), ("ada", "C"), ("bea", ""), ("dora", "a")] {
        app.app.clock.advance(std::time::Duration::from_millis(1));
        let title = if title.is_empty() { Value::Null } else { json!(title) };
        hr.add("/Users", json!({ "schemas": [USER], "userName": name, "title": title })).await;
    }
    let list = async |pairs: &[(&str, &str)]| hr.get(&format!("/Users?{}", query(pairs))).await.json();
    let all = list(&[]).await;
    assert_eq!((&all["totalResults"], &all["startIndex"], &all["itemsPerPage"]), (&json!(4), &json!(1), &json!(4)));
    assert_eq!(names(&all), ["Carl", "ada", "bea", "dora"], "as they were made");
    let page = list(&[("startIndex", "2"), ("count", "2")]).await;
    assert_eq!(names(&page), ["ada", "bea"]);
    assert_eq!((&page["totalResults"], &page["startIndex"], &page["itemsPerPage"]), (&json!(4), &json!(2), &json!(2)));
    assert_eq!(names(&list(&[("startIndex", "-3"), ("count", "1")]).await), ["Carl"]);
    let none = list(&[("count", "0")]).await;
    assert_eq!((&none["totalResults"], names(&none).len()), (&json!(4), 0));
    assert_eq!(names(&list(&[("count", "-1")]).await).len(), 0);
    assert_eq!(names(&list(&[("startIndex", "9")]).await).len(), 0);
    assert_eq!(names(&list(&[("sortBy", "userName")]).await), ["ada", "bea", "Carl", "dora"]);
    assert_eq!(names(&list(&[("sortBy", "userName"), ("sortOrder", "descending")]).await), ["dora", "Carl", "bea", "ada"]);
    assert_eq!(names(&list(&[("sortBy", "title")]).await), ["dora", "Carl", "ada", "bea"], "who has none comes last");
    let sorted = list(&[("sortBy", "title"), ("filter", "title pr"), ("startIndex", "2"), ("count", "1")]).await;
    assert_eq!((names(&sorted), &sorted["totalResults"]), (vec!["Carl".to_owned()], &json!(3)));
    for (pairs, word) in [
        ([("sortBy", "nothing"), ("count", "1")], "invalidPath"),
        ([("sortBy", "title"), ("sortOrder", "sideways")], "invalidValue"),
        ([("count", "many"), ("startIndex", "1")], "invalidValue"),
    ] {
        assert_eq!(error(&hr.get(&format!("/Users?{}", query(&pairs))).await), (400, word.to_owned()), "{pairs:?}");
    }
}

async fn filters_find(on: Dialect) {
    let app = TestApp::new(on).await;
    let hr = Hr::new(&app).await;
    for n in 0..12 {
        app.app.clock.advance(std::time::Duration::from_millis(1));
        let user = json!({
            "schemas": [USER, ENTERPRISE], "userName": format!("user{n}"), "externalId": format!("Ext{n}"), "active": n % 2 == 0,
            "emails": [{ "value": format!("u{n}@{}.example", if n < 6 { "one" } else { "two" }), "type": "work" }],
            ENTERPRISE: { "department": if n < 3 { "Sales" } else { "North" } },
        });
        hr.add("/Users", user).await;
    }
    let first = hr.find("/Users", "userName eq \"USER1\"").await.remove(0);
    for (filter, found) in [
        ("userName eq \"user1\"".to_owned(), 1),
        ("externalId eq \"Ext1\"".to_owned(), 1),
        ("externalId eq \"ext1\"".to_owned(), 0),
        (format!("id eq \"{}\"", id(&first)), 1),
        (format!("id eq \"{}\" and userName eq \"user2\"", id(&first)), 0),
        ("userName eq \"user1\" and active eq true".to_owned(), 0),
        ("userName sw \"user1\"".to_owned(), 3),
        ("active eq false".to_owned(), 6),
        ("emails[type eq \"work\" and value ew \"@one.example\"] and active eq true".to_owned(), 3),
        (format!("{ENTERPRISE}:department eq \"sales\""), 3),
        ("not (userName sw \"user1\") and emails co \"two\"".to_owned(), 4),
        ("meta.lastModified ge \"2026-03-01T12:00:00Z\"".to_owned(), 12),
        ("meta.created gt \"2027-01-01T00:00:00Z\"".to_owned(), 0),
        ("userName eq \"x' OR 1=1 --\"".to_owned(), 0),
        ("userName eq \"%\" or userName eq \"user_\"".to_owned(), 0),
    ] {
        assert_eq!(hr.find("/Users", &filter).await.len(), found, "{filter}");
    }
    for filter in
        ["userName", "nothing eq 1", "password eq \"x\"", "password pr", "active gt true", "userName eq \"a", "((id pr)"]
    {
        let answer = hr.get(&format!("/Users?{}", query(&[("filter", filter)]))).await;
        assert_eq!(error(&answer), (400, "invalidFilter".to_owned()), "{filter}");
    }
    let searched =
        hr.send("POST", "/Users/.search", &json!({ "filter": "active eq true", "count": 2, "startIndex": 2 })).await.json();
    assert_eq!((&searched["totalResults"], names(&searched)), (&json!(6), vec!["user2".to_owned(), "user4".to_owned()]));
}

async fn parts_of_resources(on: Dialect) {
    let app = TestApp::new(on).await;
    let hr = Hr::new(&app).await;
    let user = json!({
        "schemas": [USER, ENTERPRISE], "userName": "dana", "name": { "givenName": "D", "familyName": "E" }, "title": "t",
        "emails": [{ "value": "a@x.example", "type": "work" }], ENTERPRISE: { "department": "Sales", "division": "x" },
    });
    let path = format!("/Users/{}", id(&hr.add("/Users", user).await));
    let keys = |value: &Value| {
        let mut keys: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    };
    let part = async |pairs: &[(&str, &str)]| hr.get(&format!("{path}?{}", query(pairs))).await.json();
    assert_eq!(keys(&part(&[("attributes", "TITLE,name.givenName")]).await), ["id", "name", "schemas", "title"]);
    assert_eq!(part(&[("attributes", "name.givenName")]).await["name"], json!({ "givenName": "D" }));
    assert_eq!(
        part(&[("attributes", "emails.value,emails.type")]).await["emails"],
        json!([{ "value": "a@x.example", "type": "work" }])
    );
    let department = format!("{ENTERPRISE}:department");
    assert_eq!(part(&[("attributes", &department)]).await[ENTERPRISE], json!({ "department": "Sales" }));
    assert_eq!(part(&[("attributes", ENTERPRISE)]).await[ENTERPRISE], json!({ "department": "Sales", "division": "x" }));
    let without = part(&[("excludedAttributes", "name,id,emails.type,meta")]).await;
    assert!(without.get("name").is_none() && without.get("meta").is_none() && without["id"].is_string());
    assert_eq!(without["emails"], json!([{ "value": "a@x.example" }]));
    assert_eq!(keys(&part(&[("attributes", "nothing")]).await), ["id", "schemas"]);
    let both = hr.get(&format!("{path}?attributes=title&excludedAttributes=name")).await;
    assert_eq!(error(&both), (400, "invalidValue".to_owned()));
    let created =
        hr.send("POST", "/Users?attributes=userName", &json!({ "schemas": [USER], "userName": "e", "title": "x" })).await;
    assert_eq!(keys(&created.json()), ["id", "schemas", "userName"]);
    assert_ne!(created.header("etag"), "");
    let listed = hr.get("/Users?attributes=title").await.json();
    assert!(listed["Resources"].as_array().unwrap().iter().all(|user| user.get("userName").is_none()));
}

async fn one_search_for_everything(on: Dialect) {
    let app = TestApp::new(on).await;
    let hr = Hr::new(&app).await;
    for name in ["ada", "bea"] {
        app.app.clock.advance(std::time::Duration::from_millis(1));
        hr.add_user(name).await;
    }
    hr.add("/Groups", json!({ "schemas": [GROUP], "displayName": "staff" })).await;
    let search = async |body: Value| hr.send("POST", "/.search", &body).await.json();
    let all = search(json!({})).await;
    assert_eq!((&all["totalResults"], names(&all)), (&json!(3), vec!["ada".to_owned(), "bea".to_owned(), "staff".to_owned()]));
    let page = search(json!({ "startIndex": 2, "count": 2 })).await;
    assert_eq!((&page["totalResults"], names(&page)), (&json!(3), vec!["bea".to_owned(), "staff".to_owned()]));
    assert_eq!(names(&search(json!({ "startIndex": 3, "count": 2 })).await), ["staff"]);
    assert_eq!(names(&search(json!({ "count": 1 })).await), ["ada"]);
    assert_eq!(names(&search(json!({ "filter": "userName pr" })).await), ["ada", "bea"]);
    assert_eq!(names(&search(json!({ "filter": "displayName eq \"staff\" or userName eq \"ada\"" })).await), ["ada", "staff"]);
    assert_eq!(names(&search(json!({ "filter": "members[value eq \"x\"]" })).await).len(), 0);
}
