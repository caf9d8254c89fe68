//! Passwords that a directory wants to have changed: demanded or advised at sign-in, in a browser without scripts, and changed in
//! the directory.

use std::time::Duration;

use conformance::{Browser, Server};
use testbed::{PASSWORD, Slapd};

/// People of the directory sign in with their password alone.
async fn house() -> (Server, Slapd) {
    let (server, slapd) = (Server::start().await, Slapd::start());
    // Passwords of entries that were loaded have no age yet.
    for name in ["expired", "grace"] {
        slapd.modify(&format!(
            "dn: uid=policy-{name},ou=people,dc=example,dc=org\nchangetype: modify\nreplace: userPassword\nuserPassword: {PASSWORD}\n"
        ));
    }
    let uri = format!("LDAPURI={}", slapd.url());
    let params = ["preset=openldap", &uri, "LDAPBASE=dc=example,dc=org", "BINDDN=cn=service,dc=example,dc=org"];
    let mut args = vec!["resolver", "add", "staff", "--type", "ldap", "--secret-stdin", "BINDPW"];
    args.extend(params.iter().flat_map(|param| ["--param", param]));
    server.cli_ok(&args, Some("service-secret"));
    server.cli_ok(&["realm", "add", "staff", "--resolver", "staff"], None);
    server.cli_ok(&["policy", "disable", "require-second-factor"], None);
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    (server, slapd)
}

async fn sign_in(browser: &Browser, server: &Server, name: &str, password: &str) {
    browser.forget_cookies().await;
    browser.open(&server.at("/")).await;
    browser.type_password(&format!("{name}@staff"), password).await;
}

async fn change(browser: &Browser, old: &str, new: &str, again: &str) {
    browser.fill("#password", old).await;
    browser.fill("#new_password", new).await;
    browser.fill("#repeat_password", again).await;
    browser.click("#submit").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_change_passwords_that_have_expired() {
    let (server, slapd) = house().await;
    let browser = Browser::start_with("en", false).await;
    browser.open(&server.at("/")).await;

    sign_in(&browser, &server, "policy-expired", "wrong").await;
    assert!(browser.text("#problem").await.contains("don\u{2019}t match"), "who guesses is not told");
    sign_in(&browser, &server, "policy-expired", PASSWORD).await;
    assert!(browser.text("h1").await.contains("Choose a new password"));
    assert!(browser.text(".lead").await.contains("has expired"));
    change(&browser, "wrong", "Neues-Wort-1", "Neues-Wort-1").await;
    assert!(browser.text("#problem").await.contains("present password"));
    change(&browser, PASSWORD, "Neues-Wort-1", "Neues-Wort-2").await;
    assert!(browser.text("#problem").await.contains("not the same"));
    change(&browser, PASSWORD, PASSWORD, PASSWORD).await;
    assert!(browser.text("#problem").await.contains("another one"));
    change(&browser, PASSWORD, "kurz", "kurz").await;
    assert!(browser.text("#problem").await.contains("too short"), "the reason of the directory");
    change(&browser, PASSWORD, "Neues-Wort-1", "Neues-Wort-1").await;
    browser.text("a[href='/factors']").await;

    sign_in(&browser, &server, "policy-reset", PASSWORD).await;
    assert!(browser.text(".lead").await.contains("somebody else"));
    change(&browser, PASSWORD, "Neues-Wort-1", "Neues-Wort-1").await;
    browser.text("a[href='/factors']").await;

    // Two sign-ins are left; advice can be left for later.
    sign_in(&browser, &server, "policy-grace", PASSWORD).await;
    assert!(browser.text(".lead").await.contains("once more"), "{}", browser.text(".lead").await);
    browser.click("#skip").await;
    browser.text("a[href='/factors']").await;
    sign_in(&browser, &server, "policy-grace", PASSWORD).await;
    assert!(browser.text(".lead").await.contains("last time"), "{}", browser.text(".lead").await);
    change(&browser, PASSWORD, "Neues-Wort-1", "Neues-Wort-1").await;
    browser.text("a[href='/factors']").await;

    let form = |password| [("username", "policy-reset"), ("realm", "staff"), ("password", password)];
    assert_eq!(server.post("/auth", None, &form(PASSWORD)).await["result"]["status"], false);
    let answer = server.post("/auth", None, &form("Neues-Wort-1")).await;
    assert_eq!(answer["result"]["status"], true, "{answer}");
    // Passwords of this policy last for a second: the new one is right, and has expired as well.
    sign_in(&browser, &server, "policy-expired", PASSWORD).await;
    assert!(browser.text("#problem").await.contains("don\u{2019}t match"));
    sign_in(&browser, &server, "policy-expired", "Neues-Wort-1").await;
    assert!(browser.text("h1").await.contains("Choose a new password"));
    assert!(slapd.count("MOD") > 0 || slapd.count("PASSMOD") > 0, "it was the directory that changed them");
    let audit = server.cli_ok(&["audit", "search", "--json"], None);
    assert!(audit.contains("POST /login (change password)") && !audit.contains("Neues-Wort"), "{audit}");
    assert!(!server.log().contains("Neues-Wort"));
}
