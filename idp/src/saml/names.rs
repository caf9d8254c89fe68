//! Names that the specifications give to things: namespaces, bindings, formats, statuses, algorithms.

/// Namespaces.
pub(crate) mod ns {
    /// Messages.
    pub(crate) const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
    /// Assertions.
    pub(crate) const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
    /// Metadata.
    pub(crate) const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
    /// Names and logos in metadata.
    pub(crate) const UI: &str = "urn:oasis:names:tc:SAML:metadata:ui";
    /// Who has registered an entity, and when a federation was published.
    pub(crate) const REGISTRATION: &str = "urn:oasis:names:tc:SAML:metadata:rpi";
    /// Attributes of entities, such as categories.
    pub(crate) const ENTITY_ATTRIBUTES: &str = "urn:oasis:names:tc:SAML:metadata:attribute";
    /// Kinds of contacts beyond those of SAML.
    pub(crate) const REFEDS: &str = "http://refeds.org/metadata";
    /// Signatures.
    pub(crate) const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";
    /// Keys in signatures, later additions.
    pub(crate) const SIGNATURE_11: &str = "http://www.w3.org/2009/xmldsig11#";
    /// Encryption.
    pub(crate) const ENCRYPTION: &str = "http://www.w3.org/2001/04/xmlenc#";
    /// Encryption, later additions.
    pub(crate) const ENCRYPTION_11: &str = "http://www.w3.org/2009/xmlenc11#";
    /// Envelopes of SOAP 1.1.
    pub(crate) const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
    /// Header blocks for clients that are no browsers.
    pub(crate) const ECP: &str = "urn:oasis:names:tc:SAML:2.0:profiles:SSO:ecp";
    /// Scopes of attributes in metadata.
    pub(crate) const SHIBBOLETH: &str = "urn:mace:shibboleth:metadata:1.0";
    /// `xml:lang` and the like.
    pub(crate) const XML: &str = "http://www.w3.org/XML/1998/namespace";
    /// Types of schema instances.
    pub(crate) const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
}

/// Ways on which messages travel.
pub(crate) mod binding {
    /// Compressed, in the query of a redirect.
    pub(crate) const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
    /// In a form.
    pub(crate) const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
    /// As a reference, in a form or query.
    pub(crate) const ARTIFACT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact";
    /// From server to server.
    pub(crate) const SOAP: &str = "urn:oasis:names:tc:SAML:2.0:bindings:SOAP";
    /// Carried by a client that speaks for itself.
    pub(crate) const PAOS: &str = "urn:oasis:names:tc:SAML:2.0:bindings:PAOS";
}

/// Forms of name identifiers.
pub(crate) mod format {
    /// Whatever both sides have agreed on.
    pub(crate) const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
    /// A mail address.
    pub(crate) const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
    /// The same for one party for good, another for every other party.
    pub(crate) const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
    /// Another one every time.
    pub(crate) const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
    /// An entity; of issuers.
    pub(crate) const ENTITY: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";
}

/// Forms of attribute names.
pub(crate) mod attribute {
    /// A plain name.
    pub(crate) const BASIC: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic";
    /// A URI.
    pub(crate) const URI: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri";
    /// Nobody says.
    pub(crate) const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified";
}

/// Contexts of authentication that we name ourselves.
pub(crate) mod context {
    /// A password over TLS.
    pub(crate) const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
    /// A ticket of a Kerberos domain.
    pub(crate) const KERBEROS: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Kerberos";
    /// Two factors.
    pub(crate) const MULTI_FACTOR: &str = "https://refeds.org/profile/mfa";
    /// Two factors, one of them bound to our origin.
    pub(crate) const PHISHING_RESISTANT: &str = "http://schemas.openid.net/pape/policies/2007/06/phishing-resistant";
}

/// How the bearer of an assertion is confirmed.
pub(crate) const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
/// How it is confirmed that an assertion is about somebody whom a party has asked about: we say so. It signs nobody in.
pub(crate) const SENDER_VOUCHES: &str = "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches";
/// What descriptors of roles say that they speak.
pub(crate) const PROTOCOL: &str = ns::PROTOCOL;

/// Algorithms.
pub(crate) mod algorithm {
    /// Takes the signature out of what is signed.
    pub(crate) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
    /// Exclusive canonical XML without comments.
    pub(crate) const EXC_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
    /// Digest.
    pub(crate) const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
    /// Digest.
    pub(crate) const SHA384: &str = "http://www.w3.org/2001/04/xmldsig-more#sha384";
    /// Digest.
    pub(crate) const SHA512: &str = "http://www.w3.org/2001/04/xmlenc#sha512";
    /// RSA with PKCS#1 v1.5 padding.
    pub(crate) const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
    /// RSA with PKCS#1 v1.5 padding.
    pub(crate) const RSA_SHA384: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384";
    /// RSA with PKCS#1 v1.5 padding.
    pub(crate) const RSA_SHA512: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512";
    /// RSA with PSS padding.
    pub(crate) const RSA_PSS_SHA256: &str = "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1";
    /// ECDSA.
    pub(crate) const ECDSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
    /// ECDSA.
    pub(crate) const ECDSA_SHA384: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384";
    /// ECDSA.
    pub(crate) const ECDSA_SHA512: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512";

    /// Content encryption.
    pub(crate) const AES256_GCM: &str = "http://www.w3.org/2009/xmlenc11#aes256-gcm";
    /// Content encryption that does not notice changes.
    pub(crate) const AES256_CBC: &str = "http://www.w3.org/2001/04/xmlenc#aes256-cbc";
    /// Content encryption that does not notice changes.
    pub(crate) const AES128_CBC: &str = "http://www.w3.org/2001/04/xmlenc#aes128-cbc";
    /// Content encryption.
    pub(crate) const AES128_GCM: &str = "http://www.w3.org/2009/xmlenc11#aes128-gcm";
    /// Key transport that everybody has.
    pub(crate) const OAEP_MGF1P: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
    /// Key transport with digest and mask named one by one.
    pub(crate) const OAEP: &str = "http://www.w3.org/2009/xmlenc11#rsa-oaep";
    /// The digest inside OAEP; nowhere else.
    pub(crate) const SHA1_OF_OAEP: &str = "http://www.w3.org/2000/09/xmldsig#sha1";
    /// The mask of OAEP.
    pub(crate) const MGF1_SHA1: &str = "http://www.w3.org/2009/xmlenc11#mgf1sha1";
    /// Everything that transports keys.
    pub(crate) const TRANSPORTS: &[&str] = &[OAEP_MGF1P, OAEP, "http://www.w3.org/2001/04/xmlenc#rsa-1_5"];

    /// Digests in signatures of others.
    pub(crate) const DIGESTS: &[&str] = &[SHA256, SHA384, SHA512];
    /// Signatures of others: never SHA-1, never HMAC.
    pub(crate) const SIGNATURES: &[&str] = &[RSA_SHA256, RSA_SHA384, RSA_SHA512, ECDSA_SHA256, ECDSA_SHA384, ECDSA_SHA512];
}

/// Codes of a status (SAML core 3.2.2.2).
pub(crate) mod status {
    /// It went well.
    pub(crate) const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
    /// Whoever asked is to blame.
    pub(crate) const REQUESTER: &str = "urn:oasis:names:tc:SAML:2.0:status:Requester";
    /// We could not or would not.
    pub(crate) const RESPONDER: &str = "urn:oasis:names:tc:SAML:2.0:status:Responder";
    /// Another version than 2.0.
    pub(crate) const VERSION_MISMATCH: &str = "urn:oasis:names:tc:SAML:2.0:status:VersionMismatch";
    /// The person could not be authenticated.
    pub(crate) const AUTHN_FAILED: &str = "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed";
    /// The form of name identifier cannot be had.
    pub(crate) const INVALID_NAME_ID_POLICY: &str = "urn:oasis:names:tc:SAML:2.0:status:InvalidNameIDPolicy";
    /// The context of authentication cannot be had.
    pub(crate) const NO_AUTHN_CONTEXT: &str = "urn:oasis:names:tc:SAML:2.0:status:NoAuthnContext";
    /// Not without showing something.
    pub(crate) const NO_PASSIVE: &str = "urn:oasis:names:tc:SAML:2.0:status:NoPassive";
    /// Not all parties of a session have confirmed that it is over there.
    pub(crate) const PARTIAL_LOGOUT: &str = "urn:oasis:names:tc:SAML:2.0:status:PartialLogout";
    /// We will not.
    pub(crate) const REQUEST_DENIED: &str = "urn:oasis:names:tc:SAML:2.0:status:RequestDenied";
    /// We cannot.
    pub(crate) const REQUEST_UNSUPPORTED: &str = "urn:oasis:names:tc:SAML:2.0:status:RequestUnsupported";
    /// The answer would have to go on a way that we do not have.
    pub(crate) const UNSUPPORTED_BINDING: &str = "urn:oasis:names:tc:SAML:2.0:status:UnsupportedBinding";
    /// The person asked for is nobody we know, or another one.
    pub(crate) const UNKNOWN_PRINCIPAL: &str = "urn:oasis:names:tc:SAML:2.0:status:UnknownPrincipal";
}
