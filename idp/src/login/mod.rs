//! Signing in: a state machine held as data, answered step by step, that ends in [`Authenticated`] or in a [`Refusal`].
//!
//! * A flow is a row of its own, bound to a browser, with a version: every answer is a compare-and-set on it, so replays, second
//!   tabs and back buttons change nothing and are shown the present step.
//! * Transitions are pure (`machine`, `outcome`, `decide`): `(state, signal) -> (state, what to do next)`. `run` does what they ask for
//!   through [`crate::ports`] and feeds the outcome back as the next signal.
//! * What an outcome proved becomes a [`Proof`], is kept in the flow, and is consumed once into the session's evidence.
//!   `Authenticated::admit` is the only way to [`Authenticated`], and looks at nothing but evidence, proofs and what is demanded.

mod authenticated;
mod beside;
mod decide;
mod error;
mod finish;
mod logins;
mod machine;
mod outcome;
mod proof;
mod render;
mod run;
mod sign_in;
mod signal;
mod state;
mod store;
#[cfg(test)]
mod tests;
mod view;

pub use authenticated::{Authenticated, Granted};
pub use beside::Ended;
pub use error::LoginError;
pub use logins::{Browser, LoginSettings, Logins};
pub use proof::Proof;
pub use sign_in::{ConsentAsk, Prompts, Purpose, SignIn};
pub(crate) use store::{SEALED, STATEMENTS};
pub use view::{Failed, GoneReason, Input, Notice, Progress, Refusal, StepView, View};
