//! Who asks: the token that `POST /auth` has issued. Role, rights and status are read anew on every request; the token says
//! only who it was issued to.

use std::time::Duration;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use kernel::Classified;
use kernel::ids::PersonId;
use keys::{Alg, Use, VerifyError};
use mfa::operation::{Administrator, Caller};
use mfa::people::Person;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::http::Who;

use super::error::{ApiError, code};

/// `typ` of API tokens.
const TYP: &str = "JWT";

/// Claims of an API token.
#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    username: String,
    realm: String,
    role: String,
    authtype: String,
    nonce: String,
    /// The epoch of the account when it was issued.
    epoch: i64,
    /// The person, for role `user`.
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<PersonId>,
    iat: i64,
    exp: i64,
}

/// Whom a token is issued to.
pub enum Holder<'a> {
    /// A local administrator and their epoch.
    Admin(&'a str, i64),
    /// A person.
    Person(&'a Person),
}

impl Holder<'_> {
    /// The role that the wire format shows.
    pub const fn role(&self) -> &'static str {
        match self {
            Self::Admin(..) => "admin",
            Self::Person(_) => "user",
        }
    }

    /// Name and realm.
    pub fn name(&self) -> (&str, &str) {
        match self {
            Self::Admin(name, _) => (name, ""),
            Self::Person(person) => (&person.login, &person.realm),
        }
    }
}

/// Issues a token. `authtype` says what was checked; without a lifetime, that of the configuration holds.
///
/// # Errors
/// When it cannot be signed.
pub fn issue(app: &App, holder: &Holder<'_>, authtype: &str, lifetime: Option<Duration>) -> Result<String, keys::RingError> {
    let now = app.clock.now();
    let (name, realm) = holder.name();
    let (epoch, sub) = match holder {
        Holder::Admin(_, epoch) => (*epoch, None),
        Holder::Person(person) => (person.auth_epoch, Some(person.id)),
    };
    let claims = Claims {
        iss: app.config.server.public_url.origin().to_owned(),
        username: name.to_owned(),
        realm: realm.to_owned(),
        role: holder.role().to_owned(),
        authtype: authtype.to_owned(),
        nonce: app.entropy.token(),
        epoch,
        sub,
        iat: now.seconds(),
        exp: (now + lifetime.unwrap_or(app.config.api.token_lifetime)).seconds(),
    };
    app.ring.sign_jwt(Use::Api, Alg::Es256, TYP, &claims)
}

/// Identifies the caller as far as the route demands it.
///
/// # Errors
/// [`ApiError`] with the code of the wire format when there is no token, or it is not accepted.
pub(super) async fn identify(app: &App, headers: &HeaderMap, who: Who) -> Result<Caller, ApiError> {
    if !matches!(who, Who::Caller | Who::Admin) {
        return Ok(Caller::Anonymous);
    }
    let Some(token) = token(headers) else {
        return Err(ApiError::unauthenticated(code::AUTH_HEADER, "Authentication failure. Missing Authorization header."));
    };
    let claims: Claims = app.ring.verify_jwt(Use::Api, TYP, token).map_err(|error| match error {
        VerifyError::Time => ApiError::unauthenticated(code::EXPIRED, "Authentication failure. Your token has expired."),
        _ => ApiError::unauthenticated(code::DECODING, "Authentication failure. Error during decoding your token."),
    })?;
    let caller = match claims.sub {
        None => admin(app, &claims).await?,
        Some(person) => user(app, person, &claims).await?,
    };
    match (&caller, who) {
        (Caller::Person(_), Who::Admin) => Err(ApiError::unauthenticated(
            code::MISSING_RIGHT,
            "You do not have the necessary role (['admin']) to access this resource!",
        )),
        _ => Ok(caller),
    }
}

/// The bare token, of `PI-Authorization` or else of `Authorization`.
fn token(headers: &HeaderMap) -> Option<&str> {
    let header = headers.get("pi-authorization").or_else(|| headers.get(AUTHORIZATION))?;
    let text = header.to_str().ok()?.trim();
    let text = text.strip_prefix("Bearer ").unwrap_or(text);
    (!text.is_empty()).then_some(text)
}

async fn admin(app: &App, claims: &Claims) -> Result<Caller, ApiError> {
    let found = app.mfa.people.admins().by_name(&claims.username).await.map_err(|e| ApiError::of("", &e))?;
    match found {
        Some(admin) if admin.auth_epoch == claims.epoch && claims.role == "admin" => {
            Ok(Caller::Admin(Administrator { name: admin.name, realm: String::new() }))
        }
        _ => Err(void()),
    }
}

async fn user(app: &App, person: PersonId, claims: &Claims) -> Result<Caller, ApiError> {
    let found = app.mfa.people.by_id(person).await.map_err(|e| ApiError::of("", &e as &dyn Classified))?;
    match found {
        Some(person) if !person.disabled && person.auth_epoch == claims.epoch && claims.role == "user" => {
            Ok(Caller::Person(person))
        }
        _ => Err(void()),
    }
}

/// The account was disabled, changed or removed since.
fn void() -> ApiError {
    ApiError::unauthenticated(code::DECODING, "Authentication failure. Error during decoding your token.")
}
