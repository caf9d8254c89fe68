//! Bearer tokens at resources of ours (RFC 6750): from the header or from a form body, never from a query.

use super::params::Params;

/// What was presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bearer<'a> {
    /// One token.
    Token(&'a str),
    /// None.
    Missing,
    /// More than one, or something unreadable.
    Malformed,
}

/// Reads the token of a request. `body` holds the parameters of a form body and nothing of the query.
pub fn read<'a>(authorization: Option<&'a str>, body: Option<&'a Params>) -> Bearer<'a> {
    let in_body = match body.map(|params| params.get("access_token")) {
        None | Some(Ok(None)) => None,
        Some(Ok(token)) => token,
        Some(Err(_)) => return Bearer::Malformed,
    };
    // The scheme is compared without case (RFC 9110 section 11.1).
    let in_header = match authorization.map(|header| header.split_once(' ')) {
        None => None,
        Some(Some((scheme, token))) if scheme.eq_ignore_ascii_case("bearer") => Some(token.trim()),
        // Another scheme is no token for us.
        Some(_) => None,
    };
    match (in_header, in_body) {
        (Some(_), Some(_)) => Bearer::Malformed,
        (None, None) => Bearer::Missing,
        (Some(token), None) | (None, Some(token)) if is_token(token) => Bearer::Token(token),
        _ => Bearer::Malformed,
    }
}

/// RFC 6750 section 2.1: `b64token`.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_token_from_one_place() {
        let empty = Params::default();
        let body = Params::from_form("access_token=b").unwrap();
        assert_eq!(read(Some("Bearer a"), None), Bearer::Token("a"));
        assert_eq!(read(Some("BEARER a"), Some(&empty)), Bearer::Token("a"));
        assert_eq!(read(None, Some(&body)), Bearer::Token("b"));
        assert_eq!(read(Some("Bearer a"), Some(&body)), Bearer::Malformed);
        assert_eq!(read(Some("Basic YTpi"), None), Bearer::Missing);
        assert_eq!(read(None, None), Bearer::Missing);
        for bad in ["Bearer ", "Bearer a b", "Bearer a\"b"] {
            assert_eq!(read(Some(bad), None), Bearer::Malformed, "{bad}");
        }
        let twice = Params::from_form("access_token=a&access_token=b").unwrap();
        assert_eq!(read(None, Some(&twice)), Bearer::Malformed);
    }
}
