//! Our own metadata (SAML metadata 2.4.3), signed.

use std::time::Duration;

use kernel::Timestamp;
use keys::ring::RingError;

use super::names::{PROTOCOL, binding, format, ns};
use super::sign::sign;
use super::xml::write::Writer;
use super::{Provider, time};
use crate::party::sp::Algorithm;

/// Whoever imported it should have looked again by then.
const VALID: Duration = Duration::from_secs(30 * 86_400);
/// How long parties may keep it; keys are published longer than this before they sign.
const CACHE: &str = "PT12H";

impl Provider {
    /// Our metadata with the certificates of all keys of the ring, signed by the RSA key.
    ///
    /// # Errors
    /// When the ring has no key, or fails.
    pub fn metadata(&self, now: Timestamp) -> Result<String, RingError> {
        let (id, until) = (self.new_id(), time::written(now + VALID));
        let mut before = Writer::default();
        let attributes = [
            ("xmlns:md", ns::METADATA),
            ("ID", id.as_str()),
            ("cacheDuration", CACHE),
            ("entityID", self.entity_id()),
            ("validUntil", until.as_str()),
        ];
        before.open("md:EntityDescriptor", &attributes);
        let mut after = Writer::default();
        let role = [("WantAuthnRequestsSigned", "false"), ("protocolSupportEnumeration", PROTOCOL)];
        after.element("md:IDPSSODescriptor", &role, |w| {
            for certificate in self.ring.xml_certificates() {
                w.element("md:KeyDescriptor", &[("use", "signing")], |w| {
                    w.element("ds:KeyInfo", &[("xmlns:ds", ns::SIGNATURE)], |w| {
                        w.element("ds:X509Data", &[], |w| w.leaf("ds:X509Certificate", &[], &certificate));
                    });
                });
            }
            for name in [format::PERSISTENT, format::TRANSIENT, format::EMAIL, format::UNSPECIFIED] {
                w.leaf("md:NameIDFormat", &[], name);
            }
            for way in [binding::REDIRECT, binding::POST] {
                w.leaf("md:SingleSignOnService", &[("Binding", way), ("Location", self.sso_url())], "");
            }
        });
        after.close("md:EntityDescriptor");
        sign(&self.ring, Algorithm::RsaSha256, &id, &before.finish(), &after.finish())
    }
}
