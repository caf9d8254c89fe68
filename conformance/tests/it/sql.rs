//! People of tables on every kind of database, set up as the guide says: they sign in, and are checked with password and code.

use conformance::api::accepted;
use conformance::authority::{Authority, certificate};
use conformance::mariadb::MariaDb;
use conformance::postgres::Postgres;
use conformance::{Server, oath};
use db::Dialect;
use db::testing::TestDb;
use url::Url;

const PASSWORD: &str = "correct horse";
/// `htpasswd -nbB -C 5 '' 'correct horse'`.
const BCRYPT: &str = "$2y$05$VEFujqfJQXbVZtrqAO7ST.7v2WCLZDzIn4ZqkzPtpawsiKjlCSbPC";
const DIALECTS: [(&str, Dialect); 3] = [("pg", Dialect::Postgres), ("my", Dialect::MySql), ("lite", Dialect::Sqlite)];

/// The table of a shop: `hans` may sign in, `gone` may not any more, `plain` has a password that is no hash.
async fn shop(on: Dialect) -> TestDb {
    let db = db::testing::empty(on).await;
    let script = format!(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, login VARCHAR(100) NOT NULL, mail VARCHAR(100), pw_hash VARCHAR(255), active INTEGER); \
         INSERT INTO users VALUES (1, 'hans', 'hans@example.org', '{BCRYPT}', 1), (2, 'gone', NULL, '{BCRYPT}', 0), \
         (3, 'plain', NULL, '{PASSWORD}', 1);"
    );
    db.script(&script).await;
    db
}

fn add(server: &Server, name: &str, db: &TestDb) {
    let mut params = vec![
        "Table=users".to_owned(),
        r#"Map={"userid": "id", "username": "login", "email": "mail", "password": "pw_hash"}"#.to_owned(),
        "Where=active == 1".to_owned(),
    ];
    let mut secret = None;
    match db.file() {
        Some(file) => params.extend(["Driver=sqlite".to_owned(), format!("Database={}", file.display())]),
        None => {
            let url = Url::parse(db.url()).expect("a URL");
            secret = url.password().map(str::to_owned);
            params.extend([
                format!("Driver={}", if db.dialect() == Dialect::Postgres { "postgresql" } else { "mysql+pymysql" }),
                format!("Server={}", url.host_str().expect("a host")),
                format!("Port={}", url.port().expect("a port")),
                format!("Database={}", url.path().trim_start_matches('/')),
                format!("User={}", url.username()),
            ]);
        }
    }
    let mut args = vec!["resolver", "add", name, "--type", "sql"];
    if secret.is_some() {
        args.extend(["--secret-stdin", "Password"]);
    }
    args.extend(params.iter().flat_map(|param| ["--param", param]));
    server.cli_ok(&args, secret.as_deref());
    server.cli_ok(&["realm", "add", name, "--resolver", name], None);
    let said = server.cli_ok(&["resolver", "test", name], None);
    assert!(said.contains("2 users were found: hans, plain."), "{said}");
    let shown = server.cli_ok(&["resolver", "show", name], None);
    assert!(secret.is_none_or(|secret| shown.contains("__CENSORED__") && !shown.contains(&secret)), "{shown}");
}

/// What the command line changes, the server knows within two seconds.
async fn known(server: &Server, admin: &str, realm: &str) {
    for _ in 0..200 {
        if server.get("/realm/", Some(admin)).await["result"]["value"][realm].is_object() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the realm {realm} stays unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_tables_sign_in() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let form = [("scope", "authentication"), ("action", "otppin=userstore"), ("active", "true")];
    let answer = server.post("/policy/directory-password", Some(&admin), &form).await;
    assert_eq!(answer["result"]["status"], true, "{answer}");
    for (name, on) in DIALECTS {
        let db = shop(on).await;
        add(&server, name, &db);
        known(&server, &admin, name).await;
        let at = |user: &str| format!("{user}@{name}");
        let signs_in = async |user: &str, password: &str| {
            let answer = server.post("/auth", None, &[("username", &at(user)), ("password", password)]).await;
            answer["result"]["value"]["token"].is_string()
        };
        assert!(signs_in("hans", PASSWORD).await, "{name}");
        for (user, password) in [
            ("hans", "falsch"),
            ("hans", ""),
            ("gone", PASSWORD),
            ("plain", PASSWORD),
            ("nobody", PASSWORD),
            ("' OR 1=1 --", PASSWORD),
            ("%", PASSWORD),
            ("h*", PASSWORD),
        ] {
            assert!(!signs_in(user, password).await, "{name}: {user}");
        }
        let token = server.enrol(&admin, "totp", &at("hans"), "").await;
        let code = oath::totp(&token.secret);
        for (password, expected) in [("", false), ("falsch", false), (PASSWORD, true), (PASSWORD, false)] {
            let answer = server.check(&at("hans"), &format!("{password}{code}")).await;
            assert_eq!(accepted(&answer), expected, "{name}: {answer}");
        }
        assert!(!accepted(&server.check(&at("hans"), PASSWORD).await), "the password alone: {name}");
        let found = server.get(&format!("/user/?realm={name}&username=h*"), Some(&admin)).await;
        assert_eq!(found["result"]["value"][0]["email"], "hans@example.org", "{found}");
        assert!(!found.to_string().contains(BCRYPT), "{found}");
    }
    for secret in [PASSWORD, BCRYPT] {
        assert!(!server.log().contains(secret));
    }
}

/// Tries a resolver on a table of the server's own catalogue; what the connection test says of it.
fn tried(server: &Server, url: &str, catalogue: [&str; 2], parameters: &str) -> Result<String, String> {
    let url = Url::parse(url).expect("a URL");
    let params = [
        format!("Driver={}", url.scheme()),
        format!("Server={}", url.host_str().expect("a host")),
        format!("Port={}", url.port().expect("a port")),
        format!("Database={}", url.path().trim_start_matches('/')),
        format!("User={}", url.username()),
        format!("Table={}", catalogue[0]),
        format!("Map={}", catalogue[1]),
        format!("conParams={parameters}"),
    ];
    let name = "tried";
    let password = url.password().unwrap_or_default().to_owned();
    let mut args = vec!["resolver", "add", name, "--type", "sql"];
    if !password.is_empty() {
        args.extend(["--secret-stdin", "Password"]);
    }
    args.extend(params.iter().flat_map(|param| ["--param", param]));
    let added = server.cli(&args, Some(&password));
    if !added.status.success() {
        return Err(String::from_utf8_lossy(&added.stderr).into_owned());
    }
    let said = server.cli_ok(&["resolver", "test", name], None);
    server.cli_ok(&["resolver", "delete", name], None);
    Ok(said)
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_behind_tls() {
    let (authority, dir) = (Authority::new(), tempfile::tempdir().expect("a temporary directory"));
    let (postgres, mariadb) = (Postgres::with_tls(&authority).await, MariaDb::with_tls(&authority).await);
    let server = Server::start().await;
    let known = certificate(&authority, dir.path(), "ca.pem").display().to_string();
    let other = certificate(&Authority::new(), dir.path(), "other.pem").display().to_string();
    let roles = ["pg_catalog.pg_roles", r#"{"userid": "oid", "username": "rolname"}"#];
    let schemas = ["information_schema.SCHEMATA", r#"{"userid": "SCHEMA_NAME", "username": "SCHEMA_NAME"}"#];
    let pg = |host: &str, parameters: &str| tried(&server, &postgres.url(host, "postgres"), roles, parameters);
    let my = |host: &str, parameters: &str| tried(&server, &mariadb.url(host, ""), schemas, parameters);
    for good in [
        pg("localhost", &format!("sslmode=verify-full&sslrootcert={known}")),
        pg("127.0.0.1", &format!("sslmode=verify-ca&sslrootcert={known}")),
        pg("localhost", &format!("sslrootcert={known}")),
        pg("127.0.0.1", "sslmode=require"),
        my("localhost", &format!("ssl_ca={known}&charset=utf8")),
        my("127.0.0.1", &format!("ssl_ca={known}&ssl_verify_identity=false")),
        my("127.0.0.1", "ssl=true"),
    ] {
        assert!(good.as_ref().is_ok_and(|said| said.contains("The connection is encrypted.")), "{good:?}");
    }
    for bad in [
        pg("localhost", &format!("sslmode=verify-full&sslrootcert={other}")),
        pg("127.0.0.1", &format!("sslmode=verify-full&sslrootcert={known}")),
        pg("127.0.0.1", &format!("sslrootcert={known}")),
        my("localhost", &format!("ssl_ca={other}")),
        my("127.0.0.1", &format!("ssl_ca={known}")),
        my("localhost", "ssl_verify_cert=true"),
    ] {
        assert!(bad.as_ref().is_err_and(|said| said.contains("Does the server speak TLS")), "{bad:?}");
    }
    assert!(pg("localhost", "sslmod=verify-full").is_err_and(|said| said.contains("conParams")));
}
