//! Microsoft 365: a domain of Microsoft Entra ID that is federated.

use super::{Parameter, Preset};

pub(super) static PRESET: Preset = Preset {
    name: "microsoft-365",
    title: "Microsoft 365",
    parameters: &[Parameter { name: "domain", about: "the federated domain", example: "example.org" }],
    entity_id: "urn:federation:MicrosoftOnline",
    consumer: "https://login.microsoftonline.com/login.srf",
    settings: &[
        ("name_id_format", "persistent"),
        ("scopes", "openid email"),
        ("claims", r#"[{"claim": "email", "attribute": "email", "match": "*@{domain}", "required": true}]"#),
        ("attribute_format", "unspecified"),
        ("attribute_names", r#"{"email": {"name": "IDPEmail"}}"#),
    ],
    notes: &[
        "`IDPEmail` is the user principal name of the person: the mail address here has to be the same.",
        "The persistent name that we give is the `ImmutableID` of the account: set it there for everybody (`OnPremisesImmutableId`). It is \
         different from the name for every other service provider and stays for good.",
        "Metadata of a newer kind: <https://nexus.microsoftonline-p.com/federationmetadata/saml20/federationmetadata.xml>.",
    ],
    sources: &["https://learn.microsoft.com/en-us/entra/identity/hybrid/connect/how-to-connect-fed-saml-idp"],
};
