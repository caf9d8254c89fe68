//! `DELETE /Groups/{id}` (RFC 7644 section 3.6).

use std::sync::Arc;

use super::group_change::existing;
use super::{One, resolver};
use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, Operation};
use crate::scim::client::{Client, Right};
use crate::scim::store::group as store;
use crate::scim::{etag, group};

/// Removes a group, and nobody who belongs to it.
pub struct RemoveGroup(pub Arc<Client>);

impl Operation for RemoveGroup {
    const EVENT: &'static str = "group_delete";
    const ACCESS: Access = Access::Service;
    type Input = One;
    type Output = ();

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &One) -> Result<(), Failure> {
        self.0.demand(Right::WriteGroups)?;
        let resolver = resolver(sys, &self.0)?;
        let stored = existing(sys, &resolver, &input.id).await?;
        etag::demand(input.if_match.as_deref(), &group::tag(&stored))?;
        store::delete(&mut call.batch, &stored);
        call.audit.resolver.clone_from(&resolver.name);
        call.audit.info = format!("group {}", stored.name);
        call.after(|sys| async move { sys.people.forget_all() });
        Ok(())
    }

    fn answer(&self, (): &()) -> Answer {
        Answer::value(true)
    }
}
