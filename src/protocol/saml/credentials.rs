//! What a client that is no browser shows for a person: HTTP Basic (RFC 7617), and the code of a second factor, with its PIN.
//!
//! The code stands in a header of its own, or behind the password and a comma: most clients know nothing but name and password. The PIN
//! has a header of its own only.

use data_encoding::BASE64;
use http::HeaderMap;
use http::header::{AUTHORIZATION, HeaderName};
use kernel::SecretText;

/// The code, for clients that can send it apart.
const CODE: HeaderName = HeaderName::from_static("x-second-factor");
/// The PIN of the factor.
const PIN: HeaderName = HeaderName::from_static("x-second-factor-pin");
/// More than this is no name and password.
const LONGEST: usize = 4096;
/// Characters of a recovery code, without what separates its groups.
const RECOVERY: usize = 12;

/// Name, password, code and PIN. Not `Debug`.
pub(super) struct Credentials {
    pub(super) name: String,
    pub(super) password: SecretText,
    pub(super) code: Option<SecretText>,
    pub(super) pin: Option<SecretText>,
}

impl Credentials {
    /// Reads the headers; `None` when they show nothing, or nothing that can be read.
    pub(super) fn read(headers: &HeaderMap) -> Option<Self> {
        let mut all = headers.get_all(AUTHORIZATION).iter();
        let (Some(one), None) = (all.next(), all.next()) else { return None };
        let (scheme, packed) = one.to_str().ok().filter(|text| text.len() <= LONGEST)?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let text = String::from_utf8(BASE64.decode(packed.trim().as_bytes()).ok()?).ok()?;
        let (name, secret) = text.split_once(':')?;
        let apart = headers.get(&CODE).map(|value| value.to_str().unwrap_or_default().trim());
        let (password, code) = match apart {
            Some(code) => (secret, Some(code)),
            None => split(secret),
        };
        // Not every PIN is of the letters that headers are made of by the book.
        let pin = headers.get(&PIN).map(|value| std::str::from_utf8(value.as_bytes()).unwrap_or_default());
        Some(Self {
            name: name.to_owned(),
            password: password.into(),
            code: code.map(SecretText::from),
            pin: pin.map(SecretText::from),
        })
    }
}

/// Password and code. What stands behind the last comma is a code only if it looks like one.
fn split(secret: &str) -> (&str, Option<&str>) {
    match secret.rsplit_once(',') {
        Some((password, code)) if is_digits(code) || is_recovery(code) => (password, Some(code)),
        _ => (secret, None),
    }
}

/// Whether it looks like the code of a generator.
pub(super) fn is_digits(code: &str) -> bool {
    (6..=10).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit())
}

fn is_recovery(code: &str) -> bool {
    let plain = code.bytes().filter(|b| *b != b'-').count();
    plain == RECOVERY && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(authorization: &str, code: Option<&str>) -> Option<(String, String, Option<String>)> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, authorization.parse().unwrap());
        if let Some(code) = code {
            headers.insert(CODE, code.parse().unwrap());
        }
        let read = Credentials::read(&headers)?;
        Some((read.name, read.password.expose().to_owned(), read.code.map(|code| code.expose().to_owned())))
    }

    fn basic(text: &str, code: Option<&str>) -> Option<(String, String, Option<String>)> {
        read(&format!("Basic {}", BASE64.encode(text.as_bytes())), code)
    }

    #[test]
    fn codes_stand_behind_the_last_comma_or_apart() {
        let some = |password: &str, code: Option<&str>| Some(("ada".to_owned(), password.to_owned(), code.map(str::to_owned)));
        assert_eq!(basic("ada:pw", None), some("pw", None));
        assert_eq!(basic("ada:p:w,1,123456", None), some("p:w,1", Some("123456")));
        assert_eq!(basic("ada:pw,abcd-efgh-2345", None), some("pw", Some("abcd-efgh-2345")));
        for whole in ["pw,12345", "pw,12345678901", "pw,secret", "pw,", "pw123456"] {
            assert_eq!(basic(&format!("ada:{whole}"), None), some(whole, None));
        }
        assert_eq!(basic("ada:pw,123456", Some("654321")), some("pw,123456", Some("654321")));
    }

    #[test]
    fn a_pin_has_a_header_of_its_own() {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, format!("Basic {}", BASE64.encode(b"ada:pw,123456")).parse().unwrap());
        assert!(Credentials::read(&headers).unwrap().pin.is_none());
        headers.insert(PIN, http::HeaderValue::from_bytes("schlüssel 1".as_bytes()).unwrap());
        let read = Credentials::read(&headers).unwrap();
        assert_eq!((read.pin.unwrap().expose(), read.code.unwrap().expose()), ("schlüssel 1", "123456"));
    }

    #[test]
    fn what_cannot_be_read_shows_nothing() {
        for bad in ["", "Basic", "Basic !!", "Bearer YTpi", "Basic YQ==", "Basic /w=="] {
            assert_eq!(read(bad, None), None, "{bad}");
        }
        assert_eq!(basic(&"a".repeat(5000), None), None);
        let mut two = HeaderMap::new();
        for _ in 0..2 {
            two.append(AUTHORIZATION, "Basic YTpi".parse().unwrap());
        }
        assert!(Credentials::read(&two).is_none());
    }
}
