//! The TLS listener: own authority, certificate replaced while serving, graceful end.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use db::Dialect;
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509NameBuilder};
use symbolon::config::{Config, Sources};
use symbolon::http::listener::Listener;
use tokio::sync::oneshot;

db::on_every_database![certificates_are_replaced_while_serving];

struct Authority {
    key: PKey<Private>,
    certificate: X509,
}

fn certificate(name: &str, key: &PKey<Private>, issuer: Option<&Authority>) -> X509 {
    let mut subject = X509NameBuilder::new().unwrap();
    subject.append_entry_by_text("CN", name).unwrap();
    let subject = subject.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&BigNum::from_u32(1).unwrap().to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&subject).unwrap();
    builder.set_issuer_name(issuer.map_or(&subject, |i| i.certificate.subject_name())).unwrap();
    builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::days_from_now(2).unwrap()).unwrap();
    builder.set_pubkey(key).unwrap();
    if issuer.is_none() {
        builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
    } else {
        let names = SubjectAlternativeName::new().dns("localhost").build(&builder.x509v3_context(None, None)).unwrap();
        builder.append_extension(names).unwrap();
    }
    builder.sign(issuer.map_or(key, |i| &i.key), MessageDigest::sha256()).unwrap();
    builder.build()
}

fn fresh_key() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

/// Writes a fresh certificate of a fresh authority; returns the authority's PEM.
fn renew(dir: &Path) -> Vec<u8> {
    let key = fresh_key();
    let authority = Authority { certificate: certificate("Test authority", &key, None), key };
    let key = fresh_key();
    let leaf = certificate("localhost", &key, Some(&authority));
    std::fs::write(dir.join("key.pem"), key.private_key_to_pem_pkcs8().unwrap()).unwrap();
    std::fs::write(dir.join("cert.pem"), leaf.to_pem().unwrap()).unwrap();
    authority.certificate.to_pem().unwrap()
}

#[allow(clippy::disallowed_methods, reason = "a client of the program under test")]
fn client(authority: &[u8]) -> reqwest::Client {
    let root = reqwest::Certificate::from_pem(authority).unwrap();
    reqwest::Client::builder().tls_certs_only([root]).timeout(Duration::from_secs(5)).build().unwrap()
}

async fn certificates_are_replaced_while_serving(on: Dialect) {
    let dir = tempfile::tempdir().unwrap();
    let first = renew(dir.path());
    let path = |name: &str| dir.path().join(name).display().to_string();
    let flags = [
        ("server.listen", "127.0.0.1:0".to_owned()),
        ("server.public_url", "https://localhost".to_owned()),
        ("tls.certificate", path("cert.pem")),
        ("tls.key", path("key.pem")),
        ("tls.reload_every", "20ms".to_owned()),
    ];
    let flags = flags.into_iter().map(|(at, value)| (at.to_owned(), value)).collect();
    let sources = Sources { data_dir: dir.path().join("data"), flags, ..Sources::default() };
    let config = Config::load(&sources).unwrap();
    let listener = Listener::bind(&config).await.unwrap();
    let url = format!("https://localhost:{}/healthz/livez", listener.address.port());
    let app = crate::support::TestApp::new(on).await;
    let (stop, stopped) = oneshot::channel::<()>();
    let served = tokio::spawn(listener.serve(Arc::new(config), app.router(), async move {
        let _ = stopped.await;
    }));

    assert_eq!(client(&first).get(&url).send().await.unwrap().status(), 200);
    let second = renew(dir.path());
    let mut replaced = false;
    for _ in 0..250 {
        if client(&second).get(&url).send().await.is_ok() {
            replaced = true;
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(replaced, "the new certificate was not loaded");
    assert!(client(&first).get(&url).send().await.is_err(), "the old authority still vouches");

    stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(15), served).await.unwrap().unwrap().unwrap();
}
