//! `[scim]`

use super::declare::section;

section! {
    /// Provisioning of people and groups by other programs (SCIM 2.0 below `/scim/v2`). Nobody may come as long as there is no client
    /// (`symbolon scim client add`).
    Scim = "scim" {
        /// How many requests each client may make in a minute, on each node.
        requests_per_minute: u32 = 3000;
    }
}
