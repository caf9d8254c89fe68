//! The one client for calls to others: key sets and metadata of parties, gateways, webhooks. Most of its addresses are typed
//! by somebody or come from a foreign document, so it calls public hosts over TLS only, unless configuration lists others;
//! follows no redirects, ignores proxies of the environment, and bounds time and size.

mod address;
mod resolve;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use url::{Host, Url};

pub use address::{Allow, is_local, is_public};

use crate::{Class, Classified};
use resolve::{ForbiddenAddress, Guard, Lookup};

/// How calls are bounded.
#[derive(Clone, Debug)]
pub struct OutboundConfig {
    /// Hosts and networks that may be called although they are not public, and without TLS.
    pub allow: Allow,
    /// A call, body included, takes so long at most.
    pub timeout: Duration,
    /// A body has so many bytes at most.
    pub max_body: usize,
    /// Certificates (PEM) that are trusted besides those of the system.
    pub extra_ca: Vec<u8>,
    /// What we say we are.
    pub user_agent: String,
}

impl Default for OutboundConfig {
    fn default() -> Self {
        Self {
            allow: Allow::default(),
            timeout: Duration::from_secs(5),
            max_body: 1 << 20,
            extra_ca: Vec::new(),
            user_agent: "Symbolon".to_owned(),
        }
    }
}

/// What holds for the calls to one party instead of what holds for all. What may be called is the same for everybody.
#[derive(Clone, Debug, Default)]
pub struct Tuning {
    /// How long a call may take.
    pub timeout: Option<Duration>,
    /// How many bytes a body may have.
    pub max_body: Option<usize>,
    /// Certificates (PEM) that are trusted, and no others.
    pub only_ca: Option<Vec<u8>>,
    /// The certificate of the other side is not looked at: anybody on the way can read and change everything.
    pub unverified: bool,
}

/// A call was not made or not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// The URL cannot be called: not https, or not a URL.
    #[error("`{0}` cannot be called: an absolute https URL is needed")]
    Url(String),
    /// The host is not public and not listed.
    #[error("{0} is not a public address; list it in outbound.allow if it may be called")]
    Forbidden(String),
    /// It took too long.
    #[error("{0} does not answer in time")]
    Timeout(String),
    /// The answer is too large.
    #[error("the answer of {0} is too large")]
    TooLarge(String),
    /// No connection, or it broke.
    #[error("{0}: {1}")]
    Connect(String, String),
    /// The answer is not what was expected.
    #[error("the answer of {0} is not usable: {1}")]
    Answer(String, String),
}

impl Classified for OutboundError {
    fn class(&self) -> Class {
        match self {
            Self::Url(_) | Self::Forbidden(_) => Class::Invalid,
            Self::Timeout(_) | Self::TooLarge(_) | Self::Connect(..) | Self::Answer(..) => Class::Unavailable,
        }
    }
    fn code(&self) -> &'static str {
        match self {
            Self::Url(_) => "outbound_url",
            Self::Forbidden(_) => "outbound_forbidden",
            Self::Timeout(_) => "outbound_timeout",
            Self::TooLarge(_) => "outbound_too_large",
            Self::Connect(..) => "outbound_connect",
            Self::Answer(..) => "outbound_answer",
        }
    }
}

/// A call to be made.
#[must_use = "a call does nothing until it is sent"]
pub struct Call {
    method: reqwest::Method,
    url: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Call {
    fn new(method: reqwest::Method, url: impl Into<String>) -> Self {
        Self { method, url: url.into(), headers: Vec::new(), body: None }
    }

    /// GET.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new(reqwest::Method::GET, url)
    }

    /// POST.
    pub fn post(url: impl Into<String>) -> Self {
        Self::new(reqwest::Method::POST, url)
    }

    /// Another method.
    ///
    /// # Errors
    /// [`OutboundError::Url`] when it is no method.
    pub fn method(method: &str, url: impl Into<String>) -> Result<Self, OutboundError> {
        let method = reqwest::Method::from_bytes(method.as_bytes());
        Ok(Self::new(method.map_err(|_| OutboundError::Url("method".to_owned()))?, url))
    }

    /// Adds a header.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// A body as it is.
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self.header("content-type", content_type)
    }

    /// A JSON body.
    pub fn json(self, value: &impl Serialize) -> Self {
        // Values of ours serialize; one that does not becomes an empty body, which the peer refuses.
        self.body("application/json", serde_json::to_vec(value).unwrap_or_default())
    }

    /// A form body.
    pub fn form<'a>(self, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        self.body("application/x-www-form-urlencoded", form.finish())
    }
}

/// What came back. Redirects are answers like any other.
#[derive(Clone)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// The `Content-Type` header.
    pub content_type: String,
    /// The body.
    pub body: Vec<u8>,
    host: String,
}

impl Answer {
    /// An answer that nobody has sent, for tests of those who read answers.
    pub fn made(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        Self { status, content_type: content_type.to_owned(), body, host: "nowhere.invalid".to_owned() }
    }

    /// The body as JSON, of a successful answer.
    ///
    /// # Errors
    /// [`OutboundError::Answer`] when the status is not 2xx or the body is not such JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, OutboundError> {
        let unusable = |what: String| OutboundError::Answer(self.host.clone(), what);
        if !(200..300).contains(&self.status) {
            return Err(unusable(format!("status {}", self.status)));
        }
        serde_json::from_slice(&self.body).map_err(|e| unusable(e.to_string()))
    }
}

/// Makes calls. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Outbound(Arc<Inner>);

struct Inner {
    config: OutboundConfig,
    allow: Arc<Allow>,
    lookup: Lookup,
    extra_ca: Vec<reqwest::Certificate>,
    only_ca: Option<Vec<reqwest::Certificate>>,
    unverified: bool,
    /// Built at the first call: it reads the certificates of the system.
    client: OnceLock<Result<reqwest::Client, String>>,
}

impl Outbound {
    /// A client with these bounds.
    ///
    /// # Errors
    /// Says what is wrong with the extra certificates.
    pub fn new(config: OutboundConfig) -> Result<Self, String> {
        Self::with_lookup(config, Lookup::System)
    }

    fn with_lookup(config: OutboundConfig, lookup: Lookup) -> Result<Self, String> {
        let extra_ca = reqwest::Certificate::from_pem_bundle(&config.extra_ca);
        let extra_ca = extra_ca.map_err(|e| format!("the extra certificates are not PEM: {e}"))?;
        let allow = Arc::new(config.allow.clone());
        let client = OnceLock::new();
        Ok(Self(Arc::new(Inner { config, allow, lookup, extra_ca, only_ca: None, unverified: false, client })))
    }

    /// A client of its own for one party, behind the same guard.
    ///
    /// # Errors
    /// Says what is wrong with the certificates.
    pub fn tuned(&self, tuning: Tuning) -> Result<Self, String> {
        let mut config = self.0.config.clone();
        config.timeout = tuning.timeout.unwrap_or(config.timeout);
        config.max_body = tuning.max_body.unwrap_or(config.max_body);
        let only_ca = match tuning.only_ca {
            Some(pem) => {
                let read =
                    reqwest::Certificate::from_pem_bundle(&pem).map_err(|e| format!("the certificates are not PEM: {e}"))?;
                Some(Some(read).filter(|all| !all.is_empty()).ok_or("there is no certificate")?)
            }
            None => None,
        };
        Ok(Self(Arc::new(Inner {
            config,
            allow: Arc::clone(&self.0.allow),
            lookup: self.0.lookup.clone(),
            extra_ca: self.0.extra_ca.clone(),
            only_ca,
            unverified: tuning.unverified,
            client: OnceLock::new(),
        })))
    }

    /// GET of a JSON document.
    ///
    /// # Errors
    /// [`OutboundError`].
    pub async fn get_json<T: DeserializeOwned>(&self, url: &str) -> Result<T, OutboundError> {
        self.send(Call::get(url).header("accept", "application/json")).await?.json()
    }

    /// Makes the call and reads the whole answer, of any status.
    ///
    /// # Errors
    /// [`OutboundError`].
    pub async fn send(&self, call: Call) -> Result<Answer, OutboundError> {
        let (url, host) = self.check(&call.url)?;
        let client = self.0.client.get_or_init(|| self.build());
        let client = client.as_ref().map_err(|e| OutboundError::Connect(host.clone(), e.clone()))?;
        let mut request = client.request(call.method, url);
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        if let Some(body) = call.body {
            request = request.body(body);
        }
        let mut response = request.send().await.map_err(|e| failure(&host, &e))?;
        let status = response.status().as_u16();
        let content_type = response.headers().get(reqwest::header::CONTENT_TYPE);
        let content_type = content_type.and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| failure(&host, &e))? {
            if body.len() + chunk.len() > self.0.config.max_body {
                return Err(OutboundError::TooLarge(host));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, content_type, body, host })
    }

    /// The URL and its host, if it may be called as far as can be told without its addresses.
    fn check(&self, text: &str) -> Result<(Url, String), OutboundError> {
        let refused = || OutboundError::Url(text.chars().take(200).collect());
        let url = Url::parse(text).map_err(|_| refused())?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused());
        }
        let allow = &self.0.allow;
        // Addresses in the URL itself never reach the resolver.
        let (host, listed) = match url.host().ok_or_else(refused)? {
            Host::Domain(name) => (name.to_owned(), allow.name(name)),
            Host::Ipv4(v4) => (v4.to_string(), allow.listed(v4.into())),
            Host::Ipv6(v6) => (v6.to_string(), allow.listed(v6.into())),
        };
        let forbidden = match url.host() {
            Some(Host::Ipv4(v4)) => !allow.address(v4.into()),
            Some(Host::Ipv6(v6)) => !allow.address(v6.into()),
            Some(Host::Domain(_)) | None => false,
        };
        if forbidden {
            return Err(OutboundError::Forbidden(host));
        }
        match url.scheme() {
            "https" => Ok((url, host)),
            "http" if listed => Ok((url, host)),
            _ => Err(refused()),
        }
    }

    #[allow(clippy::disallowed_methods, reason = "the one place that makes a client")]
    fn build(&self) -> Result<reqwest::Client, String> {
        let config = &self.0.config;
        let guard = Guard { allow: self.0.allow.clone(), lookup: self.0.lookup.clone() };
        let builder = match &self.0.only_ca {
            Some(only) => reqwest::Client::builder().tls_certs_only(only.clone()),
            None => reqwest::Client::builder().tls_certs_merge(self.0.extra_ca.clone()),
        };
        let builder = if self.0.unverified { builder.tls_danger_accept_invalid_certs(true) } else { builder };
        builder
            .user_agent(&config.user_agent)
            .timeout(config.timeout)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .dns_resolver(guard)
            .pool_max_idle_per_host(4)
            .pool_idle_timeout(Duration::from_secs(30))
            .build()
            .map_err(|e| e.to_string())
    }
}

fn failure(host: &str, error: &reqwest::Error) -> OutboundError {
    if error.is_timeout() {
        return OutboundError::Timeout(host.to_owned());
    }
    let mut cause: &(dyn std::error::Error + 'static) = error;
    loop {
        if cause.is::<ForbiddenAddress>() {
            return OutboundError::Forbidden(host.to_owned());
        }
        match cause.source() {
            Some(next) => cause = next,
            // The innermost cause says what happened; the outer ones repeat the URL.
            None => return OutboundError::Connect(host.to_owned(), cause.to_string()),
        }
    }
}

#[cfg(test)]
mod tests;
