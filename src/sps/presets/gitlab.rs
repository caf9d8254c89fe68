//! GitLab on a machine of one's own.

use super::{Parameter, Preset};

pub(super) static PRESET: Preset = Preset {
    name: "gitlab",
    title: "GitLab",
    parameters: &[Parameter { name: "host", about: "the host of the instance", example: "gitlab.example.org" }],
    entity_id: "https://{host}",
    consumer: "https://{host}/users/auth/saml/callback",
    settings: &[
        ("name_id_format", "persistent"),
        ("claims", r#"[{"claim": "groups", "attribute": "groups", "multiple": true}]"#),
        (
            "attribute_names",
            r#"{"given_name": {"name": "first_name"}, "family_name": {"name": "last_name"}, "preferred_username": {"name": "nickname"}}"#,
        ),
    ],
    notes: &[
        "In `gitlab.rb` the provider `saml` gets `issuer: 'https://HOST'`, `name_identifier_format: \
         'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'`, `idp_sso_target_url` and `idp_cert`.",
        "The entityID is whatever `issuer` says there.",
        "GitLab.com names addresses of each group under its settings, and offers metadata: register that instead.",
    ],
    sources: &["https://docs.gitlab.com/integration/saml/", "https://docs.gitlab.com/user/group/saml_sso/"],
};
