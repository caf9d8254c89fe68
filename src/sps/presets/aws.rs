//! Amazon Web Services: the console, with roles of IAM.

use super::{Parameter, Preset};

pub(super) static PRESET: Preset = Preset {
    name: "aws",
    title: "AWS",
    parameters: &[Parameter { name: "account", about: "the number of the AWS account", example: "123456789012" }],
    entity_id: "urn:amazon:webservices",
    consumer: "https://signin.aws.amazon.com/saml",
    settings: &[
        ("name_id_format", "persistent"),
        ("idp_initiated", "true"),
        ("scopes", "openid"),
        (
            "claims",
            r#"[{"claim": "aws_role", "attribute": "aws_role", "match": "arn:aws:iam::{account}:role/*", "multiple": true, "required": true}, {"claim": "aws_session", "attribute": ["email", "username"]}]"#,
        ),
        ("attribute_format", "uri"),
        (
            "attribute_names",
            r#"{"aws_role": {"name": "https://aws.amazon.com/SAML/Attributes/Role"}, "aws_session": {"name": "https://aws.amazon.com/SAML/Attributes/RoleSessionName"}}"#,
        ),
    ],
    notes: &[
        "The attribute `aws_role` of a person holds pairs `arn:aws:iam::ACCOUNT:role/ROLE,arn:aws:iam::ACCOUNT:saml-provider/PROVIDER`, one \
         value for each role that the person may take; whoever has none cannot sign in. Let the resolver map it, or set a custom attribute.",
        "Sign-ins begin here: `https://id.example.org/saml/sso?sp=signin.aws.amazon.com`, or whatever id the service provider has.",
        "There is one entityID for all accounts, so that one registration serves all of them: change `match` to let in others.",
    ],
    sources: &[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_saml.html",
    ],
};
