//! The revocation endpoint (RFC 7009): a client gives a token back.

use db::Batch;

use super::Provider;
use super::client_auth::{Call, commit_error};
use super::problem::{Refusal, problems};
use super::store::{access, grant, refresh};
use crate::ports::{Event, EventKind};

problems! {
    /// Problems of the revocation endpoint (RFC 7009 section 2.2.1).
    RevokeProblem {
        /// No token.
        Missing = "revoke_missing", "invalid_request", Invalid, "token is missing.";
        /// A token of another client.
        Foreign = "revoke_foreign", "unauthorized_client", Invalid, "The token was issued to another client.";
    }
}

impl Provider {
    /// Answers the revocation endpoint. A refresh token takes its whole family with it: the grant, all access tokens of it and
    /// all refresh tokens. An access token goes alone. A token that is not known is gone already.
    ///
    /// # Errors
    /// [`ClientProblem`](super::client_auth::ClientProblem) or [`RevokeProblem`] as [`Refusal`].
    pub async fn revoke(&self, call: Call<'_>) -> Result<(), Refusal> {
        let known = self.identify(call, &self.endpoints().revocation).await?;
        let mut batch = known.batch;
        let outcome = self.prepare_revocation(call, known.client.id(), &mut batch).await;
        if outcome == Ok(true) {
            let event = Event { info: "by its client".to_owned(), ..self.event(EventKind::TokenRevoked, &known.client) };
            self.events.record(call.origin, &mut batch, event).await?;
        }
        self.db.write(batch).await.map_err(commit_error)?;
        outcome.map(drop)
    }

    /// Whether there is something to revoke.
    async fn prepare_revocation(&self, call: Call<'_>, client: kernel::ids::RowId, batch: &mut Batch) -> Result<bool, Refusal> {
        let token = call.params.get("token")?.ok_or(RevokeProblem::Missing)?;
        let now = call.origin.at;
        if let Some((_, grant)) = refresh::by_hash(&self.db, &self.hash("refresh", token)).await? {
            if grant.client != client {
                return Err(RevokeProblem::Foreign.into());
            }
            grant::revoke(batch, grant.id, now);
            return Ok(true);
        }
        // What has expired or is not ours needs no revocation.
        let Ok(claims) = self.read_access(token) else { return Ok(false) };
        match access::by_jti(&self.db, claims.jti).await? {
            Some((row, _)) if row.client != client => Err(RevokeProblem::Foreign.into()),
            Some(_) => {
                access::revoke(batch, claims.jti, now);
                Ok(true)
            }
            None => Ok(false),
        }
    }
}
