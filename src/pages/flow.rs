//! `/login/{flow}`: how a sign-in stands, and its answers.

use audit::Door;
use axum::extract::{Path, RawQuery};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use idp::login::{Input, LoginError, Progress, StepView};
use idp::ports::Polled;
use kernel::ids::FlowId;
use templates::views::ErrorKind;

use crate::http::Form;

use super::view::Screen;
use super::{answer, error, negotiate, outcome};

/// Shows how the flow stands. Changes nothing, save that an approval that came in the meantime is taken, and a ticket that the
/// browser shows.
pub async fn get(screen: Screen, Path(flow): Path<String>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let Ok(flow) = FlowId::parse(&flow) else { return screen.error(StatusCode::NOT_FOUND, ErrorKind::NotFound) };
    let origin = screen.origin(Door::Pages);
    let shown = match screen.app.logins.show(&origin, flow, &screen.as_browser()).await {
        Ok(Progress::Show(view)) if matches!(view.step, StepView::Factor { mode: idp::ports::AnswerMode::Approve, .. }) => {
            match screen.app.logins.poll(&origin, flow, &screen.as_browser()).await {
                Ok(Polled::Pending) => Ok(Progress::Show(view)),
                Ok(_) => screen.app.logins.answer(&origin, flow, view.version, &screen.as_browser(), Input::Approved).await,
                Err(e) => Err(e),
            }
        }
        Ok(Progress::Show(view)) if negotiate::is_offered(&screen, &view, query.as_deref()) => {
            return negotiate::conduct(&screen, &view, &headers).await;
        }
        other => other,
    };
    respond(&screen, flow, shown, outcome::Came::ByGet).await
}

/// Answers the step that was shown.
pub async fn post(screen: Screen, Path(flow): Path<String>, form: Form) -> Response {
    let input = answer::input(&form);
    submit(&screen, &flow, &form, input).await
}

/// Wants another factor.
pub async fn switch(screen: Screen, Path(flow): Path<String>, form: Form) -> Response {
    let input = match form.get("factor") {
        Some(factor) if !factor.is_empty() => Input::Choose { factor: factor.to_owned() },
        _ => Input::OtherFactor,
    };
    submit(&screen, &flow, &form, Some(input)).await
}

/// Gives up.
pub async fn cancel(screen: Screen, Path(flow): Path<String>, form: Form) -> Response {
    submit(&screen, &flow, &form, Some(Input::Cancel)).await
}

/// Begins again what has expired, with the same request. A link: it can only begin anew.
pub async fn restart(screen: Screen, Path(flow): Path<String>) -> Response {
    let Ok(flow) = FlowId::parse(&flow) else { return screen.error(StatusCode::NOT_FOUND, ErrorKind::NotFound) };
    let begun = screen.app.logins.restart(&screen.origin(Door::Pages), flow, &screen.as_browser()).await;
    respond(&screen, flow, begun, outcome::Came::ByRedirect).await
}

async fn submit(screen: &Screen, flow: &str, form: &Form, input: Option<Input>) -> Response {
    let Ok(flow) = FlowId::parse(flow) else { return screen.error(StatusCode::NOT_FOUND, ErrorKind::NotFound) };
    let (Some(input), Some(version)) = (input, form.get(answer::VERSION).and_then(|v| v.parse().ok())) else {
        return screen.error(StatusCode::BAD_REQUEST, ErrorKind::BadRequest);
    };
    let progress = screen.app.logins.answer(&screen.origin(Door::Pages), flow, version, &screen.as_browser(), input).await;
    respond(screen, flow, progress, outcome::Came::ByPost).await
}

pub(super) async fn respond(
    screen: &Screen,
    flow: FlowId,
    progress: Result<Progress, LoginError>,
    came: outcome::Came,
) -> Response {
    match progress {
        Ok(progress) => outcome::respond(screen, Some(flow), progress, came).await,
        Err(error) => error::of(&screen.app, &screen.cx, &error),
    }
}
