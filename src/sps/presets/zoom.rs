//! Zoom.

use super::{Parameter, Preset};

pub(super) static PRESET: Preset = Preset {
    name: "zoom",
    title: "Zoom",
    parameters: &[Parameter { name: "vanity", about: "the vanity name of the account", example: "acme" }],
    entity_id: "{vanity}.zoom.us",
    consumer: "https://{vanity}.zoom.us/saml/SSO",
    settings: &[
        ("name_id_format", "email"),
        ("attribute_names", r#"{"given_name": {"name": "firstName"}, "family_name": {"name": "lastName"}}"#),
    ],
    notes: &[
        "In Zoom map the mail address to `email`, the names to `firstName` and `lastName` (SAML response mapping).",
        "If Zoom is set to the entityID with `https://` in front, metadata from `https://VANITY.zoom.us/saml/metadata/sp` says so: register that.",
    ],
    sources: &[
        "https://library.zoom.com/admin-corner/account-and-endpoint-management/sso-field-guide",
        "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0065685",
    ],
};
