//! The gate in front of the verifier of signatures: which shape a signed message must have for a valid signature to say
//! anything about it (SAML core 5.4). A message has no signature at all, or one, at its one place, over the whole message.
//!
//! A verifier alone answers whether some bytes were signed. Wrapping attacks move signed bytes to where nobody reads them, and
//! put others where they are read. Behind this gate there is nothing to move: the one reference names the outermost element,
//! whose ID occurs once, and nothing but canonicalization lies between it and the digest.

use std::collections::BTreeSet;

use super::names::{algorithm, ns};
use super::xml::{Element, XmlError, is_id};

/// Why a message is not read, or not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GateError {
    /// It is no XML that we read.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// Several signatures, or one at another place, or parts of one elsewhere.
    #[error("a signature must be the only one, in the outermost element, right behind the issuer")]
    Place,
    /// A signature with other parts than it needs.
    #[error("the signature has a shape that is not accepted ({0})")]
    Shape(&'static str),
    /// Not over the message.
    #[error("the signature is not over the whole message")]
    Reference,
    /// Not the two transforms that are allowed.
    #[error("the signature has other transforms than enveloped-signature and exclusive canonicalization")]
    Transform,
    /// SHA-1, HMAC, none, and whatever else is not on the list.
    #[error("the signature uses an algorithm that is not accepted")]
    Algorithm,
    /// It was not made by a key of this party.
    #[error("the signature was made by no key of this party, or the message was changed")]
    Signature,
    /// There is none where one is demanded.
    #[error("the message is not signed, but has to be")]
    Unsigned,
}

/// Bytes of a list of prefixes.
const LONGEST_LIST: usize = 256;
/// Prefixes in it.
const MOST_PREFIXES: usize = 16;

/// Elements that may occur in `KeyInfo`. What they say is not believed; what could be followed is not even allowed.
const KEY_INFO: &[&str] = &[
    "X509Data",
    "X509Certificate",
    "X509SubjectName",
    "X509IssuerSerial",
    "X509IssuerName",
    "X509SerialNumber",
    "X509SKI",
    "X509CRL",
    "X509Digest",
    "KeyName",
    "KeyValue",
    "RSAKeyValue",
    "Modulus",
    "Exponent",
    "ECKeyValue",
    "NamedCurve",
    "PublicKey",
];

/// A signature of the right shape, about which nothing is verified yet.
pub(crate) struct Shape {
    /// What its reference must name.
    pub(crate) uri: String,
}

/// Looks at the shape of a message: IDs, and the signature if there is one.
///
/// # Errors
/// [`GateError`].
pub(crate) fn shape(root: Element<'_>) -> Result<Option<Shape>, GateError> {
    names(root)?;
    let is_part = |element: &Element<'_>| element.namespace() == ns::SIGNATURE || element.namespace() == ns::ENCRYPTION;
    let parts = root.descendants().filter(|element| *element != root && is_part(element)).count();
    if is_part(&root) {
        return Err(GateError::Place);
    }
    if parts == 0 {
        return Ok(None);
    }
    let mut children = root.children();
    let (first, second) = (children.next(), children.next());
    let issuer_first = first.is_some_and(|element| element.is(ns::ASSERTION, "Issuer"));
    let signature = second.filter(|element| issuer_first && element.is(ns::SIGNATURE, "Signature")).ok_or(GateError::Place)?;
    // Everything of signatures in the document is this one and what is in it.
    let inside = signature.descendants().filter(|element| *element != signature && is_part(element)).count();
    if inside + 1 != parts {
        return Err(GateError::Place);
    }
    let id = root.attribute("ID").filter(|id| is_id(id)).ok_or(XmlError::Attribute("ID"))?;
    signature_shape(signature, id)?;
    Ok(Some(Shape { uri: format!("#{id}") }))
}

/// IDs occur once, and no attribute can be taken for another one by those who look at names without namespaces.
fn names(root: Element<'_>) -> Result<(), GateError> {
    let mut ids = BTreeSet::new();
    for element in std::iter::once(root).chain(root.descendants().filter(|element| *element != root)) {
        let is_ours = matches!(element.namespace(), ns::PROTOCOL | ns::ASSERTION | ns::SIGNATURE);
        for (namespace, name, value) in element.attributes() {
            let is_plain = namespace.is_empty() || namespace == ns::XML || namespace == ns::XSI;
            let is_id = ["id", "assertionid", "responseid", "requestid"].iter().any(|id| name.eq_ignore_ascii_case(id));
            if (is_ours && !is_plain) || (is_id && !namespace.is_empty()) {
                return Err(XmlError::ForeignAttribute.into());
            }
            if is_id && !ids.insert(value) {
                return Err(XmlError::SameId.into());
            }
        }
    }
    Ok(())
}

/// The elements in another, which must be these and no others.
fn exactly<'d, const N: usize>(parent: Element<'d>, names: [&'static str; N]) -> Result<[Element<'d>; N], GateError> {
    let children: Vec<Element<'d>> = parent.children().collect();
    let fits = children.len() == N && children.iter().zip(names).all(|(child, name)| child.is(ns::SIGNATURE, name));
    if !fits {
        return Err(GateError::Shape(names.first().copied().unwrap_or("Signature")));
    }
    children.try_into().map_err(|_| GateError::Shape("Signature"))
}

/// An element says which algorithm, and nothing else.
fn algorithm<'d>(element: Element<'d>) -> Result<&'d str, GateError> {
    let mut attributes = element.attributes();
    match (attributes.next(), attributes.next()) {
        (Some(("", "Algorithm", value)), None) => Ok(value),
        _ => Err(GateError::Algorithm),
    }
}

/// Looks at the shape of a signature over the element of this ID.
///
/// # Errors
/// [`GateError`].
pub(super) fn signature_shape(signature: Element<'_>, id: &str) -> Result<(), GateError> {
    let children: Vec<Element<'_>> = signature.children().collect();
    let signed_info = match children[..] {
        [info, value] | [info, value, _] if info.is(ns::SIGNATURE, "SignedInfo") && value.is(ns::SIGNATURE, "SignatureValue") => {
            info
        }
        _ => return Err(GateError::Shape("Signature")),
    };
    if let Some(key_info) = children.get(2) {
        let known = |element: Element<'_>| {
            matches!(element.namespace(), ns::SIGNATURE | ns::SIGNATURE_11) && KEY_INFO.contains(&element.name())
        };
        let fine = key_info.is(ns::SIGNATURE, "KeyInfo") && key_info.descendants().filter(|e| e != key_info).all(known);
        if !fine {
            return Err(GateError::Shape("KeyInfo"));
        }
    }
    let [canonicalization, method, reference] = exactly(signed_info, ["CanonicalizationMethod", "SignatureMethod", "Reference"])?;
    canonical(canonicalization)?;
    // Parameters of a method (the length of an HMAC, those of PSS) are children.
    if method.children().next().is_some() || !algorithm::SIGNATURES.contains(&algorithm(method)?) {
        return Err(GateError::Algorithm);
    }
    reference_shape(reference, id)
}

fn reference_shape(reference: Element<'_>, id: &str) -> Result<(), GateError> {
    let mut attributes = reference.attributes();
    match (attributes.next(), attributes.next()) {
        (Some(("", "URI", uri)), None) if uri.strip_prefix('#') == Some(id) => {}
        _ => return Err(GateError::Reference),
    }
    let [transforms, method, value] = exactly(reference, ["Transforms", "DigestMethod", "DigestValue"])?;
    let [enveloped, canonicalization] = exactly(transforms, ["Transform", "Transform"]).map_err(|_| GateError::Transform)?;
    if algorithm(enveloped)? != algorithm::ENVELOPED || enveloped.children().next().is_some() {
        return Err(GateError::Transform);
    }
    canonical(canonicalization)?;
    let digest = algorithm(method)?;
    if !algorithm::DIGESTS.contains(&digest) || method.children().next().is_some() || value.children().next().is_some() {
        return Err(GateError::Algorithm);
    }
    Ok(())
}

/// Exclusive canonicalization, with or without a short list of prefixes that are kept: each of them is looked up for each element,
/// before any key is.
fn canonical(element: Element<'_>) -> Result<(), GateError> {
    let is_short = |list: &str| list.len() <= LONGEST_LIST && list.split_ascii_whitespace().count() <= MOST_PREFIXES;
    let is_list = |child: Element<'_>| {
        let mut attributes = child.attributes();
        let says = matches!((attributes.next(), attributes.next()), (Some(("", "PrefixList", list)), None) if is_short(list));
        says && child.is(algorithm::EXC_C14N, "InclusiveNamespaces") && child.children().next().is_none()
    };
    let mut children = element.children();
    let fits = match (children.next(), children.next()) {
        (None, _) => true,
        (Some(list), None) => is_list(list),
        (Some(_), Some(_)) => false,
    };
    if algorithm(element)? == algorithm::EXC_C14N && fits { Ok(()) } else { Err(GateError::Transform) }
}
