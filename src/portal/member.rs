//! The person whose portal it is.

use std::time::Duration;

use audit::Door;
use axum::extract::FromRequestParts;
use axum::response::Response;
use http::Method;
use http::request::Parts;
use idp::assurance::FactorClass;
use idp::login::SignIn;
use idp::session::Session;
use kernel::Classified;
use kernel::ids::PersonId;
use mfa::enrol::{FreshProof, factors};
use mfa::operation::{Call, Caller, Failure, Params};
use mfa::tokens::Token;
use templates::views::{Person as PersonView, PortalNav};

use super::notice;
use crate::app::App;
use crate::pages::error;
use crate::pages::language::own_path;
use crate::pages::outcome::{self, Came};
use crate::pages::view::Screen;

/// A factor shown longer ago must be shown again before factors are changed.
const FRESH: Duration = Duration::from_secs(300);

/// A signed-in person with their session. Extracting it from a request without one begins a sign-in.
pub(super) struct Member {
    /// The page.
    pub screen: Screen,
    /// The session.
    pub session: Session,
    /// The person, as the engine knows them.
    pub person: mfa::people::Person,
}

impl FromRequestParts<App> for Member {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let screen = Screen::from_request_parts(parts, app).await?;
        match present(&screen).await? {
            Some((session, person)) => Ok(Self { screen, session, person }),
            None => {
                // What a form wanted to do is not done later by somebody who signs in: they see the page.
                let wanted = if parts.method == Method::GET { parts.uri.path() } else { "/factors" };
                let back = own_path(wanted).unwrap_or("/").to_owned();
                Err(sign_in(&screen, SignIn::portal(back)).await)
            }
        }
    }
}

async fn present(screen: &Screen) -> Result<Option<(Session, mfa::people::Person)>, Response> {
    let failed = |problem: &dyn Classified| error::of(&screen.app, &screen.cx, problem);
    let Some(token) = &screen.session else { return Ok(None) };
    let session = screen.app.logins.sessions().resume(token, screen.cx.at).await.map_err(|e| failed(&e))?;
    let Some(session) = session else { return Ok(None) };
    let person = screen.app.mfa.people.by_id(session.person).await.map_err(|e| failed(&e))?;
    Ok(person.filter(|p| !p.disabled && p.auth_epoch == session.auth_epoch).map(|person| (session, person)))
}

async fn sign_in(screen: &Screen, request: SignIn) -> Response {
    match screen.app.logins.start(&screen.origin(Door::Pages), request, &screen.as_browser()).await {
        Ok(progress) => outcome::respond(screen, None, progress, Came::ByRedirect).await,
        Err(problem) => error::of(&screen.app, &screen.cx, &problem),
    }
}

impl Member {
    /// Their id.
    pub(super) fn id(&self) -> PersonId {
        self.person.id
    }

    /// All their tokens.
    ///
    /// # Errors
    /// The error page, when the database fails.
    pub(super) async fn tokens(&self) -> Result<Vec<Token>, Response> {
        self.screen.app.mfa.tokens_of(self.id()).await.map_err(|e| self.failed(&e))
    }

    /// Their open sessions. Those from before their account was reset can do nothing any more and are not shown.
    ///
    /// # Errors
    /// The error page, when the database fails.
    pub(super) async fn sessions(&self) -> Result<Vec<Session>, Response> {
        let all = self.screen.app.logins.sessions().of_person(self.id(), self.screen.cx.at).await;
        let mut sessions = all.map_err(|e| self.failed(&e))?;
        sessions.retain(|session| session.auth_epoch == self.person.auth_epoch);
        Ok(sessions)
    }

    /// The error page for an error of a library.
    pub(super) fn failed(&self, problem: &dyn Classified) -> Response {
        error::of(&self.screen.app, &self.screen.cx, problem)
    }

    /// Back to the list with what was refused, or the error page for what the person can do nothing about.
    pub(super) fn refused(&self, failure: &Failure) -> Response {
        match notice::word(failure) {
            Some(word) => self.screen.see_other(&format!("/factors?problem={word}")),
            None => self.failed(failure),
        }
    }

    /// The factor that was shown in this session a moment ago, if one was.
    fn shown(&self) -> Option<FreshProof> {
        let now = self.screen.cx.at;
        let fresh = self.session.evidence().materials().filter(|m| m.class == FactorClass::Possession && now.since(m.at) < FRESH);
        let newest = fresh.filter(|m| m.person == self.id()).max_by_key(|m| m.at)?;
        Some(FreshProof::remembered(self.id(), newest.token.clone()?, newest.at))
    }

    /// Whether a change would ask for a factor first. A factor that was shown and then switched off counts no more.
    pub(super) fn proof_needed(&self, tokens: &[Token]) -> bool {
        let holds = |proof: &FreshProof| tokens.iter().any(|token| token.active && token.serial == proof.serial());
        factors(tokens).next().is_some() && !self.shown().as_ref().is_some_and(holds)
    }

    /// Lets a change of factors go on, or sends the person to show a factor first; then they come back to `back`.
    ///
    /// # Errors
    /// The way to the flow.
    pub(super) async fn fresh(&self, tokens: &[Token], back: &str) -> Result<(), Response> {
        if !self.proof_needed(tokens) {
            return Ok(());
        }
        Err(sign_in(&self.screen, SignIn::fresh_proof(back, self.id(), FRESH)).await)
    }

    /// A call of theirs, with the factor that they have shown.
    pub(super) fn call(&self, action: &str, params: Params) -> Call {
        let call = Call::new(self.screen.origin(Door::Pages), Caller::Person(self.person.clone()), action, params);
        match self.shown() {
            Some(proof) => call.with_proof(proof),
            None => call,
        }
    }

    /// The head of every page.
    pub(super) fn nav(&self) -> PortalNav {
        PortalNav {
            person: PersonView { name: self.person.display_name(), login: self.person.login.clone() },
            home_url: "/".to_owned(),
            factors_url: "/factors".to_owned(),
            sign_out_action: "/logout".to_owned(),
        }
    }
}
