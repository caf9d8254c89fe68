use std::error::Error;
use std::fs::{read, read_to_string};

use openssl::pkey::{PKey, Private};
use openssl::x509::X509;
use samael::crypto::{AllowedSignatureAlgorithm as Algorithm, CertificateDer};
use samael::metadata::{EncryptionMethod, EntityDescriptor, HTTP_REDIRECT_BINDING};
use samael::schema::{Assertion, AuthnContextClassRef, AuthnContextComparison, RequestedAuthnContext};
use samael::service_provider::{ServiceProvider, ServiceProviderBuilder};
use samael::traits::ToXml;

const MFA: &str = "https://refeds.org/profile/mfa";
const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const CIPHERS: [&str; 2] = ["http://www.w3.org/2009/xmlenc11#aes128-gcm", "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"];

pub type Failed = Box<dyn Error>;

pub struct Service {
    provider: ServiceProvider,
    key: PKey<Private>,
    /// Requests that wait for an answer, for one process; with several, keep them in a database or in the person's session.
    waiting: Vec<String>,
}

impl Service {
    pub fn new(here: &str) -> Result<Self, Failed> {
        let key = PKey::private_key_from_pem(&read("sp.key")?)?;
        let certificate = CertificateDer::from(X509::from_pem(&read("sp.crt")?)?.to_der()?);
        let us: EntityDescriptor = samael::metadata::de::from_str(&read_to_string("idp.xml")?)?;
        let provider = ServiceProviderBuilder::default()
            .entity_id(format!("{here}/saml/metadata"))
            .key(key.clone())
            .certificate(certificate)
            .idp_metadata(us)
            .acs_url(format!("{here}/saml/acs"))
            .slo_url(format!("{here}/saml/slo"))
            .authn_name_id_format(PERSISTENT.to_owned())
            .allowed_signature_algorithms(vec![Algorithm::RsaSha256, Algorithm::RsaSha384, Algorithm::RsaSha512])
            .build()?;
        Ok(Self { provider, key, waiting: Vec::new() })
    }

    /// What the identity provider has to know of the application. The library names the key for signatures twice, and ciphers
    /// that can be broken: both is put right here.
    pub fn metadata(&self) -> Result<String, Failed> {
        let mut metadata = self.provider.metadata()?;
        for role in metadata.sp_sso_descriptors.iter_mut().flatten() {
            role.authn_requests_signed = Some(true);
            for key in role.key_descriptors.iter_mut().flatten().filter(|key| key.encryption_methods.is_some()) {
                key.key_use = Some("encryption".to_owned());
                key.encryption_methods = Some(CIPHERS.map(|name| EncryptionMethod { algorithm: name.to_owned() }).into());
            }
        }
        metadata.to_string()
    }

    /// Where to send a person who has to sign in.
    pub fn login(&mut self, force: bool, passive: bool) -> Result<String, Failed> {
        let place = self.provider.sso_binding_location(HTTP_REDIRECT_BINDING).ok_or("no place for requests")?;
        let mut request = self.provider.make_authentication_request(&place)?;
        request.force_authn = Some(force);
        request.is_passive = Some(passive);
        request.requested_authn_context = Some(RequestedAuthnContext {
            authn_context_class_refs: Some(vec![AuthnContextClassRef { value: Some(MFA.to_owned()) }]),
            authn_context_decl_refs: None,
            comparison: Some(AuthnContextComparison::Exact),
        });
        self.waiting.push(request.id.clone());
        Ok(request.signed_redirect("", &self.key)?.ok_or("no address")?.into())
    }

    /// What the answer says, which the browser has posted to /saml/acs; an error when it is not to be believed.
    pub fn acs(&mut self, answer: &str) -> Result<Assertion, Failed> {
        let waiting: Vec<&str> = self.waiting.iter().map(String::as_str).collect();
        self.provider.parse_base64_response(answer, Some(&waiting))
    }
}
