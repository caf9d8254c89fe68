//! One compiled policy: every field in the form in which it is asked.

use std::collections::HashMap;
use std::sync::Arc;

use super::clients::Networks;
use super::condition::{Condition, Conditions};
use super::definition::Definition;
use super::lists::{Hit, List};
use super::registry::{Erased, Registry};
use super::scope::Scope;
use super::set::Step;
use super::times::Times;
use super::value::ValueType;

/// The compiled value of an action: typed, or the reason why it could not be read.
pub(super) type Value = Result<Erased, String>;

/// A policy in the form in which it is asked.
pub(super) struct Policy {
    pub(super) name: Arc<str>,
    pub(super) scope: Option<Scope>,
    pub(super) active: bool,
    pub(super) priority: u32,
    pub(super) actions: HashMap<String, Granted>,
    pub(super) realm: List,
    pub(super) resolver: List,
    pub(super) check_all_resolvers: bool,
    pub(super) user: List,
    pub(super) adminrealm: List,
    pub(super) adminuser: List,
    pub(super) client: Networks,
    pub(super) user_agents: Vec<String>,
    /// `Err`: malformed, matches never.
    pub(super) times: Result<Option<Times>, String>,
    pub(super) nodes: Vec<String>,
    pub(super) conditions: Vec<Condition>,
}

/// What a policy says about one action.
pub(super) struct Granted {
    pub(super) value: Value,
    /// As written, for reasons.
    pub(super) text: String,
}

impl Policy {
    pub(super) fn compile(def: &Definition, registry: &Registry) -> Self {
        let fold = def.user_case_insensitive;
        let scope = Scope::named(&def.scope);
        Self {
            name: def.name.as_str().into(),
            scope,
            active: def.active,
            priority: def.priority,
            actions: scope.map(|scope| actions(def, scope, registry)).unwrap_or_default(),
            realm: List::compile(&lower(&def.realm), false),
            resolver: List::compile(&def.resolver, false),
            check_all_resolvers: def.check_all_resolvers,
            user: List::compile(&def.user, fold),
            adminrealm: List::compile(&lower(&def.adminrealm), false),
            adminuser: List::compile(&def.adminuser, fold),
            client: Networks::compile(&def.client).0,
            user_agents: lower(&def.user_agents),
            times: Times::parse(&def.time),
            nodes: def.pinode.clone(),
            conditions: def.conditions.iter().filter(|c| c.active).map(Condition::compile).collect(),
        }
    }

    /// Why parts of it cannot be used; empty for a sound policy.
    pub(super) fn lint(&self) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        let lists = [
            ("realm", &self.realm),
            ("resolver", &self.resolver),
            ("user", &self.user),
            ("adminrealm", &self.adminrealm),
            ("adminuser", &self.adminuser),
        ];
        for (field, list) in lists {
            problems.extend(list.broken().map(|(text, why)| (field, format!("`{text}`: {why}"))));
        }
        for (name, granted) in &self.actions {
            if let Err(why) = &granted.value {
                problems.push(("action", format!("`{name}`: {why}")));
            }
        }
        problems.extend(self.times.as_ref().err().map(|why| ("time", why.clone())));
        problems.extend(self.conditions.iter().filter_map(|c| c.problem().map(|why| ("conditions", why.to_owned()))));
        problems
    }

    /// The steps after name, scope and action, in order.
    ///
    /// # Errors
    /// `Err(Ok(step))`: it does not match, and where it dropped out. `Err(Err(why))`: that cannot be decided.
    pub(super) fn matches(
        &self,
        facts: &super::facts::Facts,
        local_seconds: Option<i64>,
        conditions: Conditions,
    ) -> Result<(), Result<Step, String>> {
        let hit = |hit: Hit, step: Step| match hit {
            Hit::Yes => Ok(()),
            Hit::No => Err(Ok(step)),
            Hit::Broken(why) => Err(Err(why)),
        };
        let check = |holds: bool, step: Step| if holds { Ok(()) } else { Err(Ok(step)) };
        hit(self.realm_hit(facts), Step::Realm)?;
        if self.scope == Some(Scope::Admin)
            && let Some(admin) = &facts.admin
        {
            hit(self.adminrealm.value(&admin.realm), Step::AdminRealm)?;
            hit(self.adminuser.value(&admin.name), Step::AdminUser)?;
        }
        if facts.login.is_none() && facts.person.is_some() {
            check(self.user.is_open(), Step::User)?;
        }
        if let Some(login) = &facts.login {
            hit(self.user.value(login), Step::User)?;
            check(self.names_person(facts, login), Step::User)?;
        }
        hit(self.resolver_hit(facts), Step::Resolver)?;
        if let Some(node) = &facts.node {
            check(self.nodes.is_empty() || self.nodes.contains(node), Step::Node)?;
        }
        if let Some(agent) = &facts.user_agent {
            check(self.user_agents.is_empty() || self.user_agents.contains(&agent.to_lowercase()), Step::UserAgent)?;
        }
        if let Some(client) = facts.client {
            check(self.client.contains(client), Step::Client)?;
        }
        match &self.times {
            Ok(None) => {}
            Ok(Some(times)) => check(local_seconds.is_none_or(|s| times.contains(s)), Step::Time)?,
            Err(_) => check(false, Step::Time)?,
        }
        for condition in self.conditions.iter().filter(|condition| conditions.include(condition.section())) {
            check(condition.holds(facts).map_err(Err)?, Step::Condition)?;
        }
        Ok(())
    }

    fn realm_hit(&self, facts: &super::facts::Facts) -> Hit {
        match (&facts.token_realms, &facts.realm) {
            (Some(token_realms), realm) => {
                let all: Vec<&str> = token_realms.iter().chain(realm.as_ref()).map(String::as_str).collect();
                self.realm.any_of(&all)
            }
            (None, Some(realm)) => self.realm.value(realm),
            (None, None) => Hit::Yes,
        }
    }

    /// With several token realms, a policy for certain people must name this one, and the person's own realm.
    fn names_person(&self, facts: &super::facts::Facts, login: &str) -> bool {
        let several = facts.token_realms.as_ref().is_some_and(|realms| realms.len() > 1);
        if !several || self.user.is_open() {
            return true;
        }
        let realm = facts.realm.as_deref().unwrap_or_default();
        self.user.names(login) && self.realm.names(realm)
    }

    fn resolver_hit(&self, facts: &super::facts::Facts) -> Hit {
        let own = facts.resolver.as_ref().map_or(Hit::Yes, |resolver| self.resolver.value(resolver));
        if own == Hit::Yes || !self.check_all_resolvers || facts.realm.is_none() || facts.login.is_none() {
            return own;
        }
        let others = facts.all_resolvers.as_deref().unwrap_or_default();
        if others.iter().any(|resolver| self.resolver.value(resolver) == Hit::Yes) { Hit::Yes } else { own }
    }
}

/// Realm names and user agents ignore case.
fn lower(entries: &[String]) -> Vec<String> {
    entries.iter().map(|entry| entry.to_lowercase()).collect()
}

/// Expands `*` over the flags of the scope, without those excluded, and reads the values.
fn actions(def: &Definition, scope: Scope, registry: &Registry) -> HashMap<String, Granted> {
    let names = &def.action.0;
    let excluded = |name: &str| names.keys().any(|entry| entry.strip_prefix(['!', '-']).is_some_and(|rest| rest == name));
    let mut granted = HashMap::new();
    if names.contains_key("*") {
        for spec in registry.of(scope).filter(|spec| spec.value_type == ValueType::Bool && !excluded(&spec.name)) {
            granted.insert(spec.name.clone(), Granted { value: (spec.parse)(""), text: "true".to_owned() });
        }
    }
    for (name, text) in names {
        if name == "*" || name.starts_with(['!', '-']) || excluded(name) {
            continue;
        }
        let value = match registry.get(scope, name) {
            Some(spec) => match text {
                None if spec.value_type != ValueType::Bool => Err("a value is missing".to_owned()),
                text => (spec.parse)(text.as_deref().unwrap_or_default()),
            },
            None => Err(format!("scope {} has no such action", scope.name())),
        };
        granted.insert(name.clone(), Granted { value, text: text.clone().unwrap_or_else(|| "true".to_owned()) });
    }
    granted
}
