//! What every page needs besides its view.

use std::sync::Arc;

use serde::Serialize;

use crate::{Brand, Lang, When};

/// Name of the hidden field that carries [`Ctx::csrf`] in every form.
pub const CSRF_FIELD: &str = "csrf";

/// The request's context for one page.
#[derive(Clone)]
pub struct Ctx {
    /// Language of all texts.
    pub lang: Lang,
    /// Name, logo, colour and texts of the realm or client.
    pub brand: Arc<Brand>,
    /// Nonce of the content security policy of this answer.
    pub nonce: String,
    /// Token against forged forms, bound to the browser.
    pub csrf: String,
    /// Shown on error pages, so that a help desk finds the log entry.
    pub request_id: String,
    /// Light, dark or as the device wishes.
    pub theme: Theme,
    /// Present time, for "today" and "yesterday".
    pub now: When,
    /// Minutes that local time is ahead of UTC.
    pub utc_offset_minutes: i32,
    /// Further hidden fields of every form, such as a flow's handle.
    pub hidden: Vec<Hidden>,
    /// Where the language can be changed; without it no choice is shown.
    pub language_switch: Option<LanguageSwitch>,
}

impl Ctx {
    /// A context with Symbolon's own brand, the device's theme and UTC.
    pub fn new(lang: Lang, nonce: String, csrf: String, request_id: String, now: When) -> Self {
        Self {
            lang,
            brand: Arc::new(Brand::default()),
            nonce,
            csrf,
            request_id,
            theme: Theme::Auto,
            now,
            utc_offset_minutes: 0,
            hidden: Vec::new(),
            language_switch: None,
        }
    }

    /// The same context with another brand.
    pub fn with_brand(mut self, brand: Arc<Brand>) -> Self {
        self.brand = brand;
        self
    }
}

/// One hidden form field.
#[derive(Clone, Serialize)]
pub struct Hidden {
    /// Field name.
    pub name: String,
    /// Field value.
    pub value: String,
}

/// A form that changes the language: posts `lang` and `return_to` to `action`.
#[derive(Clone)]
pub struct LanguageSwitch {
    /// Address that stores the choice (a cookie) and redirects to `return_to`.
    pub action: String,
    /// Path of the page to come back to; the receiver must check that it is a path of its own.
    pub return_to: String,
}

/// Which of the two colour sets is used.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the device prefers.
    #[default]
    Auto,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// Value of the `data-theme` attribute; empty for [`Theme::Auto`].
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Self::Auto => "",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}
