//! Adding a factor: choose a kind, scan, confirm with the first code.

use axum::extract::Path;
use axum::response::Response;
use mfa::operation::{Params, perform};
use mfa::token_ops::{DeleteToken, Enrolled, InitToken};
use mfa::tokens::Rollout;
use templates::Hidden;
use templates::views::{EnrolChoiceView, EnrolKind, EnrolReason, EnrolTotpView, ErrorKind, FactorError, FactorKind};

use super::member::Member;
use super::notice;
use crate::http::Form;
use crate::pages::show::{OtpLink, factor_kind};

/// Kinds that the pages can enrol.
const KINDS: &[&str] = &["totp", "hotp"];
/// The hidden field with the shown key, sealed to the browser, so that a mistyped code shows the page again.
const KEY: &str = "key";

/// Which kind; a factor is shown first, if there is one.
pub(super) async fn get(member: Member) -> Result<Response, Response> {
    let tokens = member.tokens().await?;
    member.fresh(&tokens, "/factors/add").await?;
    let kinds = KINDS.iter().enumerate();
    let view = EnrolChoiceView {
        action: "/factors/add".to_owned(),
        application: None,
        reason: EnrolReason::Wanted,
        kinds: kinds
            .map(|(n, kind)| EnrolKind { id: (*kind).to_owned(), kind: factor_kind(kind), recommended: n == 0 })
            .collect(),
        skip_action: None,
        cancel_action: None,
    };
    let screen = &member.screen;
    Ok(screen.show(screen.templates().enrol_choice(&screen.ctx(), &view)))
}

/// Makes a token that cannot be used before it is confirmed, and shows its key.
pub(super) async fn begin(member: Member, form: Form) -> Result<Response, Response> {
    let Some(kind) = KINDS.iter().find(|kind| **kind == form.text("kind")) else {
        return Ok(member.screen.error(http::StatusCode::BAD_REQUEST, ErrorKind::BadRequest));
    };
    let tokens = member.tokens().await?;
    member.fresh(&tokens, "/factors/add").await?;
    let params = Params::of([("type", kind), ("genkey", "1"), ("confirm", "1")]);
    match perform(&member.screen.app.mfa, &InitToken, member.call("POST /factors (add)", params)).await {
        Ok(done) => Ok(show(&member, &Shown::of(&done.output), None)),
        Err(failure) => Ok(refused(&member, &failure)),
    }
}

/// The first code.
pub(super) async fn confirm(member: Member, Path(serial): Path<String>, form: Form) -> Result<Response, Response> {
    let tokens = member.tokens().await?;
    let Some(token) = tokens.iter().find(|token| token.serial == serial && token.rollout == Rollout::Verify) else {
        return Ok(member.screen.see_other("/factors?problem=changed"));
    };
    member.fresh(&tokens, "/factors").await?;
    let code: String = form.text("otp").chars().filter(|c| !c.is_whitespace()).collect();
    let params = Params::of([("type", token.kind.spec().name), ("serial", &token.serial), ("verify", &code)]);
    match perform(&member.screen.app.mfa, &InitToken, member.call("POST /factors (confirm)", params)).await {
        Ok(_) => Ok(member.screen.see_other(&format!("/factors?done=added&serial={}", token.serial))),
        Err(failure) if failure.code == mfa::operation::Code::Parameter => {
            match Shown::open(&member, &token.serial, form.text(KEY)) {
                Some(shown) => Ok(show(&member, &shown, Some(FactorError::WrongCode))),
                None => Ok(member.screen.see_other("/factors?problem=stale")),
            }
        }
        Err(failure) => Ok(refused(&member, &failure)),
    }
}

/// Gives it up.
pub(super) async fn abandon(member: Member, Path(serial): Path<String>) -> Result<Response, Response> {
    let tokens = member.tokens().await?;
    if let Some(token) = tokens.iter().find(|token| token.serial == serial && token.rollout == Rollout::Verify) {
        let params = Params::of([("serial", token.serial.as_str())]);
        if let Err(failure) = perform(&member.screen.app.mfa, &DeleteToken, member.call("POST /factors (abandon)", params)).await
        {
            return Ok(refused(&member, &failure));
        }
    }
    Ok(member.screen.see_other("/factors"))
}

fn refused(member: &Member, failure: &mfa::operation::Failure) -> Response {
    match notice::word(failure) {
        Some(word) => member.screen.see_other(&format!("/factors?problem={word}")),
        None => member.failed(failure),
    }
}

/// What the enrolment page shows of a key. Holds the secret, so it has no `Debug`.
#[derive(serde::Serialize, serde::Deserialize)]
struct Shown {
    serial: String,
    kind: String,
    uri: String,
    secret: String,
    digits: u8,
}

impl Shown {
    fn of(enrolled: &Enrolled) -> Self {
        let text = |key: &str, member: &str| {
            enrolled.shown.get(key).and_then(|v| v.get(member)).and_then(|v| v.as_str()).unwrap_or_default().to_owned()
        };
        Self {
            serial: enrolled.token.serial.clone(),
            kind: enrolled.token.kind.spec().name.to_owned(),
            uri: text("googleurl", "value"),
            secret: text("otpkey", "value_b32"),
            digits: enrolled.token.otplen,
        }
    }

    /// Sealed to the browser; whose key it is, stands inside and is compared after opening.
    fn place(member: &Member) -> keys::Place<'_> {
        keys::Place::new("form", "enrolment", member.screen.browser.secret())
    }

    fn seal(&self, member: &Member) -> String {
        let sealer = member.screen.app.keys.sealer();
        sealer.seal(&Self::place(member), &serde_json::to_vec(self).unwrap_or_default())
    }

    fn open(member: &Member, serial: &str, sealed: &str) -> Option<Self> {
        let sealer = member.screen.app.keys.sealer();
        let shown: Self = serde_json::from_slice(sealer.open(&Self::place(member), sealed).ok()?.expose()).ok()?;
        (shown.serial == serial).then_some(shown)
    }
}

fn show(member: &Member, shown: &Shown, error: Option<FactorError>) -> Response {
    let screen = &member.screen;
    let mut ctx = screen.ctx();
    ctx.hidden.push(Hidden { name: KEY.to_owned(), value: shown.seal(member) });
    // A page that a form answered with cannot be loaded again: no choice of language on it.
    ctx.language_switch = None;
    let link = OtpLink::read(&shown.uri);
    let view = EnrolTotpView {
        action: format!("/factors/{}/confirm", shown.serial),
        application: None,
        reason: EnrolReason::Wanted,
        account: link.account,
        issuer: link.issuer,
        uri: shown.uri.clone(),
        secret: shown.secret.clone(),
        digits: shown.digits,
        period: if factor_kind(&shown.kind) == FactorKind::Totp { link.period } else { 0 },
        algorithm: link.algorithm,
        error,
        cancel_action: Some(format!("/factors/{}/abandon", shown.serial)),
    };
    screen.show(screen.templates().enrol_totp(&ctx, &view))
}
