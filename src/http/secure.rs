//! Security headers of every answer.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::app::App;

use super::context::{Cx, Matched};
use super::host;
use super::route::Area;

/// Origins besides our own to which forms of this page may lead (directly or by redirect). Browsers apply `form-action` to the
/// whole redirect chain, so a page whose form ends at an application must name the application's origin, and whatever that one
/// leads on to: any address with https.
#[derive(Clone, Default)]
pub struct FormAction(pub Vec<String>);

#[derive(Clone, Copy)]
struct In(Area);

/// Innermost layer of a route: refuses foreign names, and tells the outermost layer which area answered, by which pattern.
pub(crate) async fn gate(State((app, area, path)): State<(App, Area, &'static str)>, request: Request, next: Next) -> Response {
    let mut response = match host::refusal(&app, area, &request) {
        Some(refusal) => refusal,
        None => next.run(request).await,
    };
    response.extensions_mut().insert(In(area));
    response.extensions_mut().insert(Matched(path));
    response
}

/// Adds the headers. An answer that sets one of them itself keeps its own.
pub(crate) fn headers(app: &App, cx: &Cx, response: &mut Response) {
    let area = response.extensions().get::<In>().map_or(Area::Api, |i| i.0);
    let form_action = response.extensions().get::<FormAction>().cloned().unwrap_or_default();
    let headers = response.headers_mut();
    headers.reserve(12);
    let html = headers.get(header::CONTENT_TYPE).is_some_and(|v| v.as_bytes().starts_with(b"text/html"));
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(headers, header::X_FRAME_OPTIONS, "DENY");
    // `no-referrer` would make browsers send `Origin: null` with our own forms.
    // Applications are told where a form comes from, or it would come from the origin `null`, which some refuse.
    set(headers, header::REFERRER_POLICY, if form_action.0.is_empty() { "same-origin" } else { "strict-origin" });
    set(headers, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(headers, HeaderName::from_static("permissions-policy"), PERMISSIONS);
    if area == Area::Portal {
        // Sign-in pages stay without it: applications open them in windows that report back to their opener.
        set(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    }
    if app.config.server.public_url.is_https() {
        set(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    if html {
        if let Ok(policy) = HeaderValue::from_str(&page_policy(cx.nonce(), &form_action.0)) {
            headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
        }
    } else {
        set(headers, header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
    }
    let cache = if area == Area::Assets { "public, max-age=3600" } else { "no-store" };
    set(headers, header::CACHE_CONTROL, cache);
}

const PERMISSIONS: &str = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-get=(self), \
                           publickey-credentials-create=(self)";

fn page_policy(nonce: &str, form_action: &[String]) -> String {
    let mut targets = String::from("'self'");
    for origin in form_action {
        // An origin that could end the directive is left out; the form then stays blocked, which is safe.
        if !origin.contains([' ', ';', ',', '\'', '"']) {
            targets.push(' ');
            targets.push_str(origin);
        }
    }
    // Behind the application's address anything may follow: it is asked at one host and lives at another.
    if form_action.iter().any(|origin| origin.starts_with("https:")) {
        targets.push_str(" https:");
    }
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: https:; font-src 'self'; \
         connect-src 'self'; form-action {targets}; frame-ancestors 'none'; base-uri 'none'"
    )
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}
