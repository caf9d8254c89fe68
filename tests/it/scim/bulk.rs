use db::Dialect;
use serde_json::{Value, json};

use super::{GROUP, Hr, USER, error, id};
use crate::support::TestApp;

db::on_every_database![operations_refer_to_each_other, errors_are_told_one_by_one, too_much_is_refused];

const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

fn post(path: &str, bulk_id: &str, data: Value) -> Value {
    json!({ "method": "POST", "path": path, "bulkId": bulk_id, "data": data })
}

fn user(name: &str) -> Value {
    json!({ "schemas": [USER], "userName": name })
}

fn group(name: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    json!({ "schemas": [GROUP], "displayName": name, "members": members })
}

async fn run(hr: &Hr<'_>, operations: Value, fail_on: Option<u64>) -> Vec<Value> {
    let answer = hr.send("POST", "/Bulk", &json!({ "schemas": [BULK], "failOnErrors": fail_on, "Operations": operations })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["Operations"].as_array().unwrap().clone()
}

fn statuses(results: &[Value]) -> Vec<&str> {
    results.iter().map(|result| result["status"].as_str().unwrap()).collect()
}

async fn operations_refer_to_each_other(on: Dialect) {
    let app = TestApp::new(on).await;
    let hr = Hr::new(&app).await;
    let operations = json!([
        // Refers to what comes later.
        post("/Groups", "g1", group("Staff", &["bulkId:u1", "bulkId:u2"])),
        post("/Users", "u1", user("ada")),
        post("/Users", "u2", user("bea")),
        { "method": "PATCH", "path": "/Users/bulkId:u2", "data": { "Operations": [{ "op": "add", "path": "title", "value": "t" }] } },
        // A circle.
        post("/Groups", "g2", group("Left", &["bulkId:g3"])),
        post("/Groups", "g3", group("Right", &["bulkId:g2", "bulkId:u1"])),
    ]);
    let results = run(&hr, operations, None).await;
    assert_eq!(statuses(&results), ["201", "201", "201", "200", "201", "201"], "{results:?}");
    assert_eq!(
        results.iter().map(|r| r["bulkId"].as_str().unwrap_or("")).collect::<Vec<_>>(),
        ["g1", "u1", "u2", "", "g2", "g3"]
    );
    let read = async |at: usize| {
        let path = results[at]["location"].as_str().unwrap().rsplit_once("/scim/v2").unwrap().1.to_owned();
        let answer = hr.get(&path).await;
        assert_eq!(answer.header("etag"), results[at]["version"].as_str().unwrap(), "{at}");
        answer.json()
    };
    let (staff, bea, left, right) = (read(0).await, read(3).await, read(4).await, read(5).await);
    assert_eq!(staff["members"].as_array().unwrap().len(), 2);
    assert_eq!((&bea["userName"], &bea["title"]), (&json!("bea"), &json!("t")));
    assert_eq!(left["members"][0]["value"].as_str().unwrap(), id(&right));
    assert!(right["members"].as_array().unwrap().iter().any(|member| member["value"] == left["id"]));
    // Versions count, and what is deleted is gone.
    let path = format!("/Users/{}", id(&bea));
    let operations = json!([
        { "method": "DELETE", "path": path, "version": "W/\"1-e\"" },
        { "method": "PUT", "path": path, "version": bea["meta"]["version"], "data": user("bea2") },
        { "method": "delete", "path": path },
        { "method": "DELETE", "path": path },
    ]);
    let results = run(&hr, operations, None).await;
    assert_eq!(statuses(&results), ["412", "200", "204", "404"]);
    assert!(results[3]["location"].as_str().unwrap().ends_with(&path) && results[3]["response"]["status"] == "404");
}

async fn errors_are_told_one_by_one(on: Dialect) {
    let app = TestApp::new(on).await;
    let hr = Hr::new(&app).await;
    let operations = json!([
        post("/Users", "1", user("ada")),
        post("/Users", "2", user("ADA")),
        post("/Users", "3", json!({ "schemas": [USER] })),
        post("/Groups", "4", group("x", &["bulkId:2"])),
        post("/Groups", "5", group("y", &["bulkId:nothing"])),
        { "method": "POST", "path": "/Users", "data": user("no-bulk-id") },
        { "method": "GET", "path": "/Users" },
        { "method": "DELETE", "path": "/Users" },
        { "method": "DELETE", "path": "/Schemas/1" },
        7,
        post("/Users", "6", user("bea")),
    ]);
    let results = run(&hr, operations.clone(), None).await;
    assert_eq!(statuses(&results), ["201", "409", "400", "400", "400", "400", "400", "400", "400", "400", "201"]);
    assert_eq!(results[1]["response"]["scimType"], "uniqueness");
    assert!(results[1].get("location").is_none());
    assert_eq!(hr.get("/Users").await.json()["totalResults"], 2);
    assert_eq!(hr.get("/Groups").await.json()["totalResults"], 0);
    // What comes after the last error that is put up with is not tried.
    let few = json!([
        post("/Users", "1", user("ada")),
        post("/Users", "2", user("carl")),
        post("/Users", "3", user("bea")),
        post("/Users", "4", user("dora")),
    ]);
    assert_eq!(statuses(&run(&hr, few, Some(2)).await), ["409", "201", "409"]);
    assert_eq!(hr.find("/Users", "userName eq \"dora\"").await.len(), 0);
}

async fn too_much_is_refused(on: Dialect) {
    let app = TestApp::new(on).await;
    let hr = Hr::new(&app).await;
    let many: Vec<Value> = (0..101).map(|n| post("/Users", &n.to_string(), user(&format!("u{n}")))).collect();
    let answer = hr.send("POST", "/Bulk", &json!({ "schemas": [BULK], "Operations": many })).await;
    assert_eq!(error(&answer).0, 413);
    let long = json!({ "schemas": [BULK], "Operations": [post("/Users", "1", json!({ "userName": "x".repeat(1024 * 1024) }))] });
    assert_eq!(error(&hr.send("POST", "/Bulk", &long).await).0, 413);
    for wrong in [json!({}), json!([]), json!({ "Operations": {} })] {
        assert_eq!(error(&hr.send("POST", "/Bulk", &wrong).await), (400, "invalidSyntax".to_owned()), "{wrong}");
    }
    assert_eq!(hr.get("/Users").await.json()["totalResults"], 0);
}
