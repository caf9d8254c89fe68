//! Open sessions of the person: end one, or all of them.

use audit::Door;
use axum::extract::Path;
use axum::response::Response;
use idp::oidc::Ending;
use kernel::ids::SessionId;

use super::member::Member;

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
    let ended = screen.app.oidc.end_session(&screen.origin(Door::Pages), &session, &Ending::default()).await;
    ended.map_err(|e| member.failed(&e))?;
    Ok(screen.see_other("/factors?done=session"))
}

/// Ends all of them, this one included.
pub(super) async fn end_all(member: Member) -> Result<Response, Response> {
    let screen = &member.screen;
    let sessions = screen.app.logins.sessions().of_person(member.id(), screen.cx.at).await.map_err(|e| member.failed(&e))?;
    let ended = screen.app.oidc.end_all_sessions(&screen.origin(Door::Pages), member.id(), &sessions).await;
    ended.map_err(|e| member.failed(&e))?;
    let mut response = screen.see_other("/logout");
    screen.clear_session(&mut response);
    Ok(response)
}
