//! Reading an authorization request (OpenID Connect Core 3.1.2.1). Pure: the client is known, nothing is fetched or stored.

use std::sync::Arc;
use std::time::Duration;

use super::answer::{ResponseMode, ReturnTo};
use super::problem::{AuthorizeProblem, PageProblem};
use crate::assurance::{AcrRequest, Level};
use crate::claims::ClaimsRequest;
use crate::login::Prompts;
use crate::oidc::params::{Params, Repeated};
use crate::oidc::pkce::Challenge;
use crate::oidc::scope::{OFFLINE_ACCESS, Scopes};
use crate::party::client::{Client, Clients, OfflineRule, Settings};

/// Longest `state` that we echo.
const LONGEST_STATE: usize = 8 * 1024;
/// Longest `nonce` that we echo.
const LONGEST_NONCE: usize = 2 * 1024;
/// Longest hint that we look at.
const LONGEST_HINT: usize = 255;
/// Most values of `acr_values` and `ui_locales` that we look at.
const MOST_VALUES: usize = 20;

impl From<Repeated> for AuthorizeProblem {
    fn from(_: Repeated) -> Self {
        Self::Repeated
    }
}

/// What was asked, checked.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) scopes: Scopes,
    pub(super) challenge: Option<Challenge>,
    pub(super) nonce: Option<String>,
    pub(super) prompts: Prompts,
    pub(super) max_age: Option<Duration>,
    pub(super) acr: AcrRequest,
    pub(super) claims: ClaimsRequest,
    pub(super) login_hint: Option<String>,
    pub(super) ui_locales: Vec<String>,
    pub(super) id_token_hint: Option<String>,
}

/// The client and where its answers go. Everything after this may be told to the client.
pub(super) struct Addressee {
    pub(super) client: Arc<Client>,
    pub(super) to: ReturnTo,
    /// What is wrong with the way back; told by the way that is known.
    pub(super) problem: Option<AuthorizeProblem>,
}

/// Finds the addressee.
///
/// # Errors
/// [`PageProblem`], for the person alone.
pub(super) fn addressee(params: &Params, clients: &Clients) -> Result<Addressee, PageProblem> {
    let client_id = params.get("client_id").ok().flatten().ok_or(PageProblem::ClientMissing)?;
    let client = clients.find(client_id).filter(|client| client.is_enabled()).ok_or(PageProblem::ClientUnknown)?;
    let redirect_uri = params.get("redirect_uri").ok().flatten().ok_or(PageProblem::RedirectMissing)?;
    if !client.allows_redirect(redirect_uri) {
        return Err(PageProblem::RedirectUnknown);
    }
    let mut to = ReturnTo { redirect_uri: redirect_uri.to_owned(), mode: ResponseMode::Query, state: None };
    let problem = address(params, &mut to).err();
    Ok(Addressee { client, to, problem })
}

fn address(params: &Params, to: &mut ReturnTo) -> Result<(), AuthorizeProblem> {
    let state = params.get("state");
    to.state = state.ok().flatten().filter(|state| state.len() <= LONGEST_STATE).map(str::to_owned);
    if let Some(mode) = params.get("response_mode")? {
        to.mode = ResponseMode::from_name(mode).ok_or(AuthorizeProblem::ResponseMode)?;
    }
    if state?.is_some() && to.state.is_none() { Err(AuthorizeProblem::TooLong) } else { Ok(()) }
}

impl Request {
    /// Reads everything beside client, redirect URI, state and response mode.
    ///
    /// # Errors
    /// The first [`AuthorizeProblem`] found.
    pub(super) fn read(params: &Params, client: &Client) -> Result<Self, AuthorizeProblem> {
        if params.get("request")?.is_some() {
            return Err(AuthorizeProblem::RequestObject);
        }
        if params.get("request_uri")?.is_some() {
            return Err(AuthorizeProblem::RequestUri);
        }
        response_type(params, client)?;
        let prompts = params.get("prompt")?.map_or(Ok(Prompts::default()), prompts)?;
        let claims = params.get("claims")?.map_or(Ok(ClaimsRequest::default()), ClaimsRequest::parse);
        let claims = claims.map_err(|_| AuthorizeProblem::Claims)?;
        let nonce = params.get("nonce")?;
        if nonce.is_some_and(|nonce| nonce.len() > LONGEST_NONCE) {
            return Err(AuthorizeProblem::TooLong);
        }
        let max_age = params.get("max_age")?.map(str::parse::<u32>).transpose().map_err(|_| AuthorizeProblem::MaxAge)?;
        Ok(Self {
            scopes: scopes(params.get("scope")?, client, prompts)?,
            challenge: challenge(params, client.settings())?,
            nonce: nonce.map(str::to_owned),
            prompts,
            max_age: max_age.map(|seconds| Duration::from_secs(seconds.into())),
            acr: acr(params.get("acr_values")?, &claims, client.settings()),
            claims,
            login_hint: params.get("login_hint")?.filter(|hint| hint.len() <= LONGEST_HINT).map(str::to_owned),
            ui_locales: locales(params.hint("ui_locales")),
            id_token_hint: params.get("id_token_hint")?.map(str::to_owned),
        })
    }
}

fn response_type(params: &Params, client: &Client) -> Result<(), AuthorizeProblem> {
    match params.get("response_type")? {
        None => Err(AuthorizeProblem::ResponseTypeMissing),
        Some("code") => {
            let registered = client.settings().response_types.iter().any(|kind| kind == "code");
            if registered && client.may("authorization_code") { Ok(()) } else { Err(AuthorizeProblem::NotAllowed) }
        }
        Some(_) => Err(AuthorizeProblem::ResponseType),
    }
}

/// Scopes that the client may not have are ignored, as are those that nobody knows (Core 3.1.2.1).
fn scopes(asked: Option<&str>, client: &Client, prompts: Prompts) -> Result<Scopes, AuthorizeProblem> {
    let asked = Scopes::parse(asked.unwrap_or_default()).map_err(|_| AuthorizeProblem::Scope)?;
    let mut scopes = asked.filtered(|scope| client.scopes().contains(scope));
    let offline = client.may("refresh_token")
        && match client.settings().offline_access {
            OfflineRule::Never => false,
            OfflineRule::WithConsent => prompts.consent,
            OfflineRule::Always => true,
        };
    if !offline {
        scopes.remove(OFFLINE_ACCESS);
    }
    if scopes.is_empty() { Err(AuthorizeProblem::Scope) } else { Ok(scopes) }
}

fn challenge(params: &Params, settings: &Settings) -> Result<Option<Challenge>, AuthorizeProblem> {
    let challenge = Challenge::parse(params.get("code_challenge")?, params.get("code_challenge_method")?);
    let challenge = challenge.map_err(|_| AuthorizeProblem::Pkce)?;
    let required = settings.require_pkce || settings.is_public();
    if required && challenge.is_none() { Err(AuthorizeProblem::PkceMissing) } else { Ok(challenge) }
}

fn prompts(text: &str) -> Result<Prompts, AuthorizeProblem> {
    let mut prompts = Prompts::default();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match word {
            "none" => prompts.none = true,
            "login" => prompts.login = true,
            "consent" => prompts.consent = true,
            "select_account" => prompts.select_account = true,
            _ => return Err(AuthorizeProblem::Prompt),
        }
    }
    let others = prompts.login || prompts.consent || prompts.select_account;
    if prompts.none && others { Err(AuthorizeProblem::Prompt) } else { Ok(prompts) }
}

/// The claim `acr` says more than `acr_values`; what the client is configured to demand binds in any case: of the levels asked
/// for, only those that reach it count.
fn acr(values: Option<&str>, claims: &ClaimsRequest, settings: &Settings) -> AcrRequest {
    let named = claims.id_token.get("acr").filter(|wanted| !wanted.texts().is_empty());
    let mut asked = match named {
        Some(wanted) => AcrRequest { values: wanted.texts(), essential: wanted.essential },
        None => {
            let values = values.unwrap_or_default().split(' ').filter(|v| !v.is_empty());
            AcrRequest { values: values.map(str::to_owned).collect(), essential: false }
        }
    };
    asked.values.truncate(MOST_VALUES);
    if asked.values.is_empty() {
        asked.values.clone_from(&settings.default_acr_values);
    }
    if let Some((required, level)) = settings.required_acr.as_ref().and_then(|name| Some((name, Level::of_acr(name)?))) {
        asked.values.retain(|name| Level::of_acr(name).is_some_and(|asked| asked >= level));
        if asked.values.is_empty() {
            asked.values.push(required.clone());
        }
        asked.essential = true;
    }
    asked
}

fn locales(text: Option<&str>) -> Vec<String> {
    let well_formed =
        |tag: &&str| !tag.is_empty() && tag.len() <= 35 && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    text.unwrap_or_default().split(' ').filter(well_formed).take(MOST_VALUES).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_are_strict() {
        assert!(prompts("login consent").unwrap().consent);
        assert!(prompts("none").unwrap().none);
        for bad in ["none login", "create", "LOGIN"] {
            assert_eq!(prompts(bad), Err(AuthorizeProblem::Prompt), "{bad}");
        }
    }

    #[test]
    fn the_client_s_own_demand_binds() {
        let settings = Settings { required_acr: Some("2".to_owned()), ..Settings::default() };
        let none = ClaimsRequest::default();
        assert_eq!(acr(Some("1"), &none, &settings), AcrRequest { values: vec!["2".to_owned()], essential: true });
        assert_eq!(acr(Some("1 3"), &none, &settings).values, ["3"]);
        assert!(!acr(Some("1 2"), &none, &Settings::default()).essential);
        let claims = ClaimsRequest::parse(r#"{"id_token":{"acr":{"essential":true,"values":["2"]}}}"#).unwrap();
        assert_eq!(acr(Some("1"), &claims, &Settings::default()), AcrRequest { values: vec!["2".to_owned()], essential: true });
        let default = Settings { default_acr_values: vec!["2".to_owned()], ..Settings::default() };
        assert_eq!(acr(None, &none, &default).values, ["2"]);
    }

    #[test]
    fn odd_locales_are_ignored() {
        assert_eq!(locales(Some("de-AT se x;y  en")), ["de-AT", "se", "en"]);
    }
}
