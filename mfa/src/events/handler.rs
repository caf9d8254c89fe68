//! What a handler states about itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use super::binding::Position;
use crate::Mfa;
use crate::operation::{Answer, Call, Failure, truthy};

/// Options of a bound action, by name, as text.
pub type Options = BTreeMap<String, String>;

/// The type of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionType {
    /// Text.
    Str,
    /// A whole number.
    Int,
    /// True or false.
    Bool,
}

impl OptionType {
    /// The name in the wire format.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Str => "str",
            Self::Int => "int",
            Self::Bool => "bool",
        }
    }
}

/// One declared option.
pub struct OptionSpec {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: OptionType,
    /// Whether it must be given.
    pub required: bool,
    /// One sentence.
    pub doc: &'static str,
}

/// One declared action.
pub struct ActionSpec {
    /// Its name.
    pub name: &'static str,
    /// Its options.
    pub options: &'static [OptionSpec],
    /// Makes it act; the options have been checked.
    pub bind: fn(&Options) -> Arc<dyn Act>,
}

/// A declared handler.
pub struct Handler {
    /// Its name in the wire format.
    pub name: &'static str,
    /// One sentence.
    pub doc: &'static str,
    /// Where it can take part.
    pub positions: &'static [Position],
    /// What it can do.
    pub actions: &'static [ActionSpec],
}

/// A bound action.
#[async_trait]
pub trait Act: Send + Sync {
    /// Acts. Before the operation there is no answer yet. May run several times for one operation; what it changes goes into
    /// [`Call::batch`].
    ///
    /// # Errors
    /// Stops the operation if the binding wants that; is logged otherwise.
    async fn act(&self, sys: &Mfa, call: &mut Call, answer: Option<&mut Answer>) -> Result<(), Failure>;
}

impl ActionSpec {
    /// What is wrong with options.
    pub fn problems(&self, options: &Options) -> Vec<String> {
        let mut problems = Vec::new();
        for spec in self.options {
            match options.get(spec.name).filter(|text| !text.is_empty()) {
                None if spec.required => problems.push(format!("option {} is missing", spec.name)),
                Some(text) if spec.ty == OptionType::Int && text.trim().parse::<i64>().is_err() => {
                    problems.push(format!("option {}: a whole number is expected", spec.name));
                }
                _ => {}
            }
        }
        let unknown = options.keys().filter(|name| self.options.iter().all(|spec| spec.name != name.as_str()));
        problems.extend(unknown.map(|name| format!("there is no option {name}")));
        problems
    }
}

/// A truth value among options.
pub(super) fn flag(options: &Options, name: &str) -> bool {
    options.get(name).is_some_and(|text| truthy(&serde_json::Value::String(text.clone())))
}
