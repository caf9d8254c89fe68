//! A sign-out under way: applications are told one after the other, and the browser comes back here after each.

use audit::Door;
use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use idp::saml::slo::{Back, Done, Hop, Message, Stage};
use kernel::ids::RowId;
use templates::views::{Application, ErrorKind, FormPostView, SignedOutView, SigningOutView};

use super::error;
use super::logout::{application, go_home, path};
use super::view::Screen;
use crate::protocol::saml::{forms, slo};

/// The next application, or the end.
pub async fn get(screen: Screen, Path(id): Path<String>) -> Response {
    let Ok(id) = RowId::parse(&id) else { return screen.error(StatusCode::GONE, ErrorKind::Expired) };
    let stage = screen.app.saml.sign_out_stage(&screen.origin(Door::Pages), id, screen.browser.secret()).await;
    match stage {
        Ok(Some(Stage::Next(hop))) => next(&screen, id, *hop),
        Ok(Some(Stage::Done(done))) => done_with(&screen, *done),
        Ok(None) => screen.error(StatusCode::GONE, ErrorKind::Expired),
        Err(problem) => error::of(&screen.app, &screen.cx, &problem),
    }
}

/// Goes on without the application that does not answer.
pub async fn skip(screen: Screen, Path(id): Path<String>) -> Response {
    let Ok(id) = RowId::parse(&id) else { return screen.error(StatusCode::GONE, ErrorKind::Expired) };
    match screen.app.saml.sign_out_skip(&screen.origin(Door::Pages), id, screen.browser.secret()).await {
        Ok(true) => screen.see_other(&path(id)),
        Ok(false) => screen.error(StatusCode::GONE, ErrorKind::Expired),
        Err(problem) => error::of(&screen.app, &screen.cx, &problem),
    }
}

fn next(screen: &Screen, id: RowId, hop: Hop) -> Response {
    let Hop { party, message, late, reached, unreached, waiting, origins } = hop;
    let (url, form) = carried(message);
    let view = SigningOutView { action: path(id), party, url, form, late, reached, unreached, waiting };
    screen.show_with(StatusCode::OK, screen.templates().signing_out(&screen.ctx(), &view), &origins)
}

/// Nobody is sent on who has not seen where they may still be signed in.
fn done_with(screen: &Screen, done: Done) -> Response {
    let Done { unreached, back } = done;
    match back {
        Back::Answer(_, message) if unreached.is_empty() => slo::send(screen, message),
        Back::Here(ending) | Back::Elsewhere(ending) if unreached.is_empty() => go_home(screen, &ending),
        Back::Answer(party, message) => {
            let origins: Vec<String> = message.origin().into_iter().collect();
            let (return_url, return_form) = carried(message);
            let application = Some(Application { name: party, ..Application::default() });
            let view = SignedOutView { application, return_url, return_form, unreached, ..SignedOutView::default() };
            screen.show_with(StatusCode::OK, screen.templates().signed_out(&screen.ctx(), &view), &origins)
        }
        Back::Here(ending) => {
            // Of our own pages there is none to go back to without a session.
            let return_url = ending.redirect.clone().filter(|url| !url.starts_with('/'));
            let sign_in_url = Some("/".to_owned());
            let application = application(screen, &ending);
            let view = SignedOutView { application, return_url, sign_in_url, unreached, ..SignedOutView::default() };
            screen.show(screen.templates().signed_out(&screen.ctx_for(&ending.ui_locales), &view))
        }
        Back::Elsewhere(ending) => {
            let view = SignedOutView { elsewhere: true, return_url: ending.redirect, unreached, ..SignedOutView::default() };
            screen.show(screen.templates().signed_out(&screen.ctx(), &view))
        }
    }
}

/// A message as an address, or as a form.
fn carried(message: Message) -> (Option<String>, Option<FormPostView>) {
    match message {
        Message::Redirect(url) => (Some(url), None),
        Message::Form(form) => (None, Some(forms::view_of(form))),
    }
}
