//! Policies: what an administrator has decided, compiled at load into an immutable, indexed [`PolicySet`].
//!
//! * An **action** is declared once ([`actions!`](crate::actions), [`rights!`](crate::rights)): scope, name, type, default, allowed
//!   values, doc. The form, the validation, the API document and the compiled value derive from it. A misspelt action does not
//!   compile, a value of the wrong type is refused when the policy is written.
//! * A **definition** ([`Definition`]) is a policy as people write it. It is validated against the [`Registry`] of actions, kept as
//!   it is, and compiled ([`PolicySet::compile`]).
//! * A **question** is asked at [`Facts`]: `set.at(&facts).get(&ACTION)`. Nothing is parsed, no regular expression compiled and no
//!   query made then. What took effect is collected as [`Reason`]s. [`PolicySet::explain`] walks the same code and tells
//!   for each policy at which step it dropped out.
//!
//! Whatever cannot be decided (a condition without its data, a pattern that is not linear-time, two policies of equal priority
//! that contradict each other) is a [`Fault`], and the question is refused: policies fail closed.
//!
//! To add an action: one declaration in `actions/`; families over token kinds are declared with `{kind}` in their names.

mod action;
pub mod actions;
mod ask;
mod clients;
mod compile;
mod condition;
pub(crate) mod dates;
mod definition;
mod explain;
mod facts;
mod handle;
pub(crate) mod hooks;
mod lists;
pub mod ops;
mod registry;
mod scope;
pub mod seed;
mod set;
pub(crate) mod store;
mod syntax;
mod times;
mod validate;
mod value;

#[cfg(test)]
mod naive;
#[cfg(test)]
mod tests;

pub use action::{Action, Declared, Family, Right, RightFamily};
pub use ask::{At, Fault, Grant, Limit, Rights};
pub use audit::Reason;
pub use condition::{Comparator, Conditions, Missing, Section};
pub use definition::{ConditionDef, Definition};
pub use explain::{Explained, Explanation, Outcome};
pub use facts::{AdminFacts, Facts, TokenFacts};
pub use handle::Policies;
pub use registry::{Kind, Registry, Spec};
pub use scope::Scope;
pub use set::{PolicySet, Step, Zone};
pub use syntax::{ActionValues, parse_actions, write_actions};
pub use validate::{Known, Problem};
pub use value::{ActionValue, Flag, Rate, Span, ValueType, Words};
