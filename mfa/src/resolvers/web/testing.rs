//! A store for tests: answers as it is told, and remembers what it was asked.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use db::Db;
use kernel::outbound::{Allow, Answer, Outbound, OutboundConfig};
use kernel::{Clock, Entropy, SecretText};
use keys::Keys;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::resolvers::{Entry, Env, Given, ParamValues, Resolver, ResolverError, ResolverKind};
use crate::testing::NOW;

/// What a store was asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// Path and parameters as they came.
    pub(crate) target: String,
    /// In lower case, a line for each.
    pub(crate) headers: String,
    pub(crate) body: String,
}

impl Asked {
    /// The path as it came.
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// A parameter of the URL, decoded.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let query = self.target.split_once('?')?.1;
        url::form_urlencoded::parse(query.as_bytes()).find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }

    /// A field of a form, decoded.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(self.body.as_bytes()).find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }

    /// A header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// Status, type and body; a body of `None` is never sent.
pub(crate) type Reply = (u16, &'static str, Option<String>);

/// JSON.
pub(crate) fn json(status: u16, value: &serde_json::Value) -> Reply {
    (status, "application/json", Some(value.to_string()))
}

/// A started store.
pub(crate) struct Store {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Store {
    /// Starts it on a port of this machine.
    pub(crate) async fn start(reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (asked, reply) = (Arc::new(Mutex::new(Vec::new())), Arc::new(reply));
        let heard = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&heard), Arc::clone(&reply)));
            }
        });
        Self { url, asked }
    }

    /// All that it was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets that, and returns it.
    pub(crate) fn take(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn serve(mut stream: TcpStream, heard: Arc<Mutex<Vec<Asked>>>, reply: Arc<impl Fn(&Asked) -> Reply>) {
    let mut bytes = Vec::new();
    let asked = loop {
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(n) => bytes.extend_from_slice(&buffer[..n]),
        }
        if let Some(asked) = parse(&String::from_utf8_lossy(&bytes)) {
            break asked;
        }
    };
    heard.lock().unwrap_or_else(PoisonError::into_inner).push(asked.clone());
    let (status, kind, body) = reply(&asked);
    let Some(body) = body else { return std::future::pending().await };
    let location = if (300..400).contains(&status) { "Location: http://127.0.0.1:1/elsewhere\r\n" } else { "" };
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\n{location}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(body.as_bytes()).await;
}

fn parse(text: &str) -> Option<Asked> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let (line, headers) = head.split_once("\r\n")?;
    let mut words = line.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let headers = headers.lines().map(|line| match line.split_once(':') {
        Some((name, value)) => format!("{}: {}\n", name.to_ascii_lowercase(), value.trim()),
        None => String::new(),
    });
    let asked = Asked { method, target, headers: headers.collect(), body: body.to_owned() };
    let length: usize = asked.header("content-length").unwrap_or("0").parse().ok()?;
    (body.len() >= length).then_some(asked)
}

/// An answer as the client would give it.
pub(crate) fn said(status: u16, body: &str) -> Answer {
    Answer::made(status, "application/json", body.as_bytes().to_vec())
}

/// What resolvers are built on; hosts on this machine may be called.
pub(crate) async fn env() -> (Env, db::testing::TestDb) {
    let db = db::testing::one(db::Dialect::Sqlite).await;
    let config = OutboundConfig {
        allow: Allow::parse(["127.0.0.1"]).unwrap(),
        timeout: Duration::from_secs(5),
        ..OutboundConfig::default()
    };
    let database: Db = (*db).clone();
    let env = Env {
        db: database,
        keys: Keys::for_tests(),
        clock: Clock::fixed(NOW),
        chance: Entropy::seeded(1),
        outbound: Outbound::new(config).unwrap(),
    };
    (env, db)
}

/// The values of a kind.
pub(crate) fn values(kind: &ResolverKind, given: &[(&str, &str)]) -> Result<ParamValues, ResolverError> {
    let given: Given = given.iter().map(|(name, value)| ((*name).to_owned(), SecretText::new(*value))).collect();
    ParamValues::read(kind, &given, None)
}

/// A resolver of a kind.
pub(crate) fn build(kind: &ResolverKind, env: &Env, given: &[(&str, &str)]) -> Result<Arc<dyn Resolver>, ResolverError> {
    let id = kernel::ids::RowId::new(&env.chance, env.clock.now());
    (kind.build)(id, &values(kind, given)?, env)
}

/// Answers with which no store is to get anything done: each is no answer, and none makes anybody known or a password right.
pub(crate) fn hostile() -> Vec<(&'static str, Reply)> {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    vec![
        ("a page", (200, "text/html", Some("<html>Please sign in</html>".to_owned()))),
        ("nothing", (200, "application/json", Some(String::new()))),
        ("half", (200, "application/json", Some(r#"{"value": [{"id": "#.to_owned()))),
        ("deep", (200, "application/json", Some(deep))),
        ("large", (200, "application/json", Some(format!("\"{}\"", "x".repeat(9 << 20))))),
        ("a redirect", (302, "text/plain", Some(String::new()))),
        ("an outage", (503, "text/plain", Some("down".to_owned()))),
        ("too many", (429, "application/json", Some("{}".to_owned()))),
    ]
}

/// The login names of entries.
pub(crate) fn logins(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.login.as_str()).collect()
}
