//! Adding a factor: choose a kind, scan, confirm with the first code.

use axum::extract::Path;
use axum::response::Response;
use kernel::SecretText;
use mfa::operation::{Code, Params};
use mfa::token_ops::own;
use templates::Hidden;
use templates::views::{EnrolChoiceView, EnrolKind, EnrolReason, EnrolTotpView, ErrorKind, FactorError};

use super::member::Member;
use crate::http::Form;
use crate::pages::show::{factor_kind, key_view};

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
    let call = member.call("POST /factors (add)", Params::default());
    let begun = own::begin(&member.screen.app.mfa, call, kind).await.map_err(|e| member.refused(&e))?;
    Ok(show(&member, &Shown::of(&begun), None))
}

/// The first code.
pub(super) async fn confirm(member: Member, Path(serial): Path<String>, form: Form) -> Result<Response, Response> {
    let tokens = member.tokens().await?;
    let Some(token) = own::unconfirmed(&tokens, &serial) else {
        return Ok(member.screen.see_other("/factors?problem=changed"));
    };
    member.fresh(&tokens, "/factors").await?;
    let code: SecretText = form.text("otp").chars().filter(|c| !c.is_whitespace()).collect::<String>().into();
    let call = member.call("POST /factors (confirm)", Params::default());
    match own::confirm(&member.screen.app.mfa, call, token, &code).await {
        Ok(()) => Ok(member.screen.see_other(&format!("/factors?done=added&serial={}", token.serial))),
        Err(failure) if failure.code == Code::Parameter => match Shown::open(&member, &token.serial, form.text(KEY)) {
            Some(shown) => Ok(show(&member, &shown, Some(FactorError::WrongCode))),
            None => Ok(member.screen.see_other("/factors?problem=stale")),
        },
        Err(failure) => Err(member.refused(&failure)),
    }
}

/// Gives it up.
pub(super) async fn abandon(member: Member, Path(serial): Path<String>) -> Result<Response, Response> {
    let tokens = member.tokens().await?;
    let call = member.call("POST /factors (abandon)", Params::default());
    own::abandon(&member.screen.app.mfa, call, &tokens, &serial).await.map_err(|e| member.refused(&e))?;
    Ok(member.screen.see_other("/factors"))
}

/// What the enrolment page shows of a key. Holds the secret, so it has no `Debug`.
#[derive(serde::Serialize, serde::Deserialize)]
struct Shown {
    serial: String,
    uri: String,
    secret: String,
    digits: u8,
}

impl Shown {
    fn of(begun: &own::Begun) -> Self {
        Self {
            serial: begun.serial.clone(),
            uri: begun.uri.expose().to_owned(),
            secret: begun.key.expose().to_owned(),
            digits: begun.digits,
        }
    }

    /// Sealed to the browser; whose key it is, stands inside and is compared after opening.
    fn place(member: &Member) -> keys::Place<'_> {
        keys::Place::in_transit("enrolment", member.screen.browser.secret())
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
    let view = EnrolTotpView {
        action: format!("/factors/{}/confirm", shown.serial),
        error,
        cancel_action: Some(format!("/factors/{}/abandon", shown.serial)),
        ..key_view(&shown.uri, &shown.secret, shown.digits)
    };
    screen.show(screen.templates().enrol_totp(&ctx, &view))
}
