//! Service providers of SAML that we did not write: every one is tried with the same, in a browser without scripts.

use conformance::server::client;
use conformance::service_provider::{ServiceProvider, set};
use conformance::{Browser, Server, scripted, shibboleth, simplesamlphp};
use data_encoding::BASE64;

const PASSWORD: &str = "a-Provider-password-5";
const BOTH_FACTORS: &str = "https://refeds.org/profile/mfa";

/// A server with somebody who can sign in.
async fn house() -> Server {
    let server = Server::start().await;
    server.add_person("ada", PASSWORD);
    server
}

/// Everything that a service provider is tried with.
async fn tried(server: &Server, sp: &ServiceProvider) {
    let browser = Browser::start_with("en", false).await;
    browser.open(&sp.protected).await;
    browser.type_password("ada", PASSWORD).await;
    let secret = browser.enrol_first_factor().await.secret;
    changes_are_refused(&browser, sp).await;
    // As if for the first time, but we know the person now.
    browser.forget_cookies_of_peers().await;
    browser.open(&sp.protected).await;
    let name = arrives(server, sp, &browser).await;
    assert_eq!(browser.url().await, sp.protected);
    requests_must_be_signed(sp).await;

    set(server, "encrypt", "always").await;
    browser.forget_cookies_of_peers().await;
    browser.open(&sp.protected).await;
    let answer = carried(&browser).await;
    assert!(answer.contains("<saml:EncryptedAssertion") && !answer.contains("dana@example.org"), "{answer}");
    assert_eq!(arrives(server, sp, &browser).await, name, "the same name every time");

    for algorithm in sp.verifies {
        set(server, "signature_algorithm", algorithm).await;
        browser.forget_cookies_of_peers().await;
        browser.open(&sp.protected).await;
        arrives(server, sp, &browser).await;
    }

    browser.open(&sp.forced).await;
    browser.fill("#password", PASSWORD).await;
    browser.click("#submit").await;
    browser.type_code(&secret, 1).await;
    arrives(server, sp, &browser).await;

    browser.forget_cookies().await;
    browser.open(&sp.passive).await;
    assert!(!browser.has("#username").await, "something was shown");
    browser.click("#answer button").await;
    let said = browser.source_with(sp.says_of_passive).await;
    assert!(said.contains(sp.says_of_passive) && !browser.has("#email").await, "{said}\n{}", (sp.log)());
    browser.close().await;
}

/// Brings the answer on the page to the service provider and sees what it makes of it; returns the name of the person.
async fn arrives(server: &Server, sp: &ServiceProvider, browser: &Browser) -> String {
    browser.click("#answer button").await;
    if !browser.appears("#email").await {
        panic!("{}\n{}\n{}", browser.source().await, (sp.log)(), server.log());
    }
    assert_eq!(browser.text("#email").await, "dana@example.org");
    assert_eq!(browser.text("#given-name").await, "Dana");
    assert_eq!(browser.text("#context").await, BOTH_FACTORS);
    let name = browser.text("#name-id").await;
    assert!(name.len() > 20 && !name.contains("ada"), "{name}");
    name
}

/// The answer that the page is about to carry.
async fn carried(browser: &Browser) -> String {
    let packed = browser.attribute("input[name=SAMLResponse]", "value").await.expect("an answer");
    String::from_utf8(BASE64.decode(packed.as_bytes()).expect("base64")).expect("text")
}

/// Somebody else in the assertion on its way: the service provider does not believe it.
async fn changes_are_refused(browser: &Browser, sp: &ServiceProvider) {
    let answer = carried(browser).await;
    let changed = answer.replace("dana@example.org", "eve@example.org");
    assert_ne!(answer, changed);
    let place = browser.attribute("#answer", "action").await.expect("an address");
    let mut form = vec![("SAMLResponse", BASE64.encode(changed.as_bytes()))];
    if browser.has("input[name=RelayState]").await {
        form.extend(browser.attribute("input[name=RelayState]", "value").await.map(|state| ("RelayState", state)));
    }
    let sent = client().post(&place).header("Cookie", browser.cookies().await).form(&form).send().await.expect("an answer");
    let (status, said) = (sent.status(), sent.text().await.expect("a page"));
    assert!(!status.is_redirection() && said.contains(sp.says_of_changes), "{status} {said}\n{}", (sp.log)());
    assert!(!said.contains("eve@example.org"), "{said}");
}

/// Its metadata says that its requests are signed: we believe nothing else.
async fn requests_must_be_signed(sp: &ServiceProvider) {
    let sent = client().get(&sp.protected).send().await.expect("an answer");
    let request = sent.headers()["location"].to_str().expect("text").to_owned();
    let with = |wanted: &dyn Fn(&str) -> bool, more: &[(&str, &str)]| {
        let mut other = url::Url::parse(&request).expect("an address");
        let kept: Vec<_> =
            other.query_pairs().filter(|(name, _)| wanted(name)).map(|(n, v)| (n.into_owned(), v.into_owned())).collect();
        other.query_pairs_mut().clear().extend_pairs(kept).extend_pairs(more);
        other.to_string()
    };
    let unsigned = with(&|name| !["SigAlg", "Signature"].contains(&name), &[]);
    let changed = with(&|name| name != "RelayState", &[("RelayState", "elsewhere")]);
    for (address, expected, why) in
        [(unsigned, 400, "not signed, but has to be"), (changed, 400, "made by no key"), (request.clone(), 303, "")]
    {
        let answer = client().get(&address).send().await.expect("an answer");
        let (status, page) = (answer.status().as_u16(), answer.text().await.expect("a page"));
        assert!(status == expected && page.contains(why), "{address}: {status} {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn shibboleth_from_debian() {
    let server = house().await;
    tried(&server, &shibboleth::start(&server).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn simplesamlphp_from_debian() {
    let server = house().await;
    tried(&server, &simplesamlphp::start(&server).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pysaml2_from_pypi() {
    let server = house().await;
    tried(&server, &scripted::PYSAML2.start(&server).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn python3_saml_from_pypi() {
    let server = house().await;
    tried(&server, &scripted::PYTHON3_SAML.start(&server).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn samael_from_crates_io() {
    let server = house().await;
    tried(&server, &scripted::SAMAEL.start(&server).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn node_saml_from_npm() {
    let server = house().await;
    tried(&server, &scripted::NODE_SAML.start(&server).await).await;
}
