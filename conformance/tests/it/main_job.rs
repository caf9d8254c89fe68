//! The main job, in a real browser: password, first factor, recovery codes, consent, single sign-on, step-up, sign-out.

use conformance::demo::Demo;
use conformance::sign_in::Enrolled;
use conformance::{Browser, Server};

const PASSWORD: &str = "a-Demo-password-77";

async fn claim(browser: &Browser, name: &str) -> String {
    browser.text(&format!("#id-token [data-claim={name}]")).await
}

/// The whole story; with scripts and without.
async fn story(scripts: bool) {
    let server = Server::start().await;
    server.add_person("demo", PASSWORD);
    let notes = Demo::start(&server, "notes", None).await;
    let payroll = Demo::start(&server, "payroll", Some("2")).await;
    let browser = Browser::start_with("en", scripts).await;

    browser.open(&notes.url()).await;
    browser.click("#sign-in").await;
    browser.type_password("demo", PASSWORD).await;
    let Enrolled { secret, recovery } = browser.enrol_first_factor().await;
    assert!(recovery.len() >= 8, "{recovery:?}");
    browser.click("#accept").await;
    assert_eq!(browser.text("#who").await, "Signed in as Dana Demo.");
    assert_eq!(claim(&browser, "iss").await, server.url());
    assert_eq!(claim(&browser, "aud").await.trim_matches(['[', ']', '"']), "notes");
    assert_eq!(claim(&browser, "acr").await, "2");
    let amr = claim(&browser, "amr").await;
    assert!(amr.contains("pwd") && amr.contains("otp") && amr.contains("mfa"), "{amr}");
    let (first, sid) = (claim(&browser, "auth_time").await, claim(&browser, "sid").await);

    // Single sign-on: no password and no code, only consent of the second application.
    browser.open(&payroll.url()).await;
    browser.click("#sign-in").await;
    browser.click("#accept").await;
    assert_eq!(claim(&browser, "acr").await, "2");
    assert_eq!(claim(&browser, "auth_time").await, first);
    assert_ne!(claim(&browser, "sid").await, sid, "each application has a sid of its own");

    // Signing in again on request: password and code, a new moment.
    browser.click("#again").await;
    browser.fill("#password", PASSWORD).await;
    browser.click("#submit").await;
    browser.attribute("input[name=factor]", "value").await;
    browser.type_code(&secret, 1).await;
    assert_ne!(claim(&browser, "auth_time").await, first);

    // Signing out at one application ends the session for both.
    browser.click("#sign-out").await;
    browser.text("#sign-in").await;
    browser.open(&format!("{}/login?prompt=none", notes.url())).await;
    assert!(browser.text("#failure").await.contains("login_required"));

    // A recovery code instead of the authenticator.
    browser.open(&notes.url()).await;
    if !browser.has("#sign-in").await {
        browser.click("#sign-out").await;
    }
    browser.click("#sign-in").await;
    browser.type_password("demo", PASSWORD).await;
    browser.click("button[name=factor][value^=RECO]").await;
    browser.attribute("input[name=factor][value^=RECO]", "value").await;
    browser.fill("#otp", &recovery[0]).await;
    browser.click("#submit").await;
    assert_eq!(browser.text("#who").await, "Signed in as Dana Demo.");

    // Every step stands in the audit, with the policies that decided.
    let admin = server.admin().await;
    let rows = server.get("/audit/?user=demo&page_size=100", Some(&admin)).await;
    let text = rows.to_string();
    assert!(text.contains("sign_in") && text.contains("require-second-factor"), "{text}");
    assert!(server.cli(&["audit", "verify"], None).status.success());
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_scripts() {
    story(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_scripts() {
    story(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stronger_application_asks_only_for_what_is_missing() {
    let server = Server::start().await;
    server.add_person("demo", PASSWORD);
    let action = "enroll_at_sign_in=totp, recovery_codes";
    server.cli_ok(&["policy", "set", "require-second-factor", "--action", action], None);
    let notes = Demo::start(&server, "notes", None).await;
    let payroll = Demo::start(&server, "payroll", Some("2")).await;
    let browser = Browser::start().await;
    browser.open(&notes.url()).await;
    browser.click("#sign-in").await;
    browser.type_password("demo", PASSWORD).await;
    browser.click("#accept").await;
    assert_eq!(claim(&browser, "acr").await, "1");
    // The second one wants two factors of somebody who has but a password: enrolment is offered, after the person has confirmed
    // with the password that they still sit there.
    browser.open(&payroll.url()).await;
    browser.click("#sign-in").await;
    browser.fill("#password", PASSWORD).await;
    browser.click("#submit").await;
    browser.enrol_first_factor().await;
    browser.click("#accept").await;
    assert_eq!(claim(&browser, "acr").await, "2");
    // From now on there is a factor: the first application, asked for two factors, is content with what the session has.
    browser.open(&notes.url()).await;
    browser.click("#step-up").await;
    assert_eq!(claim(&browser, "acr").await, "2");
    browser.close().await;
}
