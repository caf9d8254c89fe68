//! People behind HTTP, set up as the guide says: a SCIM server that we did not write, our own, and an API in Python.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use conformance::api::accepted;
use conformance::process::{Process, free_port};
use conformance::server::Options;
use conformance::{Server, oath};
use serde_json::{Value, json};

const TOKEN: &str = "a-bearer-token";
const SEED: &str = "3132333435363738393031323334353637383930";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A program among the peers that `scripts/install test` has put beside the build.
fn peer(name: &str) -> PathBuf {
    let program = root().parent().expect("the workspace").join("target/peers/bin").join(name);
    assert!(program.is_file(), "{} is missing: run `scripts/install test`; it needs a way to PyPI", program.display());
    program
}

async fn listens(port: u16) {
    for _ in 0..1000 {
        if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nobody listens on {port}");
}

/// A Symbolon that may call this machine.
async fn start() -> Server {
    let allow = ("SYMBOLON__OUTBOUND__ALLOW".to_owned(), "127.0.0.1, localhost".to_owned());
    Server::start_with(Options { env: vec![allow], ..Options::default() }).await
}

fn add(server: &Server, name: &str, kind: &str, secret: (&str, &str), params: &[String]) {
    let mut args = vec!["resolver", "add", name, "--type", kind, "--secret-stdin", secret.0];
    args.extend(params.iter().flat_map(|param| ["--param", param]));
    server.cli_ok(&args, Some(secret.1));
    server.cli_ok(&["realm", "add", name, "--resolver", name], None);
    let shown = server.cli_ok(&["resolver", "show", name], None);
    assert!(shown.contains("__CENSORED__") && !shown.contains(secret.1), "{shown}");
}

/// What the command line changes, the server knows within two seconds.
async fn known() {
    tokio::time::sleep(Duration::from_millis(2500)).await;
}

/// 60 people, made by a client's own requests: more than one question for many holds. The last one is disabled.
async fn fill(users: &str, token: &str) {
    let http = conformance::server::client();
    for n in 0..60 {
        let name = format!("user{n:02}");
        let user = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "active": n != 59,
            "name": { "givenName": "Given", "familyName": format!("O'Hara \"{n}\"") },
            "emails": [{ "value": format!("{name}@example.org"), "type": "work", "primary": true }],
        });
        let request = http.post(users).bearer_auth(token).header("content-type", "application/scim+json").body(user.to_string());
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap_or_default());
    }
}

/// What holds of every SCIM server with these people.
async fn people_of(server: &Server, admin: &str, realm: &str) {
    let said = server.cli_ok(&["resolver", "test", realm], None);
    assert!(said.contains("60 users were found: user00, user01, user02, ..."), "{said}");
    let found = server.get(&format!("/user/?realm={realm}&username=user0*"), Some(admin)).await;
    let found = found["result"]["value"].as_array().expect("people").clone();
    assert_eq!(found.len(), 10, "{found:?}");
    assert_eq!(found[3]["email"], "user03@example.org");
    assert_eq!(found[3]["surname"], "O'Hara \"3\"");
    let by_mail = server.get(&format!("/user/?realm={realm}&email=*7%40example.org"), Some(admin)).await;
    assert_eq!(by_mail["result"]["value"].as_array().map(Vec::len), Some(6), "{by_mail}");

    let at = |name: &str| format!("{name}@{realm}");
    // Names without regard to case (RFC 7643, section 4.1.1).
    let codes = oath::hotp_list(SEED, 2);
    server.enrol_seed(admin, "hotp", &at("USER07"), "", SEED).await;
    assert!(accepted(&server.check(&at("user07"), &codes[0]).await));
    assert!(accepted(&server.check(&at("User07"), &codes[1]).await));
    for name in
        [r#"x" or userName eq "user07"#, r#"user07" and id pr and userName eq "user07"#, "user0*", "user07 ", "../Users", ""]
    {
        assert!(!accepted(&server.check(&at(name), &codes[2]).await), "{name}");
    }
    let disabled = server.check(&at("user59"), "123456").await;
    assert!(!accepted(&disabled), "{disabled}");
    for n in 10..40 {
        server.enrol(admin, "hotp", &at(&format!("user{n}")), "").await;
    }
    let page = server.get(&format!("/token/?tokenrealm={realm}&pagesize=100"), Some(admin)).await;
    let tokens = page["result"]["value"]["tokens"].as_array().expect("tokens").clone();
    assert_eq!(tokens.len(), 31);
    assert!(tokens.iter().all(|token| token["username"].as_str().is_some_and(|name| name.starts_with("user"))), "{tokens:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_scim2_server() {
    let (server, port) = (start().await, free_port());
    let log = tempfile::NamedTempFile::new().expect("a file");
    let mut command = Command::new(peer("scim2-server"));
    command.args(["--bearer-token", TOKEN, "--port", &port.to_string()]);
    let _peer = Process::start("scim2-server", "python3-venv", &mut command, log.path());
    listens(port).await;
    fill(&format!("http://127.0.0.1:{port}/Users"), TOKEN).await;
    add(&server, "cloud", "scim", ("Secret", TOKEN), &[format!("Resourceserver=http://127.0.0.1:{port}")]);
    known().await;
    let admin = server.admin().await;
    people_of(&server, &admin, "cloud").await;
    assert!(!server.log().contains(TOKEN));
    let questions = std::fs::read_to_string(log.path()).expect("the log of the peer");
    // The page of 31 tokens asked for at most a chunk at a time, and not for each.
    let one_by_one = questions.lines().filter(|line| line.contains("GET /Users/")).count();
    assert!(one_by_one < 31, "{one_by_one}\n{questions}");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_our_own_scim_server() {
    let (server, other) = (start().await, Server::start().await);
    let said = other.cli_ok(&["scim", "client", "add", "reader", "--json"], None);
    let token = serde_json::from_str::<Value>(&said).expect("JSON")["token"].as_str().expect("a token").to_owned();
    known().await;
    fill(&other.at("/scim/v2/Users"), &token).await;
    add(&server, "hub", "scim", ("Secret", &token), &[format!("Resourceserver={}", other.at("/scim/v2"))]);
    known().await;
    let admin = server.admin().await;
    people_of(&server, &admin, "hub").await;
    assert!(!server.log().contains(&token));
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_an_http_api() {
    let (server, port) = (start().await, free_port());
    let log = tempfile::NamedTempFile::new().expect("a file");
    let mut command = Command::new("/usr/bin/python3");
    command.arg(root().join("peers/http_users.py")).arg(port.to_string());
    let _peer = Process::start("http_users.py", "python3", &mut command, log.path());
    listens(port).await;
    let authorization = r#"{"method": "POST", "endpoint": "/token", "headers": {"Content-Type": "application/x-www-form-urlencoded"}, "requestMapping": "grant_type=client_credentials&name={username}&secret={password}", "responseMapping": {"Authorization": "Bearer {access_token}"}}"#;
    let common =
        [format!("base_url=http://127.0.0.1:{port}"), "username=svc".to_owned(), format!("config_authorization={authorization}")];
    let advanced = [
        "advanced=true",
        r#"attribute_mapping={"userid": "no", "username": "login", "givenname": "name.first", "email": "mail"}"#,
        r#"config_get_user_by_id={"method": "GET", "endpoint": "/people/{userid}"}"#,
        r#"config_get_user_by_name={"method": "GET", "endpoint": "/people", "requestMapping": {"login": "{username}"}}"#,
        r#"config_get_user_list={"method": "GET", "endpoint": "/people"}"#,
        r#"config_user_auth={"method": "POST", "endpoint": "/login", "requestMapping": {"id": "{userid}", "password": "{password}"}, "hasSpecialErrorHandler": true, "errorResponse": {"ok": false}}"#,
        r#"config_get_user_groups={"active": true, "method": "GET", "endpoint": "/people/{userid}/groups", "user_groups_attribute": "title"}"#,
    ];
    let params: Vec<String> = common.iter().cloned().chain(advanced.map(str::to_owned)).collect();
    add(&server, "shop", "http", ("password", "s&cret"), &params);
    let basic = [
        "endpoint=/customer",
        "method=POST",
        r#"requestMapping={"customer": "{userid}"}"#,
        r#"responseMapping={"username": "{data.login}", "email": "{data.mail}"}"#,
        "hasSpecialErrorHandler=True",
        r#"errorResponse={"success": false}"#,
    ];
    let params: Vec<String> = common.into_iter().chain(basic.map(str::to_owned)).collect();
    add(&server, "customers", "http", ("password", "s&cret"), &params);
    known().await;

    let admin = server.admin().await;
    let said = server.cli_ok(&["resolver", "test", "shop"], None);
    assert!(said.contains("2 users were found: eva, hans."), "{said}");
    let found = server.get("/user/?realm=shop&username=h*", Some(&admin)).await;
    assert_eq!(found["result"]["value"][0]["email"], "hans@example.org", "{found}");
    let signs_in = async |name: &str, password: &str| {
        let answer = server.post("/auth", None, &[("username", name), ("password", password)]).await;
        answer["result"]["value"]["token"].is_string()
    };
    let password = r#"ge&heim"=1"#;
    assert!(signs_in("hans@shop", password).await);
    for (name, password) in [
        ("hans@shop", "falsch"),
        ("hans@shop", ""),
        ("eva@shop", password),
        ("nobody@shop", password),
        ("../token@shop", password),
        ("hans&login=eva@shop", "anders"),
        ("hans@customers", password),
    ] {
        assert!(!signs_in(name, password).await, "{name} {password}");
    }
    let codes = oath::hotp_list(SEED, 1);
    server.enrol_seed(&admin, "hotp", "hans@customers", "", SEED).await;
    assert!(accepted(&server.check("hans@customers", &codes[0]).await));
    for name in [r#"hans", "x": ""#, "x", "hans "] {
        assert!(!accepted(&server.check(&format!("{name}@customers"), &codes[1]).await), "{name}");
    }
    let questions = std::fs::read_to_string(log.path()).expect("the log of the peer");
    for secret in [password, "ge%26heim", "s&cret"] {
        assert!(!server.log().contains(secret) && !questions.contains(secret), "{secret}");
    }
    assert_eq!(questions.matches("POST /login").count(), 3, "an empty password and who is nobody never reach it: {questions}");
}
