//! Redirect URIs: which may be registered, and when a requested one is a registered one.
//!
//! The comparison is of strings, byte for byte (OpenID Connect Core 3.1.2.1, RFC 9700 section 2.1). The one exception is the
//! port of a loopback address for native applications (RFC 8252 section 7.3).

use url::Url;

/// Why a URI cannot be registered as a place to send browsers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UriProblem {
    /// Not an absolute URI in printable ASCII of at most 2,000 characters.
    #[error("is not an absolute URI in ASCII")]
    Shape,
    /// It has a fragment.
    #[error("must have no fragment")]
    Fragment,
    /// It carries a user name or password.
    #[error("must carry no user name or password")]
    Credentials,
    /// Plain http to another machine.
    #[error("must use https (http only for localhost and loopback addresses)")]
    PlainHttp,
    /// A scheme of its own, but the client is no public native application.
    #[error("has a scheme that only a public native application may use")]
    Scheme,
    /// A scheme of its own that is no reversed domain name.
    #[error("has a private scheme that is not a domain name in reverse order, such as com.example.app")]
    PrivateScheme,
}

/// Checks a URI before it is registered. `native` is true for public native applications.
///
/// # Errors
/// The first [`UriProblem`] found.
pub fn check(uri: &str, native: bool) -> Result<(), UriProblem> {
    if uri.len() > 2000 || !uri.bytes().all(|b| b.is_ascii_graphic()) || uri.contains('\\') {
        return Err(UriProblem::Shape);
    }
    let url = Url::parse(uri).map_err(|_| UriProblem::Shape)?;
    if uri.contains('#') {
        return Err(UriProblem::Fragment);
    }
    match url.scheme() {
        scheme @ ("https" | "http") => {
            if !url.username().is_empty() || url.password().is_some() {
                return Err(UriProblem::Credentials);
            }
            // `https:host` and `https:///host` are read by browsers in ways that other parsers are not.
            let written_out = uri.get(..scheme.len() + 3).is_some_and(|start| start == format!("{scheme}://"));
            match url.host_str() {
                Some(host) if written_out && uri[scheme.len() + 3..].to_ascii_lowercase().starts_with(host) => {
                    if scheme == "https" || is_this_machine(host) { Ok(()) } else { Err(UriProblem::PlainHttp) }
                }
                _ => Err(UriProblem::Shape),
            }
        }
        _ if !native => Err(UriProblem::Scheme),
        scheme if scheme.contains('.') && uri.starts_with(scheme) => Ok(()),
        _ => Err(UriProblem::PrivateScheme),
    }
}

fn is_this_machine(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

/// Whether the requested URI is the registered one. With `any_loopback_port` (public native applications) the port of
/// `http://127.0.0.1` and `http://[::1]` does not count.
pub fn matches(registered: &str, requested: &str, any_loopback_port: bool) -> bool {
    if registered == requested {
        return true;
    }
    any_loopback_port
        && match (without_loopback_port(registered), without_loopback_port(requested)) {
            (Some(a), Some(b)) => a == b,
            _ => false,
        }
}

/// Splits `http://127.0.0.1:PORT/rest` into host part and rest; `None` when it is something else.
fn without_loopback_port(uri: &str) -> Option<(&'static str, &str)> {
    let host = ["http://127.0.0.1", "http://[::1]"].into_iter().find(|host| uri.starts_with(host))?;
    let rest = &uri[host.len()..];
    let rest = match rest.strip_prefix(':') {
        Some(after) => {
            let digits = after.bytes().take_while(u8::is_ascii_digit).count();
            if !(1..=5).contains(&digits) || after[..digits].parse::<u16>().is_err() {
                return None;
            }
            &after[digits..]
        }
        None => rest,
    };
    (rest.is_empty() || rest.starts_with('/') || rest.starts_with('?')).then_some((host, rest))
}

/// The origin (`scheme://host:port`) of a registered http(s) URI, for `form-action`; `None` for private schemes.
pub fn origin(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok()?;
    url.origin().is_tuple().then(|| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_may_be_registered() {
        for good in ["https://rp.example/cb", "https://rp.example:8443/cb?a=b", "http://localhost:3000/", "http://127.0.0.1/cb"] {
            assert_eq!(check(good, false), Ok(()), "{good}");
        }
        assert_eq!(check("com.example.app:/cb", true), Ok(()));
        assert_eq!(check("com.example.app:/cb", false), Err(UriProblem::Scheme));
        assert_eq!(check("http://rp.example/cb", false), Err(UriProblem::PlainHttp));
        assert_eq!(check("http://127.0.0.1.evil.example/cb", false), Err(UriProblem::PlainHttp));
        assert_eq!(check("https://rp.example/cb#", false), Err(UriProblem::Fragment));
        assert_eq!(check("https://user@rp.example/cb", false), Err(UriProblem::Credentials));
        for bad in
            ["/cb", "rp.example/cb", "https:rp.example", "https:///rp.example", "https://rp.example\\@evil/", "https://räv/", ""]
        {
            assert!(check(bad, false).is_err(), "{bad}");
        }
        for bad in ["javascript:alert(1)", "data:text/html,x", "myapp:/cb", "file:///etc"] {
            assert_eq!(check(bad, true), Err(UriProblem::PrivateScheme), "{bad}");
        }
    }

    #[test]
    fn matching_is_exact_but_for_the_loopback_port() {
        let web = "https://rp.example/cb";
        for other in ["https://rp.example/cb/", "https://rp.example/cb?x", "https://RP.example/cb", "https://rp.example:443/cb"] {
            assert!(!matches(web, other, true), "{other}");
        }
        assert!(matches(web, web, false));
        let native = "http://127.0.0.1/cb";
        assert!(matches(native, "http://127.0.0.1:51004/cb", true));
        assert!(!matches(native, "http://127.0.0.1:51004/cb", false));
        for other in [
            "http://127.0.0.1:51004/cb2",
            "http://127.0.0.1:/cb",
            "http://127.0.0.1:99999/cb",
            "http://127.0.0.1:80@evil.example/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://[::1]:80/cb",
            "http://localhost:80/cb",
            "https://127.0.0.1:80/cb",
        ] {
            assert!(!matches(native, other, true), "{other}");
        }
        assert_eq!(origin("https://rp.example:8443/cb"), Some("https://rp.example:8443".to_owned()));
        assert_eq!(origin("com.example.app:/cb"), None);
    }

    proptest! {
        #[test]
        fn a_suffix_never_matches(suffix in "[!-~]{1,20}") {
            let asked = format!("https://rp.example/cb{suffix}");
            prop_assert!(!matches("https://rp.example/cb", &asked, true));
        }

        #[test]
        fn a_loopback_match_stays_on_loopback(rest in "[!-~]{0,30}") {
            let asked = format!("http://127.0.0.1{rest}");
            if matches("http://127.0.0.1/cb", &asked, true) {
                let url = Url::parse(&asked).unwrap();
                prop_assert_eq!(url.host_str(), Some("127.0.0.1"));
                prop_assert_eq!(url.path(), "/cb");
                prop_assert!(url.username().is_empty());
            }
        }

        #[test]
        fn never_panics(uri in "\\PC{0,60}") {
            let _ = check(&uri, true);
            let _ = matches("http://127.0.0.1/cb", &uri, true);
        }
    }
}
