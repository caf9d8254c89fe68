//! Against real user tables on every kind of database.

mod connections;
mod dialects;
mod hostile;
mod passwords;
mod searches;
mod writes;

use std::collections::BTreeMap;

use db::Dialect;
use db::testing::TestDb;
use kernel::{Entropy, SecretText};
use keys::{Cost, Passwords};
use url::Url;

use super::config::Config;
use super::{KIND, Sql};
use crate::people::Attribute;
use crate::resolvers::{Entry, Given, ParamValues, Resolver, ResolverError};

const PASSWORD: &str = "correct horse";
/// `PASSWORD`, made by `slappasswd -h '{SSHA}' -s 'correct horse'`.
const SSHA: &str = "{SSHA}kHVgSeb1uEO7I1I50GItiqNL3ouTXNvp";
const MAP: &str = r#"{"userid": "id", "username": "login", "email": "mail", "givenname": "given", "password": "pw"}"#;

/// The table of most tests: numbers that the database gives, and some people.
fn people(on: Dialect) -> String {
    let id = match on {
        Dialect::Sqlite => "INTEGER PRIMARY KEY",
        Dialect::Postgres => "SERIAL PRIMARY KEY",
        Dialect::MySql => "INT AUTO_INCREMENT PRIMARY KEY",
    };
    format!(
        "CREATE TABLE people (id {id}, login VARCHAR(100), mail VARCHAR(100), given VARCHAR(100), pw VARCHAR(255), active INTEGER); \
         INSERT INTO people (login, mail, given, pw, active) VALUES ('hans', 'hans@example.org', 'Hans', '{SSHA}', 1), \
         ('eva', 'eva@example.org', NULL, '{SSHA}', 1), ('jörg', NULL, 'Jörg', '{SSHA}', 1), ('gone', 'gone@example.org', 'G', '{SSHA}', 0), \
         ('100%_x', 'odd@example.org', 'Odd', NULL, 1), (NULL, 'null@example.org', 'N', '{SSHA}', 1);"
    )
}

/// A database with tables of the test's own.
async fn with(on: Dialect, script: &str) -> TestDb {
    let db = db::testing::empty(on).await;
    db.script(script).await;
    db
}

/// The parameters that lead to a database.
fn place(db: &TestDb) -> BTreeMap<&'static str, String> {
    let mut params = BTreeMap::from([("Table", "people".to_owned()), ("Map", MAP.to_owned()), ("poolTimeout", "5".to_owned())]);
    if let Some(path) = db.url().strip_prefix("sqlite:") {
        let (directory, file) = path.rsplit_once('/').unwrap();
        params.extend([("Driver", "sqlite".to_owned()), ("Server", directory.to_owned()), ("Database", file.to_owned())]);
        return params;
    }
    let url = Url::parse(db.url()).unwrap();
    let driver = if url.scheme() == "postgres" { "postgresql+psycopg2" } else { "mysql+pymysql" };
    params.extend([
        ("Driver", driver.to_owned()),
        ("Server", url.host_str().unwrap().to_owned()),
        ("Port", url.port().unwrap().to_string()),
        ("Database", url.path().trim_start_matches('/').to_owned()),
        ("User", url.username().to_owned()),
        ("Password", url.password().unwrap_or_default().to_owned()),
    ]);
    params
}

fn config(params: &BTreeMap<&'static str, String>) -> Result<Config, ResolverError> {
    let given: Given = params.iter().map(|(name, value)| ((*name).to_owned(), SecretText::new(value.as_str()))).collect();
    Config::read(&ParamValues::read(&KIND, &given, None)?, None)
}

/// The resolver of a database, with these parameters besides.
fn sql(db: &TestDb, besides: &[(&'static str, &str)]) -> Sql {
    let mut params = place(db);
    params.extend(besides.iter().map(|(name, value)| (*name, (*value).to_owned())));
    build(&params)
}

fn build(params: &BTreeMap<&'static str, String>) -> Sql {
    let config = config(params).unwrap_or_else(|e| panic!("{e}"));
    Sql::new(config, Passwords::new(Cost::for_tests(), Entropy::seeded(1)))
}

async fn login(sql: &Sql, login: &str) -> Option<Entry> {
    sql.find_login(login).await.unwrap_or_else(|e| panic!("{login}: {e}"))
}

async fn right(sql: &Sql, name: &str, password: &str) -> bool {
    let uid = login(sql, name).await.unwrap_or_else(|| panic!("nobody is {name}")).uid;
    sql.check_password(&uid, &password.into()).await.unwrap_or_else(|e| panic!("{name}: {e}")).ok
}

fn text<'a>(entry: &'a Entry, name: &str) -> Option<&'a str> {
    entry.attributes.get(name).and_then(Attribute::text)
}

fn logins(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.login.as_str()).collect()
}

#[test]
fn parameters_are_read() {
    let base = BTreeMap::from([("Driver", "postgresql"), ("Database", "x"), ("Table", "people"), ("Map", MAP)]);
    let said = |name: &'static str, value: &str| {
        let mut params: BTreeMap<&'static str, String> = base.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        params.insert(name, value.to_owned());
        config(&params).err().map(|e| e.to_string()).unwrap_or_default()
    };
    for (name, value) in [
        ("Driver", ""),
        ("Port", "0"),
        ("Port", "x"),
        ("Database", ""),
        ("conParams", "sslmode=perhaps"),
        ("conParams", "sslmod=verify-full"),
        ("Table", "a."),
        ("Limit", "many"),
        ("Map", "{"),
        ("Map", r#"{"userid": "id"}"#),
        ("Where", "a"),
        ("Where", "a in (1)"),
        ("Editable", "perhaps"),
        ("Password_Hash_Type", "ROT13"),
        ("poolSize", "x"),
    ] {
        assert!(said(name, value).contains(name), "{name}={value}: {}", said(name, value));
    }
    // As existing configurations have them.
    for (name, value) in [
        ("Driver", "mysql+pymysql"),
        ("Driver", "sqlite"),
        ("Driver", "oracle+cx_oracle"),
        ("Port", "5432"),
        ("conParams", "charset=utf8&connect_timeout=3&use_unicode=1"),
        ("conParams", "ssl_ca=/ca.pem&ssl_verify_cert=true"),
        ("Map", "{userid: id, username: login}"),
        ("Where", "active == 1 and type like a%"),
        ("Password_Hash_Type", "ssha512"),
        ("poolRecycle", "-1"),
        ("Encoding", "utf-8"),
    ] {
        assert_eq!(said(name, value), "", "{name}={value}");
    }
}
