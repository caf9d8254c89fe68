//! Tickets of MIT Kerberos in place of a password: curl and Chromium sign in on the hosted pages, and what others would make of a ticket.

use std::io::{BufRead, BufReader, Write};
use std::process::{Output, Stdio};

use conformance::apache::Apache;
use conformance::server::Options;
use conformance::{Browser, Server};
use testbed::{Kdc, Slapd};

use crate::ldap::add_directory;

const PASSWORD: &str = "a-domain-password-1";
const SERVICE: &str = "HTTP/localhost";

/// A domain with `hans`, and a server that trusts it.
struct Domain {
    kdc: Kdc,
    server: Server,
}

impl Domain {
    /// Whose people are in this realm of the server.
    async fn of(realm: &str) -> Self {
        Self::with(realm, "127.0.0.0/8", SERVICE).await
    }

    async fn with(realm: &str, networks: &str, service: &str) -> Self {
        let kdc = Kdc::start();
        let keytab = kdc.add_service(service, "");
        kdc.add_person("hans", PASSWORD);
        let set = |name: &str, value: &str| (format!("SYMBOLON__KERBEROS__{name}"), value.to_owned());
        let env = vec![
            set("KEYTAB", &keytab.display().to_string()),
            set("NETWORKS", networks),
            set("REALMS", &format!("EXAMPLE.TEST={realm}")),
        ];
        let server = Server::start_with(Options { env, ..Options::default() }).await;
        Self { kdc, server }
    }

    /// Has policy demand one factor alone, and waits until the server knows it.
    async fn without_second_factor(&self) {
        self.server.cli_ok(&["policy", "disable", "require-second-factor"], None);
        known().await;
    }

    /// Has curl go to an address with the tickets of somebody, through all redirects.
    fn curl(&self, tickets: &str, url: &str) -> Curl {
        self.curl_for("HTTP", tickets, url)
    }

    /// The same, with a ticket for this kind of service on the host.
    fn curl_for(&self, service: &str, tickets: &str, url: &str) -> Curl {
        let jar = tempfile::NamedTempFile::new().expect("a file");
        let mut command = self.kdc.command("curl");
        command.args(["--silent", "--verbose", "--noproxy", "*", "--location-trusted", "--max-redirs", "20"]);
        command.args(["--negotiate", "--user", ":", "--service-name", service]);
        command.arg("--cookie").arg(jar.path()).arg("--cookie-jar").arg(jar.path()).env("KRB5CCNAME", tickets);
        Curl::of(command.arg(url).output().expect("curl"))
    }

    /// The header with which curl has signed in: it shows a ticket also where nobody asks.
    fn header(&self, tickets: &str) -> String {
        self.header_for("HTTP", tickets)
    }

    fn header_for(&self, service: &str, tickets: &str) -> String {
        let shown = self.curl_for(service, tickets, &self.server.at("/"));
        let at_page = shown.said.split("> GET /login/").nth(1).unwrap_or_default();
        let line = at_page.lines().find_map(|line| line.strip_prefix("> Authorization: "));
        line.unwrap_or_else(|| panic!("no ticket was shown:\n{}", shown.said)).trim().to_owned()
    }

    /// Begins a sign-in and loads its page with this header; the status, the challenge and the page.
    async fn show(&self, header: &str) -> (u16, String, String) {
        let http = conformance::server::client();
        let begun = http.get(self.server.at("/")).send().await.expect("an answer");
        let cookie = begun.headers()["set-cookie"].to_str().expect("text").split(';').next().expect("a cookie").to_owned();
        let page = self.server.at(begun.headers()["location"].to_str().expect("text"));
        let answer = http.get(page).header("Cookie", cookie).header("Authorization", header).send().await.expect("an answer");
        let challenge =
            answer.headers().get("www-authenticate").map(|v| v.to_str().expect("text").to_owned()).unwrap_or_default();
        (answer.status().as_u16(), challenge, answer.text().await.expect("a page"))
    }

    /// Shows a header that must lead to the form, with a hint and without another challenge; what the audit says of it.
    async fn refused(&self, header: &str) -> String {
        let (status, challenge, page) = self.show(header).await;
        assert_eq!((status, challenge.as_str()), (200, ""), "{page}");
        assert!(page.contains("name=\"password\"") && page.contains("sign you in automatically"), "{page}");
        let admin = self.server.admin().await;
        let records = self.server.get("/audit/?page_size=1&action=*ticket*", Some(&admin)).await;
        records["result"]["value"]["auditdata"][0]["info"].as_str().unwrap_or_default().to_owned()
    }
}

/// What the command line has changed is known within two seconds.
async fn known() {
    tokio::time::sleep(std::time::Duration::from_millis(2_100)).await;
}

struct Curl {
    page: String,
    said: String,
}

impl Curl {
    fn of(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { page: text(&output.stdout), said: text(&output.stderr) }
    }

    /// The text of an element of Apache's page.
    fn text(&self, id: &str) -> &str {
        let rest = self.page.split(&format!("id=\"{id}\">")).nth(1);
        rest.and_then(|rest| rest.split('<').next()).unwrap_or_else(|| panic!("no {id}:\n{}\n{}", self.page, self.said))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_signs_in_to_an_application() {
    let slapd = Slapd::start();
    let domain = Domain::of("staff").await;
    add_directory(&domain.server, &slapd);
    domain.without_second_factor().await;
    let apache = Apache::start(&domain.server).await;
    domain.server.cli_ok(&["client", "set", "apache", "consent=trusted"], None);
    known().await;
    let tickets = domain.kdc.sign_in("hans", PASSWORD, "1h");
    let shown = domain.curl(&tickets, &apache.protected());
    assert_eq!((shown.text("acr"), shown.text("amr")), ("1", "wia"));
    assert!(!shown.text("sub").is_empty());
    assert!(shown.text("auth_time").parse::<u64>().is_ok());
    let doctor = String::from_utf8_lossy(&domain.server.cli(&["doctor"], None).stdout).into_owned();
    assert!(
        doctor.contains("the key table has key 2 of HTTP/localhost@EXAMPLE.TEST: aes128-cts-hmac-sha1-96, aes256"),
        "{doctor}"
    );

    // Somebody of the domain whom the directory does not know.
    domain.kdc.add_person("stranger", PASSWORD);
    let tickets = domain.kdc.sign_in("stranger", PASSWORD, "1h");
    let shown = domain.curl(&tickets, &apache.protected());
    assert!(shown.page.contains("sign you in automatically"), "{}", shown.page);
}

/// Begins a context that wants to know the other side, prints its token, reads the answer, and says whether it was satisfied.
const MUTUAL: &str = "
import base64, gssapi
name = gssapi.Name('HTTP@localhost', gssapi.NameType.hostbased_service)
mutual = gssapi.RequirementFlag.mutual_authentication
context = gssapi.SecurityContext(name=name, mech=gssapi.OID.from_int_seq('1.3.6.1.5.5.2'), flags=mutual, usage='initiate')
print('Negotiate', base64.b64encode(context.step()).decode(), flush=True)
context.step(base64.b64decode(input().split()[1]))
print(context.complete and mutual in context.actual_flags)
";

#[tokio::test(flavor = "multi_thread")]
async fn the_client_knows_that_it_is_we() {
    let domain = Domain::of("default").await;
    domain.server.add_person("hans", "another-Password-1");
    domain.without_second_factor().await;
    let tickets = domain.kdc.sign_in("hans", PASSWORD, "1h");
    for change in [0, 1] {
        let mut command = domain.kdc.command("/usr/bin/python3");
        command.args(["-c", MUTUAL]).env("KRB5CCNAME", &tickets);
        let mut client = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("python3");
        let mut said = BufReader::new(client.stdout.take().expect("output"));
        let mut header = String::new();
        said.read_line(&mut header).expect("a token (Debian package python3-gssapi)");
        let (status, answer, _) = domain.show(header.trim()).await;
        assert_eq!(status, 303, "{}", domain.server.log());
        let mut bytes = data_encoding::BASE64.decode(&answer.as_bytes()["Negotiate ".len()..]).expect("base64");
        *bytes.last_mut().expect("an answer") ^= change;
        writeln!(client.stdin.take().expect("input"), "Negotiate {}", data_encoding::BASE64.encode(&bytes)).expect("written");
        let mut verdict = String::new();
        said.read_line(&mut verdict).expect("a verdict");
        client.wait().expect("the end");
        assert_eq!(verdict.trim(), if change == 0 { "True" } else { "" });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_of_key_that_is_taken_works() {
    for types in ["aes128-cts:normal", "aes256-cts:normal", "aes128-sha2:normal", "aes256-sha2:normal"] {
        let kdc = Kdc::start();
        let keytab = kdc.add_service(SERVICE, types);
        kdc.add_person("hans", PASSWORD);
        let set = |name: &str, value: &str| (format!("SYMBOLON__KERBEROS__{name}"), value.to_owned());
        let env = vec![
            set("KEYTAB", &keytab.display().to_string()),
            set("NETWORKS", "127.0.0.1"),
            set("REALMS", "EXAMPLE.TEST=default"),
        ];
        let server = Server::start_with(Options { env, ..Options::default() }).await;
        server.add_person("hans", "another-Password-1");
        let domain = Domain { kdc, server };
        domain.without_second_factor().await;
        let tickets = domain.kdc.sign_in("hans", PASSWORD, "1h");
        let shown = domain.curl(&tickets, &domain.server.at("/"));
        assert!(shown.page.contains("/factors"), "{types}: {}\n{}", shown.said, domain.server.log());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_of_the_domain_is_asked_for_the_second_factor_alone() {
    let domain = Domain::of("default").await;
    domain.server.add_person("hans", "another-Password-1");
    let tickets = domain.kdc.sign_in("hans", PASSWORD, "1h");
    let mut environment = domain.kdc.environment();
    environment.push(("KRB5CCNAME".to_owned(), tickets));
    let allowed = ["--auth-server-allowlist=localhost".to_owned()];
    let browser = Browser::start_in("en", false, &allowed, &environment).await;
    // Chromium loads its Kerberos library when it has been asked for a ticket once; until then it shows the form.
    browser.open(&domain.server.at("/")).await;
    browser.text("#submit").await;
    // A first factor is not bound to an account by whoever finds its machine.
    browser.open(&domain.server.at("/")).await;
    assert_eq!(browser.attribute("#username", "value").await.as_deref(), Some("hans"));
    browser.fill("#password", "another-Password-1").await;
    browser.click("#submit").await;
    let secret = browser.enrol_first_factor().await.secret;
    browser.text("a[href='/factors']").await;
    browser.forget_cookies().await;
    browser.open(&domain.server.at("/")).await;
    browser.type_code(&secret, 1).await;
    browser.text("a[href='/factors']").await;
    // Signed out is signed out: the next page shows the form, and the ticket only to who wants that.
    browser.open(&domain.server.at("/logout")).await;
    browser.click("#accept").await;
    browser.text("a[href='/']").await;
    browser.open(&domain.server.at("/")).await;
    browser.text("label[for=password]").await;
    browser.click("a[href$='?ticket']").await;
    browser.text("#otp").await;
    browser.close().await;

    // A browser without tickets shows the form at once, and signs in by it.
    let browser = Browser::start_with("de", false).await;
    browser.open(&domain.server.at("/")).await;
    browser.type_password("hans", "another-Password-1").await;
    browser.text("#otp").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_make_of_tickets_leads_to_the_form() {
    let domain = Domain::of("default").await;
    domain.server.add_person("hans", "another-Password-1");
    domain.without_second_factor().await;
    let tickets = domain.kdc.sign_in("hans", PASSWORD, "1h");
    let used = domain.header(&tickets);
    assert!(domain.refused(&used).await.ends_with("hans@EXAMPLE.TEST: it was used before"));
    for (header, why) in [
        ("Negotiate", ""),
        ("Basic aGFuczp4", ""),
        ("Negotiate AA==", "an element without an end"),
        ("Negotiate ????", "no base64"),
        ("Negotiate TlRMTVNTUAABAAAAl4II4gAAAAAAAAAAAAAAAAAAAAAKAGFKAAAADw==", "NTLM"),
        (&used[..used.len() / 2 / 4 * 4 + 10], "an element without an end"),
        (&format!("Negotiate {}", "A".repeat(80_000)), "too long"),
    ] {
        if why.is_empty() {
            let (status, challenge, page) = domain.show(header).await;
            assert_eq!((status, challenge.as_str()), (401, "Negotiate"), "{header}");
            assert!(page.contains("name=\"password\""));
        } else {
            let said = domain.refused(header).await;
            assert!(said.contains(why), "{header}: {said}");
        }
    }

    // People in many groups have large tickets, which HTTP/2 must let through, too.
    let http = conformance::server::client();
    let begun = http.get(domain.server.at("/")).send().await.expect("an answer");
    let text = |name: &str| begun.headers()[name].to_str().expect("text").to_owned();
    let mut command = domain.kdc.command("curl");
    command.args(["--silent", "--verbose", "--noproxy", "*", "--http2-prior-knowledge", "--cookie", &text("set-cookie")]);
    command.arg("--header").arg(format!("Authorization: Negotiate {}", "A".repeat(64_000)));
    let shown = Curl::of(command.arg(domain.server.at(&text("location"))).output().expect("curl"));
    assert!(shown.said.contains("< HTTP/2 200") && shown.page.contains("sign you in automatically"), "{}", shown.said);

    // One changed bit of what is encrypted.
    let mut bytes = data_encoding::BASE64.decode(&used.as_bytes()["Negotiate ".len()..]).expect("base64");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    assert!(domain.refused(&format!("Negotiate {}", data_encoding::BASE64.encode(&bytes))).await.contains("does not open"));

    // A ticket for another service of the same host.
    domain.kdc.add_service("other/localhost", "");
    let header = domain.header_for("other", &tickets);
    assert!(domain.refused(&header).await.contains("another service"));

    // Disabled here, whatever the domain says.
    domain.server.cli_ok(&["user", "disable", "hans"], None);
    known().await;
    let shown = domain.curl(&tickets, &domain.server.at("/"));
    assert!(shown.page.contains("sign you in automatically"), "{}", shown.page);
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_for_others_and_from_elsewhere_are_not_taken() {
    // Of a network that is not named: nobody is asked, and what comes is not looked at.
    let far = Domain::with("default", "10.0.0.0/8", SERVICE).await;
    far.server.add_person("hans", "another-Password-1");
    far.without_second_factor().await;
    let tickets = far.kdc.sign_in("hans", PASSWORD, "1h");
    let shown = far.curl(&tickets, &far.server.at("/"));
    assert!(shown.page.contains("name=\"password\"") && !shown.said.contains("www-authenticate"), "{}", shown.said);

    // The key table holds the key of another service; the ticket is for ours.
    let other = Domain::with("default", "127.0.0.0/8", "HTTP/elsewhere.example.test").await;
    other.kdc.add_service(SERVICE, "");
    let tickets = other.kdc.sign_in("hans", PASSWORD, "1h");
    let header = other.header(&tickets);
    assert!(other.refused(&header).await.contains("no key of this type"), "{}", other.server.log());

    // A key of ours that the domain has replaced.
    let stale = Domain::of("default").await;
    stale.kdc.admin("cpw -randkey HTTP/localhost");
    let tickets = stale.kdc.sign_in("hans", PASSWORD, "1h");
    let header = stale.header(&tickets);
    assert!(stale.refused(&header).await.contains("does not open"));
}
