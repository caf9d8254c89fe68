//! Errors to answers. Which error belongs where:
//!
//! * Libraries have small enums by meaning that know their [`Class`] and a stable code, and nothing of HTTP.
//! * [`status`] and [`log`] derive status and log level from the class, for every door.
//! * The API puts code and message into its envelope (`api::error`), OpenID endpoints into their JSON, pages show `pages::error`.
//!
//! Outward text says what the caller can do, never whether a user exists; inward text goes to the log.

use std::any::Any;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use kernel::{Class, Classified};
use templates::views::ErrorKind;

use crate::app::App;
use crate::pages::error;

use super::context::Cx;

/// The status of a class.
pub const fn status(class: Class) -> StatusCode {
    match class {
        Class::Invalid => StatusCode::BAD_REQUEST,
        Class::Unauthenticated => StatusCode::UNAUTHORIZED,
        Class::Forbidden => StatusCode::FORBIDDEN,
        Class::NotFound => StatusCode::NOT_FOUND,
        Class::Conflict => StatusCode::CONFLICT,
        Class::Limited => StatusCode::TOO_MANY_REQUESTS,
        Class::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Class::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Writes the error to the log, as loud as its class deserves.
pub fn log(request: &str, error: &(dyn Classified + '_)) {
    let (class, code) = (error.class(), error.code());
    match class {
        Class::Internal => tracing::error!(request, code, %error, "failed"),
        Class::Unavailable => tracing::warn!(request, code, %error, "unavailable"),
        Class::Limited | Class::Conflict => tracing::info!(request, code, %error, "refused"),
        _ => tracing::debug!(request, code, %error, "refused"),
    }
}

/// A form came without its token, or from another site.
pub(crate) fn forged_form(app: &App, cx: &Cx, had_cookie: bool) -> Response {
    tracing::info!(request = %cx.id, client = %cx.client, code = "form_forged", had_cookie, "refused");
    let kind = if had_cookie { ErrorKind::Stale } else { ErrorKind::Cookies };
    error::page(app, cx, StatusCode::FORBIDDEN, kind)
}

/// A form that cannot be read.
pub(crate) fn bad_form(app: &App, cx: &Cx) -> Response {
    tracing::info!(request = %cx.id, client = %cx.client, code = "form_invalid", "refused");
    error::page(app, cx, StatusCode::BAD_REQUEST, ErrorKind::BadRequest)
}

/// A fault of ours that has no better form.
pub(crate) fn internal(what: &str) -> Response {
    tracing::error!(code = "internal", what, "failed");
    (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong on our side.").into_response()
}

/// A handler panicked: a bug. The message goes to the log only.
pub(crate) fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let what = panic.downcast_ref::<&str>().map(|s| (*s).to_owned()).or_else(|| panic.downcast_ref::<String>().cloned());
    internal(&format!("panic: {}", what.unwrap_or_else(|| "without a message".to_owned())))
}
