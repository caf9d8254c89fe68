//! The UserInfo endpoint (OpenID Connect Core 5.3).

use audit::Origin;
use serde_json::{Map, Value, json};

use super::Provider;
use super::bearer::{self, Bearer};
use super::params::Params;
use super::problem::{Refusal, Scheme, problems};
use super::scope::{OPENID, Scopes};
use super::signing::AccessClaims;
use super::store::access;
use super::store::grant::Grant;
use crate::claims::{Destination, Granted};
use crate::ports::Person;

problems! {
    /// Problems of the UserInfo endpoint (RFC 6750 section 3.1).
    UserInfoProblem {
        /// No token.
        Missing = "userinfo_missing", "invalid_token", Unauthenticated, "An access token is required.";
        /// Several tokens, or an unreadable one.
        Malformed = "userinfo_malformed", "invalid_request", Invalid, "The access token must be sent once, in one place.";
        /// Not ours, expired, revoked, or its person was disabled.
        Token = "userinfo_token", "invalid_token", Unauthenticated, "The access token is expired, revoked or malformed.";
        /// Without the scope openid.
        Scope = "userinfo_scope", "insufficient_scope", Forbidden, "The access token was issued without the scope openid.";
    }
}

/// An access token that is good at this moment, with what it stands for.
pub(crate) struct Live {
    pub(crate) claims: AccessClaims,
    /// Grant and person, unless a client acts for itself.
    pub(crate) owner: Option<(Grant, Person)>,
}

impl Provider {
    /// Checks an access token in every respect: signature, time, revocation, grant, client, person. `None` when it is not good.
    ///
    /// # Errors
    /// Faults of ours only.
    pub(crate) async fn live_access(&self, token: &str, origin: &Origin) -> Result<Option<Live>, Refusal> {
        let Ok(claims) = self.read_access(token) else { return Ok(None) };
        let Some((row, grant)) = access::by_jti(&self.db, claims.jti).await? else { return Ok(None) };
        let client = self.clients.by_row(row.client).filter(|client| client.is_enabled());
        if row.revoked_at.is_some() || row.expires_at <= origin.at || client.is_none() {
            return Ok(None);
        }
        let Some(grant) = grant else { return Ok(Some(Live { claims, owner: None })) };
        if !grant.is_good(origin.at) {
            return Ok(None);
        }
        let person = self.owner(&grant, origin.at).await?;
        Ok(person.map(|person| Live { claims, owner: Some((grant, person)) }))
    }

    /// Answers the UserInfo endpoint. `body` holds the parameters of a form body, if there is one.
    ///
    /// # Errors
    /// [`UserInfoProblem`] as [`Refusal`] with its `WWW-Authenticate`.
    pub async fn userinfo(
        &self,
        origin: &Origin,
        authorization: Option<&str>,
        body: Option<&Params>,
    ) -> Result<Map<String, Value>, Refusal> {
        let token = match bearer::read(authorization, body) {
            Bearer::Token(token) => token,
            Bearer::Missing => return Err(Refusal::from(UserInfoProblem::Missing).with(Scheme::BearerPlain)),
            Bearer::Malformed => return Err(Refusal::from(UserInfoProblem::Malformed).with(Scheme::Bearer)),
        };
        let live = self.live_access(token, origin).await?;
        let live = live.ok_or_else(|| Refusal::from(UserInfoProblem::Token).with(Scheme::Bearer))?;
        let scopes = Scopes::parse(&live.claims.scope).unwrap_or_default();
        match live.owner {
            Some((grant, person)) if scopes.contains(OPENID) => Ok(self.about(&scopes, &grant, &person)),
            _ => Err(Refusal::from(UserInfoProblem::Scope).with(Scheme::Bearer)),
        }
    }

    fn about(&self, scopes: &Scopes, grant: &Grant, person: &Person) -> Map<String, Value> {
        let mut about = Map::new();
        if let Some(client) = self.clients.by_row(grant.client) {
            let ask = Granted { scopes, named: &grant.claims, allowed: client.scopes() };
            about = client.claims().release(Destination::Userinfo, &ask, person);
        }
        about.insert("sub".to_owned(), json!(person.id));
        about
    }
}
