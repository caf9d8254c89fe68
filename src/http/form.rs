//! Forms: bounded, and every field at most once.

use axum::extract::FromRequestParts;
use axum::response::Response;
use http::header::{CONTENT_TYPE, HeaderMap};
use http::request::Parts;
use kernel::SecretText;
use zeroize::Zeroizing;

use super::failure;

const MAX_FIELDS: usize = 100;

/// The fields of a submitted form. No `Debug`: they may be passwords.
#[derive(Clone, Default)]
pub struct Form(Vec<(String, Zeroizing<String>)>);

impl Form {
    /// The field's text.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The field's text, empty when absent.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// The field as a secret, empty when absent.
    pub fn secret(&self, name: &str) -> SecretText {
        SecretText::new(self.text(name))
    }

    /// Whether the form has the field (a pressed button, a ticked box).
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// All fields, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }
}

/// Reads a form body. `None` when it is not one, has too many fields or names a field twice.
pub fn parse(headers: &HeaderMap, body: &[u8]) -> Option<Form> {
    let kind = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if !body.is_empty() && !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return None;
    }
    pairs(body)
}

/// Reads `application/x-www-form-urlencoded` text: a body or a query.
pub fn pairs(text: &[u8]) -> Option<Form> {
    let mut form = Form::default();
    for (name, value) in url::form_urlencoded::parse(text) {
        if form.0.len() == MAX_FIELDS || form.has(&name) {
            return None;
        }
        form.0.push((name.into_owned(), Zeroizing::new(value.into_owned())));
    }
    Some(form)
}

/// Handlers behind the CSRF layer take the form that it has read.
impl<S: Sync> FromRequestParts<S> for Form {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        parts.extensions.get::<Form>().cloned().ok_or_else(|| failure::internal("form handler outside the CSRF layer"))
    }
}

#[cfg(test)]
mod tests {
    use super::pairs;

    #[test]
    fn doubles_and_floods_are_refused() {
        assert_eq!(pairs(b"a=1&b=%C3%A4+x").unwrap().text("b"), "\u{e4} x");
        assert!(pairs(b"a=1&a=2").is_none());
        let flood: String = (0..200).map(|n| format!("f{n}=x&")).collect();
        assert!(pairs(flood.as_bytes()).is_none());
    }
}
