//! The choice of a language: remembered in a cookie, back to the page.

use std::time::Duration;

use axum::response::{IntoResponse, Redirect, Response};
use http::HeaderValue;
use http::header::SET_COOKIE;
use templates::Lang;

use crate::http::Form;

use super::view::Screen;

/// Name of the cookie that remembers the language. No secret, so without the rules for secret cookies.
pub const COOKIE: &str = "symbolon_lang";
const YEAR: Duration = Duration::from_secs(365 * 86_400);

pub(super) async fn post(screen: Screen, form: Form) -> Response {
    let to = form.get("return_to").and_then(own_path).unwrap_or("/");
    let mut response = Redirect::to(to).into_response();
    if let Some(lang) = form.get("lang").and_then(Lang::from_tag) {
        let secure = if screen.app.config.server.public_url.is_https() { "; Secure" } else { "" };
        let cookie = format!("{COOKIE}={}; Path=/; SameSite=Lax; Max-Age={}{secure}", lang.tag(), YEAR.as_secs());
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    }
    response
}

/// The path, if it is one on this server and nothing that a browser could read as another one.
pub fn own_path(path: &str) -> Option<&str> {
    let plain = path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_.~".contains(&b));
    (plain && path.len() <= 200 && path.starts_with('/') && !path.starts_with("//")).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn no_way_out() {
        assert_eq!(own_path("/login/factor"), Some("/login/factor"));
        for bad in ["//evil.example", "https://evil.example", "/\\evil", "/a?b", "/%2f", "/a\r\nb", ""] {
            assert_eq!(own_path(bad), None, "{bad}");
        }
    }
}
