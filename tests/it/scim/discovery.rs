use db::Dialect;
use serde_json::Value;

use super::{ENTERPRISE, GROUP, Hr, USER, error};
use crate::support::TestApp;

db::on_every_database![what_is_declared_is_published, what_is_not_there_is_said_in_scim];

async fn what_is_declared_is_published(on: Dialect) {
    let app = TestApp::new(on).await;
    let anyone = Hr { app: &app, token: String::new() };
    let config = anyone.get("/ServiceProviderConfig").await.json();
    assert_eq!(config["bulk"]["maxPayloadSize"], 1024 * 1024);
    assert_eq!(config["filter"]["maxResults"], 200);
    for feature in ["patch", "bulk", "filter", "changePassword", "sort", "etag"] {
        assert_eq!(config[feature]["supported"], true, "{feature}");
    }
    assert_eq!(config["authenticationSchemes"][0]["type"], "oauthbearertoken");
    let types = anyone.get("/ResourceTypes").await.json();
    let names: Vec<&str> = types["Resources"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["User", "Group"]);
    assert_eq!(anyone.get("/ResourceTypes/User").await.json()["schemaExtensions"][0]["schema"], ENTERPRISE);
    let schemas = anyone.get("/Schemas").await.json();
    assert_eq!((&schemas["totalResults"], schemas["Resources"].as_array().unwrap().len()), (&Value::from(3), 3));
    for urn in [USER, ENTERPRISE, GROUP] {
        let schema = anyone.get(&format!("/Schemas/{urn}")).await.json();
        assert_eq!(schema["id"], urn);
    }
    let user = anyone.get(&format!("/Schemas/{USER}")).await.json();
    let attribute = |name: &str| user["attributes"].as_array().unwrap().iter().find(|a| a["name"] == name).unwrap();
    let password = attribute("password");
    assert_eq!((&password["mutability"], &password["returned"]), (&Value::from("writeOnly"), &Value::from("never")));
    assert_eq!(attribute("groups")["mutability"], "readOnly");
    assert_eq!(attribute("userName")["uniqueness"], "server");
}

async fn what_is_not_there_is_said_in_scim(on: Dialect) {
    let app = TestApp::new(on).await;
    let hr = Hr::new(&app).await;
    for path in ["/ResourceTypes/Nothing", "/Schemas/urn:nothing", "/Nothing", "/Users/1/2", ""] {
        assert_eq!(error(&hr.get(path).await).0, 404, "{path}");
    }
    for (method, path) in [("POST", "/Schemas"), ("PATCH", "/Users"), ("DELETE", "/Groups"), ("PUT", "/ServiceProviderConfig")] {
        assert_eq!(error(&hr.raw(method, path, &[], Vec::new()).await).0, 405, "{method} {path}");
    }
    assert_eq!(error(&hr.get("/Schemas?filter=id+pr").await).0, 403);
    for method in ["GET", "PUT", "PATCH", "DELETE", "POST"] {
        assert_eq!(error(&hr.raw(method, "/Me", &[], Vec::new()).await).0, 501, "{method}");
    }
}
