//! Hooks around operations: policies and event handlers that rewrite parameters before, or answers after.

use std::sync::Arc;

use async_trait::async_trait;

use super::call::Call;
use super::contract::Answer;
use super::failure::Failure;
use crate::Mfa;

/// Something that takes part in operations. It may read, rewrite [`Call::params`] before or the answer after, and push to
/// [`Call::batch`]; it writes nothing itself, because it may run several times.
#[async_trait]
pub trait Hook: Send + Sync {
    /// Whether it takes part in operations of this event at present. Asked on every call, so it must cost nothing.
    fn takes_part(&self, event: &str) -> bool;

    /// Before the operation runs.
    ///
    /// # Errors
    /// Stops the operation.
    async fn before(&self, sys: &Mfa, call: &mut Call, event: &str) -> Result<(), Failure> {
        let _ = (sys, call, event);
        Ok(())
    }

    /// After it has decided, before the commit.
    ///
    /// # Errors
    /// Stops the operation: nothing is written but the audit row.
    async fn after(&self, sys: &Mfa, call: &mut Call, event: &str, answer: &mut Answer) -> Result<(), Failure> {
        let _ = (sys, call, event, answer);
        Ok(())
    }

    /// After it has failed and this was recorded: may say less to the caller.
    async fn failed(&self, sys: &Mfa, call: &mut Call, event: &str, failure: Failure) -> Failure {
        let _ = (sys, call, event);
        failure
    }
}

/// The hooks of an engine, in the order in which they take part. Policies enclose events: first before, last after.
#[derive(Clone, Default)]
pub struct Hooks {
    /// Policies that fill or rewrite.
    pub policies: Vec<Arc<dyn Hook>>,
    /// Event handlers.
    pub events: Vec<Arc<dyn Hook>>,
}

impl Hooks {
    pub(super) async fn before(&self, sys: &Mfa, call: &mut Call, event: &str) -> Result<(), Failure> {
        for hook in self.policies.iter().chain(&self.events).filter(|hook| hook.takes_part(event)) {
            hook.before(sys, call, event).await?;
        }
        Ok(())
    }

    pub(super) async fn failed(&self, sys: &Mfa, call: &mut Call, event: &str, mut failure: Failure) -> Failure {
        for hook in self.events.iter().chain(&self.policies).filter(|hook| hook.takes_part(event)) {
            failure = hook.failed(sys, call, event, failure).await;
        }
        failure
    }

    pub(super) async fn after(&self, sys: &Mfa, call: &mut Call, event: &str, answer: &mut Answer) -> Result<(), Failure> {
        for hook in self.events.iter().chain(&self.policies).filter(|hook| hook.takes_part(event)) {
            hook.after(sys, call, event, answer).await?;
        }
        Ok(())
    }
}
