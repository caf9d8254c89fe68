//! What only one kind of database has.

use db::Dialect;

use super::*;
use crate::resolvers::{Filter, Page};

const ALL: Page = Page { skip: 0, limit: 100 };

#[tokio::test]
async fn postgres_types_and_schemas() {
    let script = format!(
        "CREATE EXTENSION IF NOT EXISTS citext; CREATE SCHEMA \"HR\"; CREATE DOMAIN short AS VARCHAR(100) CHECK (VALUE <> 'forbidden'); \
         CREATE TYPE mood AS ENUM ('ok', 'bad'); \
         CREATE TABLE \"HR\".\"People\" (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), login short, nick CITEXT, code CHAR(20), big BIGINT, \
         born DATE, active BOOLEAN, feeling mood, pw TEXT); \
         INSERT INTO \"HR\".\"People\" VALUES ('3a2d1f00-0000-4000-8000-000000000001', 'Hans', 'Hansi', 'H1', 9000000000, '1970-02-03', TRUE, 'ok', '{SSHA}'), \
         ('3a2d1f00-0000-4000-8000-000000000002', 'hans', 'Other', 'H2', 1, NULL, FALSE, 'bad', '{SSHA}');"
    );
    let db = with(Dialect::Postgres, &script).await;
    let map = |login: &str| {
        format!(
            r#"{{"userid": "id", "username": "{login}", "big": "big", "born": "born", "active": "active", "feeling": "feeling", "password": "pw"}}"#
        )
    };
    let of = |login: &str, condition: &str| {
        sql(&db, &[("Table", "HR.People"), ("Map", &map(login)), ("Where", condition), ("Editable", "1")])
    };
    let plain = of("login", "");
    let hans = login(&plain, "Hans").await.unwrap();
    assert_eq!(hans.uid, "3a2d1f00-0000-4000-8000-000000000001");
    let texts = ["big", "born", "active", "feeling"].map(|name| text(&hans, name));
    assert_eq!(texts, [Some("9000000000"), Some("1970-02-03"), Some("true"), Some("ok")]);
    assert_eq!(login(&plain, "hans").await.unwrap().uid, "3a2d1f00-0000-4000-8000-000000000002", "two people");
    assert!(login(&plain, "HANS").await.is_none() && login(&plain, "forbidden").await.is_none());
    assert!(plain.check_password(&hans.uid, &PASSWORD.into()).await.unwrap().ok);
    for nobody in ["x", "3A2D1F00-0000-4000-8000-000000000001", "{3a2d1f00-0000-4000-8000-000000000001}"] {
        assert!(!plain.check_password(nobody, &PASSWORD.into()).await.unwrap().ok, "{nobody}");
    }
    assert_eq!(login(&of("nick", ""), "HANSI").await.unwrap().login, "Hansi", "a type that knows no case");
    assert_eq!(login(&of("code", ""), "H1").await.unwrap().login, "H1");
    assert!(login(&of("code", ""), "H1 and a long tail that is more than 20").await.is_none());
    for condition in ["active == 1", "active == true", "big > 5", "born < 2000-01-01", "feeling == ok", "login like H%"] {
        let found =
            of("login", condition).search(&Filter::default(), ALL, None).await.unwrap_or_else(|e| panic!("{condition}: {e}"));
        assert_eq!(logins(&found), ["Hans"], "{condition}");
    }
    // A condition that no row can meet is told when the resolver is tried.
    let never = of("login", "big == x");
    assert!(login(&never, "hans").await.is_none());
    assert!(never.test().await.unwrap_err().to_string().contains("Is Where right"));
    let change = crate::resolvers::Change {
        attributes: vec![("born".to_owned(), Some("2001-02-03".into())), ("big".to_owned(), Some("7".into()))],
        ..Default::default()
    };
    let uid = plain.add(&mut db::Batch::new(), "neu", change).await.unwrap();
    assert_eq!(text(&plain.find_many(&[uid]).await.unwrap()[0], "born"), Some("2001-02-03"));
    // By the path of schemas, as a session setting.
    let path = sql(&db, &[("Table", "People"), ("Map", &map("login")), ("conParams", "options=-csearch_path%3D%22HR%22")]);
    assert!(login(&path, "Hans").await.is_some());
}

/// What somebody types may be no text at all to a database with another encoding: it is nobody's name, and no outage.
#[tokio::test]
async fn postgres_with_another_encoding() {
    let db = with(Dialect::Postgres, "SELECT 1").await;
    let mut url = Url::parse(db.url()).unwrap();
    let name = format!("{}_latin", url.path().trim_start_matches('/'));
    let psql = |url: &Url, command: &str| {
        let mut psql = std::process::Command::new("psql");
        psql.args([url.as_str(), "-q", "-v", "ON_ERROR_STOP=1", "-c", command]).env("PGCLIENTENCODING", "UTF8");
        let done = psql.output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    psql(&url, &format!("CREATE DATABASE {name} ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"));
    url.set_path(&name);
    for command in people(Dialect::Postgres).split(';').filter(|command| !command.trim().is_empty()) {
        psql(&url, command);
    }
    let sql = super::sql(&db, &[("Database", &name), ("Encoding", "latin1")]);
    assert_eq!(text(&login(&sql, "jörg").await.unwrap(), "givenname"), Some("Jörg"));
    for nobody in ["Ж", "\u{1f600}", "ł"] {
        assert!(login(&sql, nobody).await.is_none(), "{nobody}");
        assert!(!sql.check_password(nobody, &PASSWORD.into()).await.unwrap().ok, "{nobody}");
    }
    let filter = Filter { conditions: vec![("username".to_owned(), "*Ж*".to_owned())] };
    assert!(sql.search(&filter, ALL, None).await.unwrap().is_empty());
    drop(sql);
    url.set_path(db.url().rsplit('/').next().unwrap());
    psql(&url, &format!("DROP DATABASE {name} WITH (FORCE)"));
}

#[tokio::test]
async fn mariadb_collations_and_types() {
    let script = format!(
        "CREATE TABLE people (id BIGINT UNSIGNED PRIMARY KEY, login VARCHAR(50) COLLATE utf8mb4_general_ci UNIQUE, \
         exact VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, old VARCHAR(50) CHARACTER SET latin1, code CHAR(20), uid UUID, pw VARCHAR(255)) \
         DEFAULT CHARSET utf8mb4; \
         INSERT INTO people VALUES (1, 'Hans', 'Hans', 'Jörg', 'H1', '3a2d1f00-0000-4000-8000-000000000001', '{SSHA}'), \
         (2, 'eva', 'hans', 'eva', 'E1', '3a2d1f00-0000-4000-8000-000000000002', '{SSHA}');"
    );
    let db = with(Dialect::MySql, &script).await;
    let of = |uid: &str, login: &str| {
        let map = format!(r#"{{"userid": "{uid}", "username": "{login}", "password": "pw"}}"#);
        sql(&db, &[("Map", &map)])
    };
    let ci = of("id", "login");
    assert_eq!(login(&ci, "HANS").await.unwrap().login, "Hans", "the collation knows no case");
    // It knows no accents and no blanks at the end either, but these are no matter of case.
    for nobody in ["Häns", "Hans ", "hans  ", "Ĥans", "\u{1f600}"] {
        assert!(login(&ci, nobody).await.is_none(), "{nobody}");
    }
    let exact = of("id", "exact");
    assert_eq!(
        (login(&exact, "Hans").await.unwrap().uid, login(&exact, "hans").await.unwrap().uid),
        ("1".to_owned(), "2".to_owned())
    );
    assert!(login(&exact, "HANS").await.is_none());
    let old = of("id", "old");
    assert_eq!(login(&old, "jörg").await.unwrap().login, "Jörg");
    for nobody in ["\u{1f600}", "Ж", "jorg"] {
        assert!(login(&old, nobody).await.is_none(), "{nobody}");
    }
    assert_eq!(login(&of("uid", "code"), "H1").await.unwrap().uid, "3a2d1f00-0000-4000-8000-000000000001");
    let uid = of("uid", "code");
    assert!(uid.check_password("3a2d1f00-0000-4000-8000-000000000001", &PASSWORD.into()).await.unwrap().ok);
    // To MariaDB, `1x` and 1 are the same number.
    for nobody in ["1x", "1.0", "1e0", " 1", "+1", "0x1"] {
        assert!(ci.find_many(&[nobody.to_owned()]).await.unwrap().is_empty(), "{nobody}");
        assert!(!ci.check_password(nobody, &PASSWORD.into()).await.unwrap().ok, "{nobody}");
    }
    // A uid in another case is another uid.
    let named = of("login", "login");
    assert!(named.check_password("Hans", &PASSWORD.into()).await.unwrap().ok);
    assert!(!named.check_password("HANS", &PASSWORD.into()).await.unwrap().ok);
}

#[tokio::test]
async fn sqlite_files() {
    let db = with(Dialect::Sqlite, &people(Dialect::Sqlite)).await;
    db.script(
        "CREATE TABLE loose (id, login, pw BLOB); INSERT INTO loose VALUES (1, 'hans', X'ff00'), ('2', 'eva', NULL), (X'33', 'blob', NULL); \
         CREATE VIEW endless AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) \
         SELECT id, 'u' || id AS login FROM n WHERE id < 0;",
    )
    .await;
    let map = ("Map", r#"{"userid": "id", "username": "login"}"#);
    let loose = sql(&db, &[("Table", "loose"), map]);
    assert_eq!(login(&loose, "hans").await.unwrap().uid, "1");
    assert_eq!(loose.find_many(&["1".to_owned(), "2".to_owned()]).await.unwrap().len(), 2);
    let endless = sql(&db, &[("Table", "endless"), map, ("poolTimeout", "1")]);
    let started = kernel::clock::Stopwatch::start();
    assert!(matches!(endless.find_login("u1").await, Err(ResolverError::Unavailable(_))));
    assert!(started.elapsed() < std::time::Duration::from_secs(10));
    assert!(login(&loose, "eva").await.is_some());
    // Whoever may not write cannot, whatever is asked.
    let file = db.file().unwrap();
    let before = std::fs::read(&file).unwrap();
    assert!(sql(&db, &[]).test().await.unwrap().starts_with("5 users"), "those without a login name do not count");
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[tokio::test]
async fn sqlite_files_that_are_none() {
    let db = with(Dialect::Sqlite, &people(Dialect::Sqlite)).await;
    let file = db.file().unwrap();
    let directory = file.parent().unwrap();
    std::fs::write(directory.join("text"), "no database at all".repeat(100)).unwrap();
    let at = |path: &str| {
        let mut params = place(&db);
        params.extend([("Server", directory.display().to_string()), ("Database", path.to_owned())]);
        build(&params)
    };
    for wrong in ["missing", "text", ".", "/"] {
        let said = at(wrong).test().await;
        assert!(matches!(&said, Err(ResolverError::Unavailable(what)) if what.contains("path of the file")), "{wrong}: {said:?}");
    }
    // Our own database, by whatever name.
    std::os::unix::fs::symlink(&file, directory.join("link")).unwrap();
    std::fs::hard_link(&file, directory.join("hard")).unwrap();
    for own in ["test.db", "link", "hard", "./x/../test.db"] {
        let mut params = place(&db);
        params.insert("Database", own.to_owned());
        let given: Given = params.iter().map(|(name, value)| ((*name).to_owned(), SecretText::new(value.as_str()))).collect();
        let config = Config::read(&ParamValues::read(&KIND, &given, None).unwrap(), Some(&file)).unwrap();
        let sql = Sql::new(config, Passwords::new(Cost::for_tests(), Entropy::seeded(1)));
        let said = sql.find_login("hans").await.unwrap_err().to_string();
        assert!(said.contains("own database") || own.contains(".."), "{own}: {said}");
    }
}
