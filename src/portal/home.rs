//! The portal's first page.

use axum::response::Response;
use mfa::enrol::factors;
use mfa::tokens::recovery;
use templates::views::{Attention, HomeView};

use super::factors::recovery_left;
use super::member::Member;

/// How they stand, and what needs care.
pub(super) async fn get(member: Member) -> Result<Response, Response> {
    let screen = &member.screen;
    let tokens = member.tokens().await?;
    let sessions = member.sessions().await?;
    let own = factors(&tokens).filter(|token| token.kind.spec().name != recovery::NAME && token.active).count();
    let left = recovery_left(&tokens).map(|(left, _)| left);
    let mut attention = Vec::new();
    match (own, left) {
        (0, None | Some(0)) => attention.push(Attention::NoSecondFactor),
        (1, None | Some(0)) => attention.push(Attention::NoSpare),
        (_, Some(remaining @ 1..=3)) => attention.push(Attention::FewRecoveryCodes { remaining }),
        _ => {}
    }
    let view = HomeView {
        nav: member.nav(),
        attention,
        factors: u32::try_from(own).unwrap_or(u32::MAX),
        recovery_remaining: left,
        sessions: u32::try_from(sessions.len()).unwrap_or(u32::MAX),
        last_sign_in: None,
    };
    Ok(screen.show(screen.templates().home(&screen.ctx(), &view)))
}
