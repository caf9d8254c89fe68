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
        /// A sentence under the heading of the sign-in page.
        welcome: Option<String> = None;
        /// Whom to turn to, shown on sign-in and error pages.
        help: Option<String> = None;
    }
}
