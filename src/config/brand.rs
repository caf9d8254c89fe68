//! `[brand]`

use super::declare::section;

section! {
    /// How the hosted pages present themselves.
    Brand = "brand" {
        /// Name shown on the pages and in authenticator apps.
        name: String = "Symbolon".to_owned();
        /// Accent colour as `#rrggbb`; unset means the built-in one.
        colour: Option<String> = None;
        /// Path or https URL of a logo; unset means the name as text.
        logo: Option<String> = None;
        /// Line under every page, such as an imprint.
        footer: Option<String> = None;
    }
}
