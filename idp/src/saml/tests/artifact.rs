//! Answers that a party fetches.

use std::time::Duration;

use data_encoding::BASE64;
use db::{Batch, Dialect};
use openssl::hash::{MessageDigest, hash};
use proptest::prelude::*;

use super::super::artifact::handle;
use super::super::gate::GateError;
use super::super::names::{algorithm, binding, ns, status};
use super::super::soap::{self, SoapError};
use super::super::{Answer, SsoProblem};
use super::sso::{Bench, NOW, field};
use super::{ACS, ENTITY, Party, template};
use crate::login::{Failed, Refusal};
use crate::party::sp::{Encrypt, NewSp, ResponseBinding, Settings, Sign};

const URL: &str = "https://id.example/saml/artifact";

/// What a party asks with.
fn resolve(entity: &str, artifact: &str, more: &str, signature: &str) -> String {
    format!(
        "<samlp:ArtifactResolve xmlns:samlp=\"{}\" xmlns:saml=\"{}\" ID=\"_ask\" Version=\"2.0\" IssueInstant=\"2023-11-14T22:13:20Z\"{more}>\
         <saml:Issuer>{entity}</saml:Issuer>{signature}<samlp:Artifact>{artifact}</samlp:Artifact></samlp:ArtifactResolve>",
        ns::PROTOCOL,
        ns::ASSERTION
    )
}

fn signed(party: &Party, entity: &str, artifact: &str) -> String {
    party.sign(&resolve(entity, artifact, "", &template("_ask", algorithm::RSA_SHA256)))
}

/// What stands in the answer to a party, none if there is nothing.
async fn fetched(bench: &Bench, message: &str) -> Option<String> {
    let answer = bench.provider.resolve(&soap::write(message), NOW).await.unwrap();
    let response = soap::read(&answer).unwrap();
    assert!(bench.is_ours(&response), "{response}");
    assert!(response.starts_with("<samlp:ArtifactResponse ") && response.contains("InResponseTo=\"_ask\""), "{response}");
    let from = response.find("</samlp:Status>").unwrap() + "</samlp:Status>".len();
    let inside = response[from..].strip_suffix("</samlp:ArtifactResponse>").unwrap();
    (!inside.is_empty()).then(|| inside.to_owned())
}

fn artifact(answer: &Answer) -> String {
    assert_eq!((answer.location.as_str(), field(answer, "SAMLResponse")), (&*format!("{ACS}/artifact"), None));
    field(answer, "SAMLart").unwrap()
}

async fn issued(bench: &Bench, n: u32) -> String {
    let text = super::request(&format!("_r{n}"), &format!("ProtocolBinding=\"{}\"", binding::ARTIFACT), "");
    let Ok(super::super::Begun::SignIn(sign_in)) = bench.post(&text) else { panic!("no sign-in") };
    artifact(&bench.answer(&sign_in).await.unwrap())
}

db::on_every_database![an_answer_is_fetched_once_by_its_party];

async fn an_answer_is_fetched_once_by_its_party(on: Dialect) {
    let bench = Bench::with(on, Settings::default(), "", "").await;
    let reference = issued(&bench, 1).await;
    let bytes = BASE64.decode(reference.as_bytes()).unwrap();
    let source = hash(MessageDigest::sha1(), b"https://id.example/saml/metadata").unwrap();
    assert_eq!((bytes.len(), &bytes[..4], &bytes[4..24]), (44, &[0, 4, 0, 0][..], &source[..]));
    // Somebody else's signature, and somebody else who is registered: the answer stays where it is.
    let (other, name) = (Party::rsa(), "https://other.example/metadata");
    let new = NewSp {
        sp_id: "other".to_owned(),
        metadata: other.metadata("", "").replace(ENTITY, name),
        settings: Settings::default(),
        enabled: true,
    };
    let mut batch = Batch::new();
    bench.provider.sps.add(&mut batch, new, NOW).unwrap();
    bench.db.write(batch).await.unwrap();
    bench.provider.sps.reload().await.unwrap();
    assert_eq!(fetched(&bench, &signed(&other, name, &reference)).await, None);
    let forged = bench.provider.resolve(&soap::write(&signed(&other, ENTITY, &reference)), NOW).await;
    assert!(matches!(forged, Err(SsoProblem::Gate(GateError::Signature))));
    let asked = signed(&bench.party, ENTITY, &reference);
    let envelope = soap::write(&asked);
    let (one, two) = tokio::join!(bench.provider.resolve(&envelope, NOW), bench.provider.resolve(&envelope, NOW));
    let both = [one.unwrap(), two.unwrap()];
    let full: Vec<&String> = both.iter().filter(|answer| answer.contains("<saml:Assertion ")).collect();
    assert_eq!(full.len(), 1, "fetched once");
    assert!(full[0].contains("ada@example.org") && full[0].contains("InResponseTo=\"_r1\""));
    assert_eq!(fetched(&bench, &asked).await, None);
}

#[tokio::test]
async fn what_is_fetched_verifies_inside_and_alone() {
    for (sign, encrypt) in [(Sign::Both, Encrypt::Never), (Sign::Assertion, Encrypt::Never), (Sign::Response, Encrypt::Always)] {
        let bench = Bench::new(Settings { sign, encrypt, ..Settings::default() }).await;
        let reference = issued(&bench, 1).await;
        let inside = fetched(&bench, &signed(&bench.party, ENTITY, &reference)).await.unwrap();
        let alone = inside.replacen("<samlp:Response ", &format!("<samlp:Response xmlns:samlp=\"{}\" ", ns::PROTOCOL), 1);
        assert!(bench.is_ours(&alone), "{alone}");
        assert_eq!(alone.contains("ada@example.org"), encrypt == Encrypt::Never);
    }
}

#[tokio::test]
async fn nothing_waits_longer_than_a_minute() {
    let bench = Bench::new(Settings { response_binding: ResponseBinding::Artifact, ..Settings::default() }).await;
    let reference = artifact(&bench.answer(&bench.sign_in("", "")).await.unwrap());
    let late = NOW + Duration::from_secs(60);
    let answer = bench.provider.resolve(&soap::write(&signed(&bench.party, ENTITY, &reference)), late).await.unwrap();
    assert!(!answer.contains("Assertion ") && answer.contains(status::SUCCESS));
    assert_eq!(bench.provider.purge(NOW + Duration::from_secs(59)).await.unwrap(), 0);
    assert_eq!(bench.provider.purge(late).await.unwrap(), 1);
}

#[tokio::test]
async fn refusals_are_fetched_only_where_there_is_no_place_for_a_form() {
    let settings = Settings { response_binding: ResponseBinding::Artifact, idp_initiated: true, ..Settings::default() };
    let bench = Bench::new(settings.clone()).await;
    let (other, name) = (Party::rsa(), "https://other.example/metadata");
    let metadata = other.metadata("", "").replace(ENTITY, name).replace(binding::POST, binding::PAOS);
    let mut batch = Batch::new();
    bench.provider.sps.add(&mut batch, NewSp { sp_id: "other".to_owned(), metadata, settings, enabled: true }, NOW).unwrap();
    bench.db.write(batch).await.unwrap();
    bench.provider.sps.reload().await.unwrap();
    let refused = async |sign_in: crate::login::SignIn| {
        let failed = Failed { reason: Refusal::Denied, party: sign_in.party, ticket: sign_in.ticket };
        bench.provider.answer_failure(&failed, NOW).await.unwrap()
    };
    let answer = refused(bench.sign_in("", "")).await;
    assert!(!answer.is_to_be_kept() && answer.location == ACS && field(&answer, "SAMLart").is_none(), "{answer:?}");
    let impossible = super::request("_i", "", "<samlp:NameIDPolicy Format=\"urn:example:none\"/>");
    let Ok(super::super::Begun::Answer(answer)) = bench.post(&impossible) else { panic!("no answer") };
    assert!(!answer.is_to_be_kept() && field(&answer, "SAMLResponse").is_some(), "{answer:?}");
    let mut answer = refused(bench.provider.unasked("other", None, NOW).unwrap()).await;
    assert!(answer.is_to_be_kept());
    bench.provider.keep(&mut answer).await.unwrap();
    let inside = fetched(&bench, &signed(&other, name, &artifact(&answer))).await.unwrap();
    assert!(inside.contains(status::AUTHN_FAILED), "{inside}");
}

#[tokio::test]
async fn only_signed_questions_are_answered() {
    let bench = Bench::new(Settings::default()).await;
    let reference = issued(&bench, 1).await;
    let ask = async |message: String| bench.provider.resolve(&soap::write(&message), NOW).await.err();
    let good = signed(&bench.party, ENTITY, &reference);
    let with = |more: &str| bench.party.sign(&resolve(ENTITY, &reference, more, &template("_ask", algorithm::RSA_SHA256)));
    let signature = &good[good.find("<ds:Signature ").unwrap()..good.find("</ds:Signature>").unwrap() + 15];
    let evil = |id: &str| resolve(ENTITY, &reference, "", signature).replace("_ask", id);
    assert!(matches!(ask(resolve(ENTITY, &reference, "", "")).await, Some(SsoProblem::Gate(GateError::Unsigned))));
    assert!(matches!(ask(good.replace(&reference, "AAQ=")).await, Some(SsoProblem::Gate(GateError::Signature))));
    assert!(matches!(ask(evil("_other")).await, Some(SsoProblem::Gate(GateError::Signature | GateError::Reference))));
    assert!(matches!(ask(signed(&bench.party, "urn:nobody", &reference)).await, Some(SsoProblem::Party)));
    assert!(matches!(ask(with(" Destination=\"https://evil.example/\"")).await, Some(SsoProblem::Destination)));
    let old = with("").replace("22:13:20", "21:13:20");
    assert!(matches!(ask(old).await, Some(SsoProblem::Gate(GateError::Signature))));
    let old = resolve(ENTITY, &reference, "", &template("_ask", algorithm::RSA_SHA256)).replace("22:13:20", "21:13:20");
    assert!(matches!(ask(bench.party.sign(&old)).await, Some(SsoProblem::Time)));
    let wrapped = soap::with_header(&good, &resolve(ENTITY, &reference, "", ""));
    assert!(matches!(bench.provider.resolve(&wrapped, NOW).await, Err(SsoProblem::Gate(GateError::Unsigned))));
    let two = soap::write(&format!("{}{good}", resolve(ENTITY, &reference, "", "")));
    assert!(matches!(bench.provider.resolve(&two, NOW).await, Err(SsoProblem::Soap(SoapError::Xml(_)))));
    assert!(fetched(&bench, &with(&format!(" Destination=\"{URL}\""))).await.is_some(), "none of it used the artifact up");
}

proptest! {
    #[test]
    fn artifacts_of_others_never_panic(text in "\\PC{0,120}", bytes in prop::collection::vec(any::<u8>(), 0..60), source in any::<[u8; 20]>()) {
        prop_assert_eq!(handle(&text, &source), None);
        let of_others = handle(&BASE64.encode(&bytes), &source);
        prop_assert!(of_others.is_none() || bytes[4..24] == source);
        let ours = [&[0, 4, 0, 0][..], &source, &[7; 20]].concat();
        prop_assert_eq!(handle(&BASE64.encode(&ours), &source), Some(vec![7; 20]));
    }
}
