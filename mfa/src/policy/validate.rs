//! What is wrong with a policy that someone wants to write: everything at once, by field.

use std::fmt;

use super::clients::Networks;
use super::compile::Policy;
use super::definition::Definition;
use super::registry::Registry;
use super::scope::Scope;
use super::value::ValueType;

/// Names that a policy may refer to.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Realms.
    pub realms: Vec<String>,
    /// Resolvers.
    pub resolvers: Vec<String>,
    /// Nodes.
    pub nodes: Vec<String>,
    /// Realms whose people are administrators.
    pub admin_realms: Vec<String>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub field: &'static str,
    /// What.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.what)
    }
}

const MAX_ENTRIES: usize = 10_000;
const MAX_TEXT: usize = 10_000;

impl Definition {
    /// Everything that is wrong with it; empty when it may be written.
    pub fn problems(&self, registry: &Registry, known: &Known) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut wrong = |field: &'static str, what: String| problems.push(Problem { field, what });
        if let Some(what) = name_problem(&self.name) {
            wrong("name", what);
        }
        if self.priority == 0 {
            wrong("priority", "the strongest priority is 1".to_owned());
        }
        match Scope::named(&self.scope) {
            None => wrong("scope", format!("there is no scope `{}`", self.scope)),
            Some(scope) => self.action_problems(scope, registry, &mut wrong),
        }
        self.bound_problems(&mut wrong);
        self.name_problems(known, &mut wrong);
        for what in Networks::compile(&self.client).1 {
            wrong("client", what);
        }
        for (field, what) in Policy::compile(self, registry).lint() {
            if field != "action" {
                wrong(field, what);
            }
        }
        for condition in self.conditions.iter().filter(|c| !c.active) {
            if let Some(why) = super::condition::Condition::compile(condition).problem() {
                wrong("conditions", why.to_owned());
            }
        }
        problems
    }

    fn action_problems(&self, scope: Scope, registry: &Registry, wrong: &mut impl FnMut(&'static str, String)) {
        if self.action.0.is_empty() && scope != Scope::User {
            wrong("action", "a policy says at least one thing".to_owned());
        }
        for (name, text) in &self.action.0 {
            let bare = name.strip_prefix(['!', '-']).unwrap_or(name);
            if bare == "*" {
                continue;
            }
            let Some(spec) = registry.get(scope, bare) else {
                wrong("action", format!("scope {} has no action `{bare}`", scope.name()));
                continue;
            };
            let problem = match text {
                None if bare != name || spec.value_type == ValueType::Bool => None,
                None => Some("a value is missing".to_owned()),
                Some(text) => (spec.parse)(text).err(),
            };
            if let Some(problem) = problem {
                wrong("action", format!("`{name}`: {problem}"));
            }
        }
    }

    fn name_problems(&self, known: &Known, wrong: &mut impl FnMut(&'static str, String)) {
        let mut check = |field, entries: &[String], known: &[String], what: &str| {
            for entry in entries {
                let bare = entry.trim_start_matches(['!', '-', '*']).to_lowercase();
                if !bare.is_empty() && !known.iter().any(|name| name.to_lowercase() == bare) {
                    wrong(field, format!("there is no {what} `{bare}`"));
                }
            }
        };
        check("realm", &self.realm, &known.realms, "realm");
        check("resolver", &self.resolver, &known.resolvers, "resolver");
        check("adminrealm", &self.adminrealm, &known.admin_realms, "administrator realm");
        check("pinode", &self.pinode, &known.nodes, "node");
        if self.scope != Scope::Admin.name() && !(self.adminrealm.is_empty() && self.adminuser.is_empty()) {
            wrong("adminuser", "administrators are named in scope admin only".to_owned());
        }
    }

    fn bound_problems(&self, wrong: &mut impl FnMut(&'static str, String)) {
        let lists = [
            ("realm", &self.realm),
            ("resolver", &self.resolver),
            ("user", &self.user),
            ("adminrealm", &self.adminrealm),
            ("adminuser", &self.adminuser),
            ("client", &self.client),
            ("user_agents", &self.user_agents),
            ("pinode", &self.pinode),
        ];
        for (field, list) in lists {
            if list.len() > MAX_ENTRIES || list.iter().any(|entry| entry.len() > MAX_TEXT) {
                wrong(field, format!("at most {MAX_ENTRIES} entries of {MAX_TEXT} bytes"));
            }
        }
        if self.conditions.len() > 100 {
            wrong("conditions", "at most 100 conditions".to_owned());
        }
        if self.action.0.values().flatten().any(|text| text.len() > MAX_TEXT) {
            wrong("action", format!("a value has at most {MAX_TEXT} bytes"));
        }
    }
}

/// What is wrong with the name of a policy.
fn name_problem(name: &str) -> Option<String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    if name.is_empty() || name.len() > 255 || !name.bytes().all(plain) {
        return Some("1 to 255 characters of A-Z, a-z, 0-9, underscore, dot and hyphen".to_owned());
    }
    if name == "check" || name.starts_with("pi-update-policy-") {
        return Some(format!("the name `{name}` is reserved"));
    }
    None
}
