//! Signing out: asked for by the person, or confirmed when an application asks for it.

use audit::Door;
use axum::response::Response;
use db::Batch;
use idp::oidc::Ending;
use idp::ports::on_record;
use idp::saml::slo::{Leaving, Onward, Visitor};
use idp::session::Session;
use kernel::Classified;
use kernel::ids::RowId;
use keys::Place;
use templates::Hidden;
use templates::views::{Application, Person, SignOutView, SignedOutView};

use crate::http::Form;
use crate::protocol::saml::slo;

use super::error;
use super::view::Screen;

/// The hidden field with what an application asked for, sealed to this browser.
const ENDING: &str = "ending";

/// The page of a sign-out under way.
pub fn path(id: RowId) -> String {
    format!("/logout/{id}")
}

/// Asks whether to sign out. A sign-out that is not finished is taken up again.
pub async fn get(screen: Screen) -> Response {
    match present(&screen).await {
        Ok(None) => match screen.app.saml.sign_out_open(screen.browser.secret(), screen.cx.at).await {
            Ok(Some(id)) => screen.see_other(&path(id)),
            Ok(None) => ask(&screen, None, &Ending::default()).await,
            Err(problem) => error::of(&screen.app, &screen.cx, &problem),
        },
        Ok(session) => ask(&screen, session.as_ref(), &Ending::default()).await,
        Err(response) => response,
    }
}

/// Signs out, or not.
pub async fn post(screen: Screen, form: Form) -> Response {
    let ending = form.get(ENDING).and_then(|sealed| open(&screen, sealed)).unwrap_or_default();
    if form.has("deny") {
        return screen.see_other("/");
    }
    match present(&screen).await {
        Ok(session) => end(&screen, session.as_ref(), &ending, Door::Pages).await,
        Err(response) => response,
    }
}

/// The session of this browser.
///
/// # Errors
/// The error page, when the database fails.
pub async fn present(screen: &Screen) -> Result<Option<Session>, Response> {
    let Some(token) = &screen.session else { return Ok(None) };
    let found = screen.app.logins.sessions().resume(token, screen.cx.at).await;
    found.map_err(|problem| error::of(&screen.app, &screen.cx, &problem))
}

/// The page that asks; without a session there is nothing to ask.
pub async fn ask(screen: &Screen, session: Option<&Session>, ending: &Ending) -> Response {
    let Some(session) = session else { return gone(screen, ending) };
    let person = on_record(&*screen.app.oidc.people, session.person).await;
    let mut ctx = screen.ctx_for(&ending.ui_locales);
    ctx.hidden.push(Hidden { name: ENDING.to_owned(), value: seal(screen, ending) });
    let view = SignOutView {
        action: "/logout".to_owned(),
        application: application(screen, ending),
        person: person
            .map(|p| Person { name: p.display_name, login: p.login })
            .unwrap_or(Person { name: String::new(), login: String::new() }),
    };
    let origins: Vec<String> = ending.redirect.as_deref().and_then(idp::party::client::redirect::origin).into_iter().collect();
    screen.show_with(http::StatusCode::OK, screen.templates().sign_out(&ctx, &view), &origins)
}

/// Ends the session, forgets its cookie, tells the service providers that take part in it, and goes where the application wants or
/// says that it is done.
pub async fn end(screen: &Screen, session: Option<&Session>, ending: &Ending, door: Door) -> Response {
    let onward = match session {
        Some(session) => match ended(screen, session, ending, door).await {
            Ok(onward) => onward,
            Err(problem) => return error::of(&screen.app, &screen.cx, &*problem),
        },
        None => Onward::Here(ending.clone()),
    };
    let mut response = go_on(screen, onward);
    screen.clear_session(&mut response);
    response
}

async fn ended(screen: &Screen, session: &Session, ending: &Ending, door: Door) -> Result<Onward, Box<dyn Classified>> {
    let (app, origin, mut batch) = (&screen.app, screen.origin(door), Batch::new());
    app.oidc.end_session(&mut batch, &origin, session, ending).await.map_err(boxed)?;
    let visitor = Visitor { binding: screen.browser.secret(), session: Some(session.id) };
    let leaving = Leaving { person: session.person, sessions: &[session.id], visitor, ending: ending.clone() };
    app.saml.leave(&origin, batch, leaving).await.map_err(boxed)
}

fn boxed<E: Classified + 'static>(error: E) -> Box<dyn Classified> {
    Box::new(error)
}

/// Where the browser goes when sessions have ended.
pub fn go_on(screen: &Screen, onward: Onward) -> Response {
    match onward {
        Onward::Page(id) => screen.see_other(&path(id)),
        Onward::Answer(message) => slo::send(screen, message),
        Onward::Here(ending) => go_home(screen, &ending),
    }
}

/// Goes where the application wants, or says that the person is signed out.
pub fn go_home(screen: &Screen, ending: &Ending) -> Response {
    match &ending.redirect {
        Some(location) => screen.see_other(location),
        None => gone(screen, ending),
    }
}

fn gone(screen: &Screen, ending: &Ending) -> Response {
    let application = application(screen, ending);
    let view = SignedOutView { application, sign_in_url: Some("/".to_owned()), ..SignedOutView::default() };
    screen.show(screen.templates().signed_out(&screen.ctx_for(&ending.ui_locales), &view))
}

/// The application that asked, as pages show it.
pub fn application(screen: &Screen, ending: &Ending) -> Option<Application> {
    let client = screen.app.oidc.clients.find(ending.client_id.as_deref()?)?;
    Some(super::outcome::application(&client.party(&ending.ui_locales)))
}

fn seal(screen: &Screen, ending: &Ending) -> String {
    let text = serde_json::to_vec(ending).unwrap_or_default();
    screen.app.keys.sealer().seal(&place(screen), &text)
}

fn open(screen: &Screen, sealed: &str) -> Option<Ending> {
    let opened = screen.app.keys.sealer().open(&place(screen), sealed).ok()?;
    serde_json::from_slice(opened.expose()).ok()
}

/// Sealed to the browser, so that nobody can plant a destination of theirs.
fn place(screen: &Screen) -> Place<'_> {
    Place::in_transit(ENDING, screen.browser.secret())
}
