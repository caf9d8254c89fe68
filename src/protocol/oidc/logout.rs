//! RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0).

use audit::Door;
use axum::extract::RawQuery;
use axum::response::Response;
use idp::oidc::EndSession;
use idp::oidc::problem::Problem;
use templates::views::{ErrorKind, ErrorView};

use crate::http::failure;
use crate::pages::view::Screen;
use crate::pages::{error, logout};

/// A logout request in the query.
pub async fn get(screen: Screen, RawQuery(query): RawQuery) -> Response {
    let params = match super::read(query.as_deref().unwrap_or_default()) {
        Ok(params) => params,
        Err(problem) => return error::of(&screen.app, &screen.cx, &problem),
    };
    let session = match logout::present(&screen).await {
        Ok(session) => session,
        Err(response) => return response,
    };
    match screen.app.oidc.logout(&params, session.as_ref()) {
        Ok(EndSession::Now(_, ending)) => logout::end(&screen, session.as_ref(), &ending, Door::Oidc).await,
        Ok(EndSession::Ask(ending)) => logout::ask(&screen, session.as_ref(), &ending).await,
        Err(problem) => {
            tracing::info!(request = %screen.cx.id, code = problem.id(), "logout request refused");
            let detail = Some(format!("{}: {}", problem.code(), problem.description()));
            let view = ErrorView { detail, home_url: Some("/logout".to_owned()), ..ErrorView::new(ErrorKind::Application) };
            error::view(&screen.app, &screen.cx, failure::status(problem.class()), &view)
        }
    }
}

/// A logout request in a form, usually from another site and so without our cookies: sent on to a GET, which has them.
pub async fn post(screen: Screen, body: String) -> Response {
    super::authorize::send_on(&screen, "/oidc/logout", &body)
}
