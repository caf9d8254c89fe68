//! Atlassian Cloud (Atlassian Guard).

use super::{Parameter, Preset};

pub(super) static PRESET: Preset = Preset {
    name: "atlassian",
    title: "Atlassian",
    parameters: &[Parameter {
        name: "id",
        about: "the last part of the service provider's entity URL that Atlassian shows",
        example: "a1b2c3d4-0000-1111-2222-333344445555",
    }],
    entity_id: "https://auth.atlassian.com/saml/{id}",
    consumer: "https://auth.atlassian.com/login/callback?connection=saml-{id}",
    settings: &[
        ("name_id_format", "email"),
        ("claims", r#"[{"claim": "atlassian_id", "attribute": "username"}]"#),
        ("attribute_format", "unspecified"),
        (
            "attribute_names",
            r#"{"given_name": {"name": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname"}, "family_name": {"name": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname"}, "atlassian_id": {"name": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"}}"#,
        ),
    ],
    notes: &[
        "The name is the mail address of the person; the attribute `name` must be an identifier that never changes. Here it is the login \
         name: choose another attribute in `claims` if login names change.",
        "Atlassian shows both addresses when SAML single sign-on is being added to a directory under Security.",
    ],
    sources: &[
        "https://support.atlassian.com/security-and-access-policies/docs/configure-saml-single-sign-on-with-an-identity-provider/",
        "https://support.atlassian.com/atlassian-cloud/kb/configure-atlassian-guard-saml-single-sign-on-and-user-provisioning-for-customer-accounts/",
    ],
};
