//! The compiled set: all policies, indexed by scope and action, and within an action by the realm, user or administrator
//! that a policy names. A question looks at the few policies that can match, however many there are.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use kernel::Timestamp;

use super::ask::At;
use super::compile::Policy;
use super::condition::Section;
use super::definition::Definition;
use super::facts::Facts;
use super::registry::Registry;
use super::scope::Scope;

/// Where a policy dropped out, in the order of the steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are those of the fields")]
pub enum Step {
    Inactive,
    Scope,
    Action,
    Realm,
    AdminRealm,
    AdminUser,
    User,
    Resolver,
    Node,
    UserAgent,
    Client,
    Time,
    Condition,
}

/// The time zone of policy times: seconds east of UTC at a moment.
#[derive(Clone)]
pub struct Zone(Arc<dyn Fn(Timestamp) -> i32 + Send + Sync>);

impl Zone {
    /// UTC.
    pub fn utc() -> Self {
        Self::fixed(0)
    }

    /// A fixed offset in seconds east of UTC.
    pub fn fixed(seconds: i32) -> Self {
        Self(Arc::new(move |_| seconds))
    }

    /// A zone whose offset depends on the moment.
    pub fn rules(offset: impl Fn(Timestamp) -> i32 + Send + Sync + 'static) -> Self {
        Self(Arc::new(offset))
    }

    pub(super) fn local_seconds(&self, at: Timestamp) -> i64 {
        at.seconds() + i64::from((self.0)(at))
    }
}

/// All policies, compiled. Immutable: a change makes a new one.
pub struct PolicySet {
    /// Ascending by priority, then by name: positions compare as policies do.
    pub(super) policies: Vec<Policy>,
    definitions: Vec<Arc<Definition>>,
    index: HashMap<(Scope, String), Slot>,
    active_scopes: BTreeSet<Scope>,
    sections: Vec<Section>,
    all_resolvers: bool,
    pub(super) zone: Zone,
}

/// The policies that name one action of one scope.
#[derive(Default)]
struct Slot {
    all: Vec<u32>,
    general: Vec<u32>,
    realm: HashMap<String, Vec<u32>>,
    user: HashMap<String, Vec<u32>>,
    user_folded: HashMap<String, Vec<u32>>,
    admin: HashMap<String, Vec<u32>>,
}

impl PolicySet {
    /// Compiles definitions. Nothing is refused here: what cannot be used is shown by [`PolicySet::lint`] and fails closed.
    pub fn compile(mut definitions: Vec<Arc<Definition>>, registry: &Registry, zone: Zone) -> Self {
        definitions.sort_by(|a, b| (a.priority, &a.name).cmp(&(b.priority, &b.name)));
        let policies: Vec<Policy> = definitions.iter().map(|def| Policy::compile(def, registry)).collect();
        let mut index: HashMap<(Scope, String), Slot> = HashMap::new();
        let mut active_scopes = BTreeSet::new();
        let mut sections = Vec::new();
        let mut all_resolvers = false;
        for (at, policy) in policies.iter().enumerate() {
            let (Some(scope), true, Ok(at)) = (policy.scope, policy.active, u32::try_from(at)) else { continue };
            active_scopes.insert(scope);
            sections.extend(policy.conditions.iter().map(super::condition::Condition::section));
            all_resolvers |= policy.check_all_resolvers;
            for action in policy.actions.keys() {
                index.entry((scope, action.clone())).or_default().add(at, policy);
            }
        }
        Self { policies, definitions, index, active_scopes, sections, all_resolvers, zone }
    }

    /// A set without policies.
    pub fn empty() -> Self {
        Self::compile(Vec::new(), &Registry::new(&[]), Zone::utc())
    }

    /// The policies as written, by priority and name.
    pub fn definitions(&self) -> &[Arc<Definition>] {
        &self.definitions
    }

    /// The policy of that name.
    pub fn definition(&self, name: &str) -> Option<&Arc<Definition>> {
        self.definitions.iter().find(|def| def.name == name)
    }

    /// What cannot be used: name of the policy, field, reason.
    pub fn lint(&self) -> Vec<(String, &'static str, String)> {
        let of = |policy: &Policy| {
            policy.lint().into_iter().map(|(field, why)| (policy.name.to_string(), field, why)).collect::<Vec<_>>()
        };
        self.policies.iter().flat_map(of).collect()
    }

    /// Whether some active policy compares data of that section, so that the facts must hold it.
    pub fn needs(&self, section: Section) -> bool {
        self.sections.contains(&section)
    }

    /// Whether some active policy looks at all resolvers that know a login ([`Facts::all_resolvers`]).
    pub fn needs_all_resolvers(&self) -> bool {
        self.all_resolvers
    }

    /// Whether there is an active policy in the scope.
    pub fn is_active(&self, scope: Scope) -> bool {
        self.active_scopes.contains(&scope)
    }

    /// Asks at these facts.
    pub fn at<'a>(&'a self, facts: &'a Facts) -> At<'a> {
        At::new(self, facts)
    }

    /// Positions of the policies that may match, strongest first.
    pub(super) fn candidates(&self, scope: Scope, action: &str, facts: &Facts) -> Vec<u32> {
        // The key is owned because a tuple cannot be looked up by parts; names are short.
        match self.index.get(&(scope, action.to_owned())) {
            Some(slot) => slot.candidates(facts),
            None => Vec::new(),
        }
    }
}

impl Slot {
    fn add(&mut self, at: u32, policy: &Policy) {
        self.all.push(at);
        let mut into = |map: fn(&mut Self) -> &mut HashMap<String, Vec<u32>>, names: Vec<&str>| {
            for name in names {
                map(self).entry(name.to_owned()).or_default().push(at);
            }
        };
        if let Some(names) = policy.realm.literals() {
            into(|s| &mut s.realm, names);
        } else if let Some(names) = policy.user.literals() {
            if policy.user.folds() {
                into(|s| &mut s.user_folded, names);
            } else {
                into(|s| &mut s.user, names);
            }
        } else if let Some(names) = policy.adminuser.literals().filter(|_| !policy.adminuser.folds()) {
            into(|s| &mut s.admin, names);
        } else {
            self.general.push(at);
        }
    }

    fn candidates(&self, facts: &Facts) -> Vec<u32> {
        let realms_known = facts.realm.is_some() || facts.token_realms.is_some();
        let unknown = |map: &HashMap<String, Vec<u32>>, known: bool| !known && !map.is_empty();
        if unknown(&self.realm, realms_known)
            || unknown(&self.user, facts.login.is_some())
            || unknown(&self.user_folded, facts.login.is_some())
            || unknown(&self.admin, facts.admin.is_some())
        {
            return self.all.clone();
        }
        let mut found = self.general.clone();
        let mut take = |map: &HashMap<String, Vec<u32>>, name: &str| {
            if let Some(more) = map.get(name) {
                found.extend_from_slice(more);
            }
        };
        if !self.realm.is_empty() {
            for realm in facts.realm.iter().chain(facts.token_realms.iter().flatten()) {
                take(&self.realm, realm);
            }
        }
        if let Some(login) = &facts.login {
            take(&self.user, login);
            if !self.user_folded.is_empty() {
                take(&self.user_folded, &login.to_lowercase());
            }
        }
        if let Some(admin) = &facts.admin {
            take(&self.admin, &admin.name);
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}
