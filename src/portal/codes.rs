//! New recovery codes: shown once, kept on paper.

use axum::response::Response;
use mfa::operation::{Params, perform};
use mfa::token_ops::InitToken;
use templates::When;
use templates::views::RecoveryCodesView;

use super::factors::RECOVERY;
use super::member::Member;
use super::notice;

/// Makes new codes in place of the old ones, after a factor was shown.
pub(super) async fn renew(member: Member) -> Result<Response, Response> {
    let tokens = member.tokens().await?;
    member.fresh(&tokens, "/factors").await?;
    let old = tokens.iter().find(|token| token.kind.spec().name == RECOVERY && !token.revoked);
    let params = match old {
        Some(old) => Params::of([("type", RECOVERY), ("genkey", "1"), ("serial", &old.serial), ("rollover", "1")]),
        None => Params::of([("type", RECOVERY), ("genkey", "1")]),
    };
    let screen = &member.screen;
    let done = match perform(&screen.app.mfa, &InitToken, member.call("POST /recovery-codes", params)).await {
        Ok(done) => done.output,
        Err(failure) => {
            return Ok(match notice::word(&failure) {
                Some(word) => screen.see_other(&format!("/factors?problem={word}")),
                None => member.failed(&failure),
            });
        }
    };
    let mut codes: Vec<(usize, String)> = done
        .shown
        .get("otps")
        .and_then(|codes| codes.as_object())
        .map(|codes| codes.iter().filter_map(|(n, code)| Some((n.parse().ok()?, code.as_str()?.to_owned()))).collect())
        .unwrap_or_default();
    codes.sort();
    let view = RecoveryCodesView {
        action: "/recovery-codes/kept".to_owned(),
        application: None,
        account: member.person.login.clone(),
        codes: codes.into_iter().map(|(_, code)| code).collect(),
        created: When(screen.cx.at.0),
        replaced: old.is_some(),
        error: None,
    };
    let mut ctx = screen.ctx();
    ctx.language_switch = None;
    Ok(screen.show(screen.templates().recovery_codes(&ctx, &view)))
}

/// They are kept.
pub(super) async fn kept(member: Member) -> Response {
    member.screen.see_other("/factors?done=codes")
}
