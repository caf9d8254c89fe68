//! Single logout over HTTP: service providers are told of sign-outs that begin on our pages and at other applications.

use db::Dialect;
use symbolon::sps::{AddSp, ChangeSp};

use super::artifact::{key, message_with, with_key};
use super::{ask, form, house, metadata, query, response};
use crate::support::{Answer, Browser, PASSWORD, TestApp};

db::on_every_database![
    a_sign_out_on_our_pages_is_told_and_answered,
    who_does_not_answer_is_passed_over_and_named,
    an_application_that_signs_out_reaches_service_providers,
    messages_travel_on_in_short_addresses_for_a_while,
    long_messages_are_taken,
    strangers_end_nothing,
];

/// The house, whose service provider takes single logout by a form, and `hans`, who is signed in there.
async fn signed_in(app: &TestApp) -> Browser<'_> {
    let logout = "<SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" \
                  Location=\"https://sp.example/slo\"/><AssertionConsumerService ";
    let metadata = metadata("urn:example:plain").replacen("<AssertionConsumerService ", logout, 1);
    app.operate(&ChangeSp(app.app.sps.clone()), &[("id", "plain"), ("metadata", &metadata)]).await;
    let mut browser = Browser::fresh(app);
    let asked = ask(&mut browser, &form("_r1", "")).await;
    let path = asked.location().to_owned();
    let page = browser.get(&path).await;
    let back = browser.answer(&path, &page, &[("username", "hans"), ("password", PASSWORD)]).await;
    assert!(response(&back).contains("SessionIndex="));
    browser
}

/// Signs out on our page; gives the page on which applications are told, and its path.
async fn sign_out(browser: &mut Browser<'_>) -> (String, Answer) {
    let sent = browser.post("/logout", &[("accept", "1")]).await;
    assert_eq!(sent.status, 303, "{}", sent.text);
    let path = sent.location().to_owned();
    assert!(path.starts_with("/logout/"), "{path}");
    assert!(browser.cookie("symbolon_session").is_none());
    let page = browser.get(&path).await;
    (path, page)
}

/// What the service provider answers to the request in a page.
fn answer_to(page: &Answer) -> String {
    answer_with(page, "")
}

/// The same, with details.
fn answer_with(page: &Answer, details: &str) -> String {
    let packed = page.field("SAMLRequest").unwrap_or_else(|| panic!("no request: {} {}", page.status, page.text));
    let request = String::from_utf8(data_encoding::BASE64.decode(packed.as_bytes()).unwrap()).unwrap();
    assert!(request.contains("<samlp:SessionIndex>") && request.contains("<ds:Signature "), "{request}");
    let id = request.split(" ID=\"").nth(1).unwrap().split('"').next().unwrap();
    let xml = format!(
        "<samlp:LogoutResponse xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_a\" Version=\"2.0\" \
         IssueInstant=\"2026-03-01T12:00:00Z\" InResponseTo=\"{id}\"><saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">\
         urn:example:plain</saml:Issuer><samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>\
         {details}</samlp:Status></samlp:LogoutResponse>"
    );
    let encoded = data_encoding::BASE64.encode(xml.as_bytes());
    url::form_urlencoded::Serializer::new(String::new()).append_pair("SAMLResponse", &encoded).finish()
}

/// Posts as another site does, and follows to where it is sent on.
async fn carried(browser: &mut Browser<'_>, form: &str) -> Answer {
    let path = sent_on(browser, form).await;
    browser.get(&path).await
}

/// Where a form of another site is sent on to.
async fn sent_on(browser: &mut Browser<'_>, form: &str) -> String {
    let sent = browser.post_raw("/saml/slo", form, &[("origin", "https://sp.example"), ("sec-fetch-site", "cross-site")]).await;
    assert_eq!(sent.status, 303, "{}", sent.text);
    let path = sent.location().to_owned();
    assert!(path.starts_with("/saml/slo?posted=") && path.len() < 7100 && !path.contains("SAML"), "{path}");
    path
}

async fn a_sign_out_on_our_pages_is_told_and_answered(on: Dialect) {
    let app = house(on).await;
    let mut browser = signed_in(&app).await;
    let (path, page) = sign_out(&mut browser).await;
    let policy = page.header("content-security-policy").to_owned();
    assert!(policy.contains("form-action 'self' https://sp.example https:;"), "{policy}");
    assert!(page.text.contains("action=\"https://sp.example/slo\" data-send"), "{}", page.text);
    let taken_up = browser.get("/logout").await;
    assert_eq!(taken_up.location(), path, "a sign-out that is not finished is taken up again");
    let back = carried(&mut browser, &answer_to(&page)).await;
    assert_eq!(back.location(), path, "{}", back.text);
    let end = browser.get(&path).await;
    assert!(end.status == 200 && end.text.contains("You are signed out") && !end.text.contains("Plain"), "{}", end.text);
}

async fn who_does_not_answer_is_passed_over_and_named(on: Dialect) {
    let app = house(on).await;
    let mut browser = signed_in(&app).await;
    let (path, _) = sign_out(&mut browser).await;
    assert_eq!(Browser::fresh(&app).get(&path).await.status, 410, "another browser");
    // An answer that cannot be believed leads back to where the person is.
    let cross_site = [("origin", "https://sp.example"), ("sec-fetch-site", "cross-site")];
    let sent = browser.post_raw("/saml/slo", "SAMLResponse=PGEvPg%3D%3D", &cross_site).await;
    assert_eq!(browser.get(sent.location()).await.location(), path);
    assert_eq!(Browser::fresh(&app).get(sent.location()).await.status, 400);
    let again = browser.get(&path).await;
    assert!(again.text.contains("id=\"late\"") && !again.text.contains("data-send"), "{}", again.text);
    let skipped = browser.post(&path, &[("skip", "1")]).await;
    assert_eq!((skipped.status.as_u16(), skipped.location()), (303, path.as_str()));
    let end = browser.get(&path).await;
    assert!(end.text.contains("You are signed out") && end.text.contains("<bdi>Plain</bdi>"), "{}", end.text);
}

async fn an_application_that_signs_out_reaches_service_providers(on: Dialect) {
    let app = house(on).await;
    let mut browser = signed_in(&app).await;
    let bye = "https%3A%2F%2Fnotes.example%2Fbye";
    let page = browser.get(&format!("/oidc/logout?client_id=notes&post_logout_redirect_uri={bye}")).await;
    let ending = page.field("ending").unwrap();
    let sent = browser.post("/logout", &[("accept", "1"), ("ending", &ending)]).await;
    let path = sent.location().to_owned();
    let page = browser.get(&path).await;
    let back = carried(&mut browser, &answer_to(&page)).await;
    assert_eq!(back.location(), path);
    assert_eq!(browser.get(&path).await.location(), "https://notes.example/bye");
}

async fn messages_travel_on_in_short_addresses_for_a_while(on: Dialect) {
    let app = house(on).await;
    let mut browser = signed_in(&app).await;
    let (path, page) = sign_out(&mut browser).await;
    let chain = "MIIDazCCAlOgAwIBAgIUKz".repeat(600);
    let details = format!("<samlp:StatusDetail><x xmlns=\"urn:example:x\">{chain}</x></samlp:StatusDetail>");
    let on_its_way = sent_on(&mut browser, &answer_with(&page, &details)).await;
    let changed = format!("{}AAAA", &on_its_way[..on_its_way.len() - 4]);
    assert_eq!(browser.get(&changed).await.status, 400);
    let of_a_sign_in = on_its_way.replace("/saml/slo", "/saml/sso");
    assert_eq!(browser.get(&of_a_sign_in).await.status, 400);
    let back = browser.get(&on_its_way).await;
    assert_eq!(back.location(), path, "{}", back.text);
    let late = sent_on(&mut browser, &answer_to(&page)).await;
    app.app.clock.advance(std::time::Duration::from_secs(301));
    let late = browser.get(&late).await;
    assert!(late.status == 400 && late.text.contains("too long ago"), "{} {}", late.status, late.text);
}

/// Certificates of a chain, as long as those of long keys.
fn chain(length: usize) -> String {
    let mut state = 1_u32;
    let mut certificate = || -> Vec<u8> {
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        (0..2000).map(next).collect()
    };
    let chain: String = (0..length)
        .map(|_| format!("<ds:X509Certificate>{}</ds:X509Certificate>", data_encoding::BASE64.encode(&certificate())))
        .collect();
    format!("</ds:SignatureValue><ds:KeyInfo><ds:X509Data>{chain}</ds:X509Data></ds:KeyInfo>")
}

async fn long_messages_are_taken(on: Dialect) {
    const ENTITY: &str = "urn:example:long";
    let dir = tempfile::tempdir().unwrap();
    let app = house(on).await;
    key(dir.path());
    let post = "Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://sp.example";
    let logout = format!("<SingleLogoutService {post}/slo\"/><AssertionConsumerService ");
    let metadata = with_key(ENTITY, dir.path(), &format!("{post}/acs\"")).replacen("<AssertionConsumerService ", &logout, 1);
    app.operate(&AddSp(app.app.sps.clone()), &[("id", "long"), ("metadata", &metadata)]).await;
    let mut browser = Browser::fresh(&app);
    let name = query::signed_in(&mut browser, "_r1", ENTITY).await;
    let here = format!("Destination=\"{}/saml/slo\"", app.app.config.server.public_url.origin());
    let packed = |name: &str, change: &dyn Fn(String) -> String| {
        let signed = message_with(("LogoutRequest", "_ask", &here), ENTITY, name, Some(dir.path()));
        let long = change(signed.replacen("</ds:SignatureValue>", &chain(15), 1));
        assert!((40_000..60_000).contains(&long.len()), "{}", long.len());
        let encoded = data_encoding::BASE64.encode(long.as_bytes());
        url::form_urlencoded::Serializer::new(String::new()).append_pair("SAMLRequest", &encoded).finish()
    };
    // What nobody has signed goes no further, however long it is.
    let changed = packed(&name, &|text| text.replace("12:00:00Z", "12:00:01Z"));
    let refused =
        browser.post_raw("/saml/slo", &changed, &[("origin", "https://sp.example"), ("sec-fetch-site", "cross-site")]).await;
    assert!(refused.status == 400 && refused.text.contains("made by no key"), "{} {}", refused.status, refused.text);
    assert_eq!(browser.get("/").await.status, 200, "the session is over");
    let form = packed(&name, &|text| text);
    let answer = carried(&mut browser, &form).await;
    assert!(
        answer.text.contains("action=\"https://sp.example/slo\"") && response(&answer).contains("status:Success"),
        "{}",
        answer.text
    );
    assert_eq!(browser.get("/").await.status, 303, "the session is still there");
    let again = carried(&mut browser, &form).await;
    assert!(again.status == 400 && again.text.contains("answered before"), "{} {}", again.status, again.text);
}

async fn strangers_end_nothing(on: Dialect) {
    let app = house(on).await;
    let mut browser = signed_in(&app).await;
    let xml = "<samlp:LogoutRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_l\" Version=\"2.0\" \
               IssueInstant=\"2026-03-01T12:00:00Z\"><saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">urn:example:plain\
               </saml:Issuer></samlp:LogoutRequest>";
    let encoded = data_encoding::BASE64.encode(xml.as_bytes());
    let form = url::form_urlencoded::Serializer::new(String::new()).append_pair("SAMLRequest", &encoded).finish();
    let refused =
        browser.post_raw("/saml/slo", &form, &[("origin", "https://sp.example"), ("sec-fetch-site", "cross-site")]).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    assert_eq!(browser.get("/").await.status, 200, "the session is over");
    for path in ["/saml/slo", "/saml/slo?SAMLRequest=x&SAMLResponse=y", "/saml/slo?SAMLResponse=PGEvPg%3D%3D"] {
        assert_eq!(browser.get(path).await.status, 400, "{path}");
    }
    let envelope =
        format!("<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{xml}</s:Body></s:Envelope>");
    let fault = Browser::fresh(&app).post_raw("/saml/slo/soap", &envelope, &[]).await;
    assert!(fault.status == 403 && fault.text.contains("Fault") && fault.header("content-type").starts_with("text/xml"));
    assert_eq!(browser.get("/").await.status, 200);
}
