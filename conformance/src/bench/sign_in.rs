//! A whole sign-in over the hosted pages: from the application's request to its tokens, each in a browser that was never here.
//!
//! Its limit is one Argon2id for the password; everything else is pages, commits and one signature each for access and ID token.

use std::sync::Arc;

use db::Dialect;

use crate::Server;
use crate::bench::http::{Answer, Connection};
use crate::bench::load::run;
use crate::bench::report::Report;
use crate::bench::{bare, checks, codes};

/// Secret of the applications of a load.
pub(crate) const SECRET: &str = "load-client-secret-0123456789-abcdef";
const AUTHORIZE: &str = "/oidc/authorize?client_id=app&response_type=code&scope=openid&state=s&nonce=n\
                         &redirect_uri=https%3A%2F%2Fapp.example%2Fcb";

/// Measures sign-ins at the default cost of passwords.
///
/// # Panics
/// When one does not succeed.
pub async fn measure(report: &mut Report, quick: bool) {
    let people = if quick { 10 } else { 300 };
    report.section("A whole sign-in (password, TOTP, code, tokens)");
    let limit = bare::argon2id(2, people).await;
    report.limit("Argon2id (19 MiB, 2, 1) on two cores", limit);
    for dialect in [Dialect::Sqlite, Dialect::Postgres] {
        let place = checks::Place::new(dialect).await;
        let server = place.server(true, false).await;
        add_application(&server).await;
        codes::people(&server, people).await;
        let port = server.port();
        let measured = run(
            server.pid(),
            4,
            people,
            |_| async move { Connection::open(port).await.expect("a connection") },
            |connection, n| {
                Box::pin(async move {
                    Browser::new(connection).sign_in(n).await;
                })
            },
        )
        .await;
        report.path(&format!("sign-in on {}, 4 at once", dialect.name()), measured, limit.rate);
    }
}

/// Signs `count` people in and returns a refresh token of each.
pub(crate) async fn refresh_tokens(server: &Arc<Server>, count: usize) -> Vec<String> {
    add_application(server).await;
    codes::people(server, count).await;
    let mut connection = Connection::open(server.port()).await.expect("a connection");
    let mut tokens = Vec::new();
    for n in 0..count {
        tokens.push(refresh_token(&Browser::new(&mut connection).sign_in(n).await));
    }
    tokens
}

/// Signs `count` people in; returns the cookies of each, as a header.
pub(crate) async fn sessions(server: &Arc<Server>, count: usize) -> Vec<String> {
    add_application(server).await;
    codes::people(server, count).await;
    let mut connection = Connection::open(server.port()).await.expect("a connection");
    let mut cookies = Vec::new();
    for n in 0..count {
        let mut browser = Browser::new(&mut connection);
        browser.sign_in(n).await;
        cookies.push(browser.cookie_header());
    }
    cookies
}

/// The header with which a client of a load proves who it is.
pub(crate) fn basic(client: &str) -> String {
    format!("Authorization: Basic {}\r\n", data_encoding::BASE64.encode(format!("{client}:{SECRET}").as_bytes()))
}

/// The refresh token of a token answer.
pub(crate) fn refresh_token(answer: &Answer) -> String {
    let document: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let token = document["refresh_token"].as_str();
    token.unwrap_or_else(|| panic!("no refresh token: {}", String::from_utf8_lossy(&answer.body))).to_owned()
}

async fn add_application(server: &Server) {
    let args =
        ["client", "add", "app", "--redirect-uri", "https://app.example/cb", "--trusted", "--alg", "ES256", "--secret-stdin"];
    server.cli_ok(&args, Some(SECRET));
    // The command line is another process: the server follows within two seconds.
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
}

/// A browser with its cookies.
struct Browser<'a> {
    connection: &'a mut Connection,
    cookies: Vec<(String, String)>,
}

impl<'a> Browser<'a> {
    fn new(connection: &'a mut Connection) -> Self {
        Self { connection, cookies: Vec::new() }
    }

    /// Signs person `n` in at the application and has it redeem its code.
    async fn sign_in(&mut self, n: usize) -> Answer {
        let begun = self.get(AUTHORIZE).await;
        let path = location(&begun);
        let page = self.get(&path).await;
        let password = format!("username={}&password={}", codes::name(n), codes::PASSWORD);
        let next = self.submit(&path, &page, &password).await;
        let page = if next.status == 303 { self.get(&location(&next)).await } else { next };
        let otp = format!("otp={}", codes::totp(&codes::seed(n), codes::step()));
        let done = self.submit(&path, &page, &otp).await;
        let back = location(&done);
        let code = back.split(['?', '&']).find_map(|p| p.strip_prefix("code="));
        let code = code.unwrap_or_else(|| panic!("no code in {back}: {}", String::from_utf8_lossy(&done.body)));
        let form = format!(
            "grant_type=authorization_code&code={code}\
             &redirect_uri=https%3A%2F%2Fapp.example%2Fcb"
        );
        let tokens = self.connection.post("/oidc/token", &basic("app"), &form).await.expect("tokens");
        assert_eq!(tokens.status, 200, "{}", String::from_utf8_lossy(&tokens.body));
        tokens
    }

    async fn get(&mut self, path: &str) -> Answer {
        let headers = format!("{}Accept: text/html\r\n", self.cookie_header());
        let answer = self.connection.get(path, &headers).await.expect("a page");
        self.keep(&answer);
        answer
    }

    /// Submits the form of a page with its hidden fields.
    async fn submit(&mut self, path: &str, page: &Answer, fields: &str) -> Answer {
        let text = String::from_utf8_lossy(&page.body);
        let form = format!("csrf={}&step={}&{fields}", field(&text, "csrf"), field(&text, "step"));
        let headers = format!("{}Accept: text/html\r\nSec-Fetch-Site: same-origin\r\n", self.cookie_header());
        let answer = self.connection.post(path, &headers, &form).await.expect("an answer");
        self.keep(&answer);
        answer
    }

    fn cookie_header(&self) -> String {
        if self.cookies.is_empty() {
            return String::new();
        }
        let pairs: Vec<String> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        format!("Cookie: {}\r\n", pairs.join("; "))
    }

    fn keep(&mut self, answer: &Answer) {
        for cookie in answer.header("set-cookie") {
            if let Some((name, value)) = cookie.split(';').next().and_then(|c| c.split_once('=')) {
                self.cookies.retain(|(n, _)| n != name);
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
    }
}

/// Where the browser is sent, without the origin of the server.
fn location(answer: &Answer) -> String {
    let to = answer.header("location").next();
    let to = to.unwrap_or_else(|| panic!("status {}: {}", answer.status, String::from_utf8_lossy(&answer.body)));
    match to.strip_prefix("http://localhost:") {
        Some(rest) => rest[rest.find('/').unwrap_or(rest.len())..].to_owned(),
        None => to.to_owned(),
    }
}

/// The value of a hidden field of a page.
fn field(page: &str, name: &str) -> String {
    let tag = page.split(&format!("name=\"{name}\"")).nth(1).and_then(|rest| rest.split('>').next()).unwrap_or_default();
    tag.split("value=\"").nth(1).and_then(|v| v.split('"').next()).unwrap_or_default().to_owned()
}
