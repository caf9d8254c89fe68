//! Databases that cannot be entered, that freeze, and that come back.

use std::time::Duration;

use db::Dialect;
use kernel::clock::Stopwatch;

use super::*;

#[tokio::test]
async fn drivers_that_are_not_supported_are_kept_and_refused() {
    for driver in ["oracle+cx_oracle", "mssql+pyodbc", "firebird"] {
        let params = [("Driver", driver), ("Server", "db.example.org"), ("Database", "x"), ("Table", "people"), ("Map", MAP)];
        let sql = build(&params.map(|(name, value)| (name, value.to_owned())).into());
        let said = sql.test().await.unwrap_err();
        assert!(matches!(said, ResolverError::Unsupported(_)) && said.to_string().contains("Driver"), "{said}");
        assert!(matches!(sql.find_login("hans").await, Err(ResolverError::Unsupported(_))));
        assert!(matches!(sql.find_many(&["1".to_owned()]).await, Err(ResolverError::Unsupported(_))));
        assert!(matches!(sql.check_password("1", &PASSWORD.into()).await, Err(ResolverError::Unsupported(_))));
        assert!(!sql.capabilities().passwords && !sql.capabilities().editable);
    }
}

#[tokio::test]
async fn the_first_step_that_fails_is_named() {
    for on in [Dialect::Postgres, Dialect::MySql] {
        let db = with(on, &people(on)).await;
        let said = async |besides: &[(&'static str, &str)]| match sql(&db, besides).test().await {
            Ok(said) | Err(ResolverError::Unavailable(said)) => said,
            Err(other) => panic!("{other:?}"),
        };
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
        for (besides, expected) in [
            (&[][..], "5 users were found: 100%_x, eva, gone, ..."),
            (&[("Server", "no-such-host.invalid")], "Is the name in Server written right?"),
            (&[("Port", closed.as_str())], "Is Port right"),
            (&[("Password", "falsch")], "Are User and Password right"),
            (&[("User", "nobody-such")], "Are User and Password right"),
            (&[("Database", "no_such_database")], "Is Database written right"),
            (&[("Table", "no_such_table")], "Is Table written right"),
            (&[("Table", "no_such_schema.people")], "Is Table written right"),
            (&[("Where", "nothing == 1")], "there is no column nothing"),
            (&[("Where", "active == 7")], "no row meets Where"),
            (&[("conParams", "sslmode=require")], "Does the server speak TLS"),
            (&[("conParams", "sslmode=verify-full&sslrootcert=/no/such/file")], "/no/such/file"),
            (&[("Map", r#"{"userid": "id", "username": "login"}"#)], "Passwords cannot be checked"),
        ] {
            let said = said(besides).await;
            assert!(said.contains(expected), "{on:?} {besides:?}: {said}");
            assert!(!said.contains("falsch") && !said.contains(&place(&db)["Password"]), "{said}");
        }
    }
}

/// Somebody listens and never answers.
#[tokio::test]
async fn a_frozen_server_costs_bounded_time() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    for driver in ["postgresql", "mysql"] {
        let params = [
            ("Driver", driver),
            ("Server", "127.0.0.1"),
            ("Port", port.as_str()),
            ("Database", "x"),
            ("Table", "people"),
            ("Map", MAP),
            ("poolTimeout", "1"),
            ("poolSize", "2"),
        ];
        let sql = build(&params.map(|(name, value)| (name, value.to_owned())).into());
        let started = Stopwatch::start();
        let asked = futures::future::join_all((0..4).map(|_| sql.find_login("hans"))).await;
        assert!(asked.iter().all(|said| matches!(said, Err(ResolverError::Unavailable(_)))));
        assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
        assert!(sql.test().await.is_err());
    }
}

/// The database ends all connections, as a restart does: the next question is answered all the same.
#[tokio::test]
async fn connections_that_broke_are_replaced() {
    let end = [
        (
            Dialect::Postgres,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'symbolon' AND pid <> pg_backend_pid()",
        ),
        (Dialect::MySql, ""),
    ];
    for (on, end) in end {
        let db = with(on, &people(on)).await;
        let sql = sql(&db, &[]);
        assert!(login(&sql, "hans").await.is_some());
        if on == Dialect::Postgres {
            db.script(end).await;
        } else {
            // The idle time after which the server ends a connection.
            let idle = super::sql(&db, &[]);
            assert!(login(&idle, "hans").await.is_some());
            db.script(
                "BEGIN NOT ATOMIC DECLARE done INT DEFAULT 0; DECLARE victim BIGINT; DECLARE c CURSOR FOR SELECT id FROM \
                 information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID() AND command = 'Sleep'; \
                 DECLARE CONTINUE HANDLER FOR NOT FOUND SET done = 1; OPEN c; l: LOOP FETCH c INTO victim; IF done THEN LEAVE l; END IF; \
                 KILL CONNECTION victim; END LOOP; END",
            )
            .await;
        }
        assert!(login(&sql, "hans").await.is_some(), "{on:?}");
        assert!(right(&sql, "eva", PASSWORD).await);
    }
}

/// A view that sleeps, or an account that is locked out of a row, cannot hold a sign-in for long.
#[tokio::test]
async fn slow_answers_are_given_up() {
    for (on, sleep) in [(Dialect::Postgres, "pg_sleep(30)::text"), (Dialect::MySql, "SLEEP(30)")] {
        let db = with(on, &people(on)).await;
        db.script(&format!("CREATE VIEW slow AS SELECT id, login, {sleep} AS mail FROM people")).await;
        let map = r#"{"userid": "id", "username": "login", "email": "mail"}"#;
        let slow = sql(&db, &[("Table", "slow"), ("Map", map), ("poolTimeout", "1")]);
        let started = Stopwatch::start();
        assert!(slow.find_login("hans").await.is_err(), "{on:?}");
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    }
}

/// Sessions of a resolver that may not change anything cannot, whatever the account may.
#[tokio::test]
async fn sessions_only_read_unless_editable() {
    for (on, probe) in [
        (Dialect::Postgres, "CREATE VIEW probe AS SELECT 1 AS id, current_setting('transaction_read_only') AS login"),
        (
            Dialect::MySql,
            "CREATE FUNCTION state() RETURNS VARCHAR(3) NOT DETERMINISTIC NO SQL RETURN IF(@@tx_read_only, 'on', 'off'); \
             CREATE VIEW probe AS SELECT 1 AS id, state() AS login",
        ),
    ] {
        let db = with(on, &people(on)).await;
        db.script(probe).await;
        let map = r#"{"userid": "id", "username": "login"}"#;
        assert!(login(&sql(&db, &[("Table", "probe"), ("Map", map)]), "on").await.is_some(), "{on:?}");
        assert!(login(&sql(&db, &[("Table", "probe"), ("Map", map), ("Editable", "1")]), "off").await.is_some(), "{on:?}");
    }
}
