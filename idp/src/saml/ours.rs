//! Our own metadata (SAML metadata 2.4.3), signed.

use std::time::Duration;

use kernel::Timestamp;
use keys::ring::RingError;

use super::names::{PROTOCOL, binding, format, ns};
use super::sign::{self, sign};
use super::xml::write::Writer;
use super::{Provider, duration, time};
use crate::party::sp::Algorithm;

/// A signed document is given out for so long, or for a tenth of the time for which it counts.
const KEPT: Duration = Duration::from_secs(60);

/// Somebody to turn to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contact {
    /// For whoever runs another system.
    Technical,
    /// For people who need help.
    Support,
    /// For security incidents (REFEDS, Sirtfi).
    Security,
}

/// What our metadata tells beside keys and addresses.
#[derive(Clone, Debug)]
pub struct Ours {
    /// Whoever imported it should have looked again by then.
    pub valid: Duration,
    /// How long parties may keep it; keys are published longer than this before they sign.
    pub cache: Duration,
    /// What people read in lists of identity providers.
    pub name: String,
    /// A sentence about it.
    pub description: Option<String>,
    /// A page about it.
    pub information: Option<String>,
    /// Its privacy policy.
    pub privacy: Option<String>,
    /// Address, width and height of a logo.
    pub logo: Option<(String, u16, u16)>,
    /// Name and home page of the organization.
    pub organization: Option<(String, String)>,
    /// Mail addresses.
    pub contacts: Vec<(Contact, String)>,
}

impl Default for Ours {
    fn default() -> Self {
        Self {
            valid: Duration::from_secs(30 * 86_400),
            cache: Duration::from_secs(12 * 3600),
            name: "Symbolon".to_owned(),
            description: None,
            information: None,
            privacy: None,
            logo: None,
            organization: None,
            contacts: Vec::new(),
        }
    }
}

impl Provider {
    /// Our metadata with the certificates of all keys of the ring, signed by the RSA key. Whoever asks a moment later gets the same
    /// document, unless anything in it has changed: signatures are dear, and anybody may ask.
    ///
    /// # Errors
    /// When the ring has no key, or fails.
    pub fn metadata(&self, now: Timestamp) -> Result<String, RingError> {
        let content = self.content(now);
        self.0.kept.document(content, now, KEPT.min(self.ours.valid / 10), |content| self.signed_metadata(content, now))
    }

    fn signed_metadata(&self, content: &str, now: Timestamp) -> Result<String, RingError> {
        let (id, until) = (self.new_id(), time::written(now + self.ours.valid));
        let cache = duration::written(self.ours.cache);
        let mut before = Writer::default();
        let attributes = [
            ("xmlns:md", ns::METADATA),
            ("ID", id.as_str()),
            ("cacheDuration", cache.as_str()),
            ("entityID", self.entity_id()),
            ("validUntil", until.as_str()),
        ];
        before.open("md:EntityDescriptor", &attributes);
        sign(&self.ring, Algorithm::RsaSha256, &id, &before.finish(), content)
    }

    /// Whatever stands behind the signature, which is all that may change: the key that signs is the first in it.
    fn content(&self, now: Timestamp) -> String {
        let mut after = Writer::default();
        let role = [("WantAuthnRequestsSigned", "false"), ("protocolSupportEnumeration", PROTOCOL)];
        after.element("md:IDPSSODescriptor", &role, |w| {
            self.ours.display(w, &self.scope());
            self.keys(w);
            let resolution =
                [("Binding", binding::SOAP), ("Location", &self.artifact_url()), ("index", "0"), ("isDefault", "true")];
            w.leaf("md:ArtifactResolutionService", &resolution, "");
            for (way, at) in
                [(binding::REDIRECT, self.slo_url()), (binding::POST, self.slo_url()), (binding::SOAP, self.slo_soap_url())]
            {
                w.leaf("md:SingleLogoutService", &[("Binding", way), ("Location", at)], "");
            }
            names(w);
            for way in [binding::REDIRECT, binding::POST] {
                w.leaf("md:SingleSignOnService", &[("Binding", way), ("Location", self.sso_url())], "");
            }
            if self.offers_ecp(now) {
                let ecp = [("Binding", binding::SOAP), ("Location", &*self.ecp_url())];
                w.leaf("md:SingleSignOnService", &ecp, "");
            }
        });
        if self.offers_queries(now) {
            after.element("md:AttributeAuthorityDescriptor", &[("protocolSupportEnumeration", PROTOCOL)], |w| {
                w.element("md:Extensions", &[], |w| scope(w, &self.scope()));
                self.keys(w);
                w.leaf("md:AttributeService", &[("Binding", binding::SOAP), ("Location", &self.query_url())], "");
                names(w);
            });
        }
        self.ours.organization(&mut after);
        after.close("md:EntityDescriptor");
        after.finish()
    }
}

impl Provider {
    /// The certificates of the keys that sign.
    fn keys(&self, w: &mut Writer) {
        for certificate in self.ring.xml_certificates() {
            w.element("md:KeyDescriptor", &[("use", "signing")], |w| {
                w.element("ds:KeyInfo", &[("xmlns:ds", ns::SIGNATURE)], |w| sign::certificate(w, &certificate));
            });
        }
    }
}

/// The forms of names that we give.
fn names(w: &mut Writer) {
    for name in [format::PERSISTENT, format::TRANSIENT, format::EMAIL, format::UNSPECIFIED] {
        w.leaf("md:NameIDFormat", &[], name);
    }
}

/// Names behind the `@` that are ours to give.
fn scope(w: &mut Writer, scope: &str) {
    w.leaf("shibmd:Scope", &[("xmlns:shibmd", ns::SHIBBOLETH), ("regexp", "false")], scope);
}

const ENGLISH: (&str, &str) = ("xml:lang", "en");

impl Ours {
    fn display(&self, w: &mut Writer, ours: &str) {
        let texts = [
            ("mdui:DisplayName", Some(&self.name)),
            ("mdui:Description", self.description.as_ref()),
            ("mdui:InformationURL", self.information.as_ref()),
            ("mdui:PrivacyStatementURL", self.privacy.as_ref()),
        ];
        w.element("md:Extensions", &[], |w| {
            scope(w, ours);
            w.element("mdui:UIInfo", &[("xmlns:mdui", ns::UI)], |w| {
                for (name, text) in texts {
                    text.into_iter().for_each(|text| w.leaf(name, &[ENGLISH], text));
                }
                if let Some((url, width, height)) = &self.logo {
                    w.leaf("mdui:Logo", &[("height", &height.to_string()), ("width", &width.to_string())], url);
                }
            });
        });
    }

    fn organization(&self, w: &mut Writer) {
        if let Some((name, url)) = &self.organization {
            w.element("md:Organization", &[], |w| {
                w.leaf("md:OrganizationName", &[ENGLISH], name);
                w.leaf("md:OrganizationDisplayName", &[ENGLISH], name);
                w.leaf("md:OrganizationURL", &[ENGLISH], url);
            });
        }
        for (contact, address) in &self.contacts {
            let attributes: &[(&str, &str)] = match contact {
                Contact::Technical => &[("contactType", "technical")],
                Contact::Support => &[("contactType", "support")],
                Contact::Security => &[
                    ("xmlns:remd", ns::REFEDS),
                    ("contactType", "other"),
                    ("remd:contactType", "http://refeds.org/metadata/contactType/security"),
                ],
            };
            w.element("md:ContactPerson", attributes, |w| {
                w.leaf("md:GivenName", &[], &self.name);
                w.leaf("md:EmailAddress", &[], &format!("mailto:{address}"));
            });
        }
    }
}
