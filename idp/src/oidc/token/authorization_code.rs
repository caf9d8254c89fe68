//! The grant `authorization_code` (RFC 6749 section 4.1.3, RFC 7636 section 4.6): a code for tokens, once.

use std::time::Duration;

use async_trait::async_trait;
use db::Batch;
use kernel::Timestamp;

use super::{Ask, Denied, Grant, NewIdToken, NewRefresh, OWNER_GONE, Plan, Spec, Subject, invalid_grant};
use crate::oidc::Provider;
use crate::oidc::pkce::Challenge;
use crate::oidc::problem::Refusal;
use crate::oidc::scope::OPENID;
use crate::oidc::store::code::{self, Code};
use crate::oidc::store::grant;
use crate::party::client::Settings;
use crate::ports::EventKind;

/// A code lives for so long.
pub(crate) const CODE_LIFETIME: Duration = Duration::from_secs(60);

/// Its name.
pub(super) const NAME: &str = "authorization_code";

static SPEC: Spec = Spec { name: NAME, needs: &["code", "redirect_uri"], confidential: false };

/// The grant.
pub(super) struct AuthorizationCode;

#[async_trait]
impl Grant for AuthorizationCode {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    async fn decide(&self, provider: &Provider, ask: &Ask<'_>) -> Result<Plan, Denied> {
        let hash = provider.hash("code", ask.needed("code")?);
        let now = ask.origin.at;
        let found = code::by_hash(&provider.db, &hash).await?;
        let (code, mut grant) = found.ok_or_else(|| invalid_grant("there is no such code"))?;
        if grant.client != ask.client.id() {
            return Err(invalid_grant("the code was issued to another client").into());
        }
        if code.used_at.is_some() {
            return Err(replayed(provider, ask, &grant).await);
        }
        check(ask, &code, now)?;
        if !grant.is_good(now) {
            return Err(invalid_grant("the grant was ended").into());
        }
        let person = provider.owner(&grant, now).await?.ok_or_else(|| invalid_grant(OWNER_GONE))?;
        let settings = ask.client.settings();
        let refreshable = ask.client.may("refresh_token");
        grant.expires_at = now + lifetime(settings, refreshable);
        let mut batch = Batch::new();
        grant::begin(&mut batch, grant.id, grant.expires_at, now);
        code::take(&mut batch, &hash, now);
        let idle = now + Duration::from_secs(settings.refresh_token_idle.into());
        Ok(Plan {
            scopes: grant.scopes.clone(),
            id_token: grant.scopes.contains(OPENID).then_some(NewIdToken { nonce: code.nonce }),
            refresh: refreshable.then_some(NewRefresh { generation: 1, expires_at: idle.min(grant.expires_at) }),
            subject: Subject::Person(Box::new(grant), Box::new(person)),
            batch,
        })
    }
}

/// How long a grant lives once its code is redeemed.
fn lifetime(settings: &Settings, refreshable: bool) -> Duration {
    let access = settings.access_token_lifetime;
    let longest = if refreshable { settings.refresh_token_lifetime.max(access) } else { access };
    Duration::from_secs(longest.into())
}

/// Whoever redeems must be who asked: same redirect URI, and the verifier of the challenge. A verifier without a challenge is
/// refused as well: it is the sign of a request from which somebody has taken the challenge (RFC 9700 section 4.8.2).
fn check(ask: &Ask<'_>, code: &Code, now: Timestamp) -> Result<(), Refusal> {
    if code.expires_at <= now {
        return Err(invalid_grant("the code has expired"));
    }
    if ask.needed("redirect_uri")? != code.redirect_uri {
        return Err(invalid_grant("redirect_uri is not that of the request"));
    }
    match (&code.challenge, ask.params.get("code_verifier")?) {
        (None, None) => Ok(()),
        (Some(challenge), Some(verifier)) => {
            let challenge = Challenge::from_text(challenge).ok_or_else(|| invalid_grant("the stored challenge is damaged"))?;
            if challenge.is_met_by(verifier) { Ok(()) } else { Err(invalid_grant("code_verifier is wrong")) }
        }
        (Some(_), None) => Err(invalid_grant("code_verifier is missing")),
        (None, Some(_)) => Err(invalid_grant("code_verifier without code_challenge")),
    }
}

/// A code that comes twice was seen by somebody else: everything that came of it ends (RFC 6749 section 4.1.2).
async fn replayed(provider: &Provider, ask: &Ask<'_>, grant: &grant::Grant) -> Denied {
    Denied::attack(provider, ask, grant, EventKind::CodeReplayed, "the code was used before").await
}
