//! Nextcloud with the app `user_saml`.

use super::{Parameter, Preset};

pub(super) static PRESET: Preset = Preset {
    name: "nextcloud",
    title: "Nextcloud",
    parameters: &[Parameter {
        name: "base",
        about: "host and path up to the front controller; without `/index.php` where addresses are pretty",
        example: "cloud.example.org/index.php",
    }],
    entity_id: "https://{base}/apps/user_saml/saml/metadata",
    consumer: "https://{base}/apps/user_saml/saml/acs",
    settings: &[
        ("name_id_format", "persistent"),
        ("claims", r#"[{"claim": "groups", "attribute": "groups", "multiple": true}]"#),
        ("attribute_names", r#"{"preferred_username": {"name": "uid"}, "name": {"name": "displayname"}}"#),
    ],
    notes: &[
        "In Nextcloud map the UID to `uid`, the display name to `displayname`, the mail address to `email`, groups to `groups`.",
        "Nextcloud publishes its metadata at its entityID: `symbolon sp add --metadata URL` also learns its key.",
    ],
    sources: &["https://docs.nextcloud.com/server/latest/admin_manual/configuration_user/user_auth_saml.html"],
};
