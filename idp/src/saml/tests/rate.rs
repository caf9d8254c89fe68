//! Signed responses in a second, beside the bare signatures in them: on all processors, in this process, in this run.

#![allow(clippy::print_stdout, reason = "what was measured is shown with --nocapture")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use kernel::clock::Stopwatch;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::rsa::Rsa;
use openssl::sign::Signer;

use super::ACS;
use super::sso::{Bench, NOW};
use crate::party::sp::{Algorithm, Encrypt, NameIdFormat, Settings, Sign};
use crate::saml::answer::{ReturnTo, SignedIn, Statement};
use crate::saml::attributes::Attribute;
use crate::saml::name_id::NameId;
use crate::saml::names::context;
use crate::saml::way::Way;

/// How often this can be done in a second, by all processors together.
fn per_second(work: impl Fn() + Sync) -> f64 {
    let time = if db::testing::full_scale() { Duration::from_secs(5) } else { Duration::from_millis(50) };
    let (done, watch) = (AtomicU64::new(0), Stopwatch::start());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while watch.elapsed() < time {
                    work();
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    done.into_inner() as f64 / watch.elapsed().as_secs_f64()
}

fn bare(algorithm: Algorithm) -> f64 {
    let key = match algorithm {
        Algorithm::EcdsaSha256 => {
            let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
            PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
        }
        _ => PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap(),
    };
    // As long as what is signed in a response.
    per_second(|| {
        let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
        assert!(signer.sign_oneshot_to_vec(&[7; 600]).unwrap().len() > 60);
    })
}

#[tokio::test]
async fn signed_responses_beside_the_bare_signatures() {
    let attribute = |name: &str, value: &str| Attribute {
        name: name.to_owned(),
        format: "urn:oasis:names:tc:SAML:2.0:attrname-format:basic",
        friendly_name: None,
        values: vec![value.to_owned()],
    };
    let attributes = [
        attribute("email", "ada@example.org"),
        attribute("name", "Ada Lovelace"),
        attribute("groups", "staff"),
        attribute("locale", "en"),
    ];
    let name = NameId { format: NameIdFormat::Persistent, value: "4ad0bb8a5d4d1f8e36b8c8a2b9b6b7f0f9b9c1c5".to_owned() };
    let statement = Statement {
        name: &name,
        signed_in: Some(SignedIn { at: NOW, class: context::MULTI_FACTOR, session_index: "sid" }),
        attributes: &attributes,
    };
    let to = ReturnTo { location: ACS.to_owned(), request: Some("_r1".to_owned()), relay_state: None, way: Way::Post };
    for signature_algorithm in [Algorithm::RsaSha256, Algorithm::EcdsaSha256] {
        let bare = bare(signature_algorithm);
        for (sign, signatures) in [(Sign::Response, 1), (Sign::Assertion, 1), (Sign::Both, 2)] {
            let settings = Settings { sign, signature_algorithm, encrypt: Encrypt::Never, ..Settings::default() };
            let bench = Bench::new(settings).await;
            let sp = bench.provider.sps.find("notes").unwrap();
            let made = bench.provider.success(&sp, &to, &statement, NOW).unwrap();
            assert_eq!(bench.response(&made).matches("<ds:Signature ").count(), signatures);
            let rate = per_second(|| assert!(bench.provider.success(&sp, &to, &statement, NOW).is_ok()));
            let share = rate * signatures as f64 / bare * 100.0;
            println!(
                "rate: {signature_algorithm:?}, signed: {sign:?}: {rate:.0} responses in a second, {share:.0} % of {bare:.0} bare signatures"
            );
        }
    }
}
