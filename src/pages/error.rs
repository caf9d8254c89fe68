//! The error page.

use axum::response::Response;
use http::StatusCode;
use kernel::{Class, Classified};
use templates::views::{ErrorKind, ErrorView};

use crate::app::App;
use crate::http::{Cx, failure};

use super::view::{plain, rendered};

/// The error page of this kind.
pub fn page(app: &App, cx: &Cx, status: StatusCode, kind: ErrorKind) -> Response {
    view(app, cx, status, &ErrorView { home_url: Some("/".to_owned()), ..ErrorView::new(kind) })
}

/// The error page with everything that is known.
pub fn view(app: &App, cx: &Cx, status: StatusCode, view: &ErrorView) -> Response {
    rendered(status, app.pages.templates.error(&plain(app, cx, String::new()), view))
}

/// The error page for an error of a library, which is logged.
pub fn of(app: &App, cx: &Cx, error: &(dyn Classified + '_)) -> Response {
    failure::log(&cx.id, error);
    let kind = match error.class() {
        Class::Invalid => ErrorKind::BadRequest,
        Class::Unauthenticated | Class::Forbidden => ErrorKind::Forbidden,
        Class::NotFound => ErrorKind::NotFound,
        Class::Conflict => ErrorKind::Stale,
        Class::Limited => ErrorKind::TooMany { minutes: 1 },
        Class::Unavailable => ErrorKind::Unavailable,
        Class::Internal => ErrorKind::Internal,
    };
    page(app, cx, failure::status(error.class()), kind)
}
