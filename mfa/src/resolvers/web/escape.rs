//! Values as text in a certain place.

use std::fmt::Write as _;

/// As a segment of a path, or as name or value of a parameter: everything but the unreserved characters of RFC 3986 is encoded.
pub(in crate::resolvers) fn percent(text: &str) -> String {
    encode(text, |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'))
}

/// The fixed text of a path, as a parser of URLs leaves it: what cannot stand in one is encoded, what is encoded stays.
pub(super) fn literal_path(text: &str) -> String {
    encode(text, |b| {
        b.is_ascii_graphic() && !matches!(b, b'"' | b'<' | b'>' | b'`' | b'{' | b'}' | b'^' | b'|' | b'\\' | b'#' | b'?')
    })
}

/// The name of a parameter: `$filter` and its like stay as they are.
pub(super) fn parameter(text: &str) -> String {
    encode(text, |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'$'))
}

fn encode(text: &str, keeps: impl Fn(u8) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if keeps(byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Inside of a string of OData: `'` twice (OData 4.01, URL conventions, 5.1.1.1.1).
pub(in crate::resolvers) fn odata(text: &str) -> String {
    text.replace('\'', "''")
}

/// Inside of a string of JSON, such as the values of SCIM filters (RFC 7644, section 3.4.2.2).
pub(in crate::resolvers) fn json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_stay_in_their_place() {
        assert_eq!(percent("a/b?c#d%e'é .."), "a%2Fb%3Fc%23d%25e%27%C3%A9%20..");
        assert_eq!(odata("o'hara' or true"), "o''hara'' or true");
        assert_eq!(json(r#"a" or id pr or a eq "\"#), r#"a\" or id pr or a eq \"\\"#);
        assert_eq!(literal_path("/users('{x}')/a b%20"), "/users('%7Bx%7D')/a%20b%20");
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_read_as_it_was(text in "(?s).{0,30}") {
            let pair = format!("a={}", percent(&text));
            prop_assert_eq!(url::form_urlencoded::parse(pair.as_bytes()).next().unwrap().1, text.as_str());
            prop_assert_eq!(serde_json::from_str::<String>(&format!("\"{}\"", json(&text))).unwrap(), text);
        }
    }
}
