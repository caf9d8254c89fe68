//! The doors at which somebody outside can name a person: one failed attempt each, timed, and what came of it.

use std::time::Duration;

use kernel::clock::Stopwatch;
use reqwest::Response;
use serde_json::Value;

use super::house::House;

/// A door.
#[derive(Clone, Copy, Debug)]
pub enum Door {
    /// `POST /auth`.
    Auth,
    /// The hosted sign-in page.
    Page,
    /// `POST /validate/check`.
    Check,
    /// `POST /validate/triggerchallenge`, which is for administrators.
    Trigger,
}

/// What is tried.
#[derive(Clone)]
pub struct Guess {
    pub user: String,
    pub pass: String,
}

/// What came of it.
pub struct Sample {
    pub took: Duration,
    pub looks: Looks,
}

/// All of an answer that is not drawn anew for each of them.
#[derive(Debug, PartialEq, Eq)]
pub struct Looks {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

/// Differ between two equal answers. The length follows from the body, which is compared without what differs in it.
const DRAWN: &[&str] = &["date", "x-request-id", "content-length"];

impl Door {
    /// One attempt, by somebody who was never here.
    pub async fn attempt(self, house: &House, guess: &Guess) -> Sample {
        let Guess { user, pass } = guess;
        match self {
            Self::Auth => api(house, "/auth", &[("username", user), ("password", pass)]).await,
            Self::Check => api(house, "/validate/check", &[("user", user), ("pass", pass)]).await,
            Self::Trigger => api(house, "/validate/triggerchallenge", &[("user", user)]).await,
            Self::Page => page(house, guess).await,
        }
    }
}

async fn timed(request: reqwest::RequestBuilder) -> (Duration, u16, Vec<(String, String)>, String) {
    let watch = Stopwatch::start();
    let response = request.send().await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), headers(&response));
    let text = response.text().await.expect("a body");
    (watch.elapsed(), status, headers, text)
}

fn headers(response: &Response) -> Vec<(String, String)> {
    let all = response.headers().iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()));
    let mut all: Vec<_> = all.filter(|(name, _)| !DRAWN.contains(&name.as_str())).collect();
    all.sort();
    all
}

async fn api(house: &House, path: &str, form: &[(&str, &str)]) -> Sample {
    let request = house.client().post(house.server().at(path)).header("x-forwarded-for", house.address()).form(form);
    let (took, status, headers, text) = timed(request).await;
    let mut document: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{path}: {status} {text}"));
    if let Some(map) = document.as_object_mut() {
        for name in ["time", "signature"] {
            map.remove(name);
        }
    }
    if let Some(detail) = document.get_mut("detail").and_then(Value::as_object_mut) {
        detail.remove("threadid");
    }
    Sample { took, looks: Looks { status, headers, body: document.to_string() } }
}

/// The value of the first field of this name.
fn field(text: &str, name: &str) -> String {
    let tag = text.split(&format!("name=\"{name}\"")).nth(1).and_then(|rest| rest.split('>').next()).unwrap_or_default();
    tag.split("value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
}

/// Where an application begins a sign-in.
pub const BEGIN: &str =
    "/oidc/authorize?client_id=door&response_type=code&scope=openid&redirect_uri=http%3A%2F%2Flocalhost%3A1%2Fcb";

/// Sign-in as an application begins it, in a new browser; the answer to the password is timed.
async fn page(house: &House, guess: &Guess) -> Sample {
    let (server, client, address) = (house.server(), house.client(), house.address());
    let begun = client.get(server.at(BEGIN)).header("x-forwarded-for", &address).send().await;
    let begun = begun.expect("an answer");
    let text = |name: &str| begun.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let (path, cookie) = (text("location"), text("set-cookie"));
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    let shown = client.get(server.at(&path)).header("x-forwarded-for", &address).header("cookie", &cookie).send().await;
    let shown = shown.expect("an answer").text().await.expect("a page");
    let (csrf, step) = (field(&shown, "csrf"), field(&shown, "step"));
    assert!(!csrf.is_empty() && !step.is_empty(), "{path}: {shown}");
    let form = [("csrf", &csrf), ("step", &step), ("username", &guess.user), ("password", &guess.pass)];
    let request = client.post(server.at(&path)).header("x-forwarded-for", &address).header("cookie", &cookie).form(&form);
    let (took, status, headers, text) = timed(request).await;
    let flow = path.rsplit('/').next().unwrap_or_default();
    let nonce = headers.iter().find_map(|(_, value)| value.split("'nonce-").nth(1)?.split('\'').next()).unwrap_or("-").to_owned();
    let plain = |text: &str| {
        let step = field(text, "step");
        let text = text.replace(&csrf, "CSRF").replace(&format!("value=\"{step}\""), "value=\"STEP\"");
        text.replace(&guess.user, "NAME").replace(flow, "FLOW").replace(&nonce, "NONCE")
    };
    let headers = headers.iter().map(|(name, value)| (name.clone(), value.replace(&nonce, "NONCE"))).collect();
    Sample { took, looks: Looks { status, headers, body: plain(&text) } }
}
