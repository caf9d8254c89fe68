//! What a client presents to say who it is. Pure parsing.

use data_encoding::{BASE64, BASE64_NOPAD};
use kernel::SecretText;

use super::problem::ClientProblem;
use crate::oidc::params::{Params, Repeated, decode};
use crate::party::client::AuthMethod;

/// The only type of assertion (RFC 7523 section 2.2).
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Longest `Authorization` header that we read.
const LONGEST_HEADER: usize = 4096;

impl From<Repeated> for ClientProblem {
    fn from(_: Repeated) -> Self {
        Self::Repeated
    }
}

/// What was presented.
pub(crate) enum Presented {
    /// Id and secret, in the header or in the body.
    Secret { client_id: String, secret: SecretText, method: AuthMethod },
    /// A signed assertion; the id beside it is optional.
    Assertion { client_id: Option<String>, jwt: String },
    /// The id alone.
    Public { client_id: String },
}

impl Presented {
    /// Reads what is in header and body. Credentials in the query are not looked at: the caller passes the body alone.
    ///
    /// # Errors
    /// [`ClientProblem`].
    pub(crate) fn read(authorization: Option<&str>, params: &Params) -> Result<Self, ClientProblem> {
        let client_id = params.get("client_id")?.map(str::to_owned);
        let secret = params.get("client_secret")?;
        let assertion = params.get("client_assertion")?;
        let kind = params.get("client_assertion_type")?;
        match (authorization, secret, assertion) {
            (Some(header), None, None) => {
                let (id, secret) = basic(header).ok_or(ClientProblem::Refused)?;
                if client_id.is_some_and(|other| other != id) {
                    return Err(ClientProblem::Refused);
                }
                Ok(Self::Secret { client_id: id, secret, method: AuthMethod::Basic })
            }
            (None, Some(secret), None) => {
                let client_id = client_id.ok_or(ClientProblem::Missing)?;
                Ok(Self::Secret { client_id, secret: SecretText::new(secret), method: AuthMethod::Post })
            }
            (None, None, Some(jwt)) if kind == Some(JWT_BEARER) => Ok(Self::Assertion { client_id, jwt: jwt.to_owned() }),
            (None, None, Some(_)) => Err(ClientProblem::Refused),
            (None, None, None) => client_id.map(|client_id| Self::Public { client_id }).ok_or(ClientProblem::Missing),
            _ => Err(ClientProblem::Several),
        }
    }
}

/// Reads a header of the scheme Basic: base64 of id and secret, each in form encoding (RFC 6749 section 2.3.1).
fn basic(header: &str) -> Option<(String, SecretText)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if header.len() > LONGEST_HEADER || !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let encoded = encoded.trim().as_bytes();
    let bytes = BASE64.decode(encoded).or_else(|_| BASE64_NOPAD.decode(encoded)).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (id, secret) = text.split_once(':')?;
    let (id, secret) = (decode(id)?, decode(secret)?);
    (!id.is_empty() && !secret.is_empty()).then(|| (id, SecretText::new(secret)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::oidc::params::encode;

    fn header(text: &str) -> String {
        format!("Basic {}", BASE64.encode(text.as_bytes()))
    }

    fn read(header: Option<&str>, body: &str) -> Result<(String, Option<AuthMethod>), ClientProblem> {
        Presented::read(header, &Params::from_form(body).unwrap()).map(|presented| match presented {
            Presented::Secret { client_id, method, .. } => (client_id, Some(method)),
            Presented::Assertion { client_id, .. } => (client_id.unwrap_or_default(), Some(AuthMethod::PrivateKeyJwt)),
            Presented::Public { client_id } => (client_id, Some(AuthMethod::None)),
        })
    }

    #[test]
    fn one_way_at_a_time() {
        let basic = header("rp:secret");
        assert_eq!(read(Some(&basic), "a=b").unwrap(), ("rp".to_owned(), Some(AuthMethod::Basic)));
        assert_eq!(read(Some(&basic), "client_id=rp").unwrap().0, "rp");
        assert_eq!(read(Some(&basic), "client_id=other"), Err(ClientProblem::Refused));
        assert_eq!(read(Some(&basic), "client_id=rp&client_secret=secret"), Err(ClientProblem::Several));
        assert_eq!(read(None, "client_id=rp&client_secret=s").unwrap().1, Some(AuthMethod::Post));
        assert_eq!(read(None, "client_id=rp").unwrap().1, Some(AuthMethod::None));
        assert_eq!(read(None, "client_secret=s"), Err(ClientProblem::Missing));
        assert_eq!(read(None, ""), Err(ClientProblem::Missing));
        assert_eq!(read(None, "client_id=rp&client_id=rp"), Err(ClientProblem::Repeated));
        let jwt = "client_assertion=a.b.c&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
        assert_eq!(read(None, jwt).unwrap().1, Some(AuthMethod::PrivateKeyJwt));
        assert_eq!(read(None, &format!("{jwt}&client_secret=s")), Err(ClientProblem::Several));
        assert_eq!(read(Some(&basic), jwt), Err(ClientProblem::Several));
        assert_eq!(read(None, "client_assertion=a.b.c"), Err(ClientProblem::Refused));
    }

    #[test]
    fn basic_is_form_decoded_after_base64() {
        let (id, secret) = basic(&header("a%3Ab+c:p%25%3A+d%C3%A4")).unwrap();
        assert_eq!((id.as_str(), secret.expose()), ("a:b c", "p%: d\u{e4}"));
        assert_eq!(basic(&header("rp:a:b")).unwrap().1.expose(), "a:b");
        for bad in ["Bearer abc", "Basic", "Basic !!!", &header("rp"), &header(":x"), &header("rp:"), &header("rp:%zz")] {
            assert!(basic(bad).is_none(), "{bad}");
        }
        assert!(basic(&header("rp:x").replace("Basic", "bASIC")).is_some());
    }

    proptest! {
        #[test]
        fn any_credentials_come_back(id in "\\PC{1,30}", secret in "\\PC{1,30}") {
            let encode = |text: &str| encode([("", text)])[1..].to_owned();
            let (i, s) = basic(&header(&format!("{}:{}", encode(&id), encode(&secret)))).unwrap();
            prop_assert_eq!(i, id);
            prop_assert_eq!(s.expose(), secret);
        }

        #[test]
        fn never_panics(text in "\\PC{0,80}") {
            let _ = basic(&text);
            let _ = basic(&format!("Basic {text}"));
        }
    }
}
