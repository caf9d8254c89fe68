//! Open sessions of the person: end one, or all of them.

use audit::Door;
use axum::extract::Path;
use axum::response::Response;
use db::Batch;
use idp::oidc::Ending;
use idp::saml::slo::{Leaving, Visitor};
use kernel::ids::SessionId;

use super::member::Member;
use crate::pages::logout;

/// Ends one of their sessions.
pub(super) async fn end(member: Member, Path(id): Path<String>) -> Result<Response, Response> {
    let screen = &member.screen;
    let sessions = screen.app.logins.sessions();
    let found = match SessionId::parse(&id) {
        Ok(id) => sessions.by_id(id, screen.cx.at).await.map_err(|e| member.failed(&e))?,
        Err(_) => None,
    };
    // That of somebody else is answered like one that does not exist.
    let Some(session) = found.filter(|session| session.person == member.id()) else {
        return Ok(screen.see_other("/factors?problem=changed"));
    };
    let (origin, mut batch) = (screen.origin(Door::Pages), Batch::new());
    let ended = screen.app.oidc.end_session(&mut batch, &origin, &session, &Ending::default()).await;
    ended.map_err(|e| member.failed(&e))?;
    leave(&member, batch, &[session.id], "/factors?done=session").await
}

/// Ends all of them, this one included.
pub(super) async fn end_all(member: Member) -> Result<Response, Response> {
    let screen = &member.screen;
    let sessions = screen.app.logins.sessions().of_person(member.id(), screen.cx.at).await.map_err(|e| member.failed(&e))?;
    let (origin, mut batch) = (screen.origin(Door::Pages), Batch::new());
    let ended = screen.app.oidc.end_all_sessions(&mut batch, &origin, member.id(), &sessions).await;
    ended.map_err(|e| member.failed(&e))?;
    let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    leave(&member, batch, &ids, "/logout").await
}

/// Commits the end of sessions, tells the service providers that take part in them, and goes on to `back`.
async fn leave(member: &Member, batch: Batch, sessions: &[SessionId], back: &str) -> Result<Response, Response> {
    let screen = &member.screen;
    let visitor = Visitor { binding: screen.browser.secret(), session: Some(member.session.id) };
    let ending = Ending { redirect: Some(back.to_owned()), ..Ending::default() };
    let leaving = Leaving { person: member.id(), sessions, visitor, ending };
    let left = screen.app.saml.leave(&screen.origin(Door::Pages), batch, leaving).await;
    let mut response = logout::go_on(screen, left.map_err(|e| member.failed(&e))?);
    if sessions.contains(&member.session.id) {
        screen.clear_session(&mut response);
    }
    Ok(response)
}
