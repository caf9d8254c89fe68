//! Whole answers to requests of SAML service providers on sessions that are there, beside the bare signatures in them plus one durable
//! commit.

use std::sync::Arc;

use data_encoding::BASE64;
use db::Dialect;
use kernel::Clock;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use url::form_urlencoded::byte_serialize;

use crate::Server;
use crate::bench::http::Connection;
use crate::bench::load::{Measured, run};
use crate::bench::report::Report;
use crate::bench::{bare, checks, sign_in};

const AT_ONCE: usize = 16;
/// What is signed, and how many signatures that takes.
const SIGNED: &[(&str, f64)] = &[("response", 1.0), ("both", 2.0)];

/// Measures answers at concurrency 16 on SQLite.
///
/// # Panics
/// When one is not given.
pub async fn measure(report: &mut Report, quick: bool) {
    let scale = if quick { 20 } else { 1 };
    report.section("Answering SAML requests on a session that is there, on sqlite");
    let rsa = bare::rs256(2, 8000 / scale).await;
    report.limit("RSA-2048 signature with SHA-256 on two cores", rsa);
    let ecdsa = bare::es256(2, 40_000 / scale).await;
    report.limit("ECDSA P-256 signature with SHA-256 on two cores", ecdsa);
    let (database, _url, _postgres, _dir) = checks::bare_database(Dialect::Sqlite).await;
    bare::prepare(&database).await;
    let commit = bare::commit(&database, AT_ONCE, 20_000 / scale).await;
    report.limit("one INSERT, durable, 16 at once", commit);
    drop(database);

    let place = checks::Place::new(Dialect::Sqlite).await;
    let server = place.server(false, true).await;
    let schemes = [("rsa-sha256", rsa), ("ecdsa-sha256", ecdsa)];
    let ways: Vec<_> = schemes.iter().flat_map(|scheme| SIGNED.iter().map(move |signed| (*scheme, *signed))).collect();
    for ((algorithm, _), (sign, _)) in &ways {
        register(&server, algorithm, sign);
    }
    let cookies: Arc<[String]> = sign_in::sessions(&server, AT_ONCE).await.into();
    for ((algorithm, bare), (sign, signatures)) in ways {
        let measured = answers(&server, &cookies, &entity(algorithm, sign), 8000 / scale).await;
        let both = 1.0 / (signatures / bare.rate + 1.0 / commit.rate);
        let what = format!("{algorithm}, signed: {sign}, {AT_ONCE} at once");
        report.path_of(&what, measured, &[("signatures and commit", both), ("signatures", bare.rate / signatures)]);
    }
}

fn entity(algorithm: &str, sign: &str) -> String {
    format!("urn:load:{algorithm}:{sign}")
}

/// The server follows the command line within two seconds, which the application of the sessions takes.
fn register(server: &Server, algorithm: &str, sign: &str) {
    let metadata = format!(
        "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{}\">\
         <SPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><AssertionConsumerService index=\"0\" \
         Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://app.example/acs\"/></SPSSODescriptor>\
         </EntityDescriptor>",
        entity(algorithm, sign)
    );
    let file = server.data().with_file_name("load.xml");
    std::fs::write(&file, metadata).expect("a written file");
    let (file, id) = (file.display().to_string(), format!("{algorithm}-{sign}"));
    let (algorithm, sign) = (format!("signature_algorithm={algorithm}"), format!("sign={sign}"));
    server.cli_ok(&["sp", "add", &id, "--metadata", &file, "--setting", &algorithm, "--setting", &sign], None);
}

async fn answers(server: &Server, cookies: &Arc<[String]>, entity: &str, total: usize) -> Measured {
    let port = server.port();
    let (cookies, entity) = (cookies.clone(), entity.to_owned());
    run(
        server.pid(),
        AT_ONCE,
        total,
        move |n| {
            let headers = format!("{}Accept: text/html\r\n", cookies[n]);
            async move { (Connection::open(port).await.expect("a connection"), headers) }
        },
        move |(connection, headers), n| {
            let path = request(&entity, n);
            Box::pin(async move {
                let answer = connection.get(&path, headers).await.expect("an answer");
                let page = String::from_utf8_lossy(&answer.body);
                assert!(answer.status == 200 && page.contains("name=\"SAMLResponse\""), "{} {page}", answer.status);
            })
        },
    )
    .await
}

/// A request that nobody has signed, in a query.
fn request(entity: &str, n: usize) -> String {
    let now = OffsetDateTime::from_unix_timestamp(Clock::system().now().seconds()).expect("a moment");
    let request = format!(
        "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_{n}\" Version=\"2.0\" IssueInstant=\"{}\">\
         <saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{entity}</saml:Issuer></samlp:AuthnRequest>",
        now.format(&Rfc3339).expect("a moment")
    );
    let packed = BASE64.encode(&stored(request.as_bytes()));
    format!("/saml/sso?SAMLRequest={}", byte_serialize(packed.as_bytes()).collect::<String>())
}

/// Packed as one block that is not compressed (RFC 1951 section 3.2.4).
fn stored(text: &[u8]) -> Vec<u8> {
    let length = u16::try_from(text.len()).expect("a short request");
    [&[1][..], &length.to_le_bytes(), &(!length).to_le_bytes(), text].concat()
}
