//! Google Workspace.

use super::{Parameter, Preset};

pub(super) static PRESET: Preset = Preset {
    name: "google-workspace",
    title: "Google Workspace",
    parameters: &[Parameter { name: "domain", about: "the primary domain", example: "example.org" }],
    entity_id: "google.com/a/{domain}",
    consumer: "https://www.google.com/a/{domain}/acs",
    settings: &[("name_id_format", "email"), ("scopes", "openid"), ("audiences", "https://www.google.com/a/{domain}/acs")],
    notes: &[
        "For the profile of the whole organization, with a domain-specific issuer. The newer SSO profiles have addresses of their own, \
         which the admin console shows: put them into metadata as in the guide.",
        "The mail address of a person here is the primary address there, letter by letter.",
        "Super administrators sign in with their Google password whatever is configured.",
    ],
    sources: &["https://support.google.com/a/answer/6349809", "https://support.google.com/a/answer/6330801"],
};
