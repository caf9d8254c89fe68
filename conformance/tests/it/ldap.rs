//! People of a directory sign in: set up as the guide says, in a browser, and through the API; counted in the log of the directory.

use conformance::{Browser, Server};
use testbed::{PASSWORD, Slapd};

/// The directory as the guide adds it, in a realm of its own.
pub fn add_directory(server: &Server, slapd: &Slapd) {
    let uri = format!("LDAPURI={}", slapd.tls_url());
    let ca = format!("TLS_CA_FILE={}", slapd.ca_file().display());
    let params = [
        "preset=openldap",
        &uri,
        "LDAPBASE=dc=example,dc=org",
        "BINDDN=cn=service,dc=example,dc=org",
        "TLS_VERIFY=True",
        &ca,
        "CACHE_TIMEOUT=1",
    ];
    let mut args = vec!["resolver", "add", "staff", "--type", "ldap", "--secret-stdin", "BINDPW"];
    args.extend(params.iter().flat_map(|param| ["--param", param]));
    server.cli_ok(&args, Some("service-secret"));
    server.cli_ok(&["realm", "add", "staff", "--resolver", "staff"], None);
    let said = server.cli_ok(&["resolver", "test", "staff"], None);
    assert!(said.contains("16 users were found: disabled, ended, eva, ..."), "{said}");
    let groups = [
        "recursive_group_search=True",
        "group_search_filter=(&(objectClass=groupOfNames)(member={dn}))",
        "group_name_attribute=cn",
        "group_attribute_mapping_key=groups",
    ];
    let mut args = vec!["resolver", "set", "staff"];
    args.extend(groups.iter().flat_map(|param| ["--param", param]));
    server.cli_ok(&args, None);
    let shown = server.cli_ok(&["resolver", "show", "staff"], None);
    assert!(shown.contains("objectClass=groupOfNames"), "{shown}");
    assert!(shown.contains("__CENSORED__") && !shown.contains("service-secret"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_a_directory_sign_in() {
    let (server, slapd) = (Server::start().await, Slapd::start());
    add_directory(&server, &slapd);
    let browser = Browser::start_with("en", false).await;
    browser.open(&server.at("/")).await;
    browser.type_password("hans@staff", PASSWORD).await;
    browser.enrol_first_factor().await;
    // The portal is there before anything else is asked of the browser.
    browser.click("a[href='/factors']").await;
    browser.text("a[href='/factors/add']").await;
    assert!(browser.url().await.ends_with("/factors"), "{}", browser.url().await);

    let token = async |user: &str, password: &str| {
        let answer = server.post("/auth", None, &[("username", user), ("password", password)]).await;
        answer["result"]["value"]["token"].as_str().map(str::to_owned)
    };
    assert!(token("hans@staff", PASSWORD).await.is_some());
    // What is known of them is a second old, and is asked anew behind the sign-in before: that comes to rest first.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let before = (slapd.count("SRCH"), slapd.count("BIND"));
    assert!(token("hans@staff", PASSWORD).await.is_some());
    // The search for groups goes on until there are no further ones: staff, admins, everyone.
    let (searches, groups) = (slapd.count("SRCH") - before.0, 4);
    assert_eq!((searches - groups, slapd.count("BIND") - before.1), (1, 1), "one search and one bind");
    a_page_of_tokens_is_one_search(&server, &slapd).await;
    for (user, password) in [
        ("hans@staff", "falsch"),
        ("hans@staff", ""),
        ("disabled@staff", PASSWORD),
        ("ended@staff", PASSWORD),
        ("*@staff", PASSWORD),
        ("hans)(uid=*@staff", PASSWORD),
        ("nobody@staff", PASSWORD),
    ] {
        assert_eq!(token(user, password).await, None, "{user}");
    }
    slapd.modify(
        "dn: uid=hans,ou=people,dc=example,dc=org\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 514\n",
    );
    tokio::time::sleep(std::time::Duration::from_millis(3_100)).await;
    assert_eq!(token("hans@staff", PASSWORD).await, None, "the directory bars them now");
}

/// Whoever's tokens they are: the directory is asked once for all.
async fn a_page_of_tokens_is_one_search(server: &Server, slapd: &Slapd) {
    let admin = server.admin().await;
    for user in ["hans", "eva", "sally", "odd", "twin1", "twin2"] {
        let form = [("user", user), ("realm", "staff"), ("type", "hotp"), ("genkey", "1")];
        let made = server.post("/token/init", Some(&admin), &form).await;
        assert_eq!(made["result"]["status"], true, "{made}");
    }
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let before = slapd.count("SRCH");
    let page = server.get("/token/?pagesize=100", Some(&admin)).await;
    let tokens = page["result"]["value"]["tokens"].as_array().expect("tokens");
    assert!(tokens.len() >= 7 && tokens.iter().all(|token| token["username"] != ""), "{page}");
    assert_eq!(slapd.count("SRCH") - before, 1);
}
