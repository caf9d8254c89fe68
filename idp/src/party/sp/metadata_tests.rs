use super::*;
use crate::saml::tests::{ACS, ENTITY, Party};

#[test]
fn a_description_is_read() {
    let party = Party::rsa();
    let slo = "<md:SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"https://sp.example/slo\"/>\
               <md:NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:transient</md:NameIDFormat>";
    let text = party.metadata("AuthnRequestsSigned=\"1\" WantAssertionsSigned=\"true\" validUntil=\"2030-01-01T00:00:00Z\"", slo);
    let read = Metadata::read(&text).unwrap();
    assert_eq!(read.entity_id, ENTITY);
    assert!(read.requests_signed && read.wants_assertions_signed);
    assert_eq!(read.valid_until, Some(Timestamp::from_seconds(1_893_456_000)));
    assert_eq!(read.signing, std::slice::from_ref(&party.certificate));
    assert_eq!(read.encryption.len(), 1);
    assert_eq!(read.default_consumer().map(|c| (c.index, c.location.as_str())), Some((1, ACS)));
    assert_eq!(read.logout[0].location, "https://sp.example/slo");
    assert_eq!(read.name_id_formats, ["urn:oasis:names:tc:SAML:2.0:nameid-format:transient"]);
    assert_eq!(read.display.names["en"], "Field Notes");
    assert_eq!(read.display.logo, None);
}

#[test]
fn the_usual_consumer_is_found() {
    let text = Party::rsa().metadata("", "").replace("index=\"2\"", "index=\"2\" isDefault=\"true\"");
    assert_eq!(Metadata::read(&text).unwrap().default_consumer().unwrap().index, 2);
    let text = text.replace("index=\"1\"", "index=\"1\" isDefault=\"false\"").replace("isDefault=\"true\"", "");
    assert_eq!(Metadata::read(&text).unwrap().default_consumer().unwrap().index, 2);
}

#[test]
fn what_cannot_be_used_is_refused() {
    let good = Party::rsa().metadata("", "");
    let weak = Party::with(openssl::pkey::PKey::from_rsa(openssl::rsa::Rsa::generate(1024).unwrap()).unwrap());
    let changed = |from: &str, to: &str| {
        let text = good.replace(from, to);
        assert_ne!(text, good, "{from}");
        Metadata::read(&text).unwrap_err()
    };
    assert!(matches!(
        changed(&format!("Location=\"{ACS}\""), "Location=\"http://sp.example/acs\""),
        MetadataProblem::Address(..)
    ));
    assert!(matches!(changed(&format!("Location=\"{ACS}\""), "Location=\"javascript:alert(1)\""), MetadataProblem::Address(..)));
    let neither = good.replace("HTTP-POST", "HTTP-Redirect").replace("HTTP-Artifact", "HTTP-Redirect");
    assert_eq!(Metadata::read(&neither), Err(MetadataProblem::NoConsumer));
    assert_eq!(changed("SAML:2.0:protocol", "SAML:1.1:protocol"), MetadataProblem::Role);
    assert_eq!(changed(ENTITY, ""), MetadataProblem::EntityId);
    assert_eq!(changed("index=\"2\"", "index=\"1\""), MetadataProblem::Xml(XmlError::Attribute("index")));
    assert!(matches!(changed("X509Certificate", "X509Other"), MetadataProblem::Key(_)));
    assert_eq!(changed("<!-- made by hand -->", "<!DOCTYPE x>"), MetadataProblem::Xml(XmlError::Markup));
    assert!(matches!(Metadata::read(&weak.metadata("", "")).unwrap_err(), MetadataProblem::Key(text) if text.contains("1024")));
    let aggregate = "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\"/>";
    assert_eq!(Metadata::read(aggregate), Err(MetadataProblem::Aggregate));
    assert_eq!(Metadata::read("<html/>"), Err(MetadataProblem::Other));
    assert!(matches!(Metadata::read("no XML"), Err(MetadataProblem::Xml(_))));
    let keyless = good.replace("<md:KeyDescriptor>", "<!-- ").replace("</md:KeyDescriptor>", " -->");
    assert!(Metadata::read(&keyless).unwrap().signing.is_empty());
    let signing = keyless.replace("<md:SPSSODescriptor", "<md:SPSSODescriptor AuthnRequestsSigned=\"true\"");
    assert_eq!(Metadata::read(&signing), Err(MetadataProblem::NoKey));
}
