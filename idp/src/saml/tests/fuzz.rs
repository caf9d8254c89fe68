//! Foreign bytes in front of the gate: no panic, and a signed message says what was signed or nothing.

use proptest::prelude::*;

use super::super::verify::{self, Received};
use super::wrapping::{accept, signed};
use super::{ACS, request};
use crate::party::sp::Metadata;
use crate::saml::request::AuthnRequest;

/// Pieces of messages, whole and broken.
fn piece() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_a\">",
        "</samlp:AuthnRequest>",
        "<saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">x</saml:Issuer>",
        "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">",
        "<ds:SignedInfo>",
        "<ds:Reference URI=\"#_a\">",
        "</ds:Reference></ds:SignedInfo></ds:Signature>",
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"x\">",
        "<md:SPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">",
        "</md:SPSSODescriptor></md:EntityDescriptor>",
        "<a xmlns=\"urn:a\">",
        "</a>",
        "<!-- -->",
        "<?x?>",
        "<?xml version=\"1.0\"?>",
        "&amp;",
        "&#0;",
        "<![CDATA[",
        "]]>",
        "<",
        ">",
        "\"",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => "\\PC{0,12}", 1 => any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn nothing_panics(pieces in prop::collection::vec(piece(), 0..24)) {
        let text = pieces.concat();
        if let Ok(doc) = verify::parse(&text)
            && let Ok(received) = Received::new(&text, &doc)
        {
            let _ = AuthnRequest::read(received.claimed());
        }
        let _ = Metadata::read(&text);
        let wrapped = request("_a", "", &text);
        if let Ok(doc) = verify::parse(&wrapped)
            && let Ok(received) = Received::new(&wrapped, &doc)
        {
            let _ = AuthnRequest::read(received.claimed());
        }
    }

    #[test]
    fn a_changed_message_is_refused_or_says_the_same(at in any::<prop::sample::Index>(), byte in 0x20_u8..0x7f, len in 0_usize..3) {
        let mut bytes = signed().as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes.splice(at..(at + len).min(signed().len()), [byte]);
        let text = String::from_utf8(bytes).expect("ASCII");
        if let Ok(url) = accept(&text) {
            prop_assert_eq!(url, ACS);
        }
    }
}
