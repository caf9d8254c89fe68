//! Operations from the command line: the same ones, through the same pipeline, on behalf of who has the machine.

use audit::Door;
use kernel::{Clock, Entropy};
use mfa::operation::{Call, Caller, Done, Operation, Params, perform};
use serde_json::Value;

use crate::app::App;
use crate::start;

use super::{CliError, Console};

/// Name under which the command line stands in the audit.
pub(super) const OPERATOR: &str = "command line";

/// The opened program with the rights of its owner.
pub(super) struct Operator {
    app: App,
}

impl Operator {
    /// Opens the data directory.
    pub(super) async fn open(console: &Console) -> Result<Self, CliError> {
        let app = start::open(console.config(vec![])?, Clock::system(), Entropy::system()).await?;
        Ok(Self { app })
    }

    pub(super) fn of(app: App) -> Self {
        Self { app }
    }

    pub(super) fn app(&self) -> &App {
        &self.app
    }

    /// Performs an operation. `action` is the verb, for the audit.
    pub(super) async fn perform<O: Operation>(
        &self,
        op: &O,
        action: &str,
        params: Vec<(String, Value)>,
    ) -> Result<Done<O::Output>, CliError> {
        let params = Params::new(params.into_iter().collect()).map_err(|e| CliError::usage(e.to_string()))?;
        let origin = self.app.local_origin(Door::Cli);
        let call = Call::new(origin, Caller::Operator(OPERATOR.to_owned()), format!("symbolon {action}"), params);
        Ok(perform(&self.app.mfa, op, call).await?)
    }
}

/// Parameters out of pairs; those without a value are left out.
pub(super) fn params<const N: usize>(pairs: [(&str, Option<Value>); N]) -> Vec<(String, Value)> {
    pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
