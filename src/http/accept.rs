//! What the client would like: HTML or not, and in which language.

use http::HeaderMap;
use http::header::{ACCEPT, ACCEPT_LANGUAGE, COOKIE};
use templates::Lang;

use crate::pages::language;

/// The language of the answer: the choice that the person made here, else what the browser prefers.
pub fn language(headers: &HeaderMap) -> Lang {
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
    let cookie = text(COOKIE).and_then(|all| {
        all.split(';').filter_map(|pair| pair.trim().split_once('=')).find(|(name, _)| *name == language::COOKIE).map(|(_, v)| v)
    });
    Lang::negotiate(cookie, None, text(ACCEPT_LANGUAGE))
}

/// Whether the client asks for HTML by name.
pub fn wants_html(headers: &HeaderMap) -> bool {
    headers.get_all(ACCEPT).iter().any(|v| v.to_str().is_ok_and(|v| v.contains("text/html")))
}
