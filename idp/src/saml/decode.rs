//! Bindings: how a message stands in a query or a form (SAML bindings 3.4 and 3.5).

use std::io::Read;

use data_encoding::BASE64;
use flate2::read::DeflateDecoder;

use super::gate::GateError;
use super::verify::{PartyKey, verify_bytes};
use super::xml::Limits;
use crate::oidc::params::decode;

/// Longest value of `RelayState` that is given back. The specification says 80 bytes; parties send more.
const LONGEST_STATE: usize = 2 * 1024;

/// The parameter of requests.
const REQUEST: &str = "SAMLRequest";
/// The parameter of answers.
const RESPONSE: &str = "SAMLResponse";

/// What came cannot be taken for a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// There is no message.
    #[error("there is no SAMLRequest or SAMLResponse, as it has to be here")]
    Missing,
    /// A parameter occurs twice.
    #[error("a parameter occurs more than once")]
    Repeated,
    /// Not in the encoding of the binding.
    #[error("the message is not in the encoding of its binding")]
    Encoding,
    /// Longer than anybody needs, packed or unpacked.
    #[error("the message is too long")]
    TooLong,
    /// The state cannot be given back as it came.
    #[error("RelayState is too long, not UTF-8, or has control characters")]
    RelayState,
    /// A signature without algorithm, or the other way round.
    #[error("Signature and SigAlg only make sense together")]
    Signature,
}

/// A message out of a form or query, as text; nothing in it is believed yet.
pub struct Incoming {
    /// The XML.
    pub(crate) text: String,
    /// What the party wants back, byte for byte.
    pub(crate) relay_state: Option<String>,
    /// The signature beside it, in a query.
    pub(crate) detached: Option<Detached>,
    /// Whether it came in a query.
    pub(crate) by_redirect: bool,
}

/// A signature in a query, over parts of the query as they were sent.
pub(crate) struct Detached {
    message: String,
    method: String,
    signature: Vec<u8>,
}

impl Detached {
    /// Looks whether one of these keys has made it.
    ///
    /// # Errors
    /// [`GateError`].
    pub(crate) fn verify(&self, keys: &[PartyKey]) -> Result<(), GateError> {
        verify_bytes(keys, self.message.as_bytes(), &self.method, &self.signature)
    }
}

/// The raw value of a parameter in a query.
fn raw<'q>(query: &'q str, name: &str) -> Result<Option<&'q str>, DecodeError> {
    let mut found = query.split('&').filter_map(|part| part.split_once('=')).filter(|(n, _)| *n == name).map(|(_, value)| value);
    match (found.next(), found.next()) {
        (_, Some(_)) => Err(DecodeError::Repeated),
        (first, None) => Ok(first),
    }
}

/// The message under this name, when there is no other.
fn only<'q>(query: &'q str, parameter: &str) -> Result<&'q str, DecodeError> {
    match (raw(query, REQUEST)?, raw(query, RESPONSE)?) {
        (Some(_), Some(_)) => Err(DecodeError::Repeated),
        (request, response) => if parameter == REQUEST { request } else { response }.ok_or(DecodeError::Missing),
    }
}

fn relay_state(query: &str) -> Result<Option<String>, DecodeError> {
    let Some(raw) = raw(query, "RelayState")? else { return Ok(None) };
    decode(raw).filter(|text| can_be_kept(text)).map(Some).ok_or(DecodeError::RelayState)
}

/// Whether a state can be given back: it is kept as long as somebody signs in.
pub(crate) fn can_be_kept(state: &str) -> bool {
    state.len() <= LONGEST_STATE && !state.chars().any(char::is_control)
}

impl Incoming {
    /// Reads the request in the query of a redirect: compressed, perhaps with a signature beside it.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn redirect(query: &str) -> Result<Self, DecodeError> {
        Self::in_query(query, REQUEST)
    }

    /// As [`Incoming::redirect`], for an answer.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn redirect_answer(query: &str) -> Result<Self, DecodeError> {
        Self::in_query(query, RESPONSE)
    }

    fn in_query(query: &str, parameter: &str) -> Result<Self, DecodeError> {
        let message = only(query, parameter)?;
        let encoding = raw(query, "SAMLEncoding")?.map(decode);
        if encoding.is_some_and(|name| name.as_deref() != Some("urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE")) {
            return Err(DecodeError::Encoding);
        }
        let text = inflate(&from_base64(message)?)?;
        let detached = match (raw(query, "Signature")?, raw(query, "SigAlg")?) {
            (None, None) => None,
            (Some(signature), Some(method)) => Some(Detached {
                // What was signed are the values as they were encoded by the party (bindings 3.4.4.1).
                message: match raw(query, "RelayState")? {
                    Some(state) => format!("{parameter}={message}&RelayState={state}&SigAlg={method}"),
                    None => format!("{parameter}={message}&SigAlg={method}"),
                },
                method: decode(method).ok_or(DecodeError::Encoding)?,
                signature: from_base64(signature)?,
            }),
            _ => return Err(DecodeError::Signature),
        };
        Ok(Self { text, relay_state: relay_state(query)?, detached, by_redirect: true })
    }

    /// Reads the request in a form.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn post(form: &str) -> Result<Self, DecodeError> {
        Self::in_form(form, REQUEST)
    }

    /// As [`Incoming::post`], for an answer.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn post_answer(form: &str) -> Result<Self, DecodeError> {
        Self::in_form(form, RESPONSE)
    }

    /// Whether a query or form brings an answer, and not a request.
    pub fn is_answer(pairs: &str) -> bool {
        raw(pairs, RESPONSE) != Ok(None)
    }

    /// A message that came without anything beside it.
    pub(crate) fn alone(text: String) -> Self {
        Self { text, relay_state: None, detached: None, by_redirect: false }
    }

    fn in_form(form: &str, parameter: &str) -> Result<Self, DecodeError> {
        let bytes = from_base64(only(form, parameter)?)?;
        if bytes.len() > Limits::MESSAGE.bytes() {
            return Err(DecodeError::TooLong);
        }
        let text = String::from_utf8(bytes).map_err(|_| DecodeError::Encoding)?;
        Ok(Self { text, relay_state: relay_state(form)?, detached: None, by_redirect: false })
    }
}

/// Percent encoding off, white space out, base64 off. Strict otherwise.
fn from_base64(raw: &str) -> Result<Vec<u8>, DecodeError> {
    // A plus that was not encoded is a space by the rules of forms; some parties send it so all the same.
    let decoded = decode(&raw.replace('+', "%2B")).ok_or(DecodeError::Encoding)?;
    if decoded.len() > 2 * Limits::MESSAGE.bytes() {
        return Err(DecodeError::TooLong);
    }
    let packed: String = decoded.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    BASE64.decode(packed.as_bytes()).map_err(|_| DecodeError::Encoding)
}

/// Unpacks, and stops as soon as more comes out than a message may have.
pub(super) fn inflate(packed: &[u8]) -> Result<String, DecodeError> {
    let most = Limits::MESSAGE.bytes();
    let mut out = Vec::new();
    let limit = u64::try_from(most + 1).map_err(|_| DecodeError::TooLong)?;
    DeflateDecoder::new(packed).take(limit).read_to_end(&mut out).map_err(|_| DecodeError::Encoding)?;
    if out.len() > most {
        return Err(DecodeError::TooLong);
    }
    String::from_utf8(out).map_err(|_| DecodeError::Encoding)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    fn deflated(text: &[u8]) -> String {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(text).unwrap();
        let packed = BASE64.encode(&encoder.finish().unwrap());
        url::form_urlencoded::byte_serialize(packed.as_bytes()).collect()
    }

    #[test]
    fn queries_and_forms_are_read() {
        let query = format!("SAMLRequest={}&RelayState=a+b%26c", deflated(b"<a/>"));
        let read = Incoming::redirect(&query).unwrap();
        assert_eq!((read.text.as_str(), read.relay_state.as_deref(), read.by_redirect), ("<a/>", Some("a b&c"), true));
        let read = Incoming::post("RelayState=&SAMLRequest=PGEv%0D%0APg%3D%3D").unwrap();
        assert_eq!((read.text.as_str(), read.relay_state.as_deref()), ("<a/>", Some("")));
    }

    #[test]
    fn bombs_are_not_unpacked() {
        let query = format!("SAMLRequest={}", deflated(&vec![b' '; 50_000_000]));
        assert!(query.len() < 130_000);
        assert_eq!(Incoming::redirect(&query).err(), Some(DecodeError::TooLong));
        assert_eq!(Incoming::post(&format!("SAMLRequest={}", "A".repeat(200_000))).err(), Some(DecodeError::TooLong));
    }

    #[test]
    fn what_is_ambiguous_is_refused() {
        let message = deflated(b"<a/>");
        for (query, expected) in [
            (format!("SAMLRequest={message}&SAMLRequest={message}"), DecodeError::Repeated),
            (format!("SAMLRequest={message}&RelayState=a&RelayState=b"), DecodeError::Repeated),
            (format!("SAMLRequest={message}&SigAlg=x"), DecodeError::Signature),
            (format!("SAMLRequest={message}&Signature=eA%3D%3D"), DecodeError::Signature),
            (format!("SAMLRequest={message}&SAMLEncoding=zip"), DecodeError::Encoding),
            (format!("SAMLRequest={message}&RelayState=%ff"), DecodeError::RelayState),
            (format!("SAMLRequest={message}&RelayState={}", "x".repeat(9000)), DecodeError::RelayState),
            ("SAMLRequest=%%%".to_owned(), DecodeError::Encoding),
            ("RelayState=a".to_owned(), DecodeError::Missing),
        ] {
            assert_eq!(Incoming::redirect(&query).err(), Some(expected), "{query}");
        }
    }

    proptest! {
        #[test]
        fn foreign_bytes_never_panic(query in "[SAMLRequestRelayState=&%+/A-Za-z0-9]{0,300}", packed in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Incoming::redirect(&query);
            let _ = Incoming::post(&query);
            let _ = inflate(&packed);
        }
    }
}
