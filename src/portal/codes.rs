//! New recovery codes: shown once, kept on paper.

use axum::response::Response;
use mfa::operation::Params;
use mfa::token_ops::own;
use templates::When;
use templates::views::RecoveryCodesView;

use super::member::Member;

/// Makes new codes in place of the old ones, after a factor was shown.
pub(super) async fn renew(member: Member) -> Result<Response, Response> {
    let tokens = member.tokens().await?;
    member.fresh(&tokens, "/factors").await?;
    let call = member.call("POST /recovery-codes", Params::default());
    let screen = &member.screen;
    let made = own::renew_recovery_codes(&screen.app.mfa, call, &tokens).await.map_err(|e| member.refused(&e))?;
    let view = RecoveryCodesView {
        action: "/recovery-codes/kept".to_owned(),
        application: None,
        account: member.person.login.clone(),
        codes: made.codes.iter().map(|code| code.expose().to_owned()).collect(),
        created: When(screen.cx.at.0),
        replaced: made.replaced,
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
