//! Slack.

use super::{Parameter, Preset};

pub(super) static PRESET: Preset = Preset {
    name: "slack",
    title: "Slack",
    parameters: &[Parameter { name: "workspace", about: "the name of the workspace in its address", example: "acme" }],
    entity_id: "https://slack.com",
    consumer: "https://{workspace}.slack.com/sso/saml",
    settings: &[
        ("name_id_format", "persistent"),
        ("attribute_format", "unspecified"),
        (
            "attribute_names",
            r#"{"email": {"name": "User.Email"}, "preferred_username": {"name": "User.Username"}, "given_name": {"name": "first_name"}, "family_name": {"name": "last_name"}}"#,
        ),
    ],
    notes: &[
        "Slack wants the response to be signed, which it is unless `sign` says otherwise.",
        "There is one entityID for all workspaces: a second one has to be added to the metadata as a further AssertionConsumerService.",
    ],
    sources: &["https://slack.com/help/articles/205168057-Custom-SAML-single-sign-on"],
};
