//! Attacks on signed messages: each is refused, and nothing that was not signed is ever read.

use std::sync::LazyLock;

use super::super::gate::GateError;
use super::super::names::algorithm;
use super::super::request::{AuthnRequest, Wanted, issuer};
use super::super::verify::{self, PartyKey, Received};
use super::super::xml::XmlError;
use super::{ACS, ENTITY, Party, request, template};

static PARTY: LazyLock<Party> = LazyLock::new(Party::rsa);
static KEYS: LazyLock<Vec<PartyKey>> = LazyLock::new(|| vec![PARTY.party_key()]);

const EVIL: &str = "https://evil.example/acs";

fn url(url: &str) -> String {
    format!("AssertionConsumerServiceURL=\"{url}\"")
}

/// A request that the party has signed.
static SIGNED: LazyLock<String> =
    LazyLock::new(|| PARTY.sign(&request("_good", &url(ACS), &template("_good", algorithm::RSA_SHA256))));

/// The signature in it.
static SIGNATURE: LazyLock<String> = LazyLock::new(|| {
    let (from, to) = (SIGNED.find("<ds:Signature ").unwrap(), SIGNED.find("</ds:Signature>").unwrap());
    SIGNED[from..to + "</ds:Signature>".len()].to_owned()
});

/// The request without it.
static BARE: LazyLock<String> = LazyLock::new(|| SIGNED.replace(&*SIGNATURE, ""));

/// Takes a message that has to be signed; says where the answer would go.
pub(super) fn accept(text: &str) -> Result<String, GateError> {
    let doc = verify::parse(text)?;
    let received = Received::new(text, &doc)?;
    received.verify(&KEYS)?;
    if !received.is_signed() {
        return Err(GateError::Unsigned);
    }
    assert_eq!(issuer(received.claimed())?, ENTITY);
    match AuthnRequest::read(received.claimed())?.wanted {
        Wanted::Url(url) => Ok(url),
        other => panic!("{other:?}"),
    }
}

pub(super) fn signed() -> &'static str {
    &SIGNED
}

fn evil(behind: &str) -> String {
    request("_evil", &url(EVIL), behind)
}

fn extensions(inner: &str) -> String {
    format!("<samlp:Extensions>{inner}</samlp:Extensions>")
}

#[test]
fn what_the_party_has_signed_is_accepted() {
    assert_eq!(accept(&SIGNED), Ok(ACS.to_owned()));
    let declared = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", &*SIGNED);
    assert_eq!(accept(&declared), Ok(ACS.to_owned()));
    let ec = Party::ec();
    let text = ec.sign(&request("_ec", &url(ACS), &template("_ec", algorithm::ECDSA_SHA256)));
    let doc = verify::parse(&text).unwrap();
    let received = Received::new(&text, &doc).unwrap();
    assert_eq!(received.verify(&[PARTY.party_key(), ec.party_key()]), Ok(()));
    assert_eq!(received.verify(&KEYS), Err(GateError::Signature));
}

#[test]
fn lists_of_prefixes_are_short() {
    let exc = algorithm::EXC_C14N;
    let with = |list: &str| {
        let list = format!("<ec:InclusiveNamespaces xmlns:ec=\"{exc}\" {list}/>");
        let transform = format!("<ds:Transform Algorithm=\"{exc}\">{list}</ds:Transform>");
        let template = template("_l", algorithm::RSA_SHA256).replace(&format!("<ds:Transform Algorithm=\"{exc}\"/>"), &transform);
        accept(&PARTY.sign(&request("_l", &url(ACS), &template)))
    };
    assert_eq!(with("PrefixList=\"saml samlp\""), Ok(ACS.to_owned()));
    for bad in [
        format!("PrefixList=\"{}\"", "a ".repeat(17)),
        format!("PrefixList=\"{}\"", "a".repeat(257)),
        "PrefixList=\"a\" X=\"b\"".to_owned(),
    ] {
        assert_eq!(with(&bad), Err(GateError::Transform), "{bad}");
    }
}

#[test]
fn signed_parts_elsewhere_prove_nothing() {
    let object = |inner: &str| SIGNATURE.replace("</ds:Signature>", &format!("<ds:Object>{inner}</ds:Object></ds:Signature>"));
    let inside = |inner: &str| SIGNATURE.replace("</ds:Signature>", &format!("{inner}</ds:Signature>"));
    let attacks = [
        ("original inside Signature", evil(&inside(&BARE))),
        ("original before Signature", evil(&format!("{}{}", &*BARE, &*SIGNATURE))),
        ("original behind Signature", evil(&format!("{}{}", &*SIGNATURE, &*BARE))),
        ("signed original in Extensions", evil(&extensions(&SIGNED))),
        ("signed original as a child", evil(&SIGNED)),
        ("Signature in the root, original in Extensions", evil(&format!("{}{}", &*SIGNATURE, extensions(&BARE)))),
        ("original in Object", evil(&object(&BARE))),
        (
            "root with the ID of the original, original behind",
            evil(&format!("{}{}", &*SIGNATURE, &*BARE)).replace("_evil", "_good"),
        ),
        (
            "root with the ID of the original, original in Extensions",
            evil(&format!("{}{}", &*SIGNATURE, extensions(&BARE))).replace("_evil", "_good"),
        ),
        (
            "original around the evil request",
            BARE.replace("</saml:Issuer>", &format!("</saml:Issuer>{}{}", &*SIGNATURE, evil(""))),
        ),
        ("two signatures", SIGNED.replace(&*SIGNATURE, &format!("{0}{0}", &*SIGNATURE))),
        (
            "signature in front of the issuer",
            SIGNED.replace(&*SIGNATURE, "").replace("<saml:Issuer>", &format!("{}<saml:Issuer>", &*SIGNATURE)),
        ),
        (
            "signature at the end, other elements between",
            BARE.replace("</samlp:AuthnRequest>", &format!("<samlp:NameIDPolicy/>{}</samlp:AuthnRequest>", &*SIGNATURE)),
        ),
        ("a second SignedInfo", SIGNED.replace("<ds:SignatureValue>", "<ds:SignedInfo/><ds:SignatureValue>")),
        ("a second Reference", SIGNED.replace("</ds:Reference>", "</ds:Reference><ds:Reference URI=\"#_good\"/>")),
        ("another root around it", format!("<x>{}</x>", &*SIGNED)),
        ("changed", SIGNED.replace(ACS, EVIL)),
        ("added to", SIGNED.replace("Version=\"2.0\"", "Version=\"2.0\" ForceAuthn=\"false\"")),
        ("not signed", BARE.clone()),
        (
            "not signed, with a stray part",
            BARE.replace(
                "</samlp:AuthnRequest>",
                "<ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/></samlp:AuthnRequest>",
            ),
        ),
    ];
    for (name, text) in attacks {
        assert_ne!(text, *SIGNED, "{name}: no attack");
        let outcome = accept(&text);
        assert!(outcome.is_err(), "{name}: {outcome:?}");
    }
}

#[test]
fn signatures_of_other_shapes_are_refused() {
    let reference = |from: &str, to: &str| SIGNED.replace(from, to);
    let transform = format!("<ds:Transform Algorithm=\"{}\"/>", algorithm::EXC_C14N);
    let xpath = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"><ds:XPath>self::saml:Issuer</ds:XPath></ds:Transform>";
    let xslt = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"/>";
    for (name, text, expected) in [
        ("the whole document", reference("URI=\"#_good\"", "URI=\"\""), GateError::Reference),
        ("no URI", reference(" URI=\"#_good\"", ""), GateError::Reference),
        ("another machine", reference("URI=\"#_good\"", "URI=\"http://evil.example/x\""), GateError::Reference),
        ("a file", reference("URI=\"#_good\"", "URI=\"file:///etc/passwd\""), GateError::Reference),
        ("a pointer", reference("URI=\"#_good\"", "URI=\"#xpointer(/)\""), GateError::Reference),
        ("XPath", reference(&transform, xpath), GateError::Transform),
        ("XPath as well", reference(&transform, &[xpath, &transform].concat()), GateError::Transform),
        ("XSLT", reference(&transform, xslt), GateError::Transform),
        ("no canonicalization", reference(&transform, ""), GateError::Transform),
        (
            "other canonicalization",
            reference(algorithm::EXC_C14N, "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
            GateError::Transform,
        ),
        (
            "with comments",
            reference(algorithm::EXC_C14N, "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"),
            GateError::Transform,
        ),
        ("RSA-SHA1", reference(algorithm::RSA_SHA256, "http://www.w3.org/2000/09/xmldsig#rsa-sha1"), GateError::Algorithm),
        ("SHA-1", reference(algorithm::SHA256, "http://www.w3.org/2000/09/xmldsig#sha1"), GateError::Algorithm),
        ("HMAC", reference(algorithm::RSA_SHA256, "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"), GateError::Algorithm),
        ("none", reference(algorithm::RSA_SHA256, "none"), GateError::Algorithm),
    ] {
        assert_ne!(text, *SIGNED, "{name}: no attack");
        assert_eq!(accept(&text), Err(expected), "{name}");
    }
    let parameter = format!(
        "<ds:SignatureMethod Algorithm=\"{}\"><ds:HMACOutputLength>8</ds:HMACOutputLength></ds:SignatureMethod>",
        algorithm::RSA_SHA256
    );
    let empty = format!("<ds:SignatureMethod Algorithm=\"{}\"/>", algorithm::RSA_SHA256);
    assert!(SIGNED.contains(&empty));
    assert_eq!(accept(&SIGNED.replace(&empty, &parameter)), Err(GateError::Algorithm));
    let fetching = "</ds:SignatureValue><ds:KeyInfo><ds:RetrievalMethod URI=\"http://evil.example/key\"/></ds:KeyInfo>";
    assert_eq!(accept(&SIGNED.replace("</ds:SignatureValue>", fetching)), Err(GateError::Shape("KeyInfo")));
}

#[test]
fn keys_in_messages_are_not_believed() {
    let other = Party::rsa();
    let certificate = data_encoding::BASE64.encode(&other.certificate);
    let key_info = format!(
        "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>"
    );
    let signature = template("_evil", algorithm::RSA_SHA256).replace("</ds:Signature>", &key_info);
    let text = other.sign(&evil(&signature));
    assert_eq!(accept(&text), Err(GateError::Signature));
}

#[test]
fn markup_and_ambiguous_names_are_refused() {
    let in_issuer = |markup: &str| SIGNED.replace(ENTITY, &ENTITY.replace(".example", &format!(".exam{markup}ple")));
    for (name, text) in [
        ("comment", in_issuer("<!-- x -->")),
        ("processing instruction", in_issuer("<?x y?>")),
        ("CDATA", in_issuer("<![CDATA[]]>")),
        ("comment in a URL", SIGNED.replace("<samlp:AuthnRequest", "<!-- x --><samlp:AuthnRequest")),
        ("doctype", format!("<!DOCTYPE x>{}", &*SIGNED)),
        ("external", format!("<!DOCTYPE x SYSTEM \"http://evil.example/x.dtd\">{}", &*SIGNED)),
        ("entity", format!("<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>{}", in_issuer("&e;"))),
        ("laughs", format!("<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]>{}", in_issuer("&b;"))),
    ] {
        assert_eq!(accept(&text), Err(GateError::Xml(XmlError::Markup)), "{name}");
    }
    assert_eq!(accept(&in_issuer("&undeclared;")), Err(GateError::Xml(XmlError::Malformed)));
    assert_eq!(accept(&in_issuer("<b/>")).unwrap_err(), GateError::Signature);
    let foreign = SIGNED.replace(" ID=\"_good\"", " xmlns:e=\"urn:e\" e:ID=\"_evil\" ID=\"_good\"");
    assert_eq!(accept(&foreign), Err(GateError::Xml(XmlError::ForeignAttribute)));
    let two = evil(&extensions("<e:x xmlns:e=\"urn:e\" Id=\"_evil\"/>"));
    assert_eq!(accept(&two), Err(GateError::Xml(XmlError::SameId)));
}

#[test]
fn hostile_sizes_cost_nothing() {
    let transforms = format!("<ds:Transform Algorithm=\"{}\"/>", algorithm::EXC_C14N);
    let hostile = [
        SIGNED.replace(&transforms, &transforms.repeat(5000)),
        SIGNED.replace(&transforms, &transforms.repeat(300)),
        format!("<a {}/>", (0..500_000).map(|i| format!("a{i}=\"\" ")).collect::<String>()),
        format!("<a {}/>", (0..2000).map(|i| format!("xmlns:a{i}=\"urn:{i}\" ")).collect::<String>()),
        ["<a>".repeat(10_000), "</a>".repeat(10_000)].concat(),
        format!("<r>{}</r>", "<a/>".repeat(200_000)),
        " ".repeat(50_000_000),
    ];
    let watch = kernel::clock::Stopwatch::start();
    for text in hostile {
        assert!(accept(&text).is_err());
    }
    assert!(watch.elapsed() < std::time::Duration::from_secs(10), "{:?}", watch.elapsed());
}
