//! Grafana Enterprise and Cloud.

use super::{Parameter, Preset};

pub(super) static PRESET: Preset = Preset {
    name: "grafana",
    title: "Grafana",
    parameters: &[Parameter {
        name: "host",
        about: "the host, with the path of Grafana if it has one",
        example: "grafana.example.org",
    }],
    entity_id: "https://{host}/saml/metadata",
    consumer: "https://{host}/saml/acs",
    settings: &[
        ("name_id_format", "transient"),
        ("claims", r#"[{"claim": "groups", "attribute": "groups", "multiple": true}]"#),
        (
            "attribute_names",
            r#"{"name": {"name": "displayName"}, "email": {"name": "mail"}, "preferred_username": {"name": "login"}}"#,
        ),
    ],
    notes: &[
        "Grafana reads `displayName` and `mail` unless told otherwise; with `assertion_attribute_login = login` and \
         `assertion_attribute_groups = groups` it reads login names and groups from here as well.",
        "Grafana publishes its metadata: `symbolon sp add --metadata https://HOST/saml/metadata` also learns its key.",
    ],
    sources: &["https://grafana.com/docs/grafana/latest/setup-grafana/configure-access/configure-authentication/saml/"],
};
