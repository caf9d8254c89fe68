//! The bare limits: the durable transaction, the signature and the password hash without anything of ours around them.

use std::sync::Arc;

use db::{Batch, Db, args};

use crate::bench::load::{Measured, run, run_here};

db::statements! {
    TOKENS = "CREATE TABLE bench_token (id VARCHAR(26) NOT NULL PRIMARY KEY, serial VARCHAR(40) NOT NULL, \
              secret VARCHAR(255) NOT NULL, counter BIGINT NOT NULL, failcount BIGINT NOT NULL)";
    RECORDS = "CREATE TABLE bench_audit (id VARCHAR(26) NOT NULL PRIMARY KEY, at BIGINT NOT NULL, action VARCHAR(50) NOT NULL, \
               serial VARCHAR(40) NOT NULL, detail VARCHAR(1000) NOT NULL)";
    ROW = "SELECT id, serial, secret, counter, failcount FROM bench_token WHERE id = ?";
    ADVANCE = "UPDATE bench_token SET counter = ?, failcount = 0 WHERE id = ? AND counter < ?";
    RECORD = "INSERT INTO bench_audit (id, at, action, serial, detail) VALUES (?, ?, ?, ?, ?)";
    TOKEN = "INSERT INTO bench_token (id, serial, secret, counter, failcount) VALUES (?, ?, ?, 0, 0)";
}

pub(crate) const ROWS: usize = 2000;

/// Makes the tables of the bare transaction.
///
/// # Panics
/// When the database refuses.
pub async fn prepare(db: &Db) {
    for table in [&TOKENS, &RECORDS] {
        db.execute(table, args![]).await.expect("the tables of the bare transaction");
    }
    for chunk in 0..ROWS / 100 {
        let mut batch = Batch::new();
        for n in chunk * 100..(chunk + 1) * 100 {
            batch.run(&TOKEN, args![format!("token{n:021}"), format!("TOTP{n:08}"), "s".repeat(120)]);
        }
        db.write(batch).await.expect("rows of the bare transaction");
    }
}

/// What the record of a bare transaction says.
pub(crate) const DETAIL: &str = match std::str::from_utf8(&[b'd'; 500]) {
    Ok(text) => text,
    Err(_) => "",
};

/// SELECT + UPDATE + INSERT, durable, through the facade that the program uses.
pub(crate) async fn one(db: &Db, n: usize, id: i64, detail: &str) {
    let token = format!("token{:021}", n % ROWS);
    let row = db.fetch_optional(&ROW, args![&token]).await.expect("a read").expect("a row");
    let counter: i64 = row.get(3).expect("a counter");
    let mut batch = Batch::new();
    batch.guard("counter", &ADVANCE, args![counter + 1, &token, counter + 1]);
    batch.run(&RECORD, args![format!("{id:026}"), id, "POST /validate/check", &token, detail]);
    // Two workers may meet on one row; the later one only loses its turn.
    let _ = db.write(batch).await;
}

/// Bare transactions in this process.
pub async fn transaction(db: &Db, concurrency: usize, total: usize, offset: i64) -> Measured {
    run_here(concurrency, total, db.clone(), move |db, n| Box::pin(async move { one(db, n, offset + n as i64, DETAIL).await }))
        .await
}

/// RSA-2048 PSS signatures over 600 bytes, on `threads` threads.
///
/// # Panics
/// When OpenSSL refuses.
pub async fn rsa(threads: usize, total: usize) -> Measured {
    signatures(threads, total, rsa_key(), true).await
}

/// RSA-2048 signatures with the padding of PKCS#1 v1.5 over 600 bytes.
///
/// # Panics
/// When OpenSSL refuses.
pub async fn rs256(threads: usize, total: usize) -> Measured {
    signatures(threads, total, rsa_key(), false).await
}

fn rsa_key() -> openssl::pkey::PKey<openssl::pkey::Private> {
    openssl::pkey::PKey::from_rsa(openssl::rsa::Rsa::generate(2048).expect("a key")).expect("a key")
}

/// ES256 signatures over 600 bytes.
///
/// # Panics
/// When OpenSSL refuses.
pub async fn es256(threads: usize, total: usize) -> Measured {
    let group = openssl::ec::EcGroup::from_curve_name(openssl::nid::Nid::X9_62_PRIME256V1).expect("a curve");
    let key = openssl::pkey::PKey::from_ec_key(openssl::ec::EcKey::generate(&group).expect("a key")).expect("a key");
    signatures(threads, total, key, false).await
}

async fn signatures(threads: usize, total: usize, key: openssl::pkey::PKey<openssl::pkey::Private>, pss: bool) -> Measured {
    run_here(threads, total, key, move |key, _| {
        Box::pin(async move {
            let mut signer = openssl::sign::Signer::new(openssl::hash::MessageDigest::sha256(), key).expect("a signer");
            if pss {
                signer.set_rsa_padding(openssl::rsa::Padding::PKCS1_PSS).expect("padding");
                signer.set_rsa_pss_saltlen(openssl::sign::RsaPssSaltlen::MAXIMUM_LENGTH).expect("salt length");
            }
            signer.sign_oneshot_to_vec(&[7; 600]).expect("a signature");
            tokio::task::yield_now().await;
        })
    })
    .await
}

/// Argon2id at (19 MiB, 2, 1), on `threads` threads.
///
/// # Panics
/// When the parameters are refused.
pub async fn argon2id(threads: usize, total: usize) -> Measured {
    run(
        std::process::id(),
        threads,
        total,
        |_| async move {
            let params = argon2::Params::new(19 * 1024, 2, 1, Some(32)).expect("parameters");
            argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
        },
        |hasher, _| {
            Box::pin(async move {
                let mut out = [0; 32];
                hasher.hash_password_into(b"a password", b"a salt of sixteen", &mut out).expect("a hash");
                tokio::task::yield_now().await;
            })
        },
    )
    .await
}

/// One durable INSERT through the same driver as the program.
///
/// # Panics
/// When the database refuses.
pub async fn commit(db: &Db, concurrency: usize, total: usize) -> Measured {
    let detail: Arc<str> = "d".repeat(300).into();
    run_here(concurrency, total, (db.clone(), detail), |(db, detail), n| {
        Box::pin(async move {
            let args = args![format!("commit{n:020}"), n as i64, "POST /oidc/token", "client", &**detail];
            db.execute(&RECORD, args).await.expect("a commit");
        })
    })
    .await
}
