//! Draws a new secret for a client.

use std::time::Duration;

use idp::party::client::Clients;
use kernel::SecretText;
use mfa::Mfa;
use mfa::operation::{Access, Answer, Call, Failure, Operation};
use mfa::policy::Right;
use mfa::policy::actions::rights;
use serde_json::json;

use super::{Named, failed};

/// The former secret stays good for so long unless `overlap` (seconds) says otherwise.
const OVERLAP: i64 = 24 * 3600;
const LONGEST: i64 = 90 * 24 * 3600;

/// Draws a new secret, which is shown once.
pub struct RotateSecret(pub Clients);

impl Operation for RotateSecret {
    const EVENT: &'static str = "oidc_client_rotate";
    const ACCESS: Access = Access::Admin;
    type Input = Named;
    type Output = SecretText;

    fn right(&self, _: &Named) -> Option<Right> {
        Some(rights::OIDC_CLIENT_WRITE.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Named) -> Result<SecretText, Failure> {
        let seconds = call.params.number("overlap", 0..=LONGEST)?.unwrap_or(OVERLAP);
        let overlap = Duration::from_secs(seconds.unsigned_abs());
        let now = sys.clock.now();
        let secret = self.0.rotate_secret(&mut call.batch, &input.client_id, overlap, now).await.map_err(failed)?;
        super::changed(call, &self.0, &input.client_id);
        Ok(secret)
    }

    fn answer(&self, output: &SecretText) -> Answer {
        Answer::value(json!({ "client_secret": output.expose() }))
    }
}
