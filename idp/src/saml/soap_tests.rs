use proptest::prelude::*;

use super::super::gate::GateError;
use super::super::names::algorithm;
use super::super::tests::{ACS, Party, request, template};
use super::super::verify::{self, Received};
use super::*;

fn envelope(header: &str, body: &str) -> String {
    format!("<e:Envelope xmlns:e=\"{}\" xmlns=\"urn:around\">{header}<e:Body>{body}</e:Body></e:Envelope>", ns::SOAP)
}

#[test]
fn what_is_written_is_read() {
    let message = "<samlp:A xmlns:samlp=\"urn:p\" ID=\"_1\">x</samlp:A>";
    // With the namespace of the envelope, which nothing in it uses.
    let alone = message.replacen("<samlp:A ", &format!("<samlp:A xmlns:soap11=\"{}\" ", ns::SOAP), 1);
    assert_eq!(read(&write(message)), Ok(alone.clone()));
    assert_eq!(read(&with_header("<h:x xmlns:h=\"urn:h\"></h:x>", message)), Ok(alone));
    assert_eq!(read(&fault(FaultCode::Server, "no & never")), Err(SoapError::Fault));
}

#[test]
fn namespaces_around_a_message_go_with_it() {
    let body = "<p:a x='1'><b/></p:a>";
    let text = format!(
        "<e:Envelope xmlns:e=\"{}\" xmlns:p=\"urn:outer\"><e:Body xmlns:p=\"urn:p&amp;q\" xmlns=\"urn:b\">{body}</e:Body></e:Envelope>",
        ns::SOAP
    );
    let alone = read(&text).unwrap();
    let doc = xml::parse(&alone, &Limits::MESSAGE).unwrap();
    let root = Element::root(&doc).unwrap();
    assert!(root.is("urn:p&q", "a") && root.children().next().unwrap().is("urn:b", "b"), "{alone}");
    // What it declares itself wins, and the text is as it came.
    let own = read(&envelope("", "<p:a xmlns:p=\"urn:own\"/>")).unwrap();
    assert_eq!(own, format!("<p:a xmlns=\"urn:around\" xmlns:e=\"{}\" xmlns:p=\"urn:own\"/>", ns::SOAP));
}

#[test]
fn signed_messages_stay_signed() {
    let party = Party::rsa();
    let signed =
        party.sign(&request("_s", &format!("AssertionConsumerServiceURL=\"{ACS}\""), &template("_s", algorithm::RSA_SHA256)));
    // Namespaces that the message uses are declared around it, as many write it.
    let moved = signed.replacen(" xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"", "", 1);
    let around =
        format!("<e:Envelope xmlns:e=\"{}\" xmlns:samlp=\"{}\"><e:Body>{moved}</e:Body></e:Envelope>", ns::SOAP, ns::PROTOCOL);
    for text in [envelope("", &signed), envelope("<e:Header/>", &signed), around] {
        let alone = read(&text).unwrap();
        let doc = verify::parse(&alone).unwrap();
        let received = Received::new(&alone, &doc).unwrap();
        assert!(received.is_signed());
        assert_eq!(received.verify(&[party.party_key()]), Ok(()), "{alone}");
    }
}

#[test]
fn signed_parts_beside_the_message_prove_nothing() {
    let party = Party::rsa();
    let signed = party.sign(&request("_s", "", &template("_s", algorithm::RSA_SHA256)));
    let signature = &signed[signed.find("<ds:Signature ").unwrap()..signed.find("</ds:Signature>").unwrap() + 15];
    let evil = |behind: &str| request("_evil", "", behind);
    let verdict = |text: &str| {
        let alone = read(text).map_err(|_| GateError::Place)?;
        let doc = verify::parse(&alone)?;
        let received = Received::new(&alone, &doc)?;
        received.verify(&[party.party_key()])?;
        if received.is_signed() { Ok(()) } else { Err(GateError::Unsigned) }
    };
    assert_eq!(verdict(&envelope("", &signed)), Ok(()));
    for (name, text, expected) in [
        ("original in the header", envelope(&format!("<e:Header>{signed}</e:Header>"), &evil("")), GateError::Unsigned),
        ("original beside it", envelope("", &format!("{}{signed}", evil(""))), GateError::Place),
        (
            "original behind the body",
            envelope("", &evil("")).replace("</e:Envelope>", &format!("{signed}</e:Envelope>")),
            GateError::Place,
        ),
        ("two bodies", envelope(&format!("<e:Body>{signed}</e:Body>"), &evil("")), GateError::Place),
        ("signature in the header", envelope(&format!("<e:Header>{signature}</e:Header>"), &evil("")), GateError::Unsigned),
        ("signature of another message", envelope("", &evil(signature)), GateError::Reference),
        (
            "same ID, original in the header",
            envelope(&format!("<e:Header>{signed}</e:Header>"), &request("_s", "ForceAuthn=\"true\"", signature)),
            GateError::Signature,
        ),
        ("original inside", envelope("", &evil(&signed)), GateError::Place),
    ] {
        assert_eq!(verdict(&text), Err(expected), "{name}");
    }
}

#[test]
fn other_envelopes_are_refused() {
    let block = |attributes: &str| envelope(&format!("<e:Header><x {attributes}/></e:Header>"), "<a/>");
    assert_eq!(read(&block("e:mustUnderstand=\"1\"")), Err(SoapError::MustUnderstand));
    assert_eq!(read(&block(&format!("e:mustUnderstand=\"1\" e:actor=\"{NEXT}\""))), Err(SoapError::MustUnderstand));
    assert!(
        read(&block("e:mustUnderstand=\"1\" e:actor=\"urn:other\"")).is_ok() && read(&block("e:mustUnderstand=\"0\"")).is_ok()
    );
    let twelve = envelope("", "<a/>").replace(ns::SOAP, "http://www.w3.org/2003/05/soap-envelope");
    assert_eq!(read(&twelve), Err(SoapError::Version));
    assert_eq!(read(&envelope("", "")), Err(SoapError::Xml(XmlError::Element("inside Body"))));
    for bad in ["", "<a/>", "{}", "<!DOCTYPE x><a/>"] {
        assert!(matches!(read(bad), Err(SoapError::Xml(_))), "{bad}");
    }
    let huge = envelope("", &format!("<a>{}</a>", "x".repeat(70_000)));
    assert_eq!(read(&huge), Err(SoapError::Xml(XmlError::TooLong)));
}

proptest! {
    #[test]
    fn foreign_bytes_never_panic(text in "[<>/=\"'a-z: ]{0,200}", body in "[<>/=\"'a-z: ]{0,200}") {
        let _ = read(&text);
        let _ = read(&envelope("", &body));
    }
}
