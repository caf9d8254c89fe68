//! Who asks: a client, by the token in the `Authorization` header (RFC 6750 section 2.1; RFC 7644 section 2).

use std::sync::Arc;

use audit::Origin;
use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};
use kernel::{Classified, SecretText};
use mfa::scim::client::{self, Client, Refused};

use crate::app::App;
use crate::http::failure;

use super::answer::Refusal;

/// The client whose token this is, if it may ask now.
///
/// # Errors
/// When there is no token, nobody has it, or too much was asked.
pub(super) async fn identify(app: &App, headers: &HeaderMap, origin: &Origin) -> Result<Arc<Client>, Refusal> {
    let missing = || Refusal::new(StatusCode::UNAUTHORIZED, "A bearer token is required.");
    let token = token(headers).ok_or_else(missing)?;
    let client = client::authenticate(&app.mfa, origin, &token).await.map_err(|e| refusal(&origin.request, e))?;
    match app.scim_limit.take(client.id) {
        None => Ok(Arc::new(client)),
        Some(wait) => Err(too_many(wait.as_secs())),
    }
}

/// One header with one token.
fn token(headers: &HeaderMap) -> Option<SecretText> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (only, None) = (all.next()?, all.next()) else { return None };
    let (scheme, token) = only.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| SecretText::new(token.trim()))
}

fn too_many(seconds: u64) -> Refusal {
    let detail = "Too many requests. Please come again later.";
    Refusal { retry_after: Some(seconds + 1), ..Refusal::new(StatusCode::TOO_MANY_REQUESTS, detail) }
}

fn refusal(request: &str, e: Refused) -> Refusal {
    match e {
        Refused::Unknown => Refusal::new(StatusCode::UNAUTHORIZED, "The bearer token is not accepted."),
        Refused::Limited(limited) => too_many(limited.retry_after.as_secs()),
        Refused::Db(e) => unavailable(request, &e),
        Refused::Write(e) => unavailable(request, &e),
    }
}

fn unavailable(request: &str, e: &(dyn Classified + '_)) -> Refusal {
    failure::log(request, e);
    Refusal { retry_after: Some(5), ..Refusal::new(failure::status(e.class()), "The service is not available at present.") }
}
