//! The management API as its clients use it.

use serde_json::Value;

use crate::Server;

/// A token as its enrolment answered it.
#[derive(Clone, Debug)]
pub struct Token {
    /// Serial number.
    pub serial: String,
    /// Seed in base32, empty where the caller gave the seed.
    pub secret: String,
}

impl Server {
    /// A person made through the API.
    ///
    /// # Panics
    /// When the API refuses.
    pub async fn api_add_person(&self, admin: &str, name: &str, password: &str) {
        let form = [("user", name), ("password", password), ("resolver", "internal")];
        let answer = self.post("/user/", Some(admin), &form).await;
        assert_eq!(answer["result"]["status"], true, "{answer}");
    }

    /// Enrols a token with a generated seed for a person.
    ///
    /// # Panics
    /// When the API refuses.
    pub async fn enrol(&self, admin: &str, kind: &str, user: &str, pin: &str) -> Token {
        let form = [("type", kind), ("genkey", "1"), ("user", user), ("pin", pin)];
        token(self.post("/token/init", Some(admin), &form).await)
    }

    /// Enrols a token with the given hexadecimal seed.
    ///
    /// # Panics
    /// When the API refuses.
    pub async fn enrol_seed(&self, admin: &str, kind: &str, user: &str, pin: &str, seed_hex: &str) -> Token {
        let form = [("type", kind), ("otpkey", seed_hex), ("user", user), ("pin", pin)];
        token(self.post("/token/init", Some(admin), &form).await)
    }

    /// Checks a PIN and code of a person; the whole answer.
    pub async fn check(&self, user: &str, pass: &str) -> Value {
        self.post("/validate/check", None, &[("user", user), ("pass", pass)]).await
    }
}

fn token(answer: Value) -> Token {
    assert_eq!(answer["result"]["value"], true, "{answer}");
    Token {
        serial: answer["detail"]["serial"].as_str().unwrap_or_else(|| panic!("no serial in {answer}")).to_owned(),
        secret: answer["detail"]["otpkey"]["value_b32"].as_str().unwrap_or_default().to_owned(),
    }
}

/// Whether a check was accepted.
///
/// # Panics
/// When the answer says neither yes nor no.
pub fn accepted(answer: &Value) -> bool {
    match (&answer["result"]["status"], &answer["result"]["value"]) {
        (Value::Bool(true), Value::Bool(value)) => *value,
        // A refused request (too many attempts, say) accepts nothing.
        (Value::Bool(false), _) => false,
        _ => panic!("neither yes nor no: {answer}"),
    }
}
