//! A fuzzer for each reader of foreign bytes: good inputs are cut, doubled, swapped and mixed with each other, and whatever comes
//! of it must be read or refused, soon, and never wrongly believed. A few thousand inputs, or ten minutes each at full scale.

#![allow(clippy::print_stdout, reason = "what was tried is shown with --nocapture")]

use std::sync::LazyLock;
use std::time::Duration;

use data_encoding::BASE64;
use kernel::Entropy;
use kernel::clock::Stopwatch;

use super::super::artifact::{Resolve, handle};
use super::super::decode::Incoming;
use super::super::names::{algorithm, ns};
use super::super::query::AttributeQuery;
use super::super::request::AuthnRequest;
use super::super::slo::{LogoutRequest, LogoutResponse};
use super::super::soap;
use super::super::verify::{self, Received};
use super::super::xml::{Element, Limits, XmlError};
use super::wrapping::{accept, signed};
use super::{ACS, Party, request, template};
use crate::party::sp::Metadata;

/// No input may take longer.
const SOON: Duration = Duration::from_secs(2);

/// Pieces that parsers trip over.
const PIECES: &[&str] = &[
    "<",
    ">",
    "/>",
    "</",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?xml version=\"1.0\"?>",
    "<!DOCTYPE a [",
    "&lt;",
    "&#0;",
    "&#x10FFFF;",
    "&a;",
    "\"",
    "'",
    "=",
    " xmlns=\"\"",
    " xmlns:a=\"urn:a\"",
    " ID=\"_good\"",
    " xml:lang=\"en\"",
    "\u{0}",
    "\u{feff}",
    "\u{202e}",
    "%",
    "%0",
    "%ff",
    "&",
    "+",
    "\r\n",
    "<ds:Signature>",
    "</ds:Signature>",
    "urn:oasis:names:tc:SAML:2.0:protocol",
    "SAMLRequest=",
    "Signature=",
    "SigAlg=",
];

/// One change of a text.
fn change(chance: &Entropy, bytes: &mut Vec<u8>, others: &[Vec<u8>]) {
    let below = |n: usize| chance.below(n.max(1));
    let (at, len) = (below(bytes.len() + 1), below(40));
    let end = (at + len).min(bytes.len());
    match below(8) {
        0 => drop(bytes.drain(at..end)),
        1 => bytes.insert(at, chance.bytes::<1>()[0]),
        2 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << below(8);
            }
        }
        3 => {
            let again = bytes[at..end].to_vec();
            bytes.splice(at..at, again);
        }
        4 => {
            let other = &others[below(others.len())];
            let from = below(other.len());
            let part = other[from..(from + below(400)).min(other.len())].to_vec();
            bytes.splice(at..at, part);
        }
        5 => {
            let moved: Vec<u8> = bytes.drain(at..end).collect();
            let to = below(bytes.len() + 1);
            bytes.splice(to..to, moved);
        }
        6 => {
            let many = PIECES[below(PIECES.len())].repeat(1 + below(200));
            bytes.splice(at..at, many.into_bytes());
        }
        _ => drop(bytes.splice(at..end, PIECES[below(PIECES.len())].bytes())),
    }
}

/// Feeds `read` with changed `seeds`.
pub(in crate::saml) fn fuzz(name: &str, seeds: &[String], read: impl Fn(&str)) {
    let seeds: Vec<Vec<u8>> = seeds.iter().map(|seed| seed.clone().into_bytes()).collect();
    let chance = Entropy::seeded(0x5a17);
    let (watch, long) = (Stopwatch::start(), Duration::from_secs(600));
    let mut tried = 0_u64;
    while if db::testing::full_scale() { watch.elapsed() < long } else { tried < 1500 } {
        let mut bytes = seeds[chance.below(seeds.len())].clone();
        for _ in 0..=chance.below(6) {
            change(&chance, &mut bytes, &seeds);
        }
        let text = String::from_utf8_lossy(&bytes);
        let one = Stopwatch::start();
        read(&text);
        assert!(one.elapsed() < SOON, "{name}: {:?} for {text}", one.elapsed());
        tried += 1;
    }
    println!("fuzz: {name}: {tried} inputs, none taken wrongly");
}

static PARTY: LazyLock<Party> = LazyLock::new(Party::rsa);

/// A message that the party has signed.
fn message(name: &str, content: &str) -> String {
    let text = format!(
        "<samlp:{name} xmlns:samlp=\"{}\" xmlns:saml=\"{}\" ID=\"_ask\" Version=\"2.0\" IssueInstant=\"2023-11-14T22:13:20Z\">\
         <saml:Issuer>urn:x</saml:Issuer>{}{content}</samlp:{name}>",
        ns::PROTOCOL,
        ns::ASSERTION,
        template("_ask", algorithm::RSA_SHA256)
    );
    PARTY.sign(&text)
}

fn asked() -> String {
    message("ArtifactResolve", "<samlp:Artifact>AAQAAA==</samlp:Artifact>")
}

/// What a message says, if the party has signed it.
fn believed<T>(text: &str, read: impl FnOnce(Element<'_>) -> Result<T, XmlError>) -> Option<T> {
    let doc = verify::parse(text).ok()?;
    let received = Received::new(text, &doc).ok()?;
    let is_proven = received.is_signed() && received.verify(&[PARTY.party_key()]).is_ok();
    if is_proven { read(received.claimed()).ok() } else { None }
}

/// Whatever is changed in a signed message: it is refused, or says the same.
fn says_the_same<T: PartialEq + std::fmt::Debug>(name: &str, text: String, read: impl Fn(Element<'_>) -> Result<T, XmlError>) {
    let original = believed(&text, &read).expect("it is believed as it is");
    fuzz(name, &[text], |text| {
        if let Some(said) = believed(text, &read) {
            assert_eq!(said, original, "{text}");
        }
    });
}

const SUBJECT: &str = "<saml:NameID Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\" NameQualifier=\"urn:idp\" \
                       SPNameQualifier=\"urn:x\">somebody &amp; co</saml:NameID>";

#[test]
fn logout_requests() {
    let content = format!("{SUBJECT}<samlp:SessionIndex>one</samlp:SessionIndex><samlp:SessionIndex>two</samlp:SessionIndex>");
    says_the_same("logout requests", message("LogoutRequest", &content), LogoutRequest::read);
}

#[test]
fn logout_answers() {
    let content = "<samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Responder\"><samlp:StatusCode \
                   Value=\"urn:oasis:names:tc:SAML:2.0:status:PartialLogout\"/></samlp:StatusCode></samlp:Status>";
    says_the_same("logout answers", message("LogoutResponse", content), LogoutResponse::read);
}

#[test]
fn attribute_queries() {
    let content = format!(
        "<saml:Subject>{SUBJECT}</saml:Subject><saml:Attribute Name=\"groups\" \
         NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:basic\"><saml:AttributeValue>staff</saml:AttributeValue>\
         </saml:Attribute><saml:Attribute Name=\"mail\"/>"
    );
    says_the_same("attribute queries", message("AttributeQuery", &content), AttributeQuery::read);
}

#[test]
fn requests() {
    let contexts = "<samlp:NameIDPolicy Format=\"urn:x\" SPNameQualifier=\"y\" AllowCreate=\"true\"/><samlp:RequestedAuthnContext \
                    Comparison=\"minimum\"><saml:AuthnContextClassRef>urn:c</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>\
                    <samlp:Scoping ProxyCount=\"0\"><samlp:RequesterID>urn:r</samlp:RequesterID></samlp:Scoping>";
    let seeds = [signed().to_owned(), request("_a", "ForceAuthn=\"true\" AssertionConsumerServiceIndex=\"1\"", contexts)];
    fuzz("requests", &seeds, |text| {
        if let Ok(url) = accept(text) {
            assert_eq!(url, ACS, "an address that nobody has signed: {text}");
        }
        if let Ok(doc) = verify::parse(text)
            && let Ok(received) = Received::new(text, &doc)
        {
            let _ = AuthnRequest::read(received.claimed());
        }
    });
}

#[test]
fn metadata() {
    let entity = PARTY.metadata("AuthnRequestsSigned=\"true\"", "<md:NameIDFormat>urn:x</md:NameIDFormat>");
    fuzz("metadata", &[entity], |text| {
        if let Ok(read) = Metadata::read(text) {
            assert!(!read.consumers.is_empty() && read.entity_id.len() <= 191, "{text}");
        }
    });
}

#[test]
fn envelopes() {
    let seeds = [
        soap::write(&asked()),
        soap::with_header("<h:x xmlns:h=\"urn:h\" soap11:mustUnderstand=\"0\"></h:x>", signed()),
        asked(),
    ];
    fuzz("envelopes", &seeds, |text| {
        let Ok(message) = soap::read(text) else { return };
        assert!(message.len() < 2 * Limits::MESSAGE.bytes(), "an envelope does not grow what is in it");
        if let Some(resolve) = believed(&message, Resolve::read) {
            assert_eq!(resolve.artifact, "AAQAAA==", "{text}");
        }
    });
}

#[test]
fn artifacts() {
    let source = [7; 20];
    let good = BASE64.encode(&[&[0, 4, 0, 0][..], &source, &[9; 20]].concat());
    fuzz("artifacts", &[good, "AAQAAA==".to_owned()], |text| {
        if let Some(handle) = handle(text, &source) {
            assert_eq!(handle.len(), 20);
        }
    });
}

#[test]
fn queries() {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, request("_a", "", "").as_bytes()).unwrap();
    let packed: String = url::form_urlencoded::byte_serialize(BASE64.encode(&encoder.finish().unwrap()).as_bytes()).collect();
    let form: String = url::form_urlencoded::byte_serialize(BASE64.encode(signed().as_bytes()).as_bytes()).collect();
    let seeds = [
        format!(
            "SAMLRequest={packed}&RelayState=a%2fb&SigAlg={}&Signature=AAAA",
            "http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23rsa-sha256"
        ),
        format!("SAMLRequest={form}&RelayState=x"),
    ];
    let keys = [PARTY.party_key()];
    fuzz("queries", &seeds, |text| {
        for incoming in [Incoming::redirect(text), Incoming::post(text)].into_iter().flatten() {
            assert!(incoming.text.len() <= Limits::MESSAGE.bytes());
            assert!(incoming.detached.is_none_or(|signature| signature.verify(&keys).is_err()), "nobody has signed {text}");
        }
    });
}
