//! Why a policy applies to a request or does not: the same code path as the decision itself.

use super::facts::Facts;
use super::scope::Scope;
use super::set::{PolicySet, Step};

/// What became of one policy.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It applies, with this value of the action.
    Applies(String),
    /// It applies, but is weaker than another.
    Outranked(String),
    /// It dropped out at this step.
    DroppedAt(Step),
    /// It cannot be told; the request would be refused.
    Undecidable(String),
}

/// One policy of an explanation.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Explained {
    /// Name of the policy.
    pub policy: String,
    /// Its priority.
    pub priority: u32,
    /// What became of it.
    pub outcome: Outcome,
}

/// What every policy says to one question.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Explanation {
    /// Name of the scope.
    pub scope: &'static str,
    /// Name of the action.
    pub action: String,
    /// Whether any policy of the scope is active; if not, rights are granted.
    pub scope_active: bool,
    /// Every policy, by priority and name.
    pub policies: Vec<Explained>,
}

impl PolicySet {
    /// Answers for every policy whether it would take effect for `action` at these facts, or where it drops out.
    pub fn explain(&self, scope: Scope, action: &str, facts: &Facts) -> Explanation {
        let at = self.at(facts);
        let mut best = None;
        let policies = self.policies.iter().map(|policy| {
            let outcome = match at.check(policy, scope, action) {
                Ok(()) => {
                    let text = policy.actions.get(action).map(|granted| granted.text.clone()).unwrap_or_default();
                    match policy.actions.get(action).and_then(|granted| granted.value.as_ref().err()) {
                        Some(why) => Outcome::Undecidable(why.clone()),
                        None if *best.get_or_insert(policy.priority) == policy.priority => Outcome::Applies(text),
                        None => Outcome::Outranked(text),
                    }
                }
                Err(Ok(step)) => Outcome::DroppedAt(step),
                Err(Err(why)) => Outcome::Undecidable(why),
            };
            Explained { policy: policy.name.to_string(), priority: policy.priority, outcome }
        });
        let policies = policies.collect();
        Explanation { scope: scope.name(), action: action.to_owned(), scope_active: self.is_active(scope), policies }
    }
}
