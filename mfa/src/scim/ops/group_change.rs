//! `PUT` and `PATCH /Groups/{id}` (RFC 7644 sections 3.5.1 and 3.5.2). Only members that come or go are touched, however large the
//! group is.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use kernel::ids::RowId;
use serde_json::Value;

use super::{Change as Input, How, group_taken, resolver, shown};
use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, Operation};
use crate::people::ResolverRef;
use crate::scim::client::{Client, Right};
use crate::scim::error::{Kind, ScimError};
use crate::scim::group::{self, Edit};
use crate::scim::schema::GROUP;
use crate::scim::store::group::{self as store, Membership, Stored};
use crate::scim::{MAX_MEMBERS, Object, document, etag, patch};

/// Members whose caches are cleared one by one; for more, all are.
const FEW: usize = 50;

/// Changes a group. The answer has no members.
pub struct ChangeGroup(pub Arc<Client>, pub How);

impl Operation for ChangeGroup {
    const EVENT: &'static str = "group_update";
    const ACCESS: Access = Access::Service;
    type Input = Input;
    type Output = Object;

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<Object, Failure> {
        self.0.demand(Right::WriteGroups)?;
        let resolver = resolver(sys, &self.0)?;
        let mut stored = existing(sys, &resolver, &input.one.id).await?;
        etag::demand(input.one.if_match.as_deref(), &group::tag(&stored))?;
        let base = super::base(call);
        let before = group::document(&stored);
        let (doc, edit) = match self.1 {
            How::Replace => {
                let mut doc = document::read(&GROUP, &input.body)?;
                let members = doc.remove("members").unwrap_or(Value::Null);
                (doc, Edit::all(group::ids(&members)?))
            }
            How::Patch => patched(sys, &stored, (before.clone(), &input.body), &base).await?,
        };
        let (name, external_id) = group::names(&doc)?;
        // The guard of the group comes before its members: who was slower decides anew, instead of adding somebody twice.
        let before_members = std::mem::take(&mut call.batch);
        let changed = members(sys, call, &resolver, &stored, edit).await?;
        let edits = std::mem::replace(&mut call.batch, before_members);
        call.audit.resolver.clone_from(&resolver.name);
        call.audit.info = format!("group {name}");
        if doc != before || !changed.is_empty() {
            if name.to_lowercase() != stored.name.to_lowercase() && store::by_name(&sys.db, resolver.id, &name).await?.is_some() {
                return Err(group_taken());
            }
            let renamed = name != stored.name;
            let now = sys.clock.now();
            store::update(&mut call.batch, &stored, &name, external_id.as_deref(), now);
            call.batch.append(edits);
            call.audit.action_detail = changed.words();
            stored = Stored { name, external_id, version: stored.version + 1, changed_at: now, ..stored };
            if renamed {
                call.after(|sys| async move { sys.people.forget_all() });
            } else {
                forget_members(call, resolver.id, &changed);
            }
        }
        Ok(group::resource(&stored, &base))
    }

    fn answer(&self, output: &Object) -> Answer {
        shown(output)
    }

    fn constraint(&self, name: &str) -> Option<Failure> {
        (name == "user_group_name").then(group_taken)
    }
}

/// The group of this identifier.
pub(super) async fn existing(sys: &Mfa, resolver: &ResolverRef, id: &str) -> Result<Stored, Failure> {
    let found = store::by_id(&sys.db, resolver.id, id).await?;
    found.ok_or_else(|| ScimError::not_found("group", id).into())
}

/// Changes of the group itself are applied to its document, those of members gathered.
async fn patched(sys: &Mfa, stored: &Stored, (mut doc, body): (Object, &Value), base: &str) -> Result<(Object, Edit), Failure> {
    let mut edit = Edit::default();
    for step in patch::read(&GROUP, body)? {
        if step.path.attr.name != "members" {
            patch::apply(&mut doc, &step)?;
            continue;
        }
        let present = if edit.needs_all(&step) { store::members(&sys.db, &[stored.id], MAX_MEMBERS).await? } else { Vec::new() };
        edit.apply(&step, &present, base)?;
    }
    Ok((document::read(&GROUP, &Value::Object(doc))?, edit))
}

/// Who came and who went.
#[derive(Default)]
pub(super) struct Changed {
    pub(super) added: Vec<Membership>,
    removed: Vec<Membership>,
}

impl Changed {
    fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }

    fn words(&self) -> String {
        format!("{} members added, {} removed", self.added.len(), self.removed.len())
    }
}

/// Writes what is to change among the members.
pub(super) async fn members(
    sys: &Mfa,
    call: &mut Call,
    resolver: &ResolverRef,
    group: &Stored,
    edit: Edit,
) -> Result<Changed, Failure> {
    if edit.is_empty() {
        return Ok(Changed::default());
    }
    let present = if edit.clear {
        store::members(&sys.db, &[group.id], MAX_MEMBERS + 1).await?
    } else {
        let named: Vec<&str> = edit.add.union(&edit.remove).map(String::as_str).collect();
        store::members_among(&sys.db, group.id, &named).await?
    };
    let there: BTreeSet<&str> = present.iter().map(|m| m.member.as_str()).collect();
    let new: Vec<&str> = edit.add.iter().map(String::as_str).filter(|id| !there.contains(id)).collect();
    let added = known(sys, resolver.id, group.id, &new).await?;
    let goes = |m: &Membership| edit.remove.contains(&m.member) || (edit.clear && !edit.add.contains(&m.member));
    let removed: Vec<Membership> = present.iter().filter(|m| goes(m)).cloned().collect();
    let before = if edit.clear { present.len() } else { store::member_count(&sys.db, group.id).await? };
    if !added.is_empty() && before + added.len() > MAX_MEMBERS + removed.len() {
        return Err(ScimError::new(Kind::TooMany, format!("A group has at most {MAX_MEMBERS} members.")).into());
    }
    if edit.clear && removed.len() == present.len() && !present.is_empty() {
        store::remove_members(&mut call.batch, group.id);
    } else {
        removed.iter().for_each(|m| store::remove_member(&mut call.batch, group.id, &m.member));
    }
    added.iter().for_each(|m| store::add_member(&mut call.batch, group.id, &m.member, m.is_group));
    Ok(Changed { added, removed })
}

/// Memberships of those who are to be added; all must exist in the resolver.
async fn known(sys: &Mfa, resolver: RowId, group: RowId, ids: &[&str]) -> Result<Vec<Membership>, Failure> {
    let known: HashMap<String, bool> = store::known(&sys.db, resolver, ids).await?.into_iter().collect();
    let wrong = |what: &str| ScimError::new(Kind::InvalidValue, format!("members: {what}"));
    let own = group.to_string();
    let one = |id: &&str| match known.get(*id) {
        _ if *id == own => Err(wrong("a group cannot be a member of itself").into()),
        Some(is_group) => Ok(Membership { group, member: (*id).to_owned(), is_group: *is_group }),
        None => Err(wrong("there is no such user or group").into()),
    };
    ids.iter().map(one).collect()
}

/// Forgets, after the commit, what is remembered of those who came or went: their groups are others.
pub(super) fn forget_members(call: &mut Call, resolver: RowId, changed: &Changed) {
    let all = || changed.added.iter().chain(&changed.removed);
    if all().next().is_none() {
        return;
    }
    if all().count() > FEW || all().any(|m| m.is_group) {
        return call.after(|sys| async move { sys.people.forget_all() });
    }
    let uids: BTreeSet<String> = all().map(|m| m.member.clone()).collect();
    call.after(move |sys| async move { sys.people.forget_accounts(resolver, &uids).await });
}
