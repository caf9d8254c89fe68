//! Salesforce.

use super::{Parameter, Preset};

pub(super) static PRESET: Preset = Preset {
    name: "salesforce",
    title: "Salesforce",
    parameters: &[Parameter { name: "domain", about: "the name of My Domain", example: "acme" }],
    entity_id: "https://{domain}.my.salesforce.com",
    consumer: "https://{domain}.my.salesforce.com",
    settings: &[("name_id_format", "unspecified"), ("name_id_attribute", "email")],
    notes: &[
        "The name is compared with the Federation ID (or the user name) of the account, as chosen in the single sign-on settings; here it \
         is the mail address.",
        "Sandboxes and Experience sites have other addresses. The single sign-on settings offer metadata to download, which name them: \
         register that with these settings.",
    ],
    sources: &[
        "https://help.salesforce.com/s/articleView?id=sf.sso_saml.htm",
        "https://help.salesforce.com/s/articleView?id=sf.sso_saml_setting_up.htm",
    ],
};
