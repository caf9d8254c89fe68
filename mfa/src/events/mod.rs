//! Event handlers: what an administrator has bound to operations, before or after.
//!
//! * A **handler** is one file: its name, positions, actions and typed options, declared; and how a bound action becomes
//!   something that acts ([`Act`]). One line in the list below.
//! * A **binding** ([`Binding`]) is what an administrator writes. It is checked against the declaration, kept as it is, and
//!   compiled by event and position, so that operations without handlers pay nothing.
//! * What a handler changes goes into the batch of the operation: it commits with it, once, or not at all.
//!
//! To add a handler: a file with a [`Handler`] and its line in `handlers!`.

mod binding;
mod counter;
mod counter_store;
mod handle;
mod handler;
pub mod ops;
pub(crate) mod store;

#[cfg(test)]
mod tests;

pub use binding::{Binding, Position};
pub use handle::Events;
pub use handler::{Act, ActionSpec, Handler, OptionSpec, OptionType, Options};

/// Declares the handlers.
macro_rules! handlers {
    ($($module:ident),+ $(,)?) => {
        /// Every handler.
        pub static HANDLERS: &[&Handler] = &[$(&$module::HANDLER),+];
        /// Statements of all handlers.
        pub(crate) fn statements() -> Vec<&'static db::Stmt> {
            [store::STATEMENTS, $($module::STATEMENTS),+].concat()
        }
    };
}

handlers! { counter }

/// The handler of this name.
pub fn handler(name: &str) -> Option<&'static Handler> {
    HANDLERS.iter().copied().find(|handler| handler.name == name)
}
