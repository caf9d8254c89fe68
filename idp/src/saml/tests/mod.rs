//! A service provider whose keys we hold, and tests of what becomes of its messages.

mod artifact;
pub(in crate::saml) mod bytes;
mod fuzz;
mod more;
mod names;
mod published;
mod rate;
mod slo;
mod slo_attacks;
mod sso;
mod wrapping;

use data_encoding::BASE64;
use gamlastan::crypto::keys::loader;
use gamlastan::crypto::{KeyUsage, KeysManager, SamlSigner};
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{Asn1Flag, EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::{X509Builder, X509NameBuilder};

use super::names::{algorithm, ns};
use super::verify::PartyKey;

pub(crate) const ENTITY: &str = "https://sp.example/metadata";
pub(crate) const ACS: &str = "https://sp.example/acs";

/// A service provider.
pub(crate) struct Party {
    pub(crate) key: PKey<Private>,
    pub(crate) certificate: Vec<u8>,
}

impl Party {
    pub(crate) fn rsa() -> Self {
        Self::with(PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap())
    }

    pub(crate) fn ec() -> Self {
        let mut group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
        group.set_asn1_flag(Asn1Flag::NAMED_CURVE);
        Self::with(PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap())
    }

    /// With a certificate that expired long ago: what counts is that it stands in the metadata.
    pub(crate) fn with(key: PKey<Private>) -> Self {
        let mut name = X509NameBuilder::new().unwrap();
        name.append_entry_by_text("CN", "sp.example").unwrap();
        let name = name.build();
        let mut builder = X509Builder::new().unwrap();
        builder.set_version(2).unwrap();
        builder.set_serial_number(&BigNum::from_u32(1).unwrap().to_asn1_integer().unwrap()).unwrap();
        builder.set_subject_name(&name).unwrap();
        builder.set_issuer_name(&name).unwrap();
        builder.set_not_before(&Asn1Time::from_unix(1_000_000_000).unwrap()).unwrap();
        builder.set_not_after(&Asn1Time::from_unix(1_100_000_000).unwrap()).unwrap();
        builder.set_pubkey(&key).unwrap();
        builder.sign(&key, MessageDigest::sha256()).unwrap();
        Self { certificate: builder.build().to_der().unwrap(), key }
    }

    pub(crate) fn party_key(&self) -> PartyKey {
        PartyKey::read(&self.certificate).unwrap()
    }

    /// Has a library sign an element that holds a [`template`].
    pub(crate) fn sign(&self, xml: &str) -> String {
        let mut key = loader::load_pem_auto(&self.key.private_key_to_pem_pkcs8().unwrap(), None).unwrap();
        key.usage = KeyUsage::Sign;
        let mut keys = KeysManager::new();
        keys.add_key(key);
        SamlSigner::new(keys).sign_enveloped(xml).unwrap()
    }

    /// Metadata; `role` are further attributes of its role, `more` further elements in it.
    pub(crate) fn metadata(&self, role: &str, more: &str) -> String {
        let (certificate, signature, metadata, protocol) =
            (BASE64.encode(&self.certificate), ns::SIGNATURE, ns::METADATA, ns::PROTOCOL);
        format!(
            "<?xml version=\"1.0\"?><!-- made by hand --><md:EntityDescriptor xmlns:md=\"{metadata}\" entityID=\"{ENTITY}\">\
             <md:SPSSODescriptor protocolSupportEnumeration=\"{protocol}\" {role}>\
             <md:Extensions><ui:UIInfo xmlns:ui=\"{ui}\"><ui:DisplayName xml:lang=\"en\">Field Notes</ui:DisplayName>\
             <ui:Logo height=\"1\" width=\"1\">javascript:alert(1)</ui:Logo></ui:UIInfo></md:Extensions>\
             <md:KeyDescriptor><ds:KeyInfo xmlns:ds=\"{signature}\"><ds:X509Data><ds:X509Certificate>\n{certificate}\n</ds:X509Certificate>\
             </ds:X509Data></ds:KeyInfo></md:KeyDescriptor>{more}\
             <md:AssertionConsumerService index=\"0\" Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact\" Location=\"{ACS}/artifact\"/>\
             <md:AssertionConsumerService index=\"1\" Binding=\"{post}\" Location=\"{ACS}\"/>\
             <md:AssertionConsumerService index=\"2\" Binding=\"{post}\" Location=\"{ACS}/two\"/>\
             <md:AssertionConsumerService index=\"3\" Binding=\"{paos}\" Location=\"{ACS}/paos\"/>\
             </md:SPSSODescriptor></md:EntityDescriptor>",
            ui = ns::UI,
            post = super::names::binding::POST,
            paos = super::names::binding::PAOS,
        )
    }
}

/// The place of a signature, for [`Party::sign`].
pub(crate) fn template(id: &str, method: &str) -> String {
    let (exc, enveloped, sha256) = (algorithm::EXC_C14N, algorithm::ENVELOPED, algorithm::SHA256);
    format!(
        "<ds:Signature xmlns:ds=\"{}\"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"{exc}\"/>\
         <ds:SignatureMethod Algorithm=\"{method}\"/><ds:Reference URI=\"#{id}\"><ds:Transforms>\
         <ds:Transform Algorithm=\"{enveloped}\"/><ds:Transform Algorithm=\"{exc}\"/></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"{sha256}\"/><ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/></ds:Signature>",
        ns::SIGNATURE
    )
}

/// A request with attributes of its own, and whatever comes behind the issuer.
pub(crate) fn request(id: &str, attributes: &str, behind: &str) -> String {
    let (protocol, assertion) = (ns::PROTOCOL, ns::ASSERTION);
    format!(
        "<samlp:AuthnRequest xmlns:samlp=\"{protocol}\" xmlns:saml=\"{assertion}\" ID=\"{id}\" Version=\"2.0\" \
         IssueInstant=\"2023-11-14T22:13:20Z\" {attributes}><saml:Issuer>{ENTITY}</saml:Issuer>{behind}</samlp:AuthnRequest>"
    )
}
