//! Messages in forms that a browser posts to a party.

use axum::response::Response;
use http::StatusCode;
use idp::saml::slo::Form;
use templates::views::{Application, FormPostField, FormPostView};

use crate::pages::view::Screen;

/// Lets the browser post a form to a party: by itself where scripts run, by a button elsewhere.
pub(super) fn post(screen: &Screen, form: Form) -> Response {
    let origins: Vec<String> = idp::party::client::redirect::origin(&form.location).into_iter().collect();
    let application = Some(Application { name: form.party.clone(), ..Application::default() });
    let view = FormPostView { application, ..view_of(form) };
    screen.show_with(StatusCode::OK, screen.templates().form_post(&screen.ctx(), &view), &origins)
}

/// A form as pages have it.
pub fn view_of(form: Form) -> FormPostView {
    let field = |(name, value): (&str, String)| FormPostField { name: name.to_owned(), value };
    FormPostView { action: form.location, fields: form.fields.into_iter().map(field).collect(), application: None }
}
