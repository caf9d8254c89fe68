//! "My factors": the list, and what can be done to one of them.

use axum::extract::{Path, Query};
use axum::response::Response;
use mfa::operation::{Operation, Params, perform};
use mfa::token_ops::own::recovery_codes;
use mfa::token_ops::{DeleteToken, DisableToken, EnableToken, SetDescription};
use mfa::tokens::{Rollout, Token, recovery};
use templates::When;
use templates::views::{FactorRow, FactorState, MyFactorsView, RecoveryState, RemoveFactorView, SessionRow};

use super::member::Member;
use super::notice;
use crate::http::Form;
use crate::pages::show::factor_kind;

/// What a redirect carries over.
#[derive(serde::Deserialize)]
pub(super) struct Carried {
    done: Option<String>,
    problem: Option<String>,
    serial: Option<String>,
}

/// The name under which people know a token.
fn name(token: &Token) -> String {
    if token.description.is_empty() { token.serial.clone() } else { token.description.clone() }
}

/// Recovery codes left and made, if there are any.
pub(super) fn recovery_left(tokens: &[Token]) -> Option<(u32, u32)> {
    let token = recovery_codes(tokens)?;
    let info = mfa::token_ops::info(token);
    let number = |key: &str| info.get(key).and_then(|n| n.parse().ok()).unwrap_or(0);
    Some((number("recovery.left"), number("recovery.count")))
}

/// The page.
pub(super) async fn list(member: Member, Query(carried): Query<Carried>) -> Result<Response, Response> {
    let screen = &member.screen;
    let tokens = member.tokens().await?;
    let sessions = member.sessions().await?;
    let named = |serial: &str| tokens.iter().find(|token| token.serial == serial).map_or_else(|| serial.to_owned(), name);
    let about = carried.serial.as_deref().filter(|s| s.len() <= 64).map(named).unwrap_or_default();
    let recovery = recovery_left(&tokens);
    let view = MyFactorsView {
        nav: member.nav(),
        notice: carried.done.as_deref().and_then(|word| notice::notice(word, about)),
        error: carried.problem.as_deref().and_then(notice::error),
        proof_needed: member.proof_needed(&tokens),
        factors: tokens
            .iter()
            .filter(|token| token.kind.spec().name != recovery::NAME)
            .map(|token| row(&member, token))
            .collect(),
        add_url: Some("/factors/add".to_owned()),
        recovery: Some(RecoveryState {
            remaining: recovery.map_or(0, |(left, _)| left),
            total: recovery.map_or(0, |(_, total)| total),
            created: recovery_codes(&tokens).map(|t| When(t.created_at.0)),
            renew_action: Some("/recovery-codes".to_owned()),
        }),
        sessions: sessions.iter().map(|session| session_row(&member, session)).collect(),
        end_all_action: Some("/sessions/end".to_owned()),
    };
    Ok(screen.show(screen.templates().my_factors(&screen.ctx(), &view)))
}

fn row(member: &Member, token: &Token) -> FactorRow {
    let now = member.screen.cx.at;
    let state = if token.rollout == Rollout::Verify {
        FactorState::Unverified
    } else if token.revoked || !token.active {
        FactorState::Disabled
    } else if token.locked || token.failcount >= token.maxfail {
        FactorState::Locked
    } else if token.valid_until.is_some_and(|until| until < now) {
        FactorState::Expired
    } else {
        FactorState::Active
    };
    let path = |verb: &str| format!("/factors/{}/{verb}", token.serial);
    let live = !token.revoked && token.rollout.usable();
    FactorRow {
        id: token.serial.clone(),
        name: token.description.clone(),
        kind: factor_kind(token.kind.spec().name),
        serial: token.serial.clone(),
        added: Some(When(token.created_at.0)),
        last_used: token.last_auth.map(|at| When(at.0)),
        state,
        rename_action: live.then(|| path("rename")),
        disable_action: (live && token.active).then(|| path("disable")),
        enable_action: (live && !token.active).then(|| path("enable")),
        remove_url: Some(path("remove")),
    }
}

fn session_row(member: &Member, session: &idp::session::Session) -> SessionRow {
    let current = session.id == member.session.id;
    SessionRow {
        device: session.user_agent.clone(),
        address: session.client.clone().unwrap_or_default(),
        since: When(session.created_at.0),
        last_seen: Some(When(session.seen_at.0)),
        current,
        end_action: (!current).then(|| format!("/sessions/{}/end", session.id)),
    }
}

/// Performs an operation on one token and goes back to the list with what came of it.
async fn change<O: Operation>(member: &Member, op: &O, action: &str, (params, done): (Params, &str)) -> Response {
    let serial = params.text("serial").ok().flatten().unwrap_or_default();
    match perform(&member.screen.app.mfa, op, member.call(action, params)).await {
        Ok(_) => member.screen.see_other(&format!("/factors?done={done}&serial={serial}")),
        Err(failure) => member.refused(&failure),
    }
}

/// Whether the serial is one of theirs. Serials in addresses of redirects come from the database, not from the request.
fn own<'t>(tokens: &'t [Token], serial: &str) -> Option<&'t Token> {
    tokens.iter().find(|token| token.serial == serial)
}

fn unknown(member: &Member) -> Response {
    member.screen.see_other("/factors?problem=changed")
}

/// Another name.
pub(super) async fn rename(member: Member, Path(serial): Path<String>, form: Form) -> Result<Response, Response> {
    let tokens = member.tokens().await?;
    let Some(token) = own(&tokens, &serial) else { return Ok(unknown(&member)) };
    let name = form.text("name").trim();
    if name.is_empty() {
        return Ok(member.screen.see_other("/factors?problem=empty-name"));
    }
    if name.chars().count() > notice::LONGEST {
        return Ok(member.screen.see_other("/factors?problem=long-name"));
    }
    let params = Params::of([("serial", &token.serial), ("description", name)]);
    Ok(change(&member, &SetDescription, "POST /factors (rename)", (params, "renamed")).await)
}

/// Off.
pub(super) async fn disable(member: Member, Path(serial): Path<String>) -> Result<Response, Response> {
    let tokens = member.tokens().await?;
    let Some(token) = own(&tokens, &serial) else { return Ok(unknown(&member)) };
    member.fresh(&tokens, "/factors").await?;
    let params = Params::of([("serial", &token.serial)]);
    Ok(change(&member, &DisableToken, "POST /factors (disable)", (params, "disabled")).await)
}

/// On again.
pub(super) async fn enable(member: Member, Path(serial): Path<String>) -> Result<Response, Response> {
    let tokens = member.tokens().await?;
    let Some(token) = own(&tokens, &serial) else { return Ok(unknown(&member)) };
    member.fresh(&tokens, "/factors").await?;
    let params = Params::of([("serial", &token.serial)]);
    Ok(change(&member, &EnableToken, "POST /factors (enable)", (params, "enabled")).await)
}

/// Asks whether to remove it.
pub(super) async fn ask_remove(member: Member, Path(serial): Path<String>) -> Result<Response, Response> {
    let tokens = member.tokens().await?;
    let Some(token) = own(&tokens, &serial) else { return Ok(unknown(&member)) };
    let others = mfa::enrol::factors(&tokens).filter(|t| t.serial != token.serial && t.active);
    let view = RemoveFactorView {
        nav: member.nav(),
        action: format!("/factors/{}/remove", token.serial),
        cancel_url: "/factors".to_owned(),
        name: name(token),
        kind: factor_kind(token.kind.spec().name),
        last: others.filter(|t| t.kind.spec().name != recovery::NAME).count() == 0,
        proof_needed: member.proof_needed(&tokens),
    };
    let screen = &member.screen;
    Ok(screen.show(screen.templates().remove_factor(&screen.ctx(), &view)))
}

/// Removes it.
pub(super) async fn remove(member: Member, Path(serial): Path<String>) -> Result<Response, Response> {
    let tokens = member.tokens().await?;
    let Some(token) = own(&tokens, &serial) else { return Ok(unknown(&member)) };
    member.fresh(&tokens, "/factors").await?;
    let params = Params::of([("serial", &token.serial)]);
    Ok(change(&member, &DeleteToken, "POST /factors (remove)", (params, "removed")).await)
}
