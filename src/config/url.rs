//! The public URL: an origin, nothing else.

use std::net::IpAddr;

use figment::value::Value;

use super::setting::{Setting, text};

/// The origin under which people and applications reach this service: `https://HOST[:PORT]`, or `http://` on loopback only.
/// It is the base of every link and the issuer; never taken from a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    host: String,
    https: bool,
    loopback: bool,
}

impl PublicUrl {
    /// Reads an origin.
    ///
    /// # Errors
    /// Says which rule is broken.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = url::Url::parse(text).map_err(|e| format!("{text:?} is no URL: {e}"))?;
        let https = match url.scheme() {
            "https" => true,
            "http" => false,
            other => return Err(format!("{other}: cannot be served; only https, or http on loopback")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not contain a user name or password".to_owned());
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err("must be an origin: scheme, host and port, without path, query or fragment".to_owned());
        }
        let host = url.host_str().unwrap_or_default();
        let loopback = host == "localhost"
            || host.ends_with(".localhost")
            || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        if !https && !loopback {
            return Err(format!("http is allowed on loopback only, and {host} is not"));
        }
        let authority = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        Ok(Self { origin: format!("{}://{authority}", url.scheme()), host: authority, https, loopback })
    }

    /// `scheme://host[:port]`, without a slash at the end. Equals the issuer.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The absolute URL of a path that begins with a slash.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// `host[:port]` as it must stand in the Host header.
    pub fn authority(&self) -> &str {
        &self.host
    }

    /// The host name alone (the WebAuthn relying party id).
    pub fn host(&self) -> &str {
        match self.host.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
            _ => &self.host,
        }
    }

    /// Whether cookies are `Secure` and HSTS is sent.
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// Whether it names this machine.
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }
}

impl Setting for PublicUrl {
    fn kind() -> String {
        "an origin such as \"https://login.example.org\"".into()
    }
    fn read(value: &Value) -> Result<Self, String> {
        Self::parse(&text(value).unwrap_or_default())
    }
    fn show(&self) -> serde_json::Value {
        self.origin.clone().into()
    }
}

impl Default for PublicUrl {
    fn default() -> Self {
        Self { origin: "http://localhost:8080".to_owned(), host: "localhost:8080".to_owned(), https: false, loopback: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_only() {
        let url = PublicUrl::parse("https://Login.Example.org:443/").unwrap();
        assert_eq!(
            (url.origin(), url.authority(), url.host()),
            ("https://login.example.org", "login.example.org", "login.example.org")
        );
        assert_eq!(PublicUrl::parse("http://localhost:8080").unwrap(), PublicUrl::default());
        assert_eq!(PublicUrl::parse("http://[::1]:8080").unwrap().host(), "[::1]");
        for wrong in [
            "http://login.example.org",
            "https://example.org/sso",
            "https://u@example.org",
            "https://example.org/?a",
            "ftp://example.org",
            "example.org",
            "http://127.0.0.1.example.org",
        ] {
            assert!(PublicUrl::parse(wrong).is_err(), "{wrong}");
        }
    }
}
