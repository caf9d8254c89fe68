//! CSRF: every form carries a token derived from the browser's cookie, and the browser must not say that another site sent it.
//!
//! The token is a tag over the cookie's value with a key of ours: whoever knows it has read one of our pages in this very browser.
//! The cookie is unreadable to scripts and, over https, cannot be planted by a neighbouring host (`__Host-`).

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{HeaderMap, HeaderValue, ORIGIN, SET_COOKIE};
use http::request::Parts;
use templates::CSRF_FIELD as FIELD;

use crate::app::App;

use super::context::Cx;
use super::cookie::BROWSER;
use super::{failure, form};

/// The browser that asks: the value of its cookie, made now if it had none.
#[derive(Clone)]
pub struct Browser {
    value: String,
    fresh: bool,
    plants: bool,
}

impl Browser {
    /// The secret that binds flows to this browser. Store its hash only.
    pub fn secret(&self) -> &str {
        &self.value
    }

    /// The token for forms on pages shown to this browser.
    pub fn csrf(&self, app: &App) -> String {
        app.form_key.text(self.value.as_bytes())
    }

    /// Whether the browser came without its cookie (a first visit).
    pub fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// The header that plants the cookie, when the browser has none yet. A form of another site comes without the cookie that there
    /// is, which a new one would replace, and with it what is under way in other windows: only pages that are loaded plant one.
    pub fn set_cookie(&self, app: &App) -> Option<HeaderValue> {
        (self.fresh && self.plants).then(|| BROWSER.set(&app.config.server.public_url, &self.value, None))
    }

    /// Adds the cookie to an answer when it is new.
    pub fn remember(&self, app: &App, response: &mut Response) {
        if let Some(cookie) = self.set_cookie(app) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    }
}

impl FromRequestParts<App> for Browser {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(match BROWSER.read(&app.config.server.public_url, &parts.headers) {
            Some(value) => Self { value: value.to_owned(), fresh: false, plants: false },
            None => Self {
                value: app.entropy.token(),
                fresh: true,
                plants: matches!(parts.method, http::Method::GET | http::Method::HEAD),
            },
        })
    }
}

/// Layer on every state-changing form: refuses the request before its handler sees it. Reads the form once and hands it on.
pub(crate) async fn demand(State(app): State<App>, cx: Cx, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    if !same_origin(&parts.headers, app.config.server.public_url.origin()) {
        return failure::forged_form(&app, &cx, true);
    }
    let limit = usize::try_from(app.config.server.body_limit).unwrap_or(usize::MAX);
    let Ok(bytes) = to_bytes(body, limit).await else {
        return failure::bad_form(&app, &cx);
    };
    let Some(form) = form::parse(&parts.headers, &bytes) else {
        return failure::bad_form(&app, &cx);
    };
    let Ok(browser) = Browser::from_request_parts(&mut parts, &app).await;
    let given = form.get(FIELD).unwrap_or_default();
    if browser.is_fresh() || !app.form_key.verify_text(browser.value.as_bytes(), given) {
        return failure::forged_form(&app, &cx, !browser.is_fresh());
    }
    parts.extensions.insert(form);
    next.run(Request::from_parts(parts, Body::empty())).await
}

/// What the browser says about the origin of a request. Silence (old browsers, scripts) is no proof against it: the token decides.
fn same_origin(headers: &HeaderMap, own: &str) -> bool {
    let site = headers.get("sec-fetch-site").is_none_or(|v| v == "same-origin" || v == "none");
    let origin = headers.get(ORIGIN).is_none_or(|v| v == own);
    site && origin
}
