//! Password checks. The formats themselves are tested where they are.

use super::*;

db::on_every_database![passwords_are_checked, hashes_in_many_forms, people_change_their_own];

async fn passwords_are_checked(on: Dialect) {
    let db = with(on, &people(on)).await;
    let sql = super::sql(&db, &[]);
    assert!(right(&sql, "hans", PASSWORD).await);
    let nul = format!("{PASSWORD}\0");
    let long = "x".repeat(1 << 20);
    for wrong in ["", "x", "correct horse ", SSHA, &nul, &long] {
        assert!(!right(&sql, "hans", wrong).await, "{wrong:.20}");
    }
    for nobody in ["", "99", "0", "-1", "hans", "1 ", "1 OR 1=1", "1;", "\0", &long] {
        assert!(!sql.check_password(nobody, &PASSWORD.into()).await.unwrap().ok, "{nobody:.20}");
    }
    // No hash at all.
    assert!(!right(&sql, "100%_x", PASSWORD).await && !right(&sql, "100%_x", "").await);
    let without = super::sql(&db, &[("Map", r#"{"userid": "id", "username": "login"}"#)]);
    assert!(!without.capabilities().passwords && !right(&without, "hans", PASSWORD).await);
}

async fn hashes_in_many_forms(on: Dialect) {
    let db = with(on, &people(on)).await;
    let sql = sql(&db, &[]);
    for (stored, password, expected) in [
        // htpasswd -nb user 'correct horse'
        ("$apr1$DlySsOsN$OSYYt/ip3FmDGAsmL6s5J/", PASSWORD, true),
        ("$P$984478476IagS59wHZvyQMArzfx58u.", "hashcat", true),
        ("$S$C33783772bRXEx1aCsvY.dqgaaSu76XmVlKrW9Qu8IQlvxHlmzLf", "hashcat", true),
        ("$2b$04$abcdefghijklmnopqrstuuPWRtT5yx7FBi4dcf6ROhboeNunUrLQ.", "geheim", true),
        ("1|$2b$04$abcdefghijklmnopqrstuuPWRtT5yx7FBi4dcf6ROhboeNunUrLQ.", "geheim", true),
        ("  {ssha}kHVgSeb1uEO7I1I50GItiqNL3ouTXNvp  ", PASSWORD, true),
        ("geheim", "geheim", false),
        ("{PLAIN}geheim", "geheim", false),
        // Costs that nobody is to pay.
        (
            "$6$rounds=999999999$abc$1Hq0wDtWjDVKZrpkkz7xYrg8RiLbJNeHTOEOnFwsxh.O7.lLawCyJ.v4d6rlSs3jxjFEFfNDKQ9l.Iz/0h5TK.",
            "x",
            false,
        ),
        ("$argon2id$v=19$m=1048576,t=64,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG", "x", false),
        ("$2y$31$abcdefghijklmnopqrstuuPWRtT5yx7FBi4dcf6ROhboeNunUrLQ.", "x", false),
        ("$scrypt$ln=30,r=8,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "x", false),
    ] {
        db.script(&format!("UPDATE people SET pw = '{stored}' WHERE id = 1")).await;
        let started = kernel::clock::Stopwatch::start();
        let said = sql.check_password("1", &password.into()).await;
        match expected {
            true => assert!(said.unwrap().ok, "{stored}"),
            // What cannot be read is no error of who signs in, and no right password.
            false => assert!(matches!(said, Err(ResolverError::Unsupported(_))), "{stored}"),
        }
        assert!(started.elapsed() < std::time::Duration::from_secs(20), "{stored}");
    }
}

async fn people_change_their_own(on: Dialect) {
    let db = with(on, &people(on)).await;
    let fixed = super::sql(&db, &[]);
    let change = async |sql: &Sql, old: &str, new: &str| sql.change_password("1", &old.into(), &new.into()).await;
    assert!(matches!(change(&fixed, PASSWORD, "new").await, Err(ResolverError::Unsupported(_))));
    let sql = super::sql(&db, &[("Editable", "True"), ("Password_Hash_Type", "SSHA512")]);
    for old in ["falsch", "", "correct horse\0"] {
        assert!(matches!(change(&sql, old, "new").await, Err(ResolverError::WrongPassword)), "{old}");
    }
    for new in ["", "a\0b", &"x".repeat(2_000)] {
        assert!(matches!(change(&sql, PASSWORD, new).await, Err(ResolverError::Refused(_))), "{new}");
    }
    assert!(right(&sql, "hans", PASSWORD).await);
    change(&sql, PASSWORD, "neu & besser").await.unwrap();
    assert!(right(&sql, "hans", "neu & besser").await && !right(&sql, "hans", PASSWORD).await);
    assert!(right(&sql, "eva", PASSWORD).await, "nobody else's");
}
