//! The registry: every action that exists, by scope and name.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

use super::action::{About, Declared};
use super::scope::Scope;
use super::value::ValueType;

/// A compiled value whose type only its action knows.
pub(super) type Erased = Arc<dyn Any + Send + Sync>;

/// What families of actions need to know about a token kind.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// Its name, such as `totp`.
    pub name: &'static str,
    /// Names of the families that it takes part in, such as `hashlib`. Every kind takes part in `""`.
    pub features: &'static [&'static str],
}

impl Kind {
    /// Whether it takes part in the family.
    pub fn offers(&self, feature: &str) -> bool {
        feature.is_empty() || self.features.contains(&feature)
    }
}

/// One action as declared.
#[derive(Clone)]
pub struct Spec {
    /// Where it belongs.
    pub scope: Scope,
    /// Its name in policies.
    pub name: String,
    /// How forms show it.
    pub value_type: ValueType,
    /// The only values allowed; empty when they are not listed.
    pub choices: &'static [&'static str],
    /// Doc, group, menus.
    pub(super) about: About,
    pub(super) has_default: bool,
    #[allow(clippy::type_complexity, reason = "one place")]
    pub(super) parse: Arc<dyn Fn(&str) -> Result<Erased, String> + Send + Sync>,
}

impl Spec {
    /// One sentence about it.
    pub fn doc(&self) -> &'static str {
        self.about.doc.trim()
    }

    /// Heading in forms.
    pub fn group(&self) -> &'static str {
        self.about.group
    }

    /// Menus of the user interface that it opens.
    pub fn menus(&self) -> &'static [&'static str] {
        self.about.menus
    }

    /// Whether something holds when no policy names it.
    pub fn has_default(&self) -> bool {
        self.has_default
    }
}

/// Every action that exists.
pub struct Registry {
    specs: Vec<Spec>,
    by_name: HashMap<(Scope, String), usize>,
}

impl Registry {
    /// Collects the declared actions; families are expanded over `kinds`.
    pub fn new(kinds: &[Kind]) -> Self {
        let mut specs: Vec<Spec> = super::actions::all().flat_map(|declared: &dyn Declared| declared.specs(kinds)).collect();
        specs.sort_by(|a, b| (a.scope, &a.name).cmp(&(b.scope, &b.name)));
        let by_name = specs.iter().enumerate().map(|(at, spec)| ((spec.scope, spec.name.clone()), at)).collect();
        Self { specs, by_name }
    }

    /// The actions over the token kinds that exist; a kind takes part in the families named like its enrolment parameters.
    pub fn of_kinds() -> Self {
        let kind = |kind: &crate::tokens::KindRef| Kind { name: kind.spec().name, features: kind.spec().features };
        Self::new(&crate::tokens::KINDS.iter().map(kind).collect::<Vec<_>>())
    }

    /// The action of that scope and name.
    pub fn get(&self, scope: Scope, name: &str) -> Option<&Spec> {
        self.by_name.get(&(scope, name.to_owned())).map(|at| &self.specs[*at])
    }

    /// All actions of a scope, by name.
    pub fn of(&self, scope: Scope) -> impl Iterator<Item = &Spec> {
        self.specs.iter().filter(move |spec| spec.scope == scope)
    }
}
