//! The grant `refresh_token` (RFC 6749 section 6, RFC 9700 section 4.14): every use gives a successor.
//!
//! The token that was used stays valid until one of its successors is used, for a minute at most: so a client whose answer
//! got lost can ask again, and a client that asks twice at once is not punished. As soon as one successor is used, the
//! predecessor and all other successors are dead. Whoever comes with a dead token holds a copy: the whole family ends.

use std::time::Duration;

use async_trait::async_trait;
use db::Batch;
use kernel::Timestamp;

use super::{Ask, Denied, Grant, NewIdToken, NewRefresh, OWNER_GONE, Plan, Spec, Subject, TokenProblem, invalid_grant};
use crate::oidc::Provider;
use crate::oidc::problem::Refusal;
use crate::oidc::scope::{OPENID, Scopes};
use crate::oidc::store::refresh::Refresh;
use crate::oidc::store::{grant, refresh};
use crate::ports::EventKind;

/// Its name.
pub(super) const NAME: &str = "refresh_token";

/// How long a used token may be used again, while no successor was used.
const OVERLAP: Duration = Duration::from_secs(60);

static SPEC: Spec = Spec { name: NAME, needs: &["refresh_token"], confidential: false };

/// The grant.
pub(super) struct RefreshToken;

/// How a presented token stands.
#[derive(Debug, PartialEq, Eq)]
enum Stand {
    /// Never used.
    Fresh,
    /// Used, and its successors are not.
    Superseded,
    /// A copy of it is around.
    Reused,
    /// Too old.
    Expired,
}

fn stand(token: &Refresh, now: Timestamp) -> Stand {
    match (token.dead_at, token.used_at) {
        (Some(_), _) => Stand::Reused,
        (None, Some(used)) if used + OVERLAP <= now => Stand::Reused,
        _ if token.expires_at <= now => Stand::Expired,
        (None, Some(_)) => Stand::Superseded,
        (None, None) => Stand::Fresh,
    }
}

#[async_trait]
impl Grant for RefreshToken {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    async fn decide(&self, provider: &Provider, ask: &Ask<'_>) -> Result<Plan, Denied> {
        let hash = provider.hash("refresh", ask.needed("refresh_token")?);
        let now = ask.origin.at;
        let found = refresh::by_hash(&provider.db, &hash).await?;
        let (token, grant) = found.ok_or_else(|| invalid_grant("there is no such refresh token"))?;
        if grant.client != ask.client.id() {
            return Err(invalid_grant("the refresh token was issued to another client").into());
        }
        if !grant.is_good(now) {
            return Err(invalid_grant("the grant has expired or was ended").into());
        }
        let mut batch = Batch::new();
        grant::touch(&mut batch, grant.id, now);
        match stand(&token, now) {
            Stand::Fresh => refresh::take(&mut batch, &token, grant.id, now),
            Stand::Superseded => refresh::repeat(&mut batch, &token, now - OVERLAP, now),
            Stand::Expired => return Err(invalid_grant("the refresh token was not used for too long").into()),
            Stand::Reused => {
                let kind = EventKind::RefreshReused;
                return Err(Denied::attack(provider, ask, &grant, kind, "the refresh token was used again").await);
            }
        }
        let person = provider.owner(&grant, now).await?.ok_or_else(|| invalid_grant(OWNER_GONE))?;
        let scopes = narrowed(ask, &grant.scopes)?;
        let idle = now + Duration::from_secs(ask.client.settings().refresh_token_idle.into());
        Ok(Plan {
            id_token: scopes.contains(OPENID).then_some(NewIdToken { nonce: None }),
            refresh: Some(NewRefresh { generation: token.generation + 1, expires_at: idle.min(grant.expires_at) }),
            subject: Subject::Person(Box::new(grant), Box::new(person)),
            scopes,
            batch,
        })
    }
}

fn narrowed(ask: &Ask<'_>, granted: &Scopes) -> Result<Scopes, Refusal> {
    let Some(asked) = ask.params.get("scope")? else { return Ok(granted.clone()) };
    let asked = Scopes::parse(asked).map_err(|_| TokenProblem::Scope)?;
    if asked.is_within(granted) && !asked.is_empty() { Ok(asked) } else { Err(TokenProblem::Scope.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_tokens_stand() {
        let at = |seconds| Timestamp::from_seconds(seconds);
        let token = |used: Option<i64>, dead: Option<i64>| Refresh {
            hash: String::new(),
            generation: 1,
            expires_at: at(1000),
            used_at: used.map(at),
            dead_at: dead.map(at),
        };
        assert_eq!(stand(&token(None, None), at(999)), Stand::Fresh);
        assert_eq!(stand(&token(None, None), at(1000)), Stand::Expired);
        assert_eq!(stand(&token(Some(500), None), at(559)), Stand::Superseded);
        assert_eq!(stand(&token(Some(500), None), at(560)), Stand::Reused);
        assert_eq!(stand(&token(None, Some(500)), at(501)), Stand::Reused);
        assert_eq!(stand(&token(Some(500), Some(510)), at(511)), Stand::Reused);
    }
}
