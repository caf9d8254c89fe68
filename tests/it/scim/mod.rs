//! Provisioning over HTTP.

mod attacks;
mod bulk;
mod clients;
mod discovery;
mod groups;
mod lists;
mod users;
mod versions;

use axum::body::Body;
use mfa::scim::ops::AddScimClient;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp, request};

pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// A program that provisions.
pub struct Hr<'a> {
    app: &'a TestApp,
    pub token: String,
}

impl<'a> Hr<'a> {
    /// With all rights on the internal resolver.
    pub async fn new(app: &'a TestApp) -> Self {
        Self::with(app, "hr", "internal", "").await
    }

    pub async fn with(app: &'a TestApp, name: &str, resolver: &str, rights: &str) -> Self {
        let answer = app.operate(&AddScimClient, &[("name", name), ("resolver", resolver), ("rights", rights)]).await;
        Self { app, token: answer.value["token"].as_str().unwrap().to_owned() }
    }

    pub async fn raw(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let mut request = request(method, &format!("/scim/v2{path}"));
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/scim+json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.app.send(request.body(Body::from(body)).unwrap()).await
    }

    pub async fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.raw(method, path, &[], body.to_string().into_bytes()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.raw("GET", path, &[], Vec::new()).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.raw("DELETE", path, &[], Vec::new()).await
    }

    /// Answers what a filter finds.
    pub async fn find(&self, endpoint: &str, filter: &str) -> Vec<Value> {
        let answer = self.get(&format!("{endpoint}?{}", query(&[("filter", filter)]))).await;
        assert_eq!(answer.status, 200, "{filter}: {}", answer.text);
        answer.json()["Resources"].as_array().unwrap().clone()
    }

    /// Creates a resource that must be taken.
    pub async fn add(&self, endpoint: &str, body: Value) -> Value {
        let answer = self.send("POST", endpoint, &body).await;
        assert_eq!(answer.status, 201, "{body}: {}", answer.text);
        answer.json()
    }

    pub async fn add_user(&self, name: &str) -> Value {
        self.add("/Users", json!({ "schemas": [USER], "userName": name })).await
    }

    /// Changes a resource; the change must be taken.
    pub async fn patch(&self, path: &str, operations: Value) -> Answer {
        let body = json!({ "schemas": [PATCH], "Operations": operations });
        let answer = self.send("PATCH", path, &body).await;
        assert!(answer.status.is_success(), "{body}: {} {}", answer.status, answer.text);
        answer
    }
}

/// Status and `scimType` of an error in the form of SCIM.
pub fn error(answer: &Answer) -> (u16, String) {
    let document = answer.json();
    assert_eq!(document["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]), "{}", answer.text);
    assert_eq!(document["status"], json!(answer.status.as_u16().to_string()));
    assert!(document["detail"].is_string() && answer.header("content-type") == "application/scim+json", "{}", answer.text);
    (answer.status.as_u16(), document["scimType"].as_str().unwrap_or_default().to_owned())
}

pub fn query(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

pub fn id(resource: &Value) -> String {
    resource["id"].as_str().unwrap_or_else(|| panic!("{resource}")).to_owned()
}
