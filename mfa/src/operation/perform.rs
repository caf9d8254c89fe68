//! The pipeline.

use db::{Batch, WriteError};

use super::call::Call;
use super::contract::{Answer, FromParams, Operation};
use super::failure::{Code, Failure};
use super::rights;
use crate::Mfa;

/// How often a decision is taken anew when the state has changed meanwhile.
const ATTEMPTS: usize = 3;

/// An operation that happened.
pub struct Done<T> {
    /// What it decided.
    pub output: T,
    /// The answer of the management API, as hooks have left it.
    pub answer: Answer,
    /// What was recorded.
    pub audit: audit::Record,
}

/// Performs an operation. It is committed when this returns; the audit row is written either way, unless the operation is a quiet one
/// ([`Operation::QUIET`]).
///
/// # Errors
/// [`Failure`]: nothing happened.
pub async fn perform<O: Operation>(sys: &Mfa, op: &O, mut call: Call) -> Result<Done<O::Output>, Failure> {
    match attempt(sys, op, &mut call).await {
        Ok((output, answer)) => {
            for effect in call.take_after() {
                effect(sys.clone()).await;
            }
            Ok(Done { output, answer, audit: call.audit })
        }
        Err(failure) => {
            record_failure(sys, &mut call, &failure).await;
            Err(sys.hooks.failed(sys, &mut call, O::EVENT, failure).await)
        }
    }
}

async fn attempt<O: Operation>(sys: &Mfa, op: &O, call: &mut Call) -> Result<(O::Output, Answer), Failure> {
    rights::force_identity(call, O::ACCESS);
    call.params.take_changed();
    let mut input = O::Input::from_params(&call.params)?;
    rights::check(op, sys, call, &input).await?;
    sys.hooks.before(sys, call, O::EVENT).await?;
    if call.params.take_changed() {
        // Hooks may have changed whom or what is touched: read and check it again.
        rights::force_identity(call, O::ACCESS);
        call.params.take_changed();
        input = O::Input::from_params(&call.params)?;
        rights::check(op, sys, call, &input).await?;
    }
    let (batch, audit) = (call.batch.clone(), call.audit.clone());
    for _ in 0..ATTEMPTS {
        call.batch = batch.clone();
        call.audit = audit.clone();
        call.take_after();
        let output = op.run(sys, call, &input).await?;
        let mut answer = op.answer(&output);
        call.audit.success = !matches!(answer.value, serde_json::Value::Bool(false));
        call.audit.authentication = answer.authentication.map(|a| a.name().to_owned()).unwrap_or_default();
        sys.hooks.after(sys, call, O::EVENT, &mut answer).await?;
        let nothing = O::QUIET && call.batch.is_empty();
        match if nothing { Ok(()) } else { commit(sys, call).await } {
            Ok(()) => return Ok((output, answer)),
            Err(WriteError::Guard(label)) => tracing::debug!(event = O::EVENT, label, "decided again"),
            Err(WriteError::Constraint(name)) => {
                return Err(op.constraint(&name).unwrap_or_else(|| WriteError::Constraint(name).into()));
            }
            Err(e) => return Err(e.into()),
        }
    }
    Err(Failure::new(Code::Conflict, "Somebody else keeps changing this. Please try again."))
}

/// Commits the batch together with its audit row.
async fn commit(sys: &Mfa, call: &mut Call) -> Result<(), WriteError> {
    call.audit.duration = Some(sys.clock.now().since(call.origin.at));
    let mut batch = std::mem::take(&mut call.batch);
    sys.audit.append(&mut batch, call.audit.clone());
    sys.db.write(batch).await.map(|_| ())
}

/// Records that an operation failed. Its batch is dropped.
async fn record_failure(sys: &Mfa, call: &mut Call, failure: &Failure) {
    if let Some(inner) = &failure.inner {
        tracing::error!(request = %call.origin.request, code = failure.code.name(), "{inner}");
    }
    call.batch = Batch::new();
    call.audit.success = false;
    // What was decided was not committed.
    call.audit.authentication.clear();
    call.audit.info.clone_from(&failure.message);
    if let Err(e) = commit(sys, call).await {
        tracing::error!(request = %call.origin.request, "a failed operation could not be recorded: {e}");
    }
}
