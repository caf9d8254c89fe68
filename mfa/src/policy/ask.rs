//! Questions to the compiled set.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use audit::Reason;
use kernel::{Class, Classified};

use super::action::{Action, Right};
use super::compile::Policy;
use super::condition::Conditions;
use super::facts::Facts;
use super::lists::{Hit, List};
use super::registry::Registry;
use super::scope::Scope;
use super::set::{PolicySet, Step};
use super::value::{ActionValue, Flag, ValueType, Words};

/// A question has no answer, so what it was asked for must not happen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Policies of equal priority contradict each other.
    #[error("There are policies with conflicting actions: {}", .policies.join(", "))]
    Conflict {
        /// The action.
        action: String,
        /// The policies.
        policies: Vec<String>,
    },
    /// Whether a policy applies, or what it says, cannot be told.
    #[error("Policy {policy} cannot be applied: {why}")]
    Undecidable {
        /// The policy.
        policy: String,
        /// What is missing or broken.
        why: String,
    },
}

impl Classified for Fault {
    fn class(&self) -> Class {
        Class::Forbidden
    }
    fn code(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => "policy_conflict",
            Self::Undecidable { .. } => "policy_undecidable",
        }
    }
}

/// The compiled set, asked at certain facts. Remembers what took effect.
pub struct At<'a> {
    set: &'a PolicySet,
    facts: &'a Facts,
    local_seconds: Option<i64>,
    conditions: Conditions,
    reasons: Mutex<Vec<Reason>>,
}

impl<'a> At<'a> {
    pub(super) fn new(set: &'a PolicySet, facts: &'a Facts) -> Self {
        let local_seconds = facts.at.map(|at| set.zone.local_seconds(at));
        Self { set, facts, local_seconds, conditions: Conditions::All, reasons: Mutex::default() }
    }

    /// The same, but comparing only these extended conditions.
    #[must_use]
    pub fn comparing(self, conditions: Conditions) -> Self {
        Self { conditions, ..self }
    }

    /// The one value that the strongest matching policies give.
    ///
    /// # Errors
    /// [`Fault::Conflict`] when policies of that priority give different values, [`Fault::Undecidable`].
    pub fn get<T: ActionValue>(&self, action: &Action<T>) -> Result<Option<T>, Fault> {
        let scope = self.scope(action.scopes());
        let matching = self.matching(scope, action.name())?;
        let Some(best) = matching.first().map(|policy| policy.priority) else { return Ok(None) };
        let strongest: Vec<&Policy> = matching.into_iter().take_while(|policy| policy.priority == best).collect();
        let mut value: Option<T> = None;
        for policy in &strongest {
            let own = typed::<T>(policy, action.name())?;
            match &value {
                Some(other) if *other != own => {
                    let policies = strongest.iter().map(|policy| policy.name.to_string()).collect();
                    return Err(Fault::Conflict { action: action.name().to_owned(), policies });
                }
                Some(_) => {}
                None => value = Some(own),
            }
        }
        self.took_effect(scope, action.name(), &strongest);
        Ok(value)
    }

    /// As [`At::get`], or else the declared default.
    ///
    /// # Errors
    /// As [`At::get`].
    pub fn or_default<T: ActionValue + Default>(&self, action: &Action<T>) -> Result<T, Fault> {
        Ok(self.get(action)?.or_else(|| action.default()).unwrap_or_default())
    }

    /// The value of the first matching policy by priority and name, without looking for conflicts.
    ///
    /// # Errors
    /// [`Fault::Undecidable`].
    pub fn first<T: ActionValue>(&self, action: &Action<T>) -> Result<Option<T>, Fault> {
        let scope = self.scope(action.scopes());
        let matching = self.matching(scope, action.name())?;
        let Some(policy) = matching.first() else { return Ok(None) };
        let value = typed::<T>(policy, action.name())?;
        self.took_effect(scope, action.name(), &matching[..1]);
        Ok(Some(value))
    }

    /// The values of all matching policies, strongest first, each once.
    ///
    /// # Errors
    /// [`Fault::Undecidable`].
    pub fn all<T: ActionValue>(&self, action: &Action<T>) -> Result<Vec<T>, Fault> {
        let scope = self.scope(action.scopes());
        let matching = self.matching(scope, action.name())?;
        let mut values: Vec<T> = Vec::new();
        for policy in &matching {
            let value = typed::<T>(policy, action.name())?;
            if !values.contains(&value) {
                values.push(value);
            }
        }
        self.took_effect(scope, action.name(), &matching);
        Ok(values)
    }

    /// The words of all matching policies together; `None` when no policy says anything.
    ///
    /// # Errors
    /// [`Fault::Undecidable`].
    pub fn words(&self, action: &Action<Words>) -> Result<Option<Words>, Fault> {
        let all = self.all(action)?;
        if all.is_empty() {
            return Ok(None);
        }
        Ok(Some(Words(all.into_iter().flat_map(|words| words.0).collect::<BTreeSet<_>>())))
    }

    /// Whether at least one policy switches the flag on.
    ///
    /// # Errors
    /// [`Fault::Undecidable`].
    pub fn any(&self, action: &Action<Flag>) -> Result<bool, Fault> {
        self.flag(self.scope(action.scopes()), action.name())
    }

    fn flag(&self, scope: Scope, name: &str) -> Result<bool, Fault> {
        let matching = self.matching(scope, name)?;
        for policy in &matching {
            typed::<Flag>(policy, name)?;
        }
        self.took_effect(scope, name, &matching);
        Ok(!matching.is_empty())
    }

    /// Whether who asks has the right: in scope `admin` when the facts name an administrator, else in scope `user`. Granted by
    /// a matching policy, or while no active policy exists in the scope at all.
    ///
    /// # Errors
    /// [`Fault::Undecidable`].
    pub fn allowed(&self, right: &Right) -> Result<bool, Fault> {
        let scope = self.callers_scope();
        if !right.scopes().contains(&scope) {
            return Ok(false);
        }
        Ok(!self.set.is_active(scope) || self.flag(scope, right.name())?)
    }

    /// What of a list the caller may see by this right: facts must not name a realm, user or resolver.
    ///
    /// # Errors
    /// [`Fault::Undecidable`].
    pub fn limit(&self, right: &Right) -> Result<Limit, Fault> {
        let scope = self.callers_scope();
        if !right.scopes().contains(&scope) {
            return Ok(Limit::Some(Vec::new()));
        }
        if !self.set.is_active(scope) {
            return Ok(Limit::All);
        }
        let matching = self.matching(scope, right.name())?;
        self.took_effect(scope, right.name(), &matching);
        let open = |policy: &&Policy| policy.realm.is_empty() && policy.resolver.is_empty() && policy.user.is_empty();
        if matching.iter().any(open) {
            return Ok(Limit::All);
        }
        let grant =
            |policy: &Policy| Grant { realm: policy.realm.clone(), resolver: policy.resolver.clone(), user: policy.user.clone() };
        Ok(Limit::Some(matching.into_iter().map(grant).collect()))
    }

    /// Of the known realms, those that some matching policy of the scope covers, whatever it grants; `None` when there is no limit:
    /// no active policy in the scope, or one for all realms.
    ///
    /// # Errors
    /// [`Fault::Undecidable`].
    pub fn realms<'r>(&self, scope: Scope, known: impl Iterator<Item = &'r str>) -> Result<Option<Vec<String>>, Fault> {
        if !self.set.is_active(scope) {
            return Ok(None);
        }
        let mut lists = Vec::new();
        for policy in self.set.policies.iter().filter(|policy| policy.active && policy.scope == Some(scope)) {
            match policy.matches(self.facts, self.local_seconds, self.conditions) {
                Ok(()) if policy.realm.is_empty() => return Ok(None),
                Ok(()) => lists.push(&policy.realm),
                Err(Ok(_)) => {}
                Err(Err(why)) => return Err(Fault::Undecidable { policy: policy.name.to_string(), why }),
            }
        }
        let covered = |realm: &&str| lists.iter().any(|list| list.value(realm) == Hit::Yes);
        Ok(Some(known.filter(covered).map(str::to_owned).collect()))
    }

    /// Names of the policies that took effect so far, each once.
    pub fn policies(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for reason in self.reasons() {
            if !names.contains(&reason.policy) {
                names.push(reason.policy);
            }
        }
        names
    }

    /// What took effect so far, in the order of the questions.
    pub fn reasons(&self) -> Vec<Reason> {
        self.reasons.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The only scope of an action, or that of the caller.
    fn scope(&self, scopes: &[Scope]) -> Scope {
        if let [one] = scopes { *one } else { self.callers_scope() }
    }

    fn callers_scope(&self) -> Scope {
        if self.facts.admin.is_some() { Scope::Admin } else { Scope::User }
    }

    /// What a user interface offers the caller: every action of their scope that a policy gives, or all of them while there is no
    /// active policy. Conditions are compared as far as the wire format wants it.
    ///
    /// # Errors
    /// [`Fault::Undecidable`].
    pub fn rights(self, registry: &Registry) -> Result<Rights, Fault> {
        let scope = self.callers_scope();
        let conditions = if scope == Scope::Admin { Conditions::None } else { Conditions::UserInfo };
        let at = self.comparing(conditions);
        let mut rights = Rights::default();
        for spec in registry.of(scope) {
            let given = at.matching(scope, &spec.name)?;
            if given.is_empty() && at.set.is_active(scope) {
                continue;
            }
            rights.names.push(spec.name.clone());
            if spec.value_type != ValueType::Bool {
                let values = given.iter().filter_map(|policy| policy.actions.get(&spec.name));
                rights.names.extend(values.map(|granted| format!("{}={}", spec.name, granted.text)));
            }
            rights.menus.extend(spec.menus());
        }
        rights.names.dedup();
        Ok(rights)
    }

    pub(super) fn matching(&self, scope: Scope, action: &str) -> Result<Vec<&'a Policy>, Fault> {
        let mut matching = Vec::new();
        for at in self.set.candidates(scope, action, self.facts) {
            let policy = &self.set.policies[at as usize];
            match self.check(policy, scope, action) {
                Ok(()) => matching.push(policy),
                Err(Ok(_)) => {}
                Err(Err(why)) => return Err(Fault::Undecidable { policy: policy.name.to_string(), why }),
            }
        }
        Ok(matching)
    }

    /// The whole pipeline for one policy; also the code that `explain` walks.
    pub(super) fn check(&self, policy: &Policy, scope: Scope, action: &str) -> Result<(), Result<Step, String>> {
        let check = |holds: bool, step: Step| if holds { Ok(()) } else { Err(Ok(step)) };
        check(policy.active, Step::Inactive)?;
        check(policy.scope == Some(scope), Step::Scope)?;
        check(policy.actions.contains_key(action), Step::Action)?;
        policy.matches(self.facts, self.local_seconds, self.conditions)
    }

    fn took_effect(&self, scope: Scope, action: &str, policies: &[&Policy]) {
        if policies.is_empty() {
            return;
        }
        let mut reasons = self.reasons.lock().unwrap_or_else(PoisonError::into_inner);
        for policy in policies {
            let value = policy.actions.get(action).map(|granted| granted.text.clone()).unwrap_or_default();
            let reason =
                Reason { policy: policy.name.to_string(), scope: scope.name().to_owned(), action: action.to_owned(), value };
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
    }
}

fn typed<T: ActionValue>(policy: &Policy, action: &str) -> Result<T, Fault> {
    let undecidable = |why: String| Fault::Undecidable { policy: policy.name.to_string(), why };
    let granted = policy.actions.get(action).ok_or_else(|| undecidable(format!("`{action}` has no value")))?;
    let value = granted.value.as_ref().map_err(|why| undecidable(format!("`{action}`: {why}")))?;
    value.downcast_ref::<T>().cloned().ok_or_else(|| undecidable(format!("`{action}` has another type")))
}

/// What a user interface offers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// Names of actions; those with a value once more as `name=value`.
    pub names: Vec<String>,
    /// Menus that these open.
    pub menus: BTreeSet<&'static str>,
}

/// What of a list may be seen.
pub enum Limit {
    /// Everything.
    All,
    /// What one of these grants covers; nothing when there are none.
    Some(Vec<Grant>),
}

/// One policy's view of a list.
pub struct Grant {
    realm: List,
    resolver: List,
    user: List,
}

impl Limit {
    /// Whether an entry with these realms, resolver and login may be seen. Entries without an owner have empty ones.
    pub fn admits(&self, realms: &[&str], resolver: &str, login: &str) -> bool {
        match self {
            Self::All => true,
            Self::Some(grants) => grants.iter().any(|grant| {
                let realm = match realms {
                    [one] => grant.realm.value(one),
                    several => grant.realm.any_of(several),
                };
                realm == Hit::Yes && grant.resolver.value(resolver) == Hit::Yes && grant.user.value(login) == Hit::Yes
            }),
        }
    }

    /// Of these realms, the ones in which anything may be seen; `None` when there is no limit by realm.
    pub fn realms<'r>(&self, known: impl Iterator<Item = &'r str>) -> Option<Vec<String>> {
        match self {
            Self::All => None,
            Self::Some(grants) if grants.iter().any(|grant| grant.realm.is_empty()) => None,
            Self::Some(grants) => Some(
                known
                    .filter(|realm| grants.iter().any(|grant| grant.realm.value(realm) == Hit::Yes))
                    .map(str::to_owned)
                    .collect(),
            ),
        }
    }
}
