//! What becomes of a flow: the next page, the way back to the party, or an error page.

use std::time::Duration;

use axum::response::Response;
use http::StatusCode;
use idp::login::{Authenticated, Failed, GoneReason, Progress, StepView, View};
use idp::party::{Party, PartyKind};
use kernel::ids::FlowId;
use templates::views::{Application, ErrorKind, ErrorView};

use crate::app::App;
use crate::http::deadline;
use crate::{portal, protocol};

use super::view::Screen;
use super::{negotiate, show};

/// How the browser came here.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// It loaded the page of the flow.
    ByGet,
    /// It answered a step: the next one is loaded, so that going back or reloading sends nothing twice.
    ByPost,
    /// It was sent by an application, or begins anew.
    ByRedirect,
}

/// Answers with how the flow stands.
pub async fn respond(screen: &Screen, flow: Option<FlowId>, progress: Progress, came: Came) -> Response {
    match progress {
        Progress::Show(view) => shown(screen, &view, came).await,
        Progress::Authenticated { success, session, device } => {
            let mut response = succeeded(screen, *success).await;
            if let Some(value) = session {
                screen.set_session(&mut response, &value);
            }
            if let Some((value, lifetime)) = device {
                screen.set_device(&mut response, &value, lifetime);
            }
            response
        }
        Progress::Failed(failed) => refused(screen, failed).await,
        Progress::Gone { reason, party } => gone(screen, flow, reason, party),
    }
}

async fn shown(screen: &Screen, view: &View, came: Came) -> Response {
    if let Some(until) = view.hold_until {
        deadline::until(&screen.cx, until.since(screen.cx.at).max(Duration::from_millis(1))).await;
    }
    // A remark belongs to this answer: it is shown at once. Otherwise the step is loaded at its own address.
    if came == Came::ByRedirect || (came == Came::ByPost && view.notice.is_none()) {
        return screen.see_other(&path(view));
    }
    page(screen, view, StatusCode::OK)
}

/// The page of a step.
pub fn page(screen: &Screen, view: &View, status: StatusCode) -> Response {
    let ctx = screen.ctx_for(&view.ui_locales);
    let page = show::page(&screen.app, ctx, view, negotiate::link(screen, view));
    screen.show_with(status, page, &origins(&screen.app, &view.party))
}

/// The address of a step.
pub fn path(view: &View) -> String {
    let place = if matches!(view.step, StepView::Consent { .. }) { "consent" } else { "login" };
    format!("/{place}/{}", view.flow)
}

/// Where the last form of the flow may lead, by redirect.
fn origins(app: &App, party: &Party) -> Vec<String> {
    match party.kind {
        PartyKind::Oidc => protocol::oidc::redirect_origins(app, &party.id),
        // The answer to a service provider is a form on a page of its own.
        PartyKind::Saml | PartyKind::Portal => Vec::new(),
    }
}

async fn succeeded(screen: &Screen, success: Authenticated) -> Response {
    match success.party().kind {
        PartyKind::Oidc => protocol::oidc::authorize::succeeded(screen, &success).await,
        PartyKind::Portal => portal::arrived(screen, &success).await,
        PartyKind::Saml => protocol::saml::sso::succeeded(screen, &success).await,
    }
}

async fn refused(screen: &Screen, failed: Failed) -> Response {
    match failed.party.kind {
        PartyKind::Oidc => protocol::oidc::authorize::refused(screen, &failed).await,
        PartyKind::Saml => protocol::saml::sso::refused(screen, &failed).await,
        PartyKind::Portal => show::signed_out(screen),
    }
}

fn gone(screen: &Screen, flow: Option<FlowId>, reason: GoneReason, party: Option<Party>) -> Response {
    let kind = match reason {
        GoneReason::Unknown if screen.browser.is_fresh() => ErrorKind::Cookies,
        GoneReason::Unknown | GoneReason::Expired | GoneReason::Finished => ErrorKind::Expired,
    };
    let retry_url = match (reason, flow) {
        (GoneReason::Expired, Some(flow)) => Some(format!("/login/{flow}/restart")),
        _ => party.as_ref().and_then(|p| p.home_uri.clone()),
    };
    let application = party.filter(|p| p.kind != PartyKind::Portal).map(|p| application(&p));
    let view = ErrorView { application, retry_url, home_url: Some("/".to_owned()), ..ErrorView::new(kind) };
    crate::pages::error::view(&screen.app, &screen.cx, StatusCode::GONE, &view)
}

/// A party as pages show it.
pub fn application(party: &Party) -> Application {
    Application {
        name: party.name.clone(),
        logo_url: party.logo_uri.clone(),
        home_url: party.home_uri.clone(),
        policy_url: party.policy_uri.clone(),
        terms_url: party.tos_uri.clone(),
    }
}
