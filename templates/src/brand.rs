//! How a realm or client presents itself.

use std::collections::BTreeMap;

use crate::{Accent, Lang};

/// Name, logo, colour and texts of a realm or client; the default is Symbolon's own.
#[derive(Clone, Default)]
pub struct Brand {
    /// Name beside the logo and in titles; empty means "Symbolon".
    pub name: String,
    /// Image that replaces Symbolon's mark; ignored unless [`crate::url::image`] accepts it.
    pub logo_url: Option<String>,
    /// Colour of buttons, links and focus.
    pub accent: Option<Accent>,
    /// Words of the organisation itself.
    pub texts: BrandTexts,
}

impl Brand {
    /// A brand that only has a name.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// The name that is shown.
    pub fn shown_name(&self) -> &str {
        if self.name.trim().is_empty() { "Symbolon" } else { &self.name }
    }
}

/// Words of the organisation, shown as plain text.
#[derive(Clone, Default)]
pub struct BrandTexts {
    /// A sentence under the heading of the sign-in page.
    pub welcome: Localized,
    /// Whom to turn to, shown on sign-in and error pages: "IT service desk, extension 1234".
    pub help: Localized,
    /// Links at the foot of each page: imprint, privacy.
    pub links: Vec<BrandLink>,
}

/// A link at the foot of each page.
#[derive(Clone)]
pub struct BrandLink {
    /// What it is called.
    pub label: Localized,
    /// Where it leads; ignored unless [`crate::url::link`] accepts it.
    pub url: String,
}

/// A text in one or more languages.
#[derive(Clone, Default)]
pub struct Localized(BTreeMap<String, String>);

impl Localized {
    /// A text that serves every language.
    pub fn any(text: impl Into<String>) -> Self {
        Self(BTreeMap::from([(String::new(), text.into())]))
    }

    /// Adds the text for one language.
    pub fn with(mut self, lang: Lang, text: impl Into<String>) -> Self {
        self.0.insert(lang.tag().into(), text.into());
        self
    }

    /// The text for `lang`, else the one for every language, else any.
    pub fn get(&self, lang: Lang) -> Option<&str> {
        self.0.get(lang.tag()).or_else(|| self.0.get("")).or_else(|| self.0.values().next()).map(String::as_str)
    }
}
