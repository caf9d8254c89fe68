//! Takes the newest metadata of a federation.

use std::sync::{Mutex, PoisonError};

use idp::party::federation::Imported;
use idp::party::source::{Order, SourceProblem};
use idp::party::sp::Sps;
use mfa::Mfa;
use mfa::operation::{Access, Answer, Call, Failure, Operation};
use mfa::policy::Right;
use mfa::policy::actions::rights;
use serde_json::json;

use super::{Named, failed};

/// Fetches the metadata of a federation, or takes a document that is there already, and puts its entities in the place of those that are
/// held. Only what changes is recorded: newer entities, and a problem that was not known before. With `older` the document may be older than
/// what is held, this once.
pub struct RefreshFederation {
    sps: Sps,
    given: Mutex<Option<String>>,
}

impl RefreshFederation {
    /// From the URL of the federation.
    pub fn fetched(sps: Sps) -> Self {
        Self { sps, given: Mutex::default() }
    }

    /// From a document.
    pub fn given(sps: Sps, document: String) -> Self {
        Self { sps, given: Mutex::new(Some(document)) }
    }
}

/// What came of it.
pub enum Looked {
    /// It is as before.
    Same,
    /// So many entities, of which so many are service providers, and so many of these cannot be used.
    Newer(i64, i64, i64),
    /// It failed as before.
    Failing(SourceProblem),
}

impl Operation for RefreshFederation {
    const EVENT: &'static str = "saml_federation_refresh";
    const ACCESS: Access = Access::Admin;
    const QUIET: bool = true;
    type Input = Named;
    type Output = Looked;

    fn right(&self, _: &Named) -> Option<Right> {
        Some(rights::SAML_SP_WRITE.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Named) -> Result<Looked, Failure> {
        let (sps, now) = (&self.sps, sys.clock.now());
        let federation = sps.federation(&input.name).await.map_err(failed)?;
        let mut batch = db::Batch::new();
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner).take();
        let document = match (given, &federation.settings.metadata_url) {
            (Some(document), _) => Ok(document),
            (None, Some(url)) => sps.fetch_federation(url).await,
            (None, None) => return Err(failed(SourceProblem::NoUrl.into())),
        };
        let order = if call.params.maybe_flag("older").unwrap_or(false) { Order::Waived } else { Order::Kept };
        let imported = match document {
            Ok(document) => sps.import_federation(&mut batch, &federation, (document, order), now).await,
            Err(problem) => Err(problem),
        };
        match imported {
            Ok(Imported::Same) => {
                sys.db.write(batch).await?;
                Ok(Looked::Same)
            }
            Ok(Imported::Newer(held, lease)) => {
                call.batch.append(batch);
                super::changed(call, sps, &input.name);
                call.audit.info =
                    format!("federation {}, {} entities, {} service providers", input.name, held.entities, held.services);
                let before = federation.held.services;
                // Signed is signed: they are gone. But it may well be a mistake of whoever publishes it.
                if held.services * 2 < before {
                    call.audit.info += &format!(" of {before} before");
                    tracing::warn!(
                        federation = input.name,
                        before,
                        now = held.services,
                        "federation has lost most of its services"
                    );
                }
                let (sps, id, generation) = (sps.clone(), federation.id, held.generation);
                call.after(move |sys| async move {
                    // What is left over is removed by the next refresh.
                    if let Err(error) = sps.tidy_federation(id, generation).await {
                        tracing::warn!(%error, "older entities of a federation not removed");
                    }
                    let _ = lease.release(&sys.db).await;
                });
                Ok(Looked::Newer(held.entities, held.services, held.unreadable))
            }
            // It goes well, elsewhere.
            Err(SourceProblem::Busy) => Err(failed(SourceProblem::Busy.into())),
            Err(problem) => {
                let known = sps.note_failure(federation.id, &problem, now).await?;
                tracing::warn!(federation = input.name, %problem, "federation not refreshed; what is held stays");
                if known { Ok(Looked::Failing(problem)) } else { Err(failed(problem.into())) }
            }
        }
    }

    fn answer(&self, output: &Looked) -> Answer {
        Answer::value(match output {
            Looked::Same => json!({ "changed": false }),
            Looked::Newer(entities, services, unreadable) => {
                json!({ "changed": true, "entities": entities, "services": services, "unreadable": unreadable })
            }
            Looked::Failing(problem) => json!({ "changed": false, "problem": problem.to_string() }),
        })
    }
}
