//! HTTP `Negotiate` (RFC 4559) on the password step: a browser on a domain machine shows a ticket in place of the password.
//!
//! The page is answered with 401 and a challenge, and its body is the whole form: who has no ticket goes on by the form, and where
//! browsers would only be confused nothing is asked of them (`kerberos.networks`). A browser answers the challenge by asking for the same
//! page once more. Whatever it shows, that answer carries no challenge: nothing goes round in circles.
//!
//! A request with a ticket is of no other site's making: a page elsewhere can have the browser come here, as with a session, and cannot
//! choose whose ticket it shows. The flow is that of this browser, by its cookie.

use audit::Door;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use idp::login::{Input, StepView, View};
use idp::ports::Negotiation;

use super::outcome::Came;
use super::view::Screen;
use super::{flow, outcome};

const SCHEME: &str = "Negotiate";

/// In the query of a step: the person wants to be signed in by the machine.
pub const WANTED: &str = "ticket";

/// Whether the browser is asked for a ticket at this step: where it can be, unless the person has signed out and does not want it.
pub fn is_offered(screen: &Screen, view: &View, query: Option<&str>) -> bool {
    is_possible(screen, view) && (!screen.signed_out || query == Some(WANTED))
}

/// Whether the person is to be offered a link, because the browser is not asked by itself.
pub fn link(screen: &Screen, view: &View) -> Option<String> {
    (screen.signed_out && is_possible(screen, view)).then(|| format!("{}?{WANTED}", outcome::path(view)))
}

fn is_possible(screen: &Screen, view: &View) -> bool {
    let kerberos = &screen.app.config.kerberos;
    let is_near = || kerberos.networks.iter().any(|net| net.contains(&screen.cx.client));
    matches!(view.step, StepView::Password { ticket: true, .. }) && kerberos.keytab.is_some() && is_near()
}

/// Asks for a ticket, or takes the one that came.
pub async fn conduct(screen: &Screen, view: &View, headers: &HeaderMap) -> Response {
    let Some(token) = token(headers) else {
        let mut response = outcome::page(screen, view, StatusCode::UNAUTHORIZED);
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(SCHEME));
        return response;
    };
    let negotiation = Negotiation::new(token.into());
    let input = Input::Ticket(negotiation.clone());
    let progress =
        screen.app.logins.answer(&screen.origin(Door::Pages), view.flow, view.version, &screen.as_browser(), input).await;
    let mut response = flow::respond(screen, view.flow, progress, Came::ByGet).await;
    let answer = negotiation.answer().map(|answer| format!("{SCHEME} {}", STANDARD.encode(answer)));
    if let Some(answer) = answer.and_then(|answer| HeaderValue::from_str(&answer).ok()) {
        response.headers_mut().insert(WWW_AUTHENTICATE, answer);
    }
    response
}

/// What the browser shows, if it answers our challenge.
fn token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case(SCHEME).then_some(token)
}
