//! Every action that exists, one file for each scope (rights of administrators and users share one). To add an action:
//! one declaration there; whoever obeys it asks for the static.

pub mod attributes;
pub mod authentication;
pub mod authorization;
pub mod enrollment;
pub mod held;
pub mod rights;
pub mod sso;
pub mod webui;

use super::action::{About, Declared};

/// Everything declared.
pub(super) fn all() -> impl Iterator<Item = &'static dyn Declared> {
    let lists = [
        attributes::ACTIONS,
        authentication::ACTIONS,
        authorization::ACTIONS,
        enrollment::ACTIONS,
        held::ACTIONS,
        rights::RIGHTS,
        sso::ACTIONS,
        webui::ACTIONS,
    ];
    lists.into_iter().flatten().copied()
}

/// Part of [`actions!`](crate::actions).
#[doc(hidden)]
pub const fn about(doc: &'static str, group: &'static str, menus: &'static [&'static str]) -> About {
    About { doc, group, menus }
}
