//! Looks at the published metadata of a service provider.

use idp::party::source::{Order, SourceProblem};
use idp::party::sp::{Refreshed, Sps};
use mfa::Mfa;
use mfa::operation::{Access, Answer, Call, Failure, Operation};
use mfa::policy::Right;
use mfa::policy::actions::rights;
use serde_json::json;

use super::{Named, failed};

/// Fetches the metadata of a service provider from its URL and takes what is newer. Only what changes is recorded: newer metadata, and a
/// problem that was not known before. With `older` it may be older than what is held, this once.
pub struct RefreshSp(pub Sps);

/// What came of it.
pub enum Looked {
    /// It is as before.
    Same,
    /// It was replaced.
    Newer,
    /// It failed as before.
    Failing(SourceProblem),
}

impl Operation for RefreshSp {
    const EVENT: &'static str = "saml_sp_refresh";
    const ACCESS: Access = Access::Admin;
    const QUIET: bool = true;
    type Input = Named;
    type Output = Looked;

    fn right(&self, _: &Named) -> Option<Right> {
        Some(rights::SAML_SP_WRITE.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Named) -> Result<Looked, Failure> {
        let (held, now) = (self.0.get(&input.id).await.map_err(failed)?, sys.clock.now());
        let mut batch = db::Batch::new();
        let order = if call.params.maybe_flag("older").unwrap_or(false) { Order::Waived } else { Order::Kept };
        match self.0.refresh_metadata(&mut batch, &held, order, now).await {
            Ok(Refreshed::Same) => {
                sys.db.write(batch).await?;
                Ok(Looked::Same)
            }
            Ok(Refreshed::Newer) => {
                call.batch.append(batch);
                super::changed(call, &self.0, &input.id, &held.entity_id);
                call.audit.info.push_str(", newer metadata");
                Ok(Looked::Newer)
            }
            Err(SourceProblem::NoUrl) => Err(failed(SourceProblem::NoUrl.into())),
            Err(problem) => {
                let known = self.0.note_failure(held.id, &problem, now).await?;
                tracing::warn!(service_provider = input.id, entity = held.entity_id, %problem, "metadata not refreshed; what is held stays");
                if known { Ok(Looked::Failing(problem)) } else { Err(failed(problem.into())) }
            }
        }
    }

    fn answer(&self, output: &Looked) -> Answer {
        Answer::value(match output {
            Looked::Same => json!({ "changed": false }),
            Looked::Newer => json!({ "changed": true }),
            Looked::Failing(problem) => json!({ "changed": false, "problem": problem.to_string() }),
        })
    }
}
