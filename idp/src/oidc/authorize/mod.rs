//! The authorization endpoint: from parameters to a [`SignIn`], and from [`Authenticated`] to a code.
//!
//! [`Provider::authorize`] checks client and redirect URI first; what is wrong with them is shown to the person and sent
//! nowhere. Everything else that is wrong is an [`Answer`] for the client. What has to be remembered until somebody is signed
//! in travels as the ticket of the login flow, which keeps it on our side.

mod answer;
mod problem;
mod request;

use std::sync::Arc;

use audit::Origin;
use db::Batch;
use kernel::ids::{PersonId, RowId};
use serde::{Deserialize, Serialize};

pub(crate) use answer::with_query;
pub use answer::{Answer, ResponseMode, ReturnTo};
pub use problem::{AuthorizeProblem, PageProblem};

use super::Provider;
use super::params::Params;
use super::problem::Fault;
use super::scope::{OFFLINE_ACCESS, OPENID, Scopes};
use super::store::grant::{Grant, Standing};
use super::store::{code, grant};
use super::token::CODE_LIFETIME;
use crate::claims::ClaimsRequest;
use crate::login::{Authenticated, ConsentAsk, Failed, SignIn};
use crate::party::client::{Client, redirect};
use request::{Addressee, Request};

/// What becomes of an authorization request.
#[derive(Debug)]
pub enum Begun {
    /// Somebody has to be signed in; then [`Provider::answer_success`] or [`Provider::answer_failure`].
    SignIn(Box<SignIn>),
    /// The client is answered at once.
    Answer(Answer),
}

/// What is remembered while somebody signs in.
#[derive(Debug, Serialize, Deserialize)]
struct Ticket {
    client: RowId,
    to: ReturnTo,
    scopes: String,
    challenge: Option<String>,
    nonce: Option<String>,
    #[serde(default)]
    claims: ClaimsRequest,
}

impl Provider {
    /// Takes an authorization request, from a query or from a form.
    ///
    /// # Errors
    /// [`PageProblem`], for the person alone: nothing may be sent to the client.
    pub fn authorize(&self, params: &Params) -> Result<Begun, PageProblem> {
        let Addressee { client, to, problem } = request::addressee(params, &self.clients)?;
        let sign_in = match problem {
            Some(problem) => Err(problem),
            None => self.sign_in(params, &client, &to),
        };
        Ok(match sign_in {
            Ok(sign_in) => Begun::SignIn(Box::new(sign_in)),
            Err(problem) => Begun::Answer(Answer::error(to, self.issuer(), problem)),
        })
    }

    fn sign_in(&self, params: &Params, client: &Arc<Client>, to: &ReturnTo) -> Result<SignIn, AuthorizeProblem> {
        let request = Request::read(params, client)?;
        let subject = self.subject(&request, client)?;
        let ask = ask(&request, client);
        let ticket = Ticket {
            client: client.id(),
            to: to.clone(),
            scopes: request.scopes.to_string(),
            challenge: request.challenge.map(|challenge| challenge.to_string()),
            nonce: request.nonce,
            claims: request.claims,
        };
        let ticket = serde_json::to_string(&ticket).map_err(|_| AuthorizeProblem::Fault)?;
        let mut sign_in = SignIn::new(client.party(&request.ui_locales), ticket);
        sign_in.answer_to = redirect::origin(&to.redirect_uri);
        sign_in.acr = request.acr;
        sign_in.max_age = request.max_age;
        sign_in.prompts = request.prompts;
        sign_in.login_hint = request.login_hint;
        sign_in.subject = subject;
        sign_in.ui_locales = request.ui_locales;
        sign_in.ask = ask;
        Ok(sign_in)
    }

    /// Whom the client insists on: by `id_token_hint` (an expired one will do), or by the claim `sub`.
    fn subject(&self, request: &Request, client: &Client) -> Result<Option<PersonId>, AuthorizeProblem> {
        let named = request.claims.id_token.get("sub").map(|wanted| wanted.texts()).unwrap_or_default();
        let hinted = match &request.id_token_hint {
            None => None,
            Some(hint) => {
                let hint = self.read_hint(hint).map_err(|_| AuthorizeProblem::Hint)?;
                if !hint.is_for(client.client_id()) {
                    return Err(AuthorizeProblem::Hint);
                }
                Some(hint.sub)
            }
        };
        let mut subjects = named.into_iter().chain(hinted);
        let Some(first) = subjects.next() else { return Ok(None) };
        // Two different people, or somebody whom we cannot know: nobody can be signed in as asked.
        if subjects.any(|other| other != first) {
            return Err(AuthorizeProblem::LoginRequired);
        }
        PersonId::parse(&first).map(Some).map_err(|_| AuthorizeProblem::LoginRequired)
    }

    /// Answers the client of a sign-in that succeeded: a code, bound to all that the sign-in and the request say.
    ///
    /// # Errors
    /// [`PageProblem`] when the client was changed meanwhile so that it may not be answered. Faults go to the client.
    pub async fn answer_success(&self, origin: &Origin, success: &Authenticated) -> Result<Answer, PageProblem> {
        let (ticket, client) = self.redeem_ticket(success.ticket())?;
        let to = ticket.to.clone();
        match self.unmet(&ticket, &client, success).await {
            Ok(None) => {}
            Ok(Some(claim)) => {
                tracing::info!(request = %origin.request, client = client.client_id(), claim, "a required claim has no value");
                return Ok(Answer::error(to, self.issuer(), AuthorizeProblem::Incomplete));
            }
            Err(fault) => {
                tracing::error!(request = %origin.request, %fault, "the person could not be read");
                return Ok(Answer::error(to, self.issuer(), AuthorizeProblem::Fault));
            }
        }
        match self.issue_code(origin, success, ticket, &client).await {
            Ok(code) => Ok(Answer::code(to, self.issuer(), code)),
            Err(fault) => {
                tracing::error!(request = %origin.request, %fault, "a code could not be issued");
                Ok(Answer::error(to, self.issuer(), AuthorizeProblem::Fault))
            }
        }
    }

    /// Answers the client of a sign-in that did not succeed.
    ///
    /// # Errors
    /// As [`Provider::answer_success`].
    pub fn answer_failure(&self, failed: &Failed) -> Result<Answer, PageProblem> {
        let (ticket, _) = self.redeem_ticket(&failed.ticket)?;
        Ok(Answer::error(ticket.to, self.issuer(), failed.reason.into()))
    }

    /// A claim that the client demands and for which this person has no value.
    async fn unmet(&self, ticket: &Ticket, client: &Client, success: &Authenticated) -> Result<Option<String>, Fault> {
        if !client.claims().has_required() {
            return Ok(None);
        }
        let scopes = granted_scopes(ticket, success)?;
        let person = self.people.person(success.person_id()).await.map_err(Fault::internal)?;
        Ok(person.and_then(|person| client.claims().unmet(&scopes, &person).map(str::to_owned)))
    }

    fn redeem_ticket(&self, ticket: &str) -> Result<(Ticket, Arc<Client>), PageProblem> {
        let ticket: Ticket = serde_json::from_str(ticket).map_err(|_| PageProblem::TicketVoid)?;
        let client = self.clients.by_row(ticket.client).filter(|client| client.is_enabled()).ok_or(PageProblem::TicketVoid)?;
        if client.allows_redirect(&ticket.to.redirect_uri) { Ok((ticket, client)) } else { Err(PageProblem::TicketVoid) }
    }

    async fn issue_code(
        &self,
        origin: &Origin,
        success: &Authenticated,
        ticket: Ticket,
        client: &Client,
    ) -> Result<String, Fault> {
        if success.party().id != client.client_id() {
            return Err(Fault::internal("the sign-in was for another party"));
        }
        let scopes = granted_scopes(&ticket, success)?;
        let now = origin.at;
        let grant = Grant {
            id: self.ids().grant(now),
            client: client.id(),
            person: success.person_id(),
            session: success.session(),
            sid: success.sid().to_owned(),
            claims: granted_claims(client, ticket.claims, &scopes, success.granted()),
            is_offline: scopes.contains(OFFLINE_ACCESS),
            scopes,
            auth_time: success.auth_time(),
            acr: success.acr().to_owned(),
            amr: success.amr().to_vec(),
            auth_epoch: success.auth_epoch(),
            created_at: now,
            expires_at: now + CODE_LIFETIME,
            standing: Standing::Good,
        };
        let text = self.chance.token();
        let code = code::Code {
            hash: self.hash("code", &text),
            grant: grant.id,
            redirect_uri: ticket.to.redirect_uri,
            challenge: ticket.challenge,
            nonce: ticket.nonce,
            expires_at: now + CODE_LIFETIME,
            used_at: None,
        };
        let mut batch = Batch::new();
        grant::add(&mut batch, self.issuer_name(), &grant)?;
        code::add(&mut batch, &code);
        self.db.write(batch).await?;
        Ok(text)
    }
}

/// Of the scopes asked for, those that were granted.
fn granted_scopes(ticket: &Ticket, success: &Authenticated) -> Result<Scopes, Fault> {
    let asked = Scopes::parse(&ticket.scopes).map_err(Fault::internal)?;
    Ok(asked.filtered(|scope| success.granted().scopes.iter().any(|granted| granted == scope)))
}

/// What the person is asked to let the client know: scopes, and claims named one by one that no scope covers.
fn ask(request: &Request, client: &Client) -> ConsentAsk {
    let mut ask = ConsentAsk { scopes: request.scopes.iter().map(str::to_owned).collect(), claims: Vec::new() };
    for name in request.claims.names() {
        let known = client.claims().scope_of(name).filter(|scope| client.scopes().contains(scope));
        let covered = known.is_none_or(|scope| request.scopes.contains(scope));
        if !covered && !ask.claims.iter().any(|claim| claim == name) {
            ask.claims.push(name.to_owned());
        }
    }
    // What a rule adds to `openid` is more than that scope says to people.
    if request.scopes.contains(OPENID) {
        let unasked = client.claims().unasked().filter(|name| !ask.claims.iter().any(|claim| claim == name)).map(str::to_owned);
        ask.claims.extend(unasked.collect::<Vec<_>>());
    }
    ask
}

/// Of the claims named one by one, those that a scope covers or the person granted. Others are forgotten.
fn granted_claims(client: &Client, mut claims: ClaimsRequest, scopes: &Scopes, granted: &ConsentAsk) -> ClaimsRequest {
    let keep = |name: &String| {
        client.claims().scope_of(name).is_some_and(|scope| scopes.contains(scope))
            || granted.claims.iter().any(|claim| claim == name)
    };
    if !scopes.contains(OPENID) {
        return ClaimsRequest::default();
    }
    claims.userinfo.retain(|name, _| keep(name));
    claims.id_token.retain(|name, _| keep(name));
    claims
}
