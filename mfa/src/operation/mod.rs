//! Operations: everything that anybody does goes through [`perform`], whichever door it came in by.
//!
//! raw parameters -> the caller's rights -> policies before (may fill or rewrite parameters) -> events before (may rewrite
//! them; then they are read again) -> **run** -> events after (may rewrite the answer, add outbox rows) -> policies after ->
//! audit row -> one commit -> answer.
//!
//! `run` *decides*: it reads, and pushes guarded changes to [`Call::batch`]. Nothing is written before the commit at the end. When
//! a guard finds that the state has changed meanwhile, run and the hooks after it are repeated on the new state, up to
//! three times. A [`Failure`] drops the batch; only the audit row is written. What must be stored although the answer is
//! no (a fail counter) is therefore `Ok` with an answer that says so.
//!
//! To add an operation: one file with a unit struct that implements [`Operation`], and a route, page or command that performs
//! it. To add a hook: a [`Hook`] and its line in [`Hooks`].

mod call;
mod caller;
mod contract;
mod events;
mod failure;
mod hooks;
mod params;
mod perform;
mod rights;
#[cfg(test)]
mod tests;

pub use call::{About, Call};
pub use caller::{Administrator, Caller};
pub use contract::{Access, Answer, Authentication, FromParams, Operation, Target};
pub use events::EVENTS;
pub use failure::{Code, Failure};
pub use hooks::{Hook, Hooks};
pub use params::{ParamError, Params, truthy};
pub use perform::{Done, perform};
