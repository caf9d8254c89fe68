//! `POST /Groups` (RFC 7644 section 3.3).

use std::sync::Arc;

use kernel::ids::RowId;
use serde_json::Value;

use super::group_change::{forget_members, members};
use super::{Body, group_taken, resolver, shown};
use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, Operation};
use crate::scim::client::{Client, Right};
use crate::scim::group::{self, Edit};
use crate::scim::schema::GROUP;
use crate::scim::store::group::{self as store, Stored};
use crate::scim::{Object, document};

/// Creates a group.
pub struct AddGroup(pub Arc<Client>);

impl Operation for AddGroup {
    const EVENT: &'static str = "group_add";
    const ACCESS: Access = Access::Service;
    type Input = Body;
    type Output = Object;

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Body) -> Result<Object, Failure> {
        self.0.demand(Right::WriteGroups)?;
        let resolver = resolver(sys, &self.0)?;
        let doc = document::read(&GROUP, &input.0)?;
        let (name, external_id) = group::names(&doc)?;
        if store::by_name(&sys.db, resolver.id, &name).await?.is_some() {
            return Err(group_taken());
        }
        let now = sys.clock.now();
        let stored = Stored { id: RowId::new(&sys.chance, now), name, external_id, version: 1, created_at: now, changed_at: now };
        store::insert(&mut call.batch, resolver.id, &stored);
        let edit = Edit::all(group::ids(doc.get("members").unwrap_or(&Value::Null))?);
        let changed = members(sys, call, &resolver, &stored, edit).await?;
        call.audit.resolver.clone_from(&resolver.name);
        call.audit.info = format!("group {}", stored.name);
        forget_members(call, resolver.id, &changed);
        let base = super::base(call);
        let mut out = group::resource(&stored, &base);
        if !changed.added.is_empty() {
            out.insert("members".to_owned(), changed.added.iter().map(|m| group::member(m, &base)).collect());
        }
        Ok(out)
    }

    fn answer(&self, output: &Object) -> Answer {
        shown(output)
    }

    fn constraint(&self, name: &str) -> Option<Failure> {
        (name == "user_group_name").then(group_taken)
    }
}
