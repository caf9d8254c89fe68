//! GitHub Enterprise Cloud.

use super::{Parameter, Preset};

pub(super) static PRESET: Preset = Preset {
    name: "github-enterprise",
    title: "GitHub",
    parameters: &[Parameter {
        name: "owner",
        about: "the organization or the enterprise, as in its address",
        example: "orgs/acme",
    }],
    entity_id: "https://github.com/{owner}",
    consumer: "https://github.com/{owner}/saml/consume",
    settings: &[
        ("name_id_format", "persistent"),
        (
            "attribute_names",
            r#"{"email": {"name": "emails"}, "name": {"name": "full_name"}, "preferred_username": {"name": "username"}}"#,
        ),
    ],
    notes: &[
        "`orgs/NAME` for an organization, `enterprises/NAME` for an enterprise.",
        "With enterprise managed users GitHub makes the account's name out of the NameID: then set `name_id_format=unspecified` and \
         `name_id_attribute` to an attribute that people can read and that never changes, before anybody signs in.",
        "GitHub Enterprise Server publishes its metadata: `symbolon sp add --metadata https://HOST/saml/metadata`.",
    ],
    sources: &[
        "https://docs.github.com/en/enterprise-cloud@latest/admin/managing-iam/iam-configuration-reference/saml-configuration-reference",
    ],
};
