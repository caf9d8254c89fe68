//! Request parameters: `application/x-www-form-urlencoded`, decoded strictly and kept in order.
//!
//! RFC 6749 section 3.1: a parameter without a value counts as omitted, none may occur twice, unknown ones are ignored.

/// How many parameters a request may carry, known or not.
const MOST: usize = 100;

/// The text is not a form that we read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// A percent sequence is broken, or the bytes are not UTF-8.
    #[error("a parameter is not UTF-8 in form encoding")]
    Encoding,
    /// More parameters than anyone needs.
    #[error("too many parameters")]
    TooMany,
}

/// A parameter occurs more than once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("parameter {0} occurs more than once")]
pub struct Repeated(pub &'static str);

/// The parameters of one request: a query string or a form body.
#[derive(Clone, Default)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Reads a raw query string or form body.
    ///
    /// # Errors
    /// [`FormError`] when it cannot be decoded without loss: what we echo (`state`) must be what was sent.
    pub fn from_form(raw: &str) -> Result<Self, FormError> {
        let mut pairs = Vec::new();
        for part in raw.split('&').filter(|part| !part.is_empty()) {
            if pairs.len() == MOST {
                return Err(FormError::TooMany);
            }
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            pairs.push((decode(name).ok_or(FormError::Encoding)?, decode(value).ok_or(FormError::Encoding)?));
        }
        Ok(Self(pairs))
    }

    /// Takes pairs that are decoded already.
    pub fn from_pairs<N: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        Self(pairs.into_iter().map(|(n, v)| (n.into(), v.into())).collect())
    }

    /// The value of `name`, if it was sent and is not empty.
    ///
    /// # Errors
    /// [`Repeated`] when it was sent more than once.
    pub fn get(&self, name: &'static str) -> Result<Option<&str>, Repeated> {
        let mut found = self.0.iter().filter(|(n, _)| n == name);
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(Repeated(name)),
            (Some((_, value)), None) if !value.is_empty() => Ok(Some(value)),
            _ => Ok(None),
        }
    }

    /// The value of `name` when it was sent exactly once and is not empty. For hints that may be ignored.
    pub fn hint(&self, name: &'static str) -> Option<&str> {
        self.get(name).ok().flatten()
    }
}

/// Decodes one name or value of a form: `+` is a space, `%XX` a byte. `None` when that is not possible without loss.
pub(crate) fn decode(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let high = char::from(bytes.next()?).to_digit(16)?;
                let low = char::from(bytes.next()?).to_digit(16)?;
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(out).ok()
}

/// Encodes pairs as a form.
pub(crate) fn encode<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_forms_strictly() {
        let params = Params::from_form("a=1&b=x+y%2Bz&c=&d&e=1&e=2").unwrap();
        assert_eq!(params.get("a"), Ok(Some("1")));
        assert_eq!(params.get("b"), Ok(Some("x y+z")));
        assert_eq!(params.get("c"), Ok(None));
        assert_eq!(params.get("d"), Ok(None));
        assert_eq!(params.get("e"), Err(Repeated("e")));
        assert_eq!(params.hint("e"), None);
        assert_eq!(params.get("absent"), Ok(None));
        for broken in ["a=%", "a=%4", "a=%zz", "a=%ff", "%=1", "a=%+1"] {
            assert_eq!(Params::from_form(broken).err(), Some(FormError::Encoding), "{broken}");
        }
        assert_eq!(Params::from_form(&"x=1&".repeat(101)).err(), Some(FormError::TooMany));
    }

    proptest! {
        #[test]
        fn what_is_encoded_comes_back(value in "\\PC{0,80}") {
            let params = Params::from_form(&encode([("state", value.as_str())])).unwrap();
            prop_assert_eq!(params.get("state").unwrap().unwrap_or(""), value);
        }

        #[test]
        fn never_panics(raw in "\\PC{0,200}") {
            let _ = Params::from_form(&raw);
        }
    }
}
