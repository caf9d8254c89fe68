//! What the client would like: HTML or not, and in which language.

use http::HeaderMap;
use http::header::{ACCEPT, ACCEPT_LANGUAGE, COOKIE};
use templates::Lang;

use crate::pages::language;

/// The language of the answer, and whether the person has chosen it here: else it is what the browser prefers.
pub fn language(headers: &HeaderMap) -> (Lang, bool) {
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
    let cookie = text(COOKIE).and_then(|all| {
        all.split(';').filter_map(|pair| pair.trim().split_once('=')).find(|(name, _)| *name == language::COOKIE).map(|(_, v)| v)
    });
    let chosen = cookie.and_then(Lang::from_tag);
    (chosen.unwrap_or_else(|| Lang::negotiate(None, None, text(ACCEPT_LANGUAGE))), chosen.is_some())
}

/// Whether the client asks for HTML by name.
pub fn wants_html(headers: &HeaderMap) -> bool {
    headers.get_all(ACCEPT).iter().any(|v| v.to_str().is_ok_and(|v| v.contains("text/html")))
}
