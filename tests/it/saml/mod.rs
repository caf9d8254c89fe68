//! SAML over HTTP.

mod artifact;
mod attacks;
mod debug;
mod ecp;
mod ecp_ends;
pub mod federation;
mod federation_attacks;
mod federation_groups;
mod federation_upgrade;
mod logout;
mod published;
pub mod publisher;
mod query;
mod scale;
mod sign_in;
mod tools;

use db::Dialect;
use symbolon::sps::AddSp;

use crate::support::{Answer, Browser, TestApp};

const ACS: &str = "https://sp.example/acs";

/// Metadata of a service provider without keys.
fn metadata(entity_id: &str) -> String {
    format!(
        "<EntityDescriptor entityID=\"{entity_id}\" xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\">\
         <SPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><AssertionConsumerService \
         Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"{ACS}\" index=\"0\"/>\
         </SPSSODescriptor></EntityDescriptor>"
    )
}

/// The program with `hans`, who needs no second factor, and the service provider `plain`.
async fn house(on: Dialect) -> TestApp {
    house_with(on, &[]).await
}

/// The same, with settings.
async fn house_with(on: Dialect, settings: &[(&str, &str)]) -> TestApp {
    let app = TestApp::with(on, settings).await;
    app.with_person_and_client().await;
    let metadata = metadata("urn:example:plain");
    app.operate(&AddSp(app.app.sps.clone()), &[("id", "plain"), ("metadata", &metadata), ("name", "Plain")]).await;
    app
}

/// A request as a form.
fn form(id: &str, attributes: &str) -> String {
    form_of(id, attributes, "urn:example:plain")
}

/// A request of this party as a form.
fn form_of(id: &str, attributes: &str, issuer: &str) -> String {
    let xml = format!(
        "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"{id}\" Version=\"2.0\" \
         IssueInstant=\"2026-03-01T12:00:00Z\" {attributes}><saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">\
         {issuer}</saml:Issuer></samlp:AuthnRequest>"
    );
    let encoded = data_encoding::BASE64.encode(xml.as_bytes());
    url::form_urlencoded::Serializer::new(String::new())
        .append_pair("SAMLRequest", &encoded)
        .append_pair("RelayState", "s +&")
        .finish()
}

/// Posts a request as another site does, and follows to where it is sent on, if it is.
async fn ask(browser: &mut Browser<'_>, form: &str) -> Answer {
    let sent = browser.post_raw("/saml/sso", form, &[("origin", "https://sp.example"), ("sec-fetch-site", "cross-site")]).await;
    assert!(!sent.headers.contains_key("set-cookie"), "it came without cookies, and must not replace them");
    if sent.status != 303 {
        return sent;
    }
    let path = sent.location().to_owned();
    assert!(path.len() < 7100 && !path.contains("SAMLRequest"), "{path}");
    browser.get(&path).await
}

/// The response in a page that carries one.
fn response(page: &Answer) -> String {
    let packed = page.field("SAMLResponse").unwrap_or_else(|| panic!("no response: {} {}", page.status, page.text));
    String::from_utf8(data_encoding::BASE64.decode(packed.as_bytes()).unwrap()).unwrap()
}
