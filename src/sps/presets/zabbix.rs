//! Zabbix.

use super::{Parameter, Preset};

pub(super) static PRESET: Preset = Preset {
    name: "zabbix",
    title: "Zabbix",
    parameters: &[Parameter { name: "path", about: "host and path of the web interface", example: "monitor.example.org/zabbix" }],
    entity_id: "https://{path}",
    consumer: "https://{path}/index_sso.php?acs",
    settings: &[
        ("name_id_format", "persistent"),
        ("claims", r#"[{"claim": "groups", "attribute": "groups", "multiple": true}]"#),
        ("attribute_names", r#"{"preferred_username": {"name": "username"}}"#),
    ],
    notes: &[
        "In Zabbix write `https://PATH` as the SP entity ID and `username` as the username attribute; for provisioning `groups`, \
         `given_name` and `family_name`.",
        "Our certificate goes to `conf/certs/idp.crt` (or into the form, from 7.4 on).",
    ],
    sources: &[
        "https://www.zabbix.com/documentation/current/en/manual/web_interface/frontend_sections/users/authentication/saml",
    ],
};
