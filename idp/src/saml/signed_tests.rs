//! Signatures over metadata made by a library, and what attackers make of them.

use super::*;
use crate::saml::tests::bytes::fuzz;
use crate::saml::tests::{Party, template};

const ID: &str = "_m1";

/// An entity of this name; `attributes` are those of its outermost element.
fn entity(entity_id: &str, attributes: &str, first: &str) -> String {
    format!(
        "<md:EntityDescriptor xmlns:md=\"{}\" entityID=\"{entity_id}\" {attributes}>{first}<md:SPSSODescriptor \
         protocolSupportEnumeration=\"{}\"><md:AssertionConsumerService index=\"0\" Binding=\"{}\" Location=\"https://sp.example/acs\"/>\
         </md:SPSSODescriptor></md:EntityDescriptor>",
        ns::METADATA,
        ns::PROTOCOL,
        crate::saml::names::binding::POST,
    )
}

fn federation(attributes: &str, first: &str, entities: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<!-- all --><md:EntitiesDescriptor xmlns:md=\"{}\" ID=\"{ID}\" {attributes}>\n{first}\n{entities}\n\
         </md:EntitiesDescriptor>",
        ns::METADATA
    )
}

fn signed(party: &Party, entities: &str) -> String {
    let attributes = "validUntil=\"2030-01-01T00:00:00Z\" cacheDuration=\"PT1H\"";
    party.sign(&federation(attributes, &template(ID, algorithm::RSA_SHA256), entities))
}

fn check<'t>(text: &'t str, party: &Party) -> Result<Verified<'t>, GateError> {
    verify(text, &[party.party_key()], &Limits::FEDERATION)
}

fn names(verified: &Verified<'_>) -> Vec<String> {
    let mut all = Vec::new();
    verified
        .entities(|entity| {
            all.push(entity.entity_id);
            Ok::<_, XmlError>(())
        })
        .unwrap();
    all
}

#[test]
fn a_federation_is_verified_and_cut() {
    let party = Party::rsa();
    let inner =
        format!("<md:EntitiesDescriptor validUntil=\"2029-01-01T00:00:00Z\">{}</md:EntitiesDescriptor>", entity("urn:b", "", ""));
    let text = signed(&party, &[entity("urn:a", "ID=\"_a\"", "<!-- x -->"), inner, entity("urn:c", "", "")].concat());
    let verified = check(&text, &party).unwrap();
    assert_eq!(verified.about.valid_until, Some(Timestamp::from_seconds(1_893_456_000)));
    assert_eq!(verified.about.cache, Some(std::time::Duration::from_secs(3600)));
    assert_eq!(names(&verified), ["urn:a", "urn:b", "urn:c"]);
    let mut until = Vec::new();
    verified
        .entities(|entity| {
            until.push(entity.valid_until.map(Timestamp::seconds));
            assert!(
                !entity.text.contains("<!--") && entity.text.starts_with("<md:EntityDescriptor xmlns:md="),
                "{}",
                entity.text
            );
            crate::party::sp::Metadata::read(&entity.text).unwrap();
            Ok::<_, XmlError>(())
        })
        .unwrap();
    assert_eq!(until, [Some(1_893_456_000), Some(1_861_920_000), Some(1_893_456_000)]);
    // The same with a key on a curve, and with one entity alone.
    let ec = Party::ec();
    let one = ec.sign(&entity("urn:a", &format!("ID=\"{ID}\""), &template(ID, algorithm::ECDSA_SHA256)));
    let verified = check(&one, &ec).unwrap();
    assert_eq!(names(&verified), ["urn:a"]);
    let text = verified.text().unwrap();
    assert!(!text.contains("Signature") && text.contains("urn:a"));
    crate::party::sp::Metadata::read(&text).unwrap();
}

/// `Extensions` that name who has registered it and a category.
fn standing(registrar: &str, category: &str) -> String {
    format!(
        "<md:Extensions><rpi:RegistrationInfo xmlns:rpi=\"{}\" registrationAuthority=\"{registrar}\"/><attr:EntityAttributes \
         xmlns:attr=\"{}\"><saml:Attribute xmlns:saml=\"{}\" Name=\"http://macedir.org/entity-category\"><saml:AttributeValue>\
         {category}</saml:AttributeValue></saml:Attribute></attr:EntityAttributes></md:Extensions>",
        ns::REGISTRATION,
        ns::ENTITY_ATTRIBUTES,
        ns::ASSERTION,
    )
}

#[test]
fn what_is_said_of_a_group_is_said_of_its_members() {
    let party = Party::rsa();
    let own = entity("urn:b", "", &standing("urn:r:own", "urn:c:own"));
    let inner = |first: &str, rest: &str| format!("<md:EntitiesDescriptor>{first}{rest}</md:EntitiesDescriptor>");
    let parts = [
        standing("urn:r:all", "urn:c:all"),
        entity("urn:a", "", ""),
        inner(&standing("urn:r:some", "urn:c:some"), &[own, inner("", &entity("urn:c", "", ""))].concat()),
        inner("", &entity("urn:d", "", "")),
        entity("urn:e", "", ""),
    ];
    let text = signed(&party, &parts.concat());
    let mut said = Vec::new();
    let take = |entity: Entity| {
        let Standing { registrar, categories, .. } = entity.groups;
        said.push(format!("{} {} {}", entity.entity_id, registrar.unwrap_or_default(), categories.join(" ")));
        Ok::<_, XmlError>(())
    };
    check(&text, &party).unwrap().entities(take).unwrap();
    let expected = [
        "urn:a urn:r:all urn:c:all",
        "urn:b urn:r:some urn:c:some urn:c:all",
        "urn:c urn:r:some urn:c:some urn:c:all",
        "urn:d urn:r:all urn:c:all",
        "urn:e urn:r:all urn:c:all",
    ];
    assert_eq!(said, expected);
    // Authorities and the like beside what is read may be long, but not without end.
    let beside = |length: usize| standing("urn:r", "urn:c").replacen("<rpi:", &format!("<x>{}</x><rpi:", "y".repeat(length)), 1);
    let text = signed(&party, &[beside(200_000), entity("urn:a", "", "")].concat());
    assert_eq!(names(&check(&text, &party).unwrap()), ["urn:a"]);
    let long = beside(600_000);
    for (bad, expected) in [(standing("", "urn:c"), XmlError::Attribute("registrationAuthority")), (long, XmlError::TooLong)] {
        let text = signed(&party, &[bad, entity("urn:a", "", "")].concat());
        assert_eq!(check(&text, &party).unwrap().entities(|_| Ok::<_, XmlError>(())), Err(expected));
    }
}

#[test]
fn others_keys_and_changes_are_refused() {
    let (party, other) = (Party::rsa(), Party::rsa());
    let text = signed(&party, &entity("urn:a", "", ""));
    assert_eq!(check(&text, &other).err(), Some(GateError::Signature));
    assert!(verify(&text, &[other.party_key(), party.party_key()], &Limits::FEDERATION).is_ok(), "keys may roll over");
    assert_eq!(check(&text.replace("urn:a", "urn:b"), &party).err(), Some(GateError::Signature));
    assert_eq!(check(&text.replace("2030-01", "2031-01"), &party).err(), Some(GateError::Signature));
    let unsigned = federation("", "", &entity("urn:a", "", ""));
    assert_eq!(check(&unsigned, &party).err(), Some(GateError::Unsigned));
    let mut cut = text.clone();
    cut.truncate(text.len() - 30);
    assert!(check(&cut, &party).is_err());
    // A remark says nothing, and is not signed.
    assert!(check(&text.replace("<!-- all -->", "<!-- none -->"), &party).is_ok());
    assert!(check(&text.replace("</md:EntitiesDescriptor>", "<!-- x --></md:EntitiesDescriptor>"), &party).is_ok());
}

/// The places to which wrapping attacks move what was signed, and what they put in its place.
#[test]
fn wrapped_signatures_are_refused() {
    let party = Party::rsa();
    let good = signed(&party, &entity("urn:good", "", ""));
    let body = &good[good.find("<md:EntitiesDescriptor").unwrap()..];
    let start = body.find("<ds:Signature ").unwrap();
    let end = body.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let signature = &body[start..end];
    let evil = entity("urn:evil", "", "");
    let bare = body.replace(signature, "");
    let object = signature.replace("</ds:Signature>", &format!("<ds:Object>{bare}</ds:Object></ds:Signature>"));
    let extensions = format!("<md:Extensions>{body}</md:Extensions>");
    let attacks = [
        // Original inside the signature.
        federation("", &object, &evil),
        // Original as a sibling of what the attacker adds, before and behind, with the signature outside or inside.
        federation("", signature, &[evil.as_str(), body].concat()),
        federation("", signature, &[body, evil.as_str()].concat()),
        federation("", &[body, signature].concat(), &evil),
        // Original in extensions.
        federation("", signature, &[extensions.as_str(), &evil].concat()),
        federation("", signature, &[format!("<md:Extensions>{bare}</md:Extensions>").as_str(), &evil].concat()),
        federation("", "", &[extensions.as_str(), &evil].concat()).replacen(&format!("ID=\"{ID}\""), "ID=\"_evil\"", 1),
        // Another outermost element around all of it.
        federation("", "", &[body, evil.as_str()].concat()).replacen(&format!("ID=\"{ID}\""), "ID=\"_evil\"", 1),
        // Signature of the original over a changed document with another ID.
        federation("", signature, &evil).replacen(&format!("ID=\"{ID}\""), "ID=\"_evil\"", 1),
        // Two signatures.
        federation("", &[signature, signature].concat(), &entity("urn:good", "", "")),
        // The signature at another place than the first.
        body.replace(signature, "").replace("</md:EntitiesDescriptor>", &format!("{signature}</md:EntitiesDescriptor>")),
        // A second outermost element.
        [body, &evil].concat(),
        [evil.as_str(), body].concat(),
    ];
    for (n, attack) in attacks.iter().enumerate() {
        assert!(check(attack, &party).is_err(), "attack {n}");
    }
    assert_eq!(names(&check(&good, &party).unwrap()), ["urn:good"]);
}

#[test]
fn shapes_and_algorithms_are_those_of_the_gate() {
    let party = Party::rsa();
    let good = signed(&party, &entity("urn:a", "", ""));
    for (from, to) in [
        (algorithm::RSA_SHA256, "http://www.w3.org/2000/09/xmldsig#rsa-sha1"),
        (algorithm::RSA_SHA256, "http://www.w3.org/2000/09/xmldsig#hmac-sha1"),
        (algorithm::SHA256, "http://www.w3.org/2000/09/xmldsig#sha1"),
        (algorithm::ENVELOPED, "http://www.w3.org/TR/1999/REC-xslt-19991116"),
        (algorithm::EXC_C14N, "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
        ("URI=\"#_m1\"", "URI=\"\""),
        ("URI=\"#_m1\"", "URI=\"https://127.0.0.1/\""),
    ] {
        let bad = good.replace(from, to);
        assert_ne!(bad, good, "{from}");
        assert!(check(&bad, &party).is_err(), "{to}");
    }
    assert!(check(&good.replacen("<md:Ent", "<!DOCTYPE x [<!ENTITY y \"z\">]><md:Ent", 1), &party).is_err());
    // Who signs refuses them as well; they are found before the digest is compared.
    let twice =
        signed(&party, &[entity("urn:a", "ID=\"_x\"", ""), entity("urn:b", "ID=\"_y\"", "")].concat()).replace("_y", "_x");
    assert_eq!(check(&twice, &party).err(), Some(GateError::Xml(XmlError::SameId)));
    let own = signed(&party, &entity("urn:a", "ID=\"_own\"", "")).replace("_own", ID);
    assert_eq!(check(&own, &party).err(), Some(GateError::Xml(XmlError::SameId)));
    // Entities in extensions of others are none.
    let hidden = entity("urn:a", "", &format!("<md:Extensions>{}</md:Extensions>", entity("urn:hidden", "", "")));
    let text = signed(&party, &hidden);
    assert_eq!(names(&check(&text, &party).unwrap()), ["urn:a"]);
}

#[test]
fn garbage_is_refused_at_once() {
    let party = Party::rsa();
    assert!(check(&"<a>".repeat(1_000_000), &party).is_err());
    assert!(check(&"x".repeat(10_000_000), &party).is_err());
    let endless = federation("", &format!("<ds:Signature xmlns:ds=\"{}\">{}", ns::SIGNATURE, "<x/>".repeat(100_000)), "");
    assert_eq!(check(&endless, &party).err(), Some(GateError::Xml(XmlError::TooLong)));
}

/// Whatever is changed in a signed document: it is refused, or says the same.
#[test]
fn no_change_goes_unnoticed() {
    let party = Party::ec();
    let body = [entity("urn:a", "", "<!-- x -->"), entity("urn:b", "", "")].concat();
    let text = party.sign(&federation("", &template(ID, algorithm::ECDSA_SHA256), &body));
    let texts = |verified: &Verified<'_>| {
        let mut all = Vec::new();
        let take = |entity: Entity| {
            all.push((entity.entity_id, entity.text));
            Ok::<_, XmlError>(())
        };
        verified.entities(take).unwrap();
        all
    };
    let (keys, original) = ([party.party_key()], texts(&check(&text, &party).unwrap()));
    fuzz("federations", &[text], |changed| {
        if let Ok(verified) = verify(changed, &keys, &Limits::FEDERATION) {
            assert_eq!(texts(&verified), original, "{changed}");
        }
    });
}
