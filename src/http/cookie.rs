//! Cookies: `__Host-`, `Secure`, `HttpOnly`, `SameSite=Lax` over https; unprefixed on loopback http, where browsers refuse
//! the prefix.

use std::time::Duration;

use http::header::{COOKIE, HeaderMap, HeaderValue};

use crate::config::PublicUrl;

/// A cookie that we set.
#[derive(Clone, Copy, Debug)]
pub struct Cookie {
    name: &'static str,
    prefixed: &'static str,
}

/// Binds forms and sign-ins to a browser.
pub const BROWSER: Cookie = Cookie { name: "symbolon_browser", prefixed: "__Host-symbolon_browser" };
/// The single sign-on session.
pub const SESSION: Cookie = Cookie { name: "symbolon_session", prefixed: "__Host-symbolon_session" };

/// Marks a browser on which somebody has signed in before.
pub const DEVICE: Cookie = Cookie { name: "symbolon_device", prefixed: "__Host-symbolon_device" };

/// Marks a browser whose person has signed out, and is not to be signed in again unasked.
pub const SIGNED_OUT: Cookie = Cookie { name: "symbolon_signed_out", prefixed: "__Host-symbolon_signed_out" };

impl Cookie {
    /// The name under which it is set.
    pub fn name(&self, url: &PublicUrl) -> &'static str {
        if url.is_https() { self.prefixed } else { self.name }
    }

    /// Its value in a request. `None` when it is absent, sent twice, or no opaque token of ours.
    pub fn read<'a>(&self, url: &PublicUrl, headers: &'a HeaderMap) -> Option<&'a str> {
        let wanted = self.name(url);
        let mut found = headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(name, _)| *name == wanted)
            .map(|(_, value)| value);
        let value = found.next()?;
        // Two of one name: a neighbour on the same host has planted one, and nobody can say which.
        (found.next().is_none() && is_token(value)).then_some(value)
    }

    /// The header that sets it; without `lifetime` it ends with the browser.
    pub fn set(&self, url: &PublicUrl, value: &str, lifetime: Option<Duration>) -> HeaderValue {
        let mut text = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax", self.name(url));
        if url.is_https() {
            text.push_str("; Secure");
        }
        if let Some(lifetime) = lifetime {
            text.push_str(&format!("; Max-Age={}", lifetime.as_secs()));
        }
        HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }

    /// The header that removes it.
    pub fn clear(&self, url: &PublicUrl) -> HeaderValue {
        self.set(url, "", Some(Duration::ZERO))
    }
}

fn is_token(value: &str) -> bool {
    (16..=128).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_and_doubles() {
        let https = PublicUrl::parse("https://id.example.org").unwrap();
        let http = PublicUrl::default();
        let token = "0123456789abcdef0123456789abcdef";
        assert_eq!(
            SESSION.set(&https, token, None),
            "__Host-symbolon_session=0123456789abcdef0123456789abcdef; Path=/; HttpOnly; SameSite=Lax; Secure"
        );
        assert!(SESSION.clear(&http).to_str().unwrap().ends_with("Max-Age=0"));
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, format!("a=b; symbolon_session={token}").parse().unwrap());
        assert_eq!(SESSION.read(&http, &headers), Some(token));
        assert_eq!(SESSION.read(&https, &headers), None);
        headers.append(COOKIE, "symbolon_session=planted0123456789".parse().unwrap());
        assert_eq!(SESSION.read(&http, &headers), None);
    }
}
