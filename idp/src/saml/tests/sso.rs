//! From requests to answers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use audit::{Door, Origin};
use data_encoding::BASE64;
use db::testing::TestDb;
use db::{Batch, Dialect};
use futures::FutureExt;
use gamlastan::crypto::keys::loader;
use gamlastan::crypto::{KeyUsage, KeysManager, SamlVerifier};
use kernel::ids::{PersonId, SessionId};
use kernel::{Clock, Entropy, Timestamp};
use keys::ring::{Ring, RingConfig};
use keys::{Keys, Purpose};
use serde_json::json;

use super::super::decode::Incoming;
use super::super::gate::GateError;
use super::super::names::{binding, context, format, status};
use super::super::problem::SsoProblem;
use super::super::sso::Begun;
use super::super::{Answer, Parts, Provider};
use super::{ACS, ENTITY, Party, request, template};
use crate::login::{Authenticated, Failed, Refusal, SignIn};
use crate::party::sp::{Algorithm, Encrypt, NewSp, Settings, Sign, Sps};
use crate::ports::{Event, EventKind, Events, Person, PortError};
use crate::testing::World;

pub(super) const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

#[derive(Default)]
pub(super) struct Seen(pub(super) Mutex<Vec<Event>>);

#[async_trait]
impl Events for Seen {
    async fn record(&self, _: &Origin, _: &mut Batch, event: Event) -> Result<(), PortError> {
        self.0.lock().unwrap().push(event);
        Ok(())
    }
}

/// What is known without a question to the database, as everything about registered parties is.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("an answer at once")
}

pub(super) struct Bench {
    pub(super) db: TestDb,
    pub(super) provider: Provider,
    pub(super) party: Party,
    pub(super) seen: Arc<Seen>,
    pub(super) person: Person,
    pub(super) world: World,
}

impl Bench {
    pub(super) async fn new(settings: Settings) -> Self {
        Self::with(Dialect::Sqlite, settings, "", "").await
    }

    pub(super) async fn with(dialect: Dialect, settings: Settings, role: &str, more: &str) -> Self {
        let db = db::testing::one(dialect).await;
        let (chance, keys) = (Entropy::system(), Keys::for_tests());
        let ring = Ring::open((*db).clone(), &keys, Clock::fixed(NOW), chance.clone(), RingConfig::new("default")).await.unwrap();
        let sps = Sps::load((*db).clone(), chance.clone(), "default").await.unwrap();
        let (seen, world) = (Arc::new(Seen::default()), World::new(1));
        let parts = Parts {
            origin: "https://id.example".to_owned(),
            db: (*db).clone(),
            chance: chance.clone(),
            ring,
            lookup: keys.mac_key(Purpose::Lookup),
            pairwise: keys.mac_key(Purpose::Pairwise),
            sealer: keys.sealer().clone(),
            sps,
            sessions: crate::session::Sessions::new((*db).clone(), &keys),
            outbound: super::slo::outbound(),
            people: Arc::new(world.clone()),
            decisions: Arc::new(world.clone()),
            events: seen.clone(),
            ours: crate::saml::Ours::default(),
        };
        let attributes =
            json!({"email": "ada@example.org", "givenname": "A<d>a & \"co\"", "groups": ["staff", "admins"], "bad": "a\u{1}b"});
        let person = Person {
            id: PersonId::new(&Entropy::seeded(1), NOW),
            login: "ada".to_owned(),
            realm: "default".to_owned(),
            display_name: "Ada Lovelace".to_owned(),
            attributes: serde_json::from_value::<BTreeMap<_, _>>(attributes).unwrap(),
            auth_epoch: 1,
            enabled: true,
        };
        let bench = Self { db, provider: Provider::new(parts), party: Party::rsa(), seen, person, world };
        let new = NewSp { sp_id: "notes".to_owned(), metadata: bench.party.metadata(role, more), settings, enabled: true };
        let mut batch = Batch::new();
        bench.provider.sps.add(&mut batch, new, NOW).unwrap();
        bench.db.write(batch).await.unwrap();
        bench.provider.sps.reload().await.unwrap();
        super::slo::open(&bench.provider, &bench.person, session()).await;
        bench
    }

    pub(super) async fn set(&self, settings: Settings) {
        let mut batch = Batch::new();
        let version = self.provider.sps.get("notes").await.unwrap().version;
        self.provider.sps.update(&mut batch, ("notes", version), (settings, true), None, NOW).await.unwrap();
        self.db.write(batch).await.unwrap();
        self.provider.sps.reload().await.unwrap();
    }

    pub(super) fn receive(&self, attributes: &str, behind: &str) -> Result<Begun, SsoProblem> {
        self.post(&request("_r1", attributes, behind))
    }

    pub(super) fn post(&self, xml: &str) -> Result<Begun, SsoProblem> {
        at_once(self.provider.receive(&Incoming::post(&form(xml)).unwrap(), NOW))
    }

    pub(super) fn sign_in(&self, attributes: &str, behind: &str) -> SignIn {
        match self.receive(attributes, behind) {
            Ok(Begun::SignIn(sign_in)) => *sign_in,
            Ok(Begun::Answer(answer)) => panic!("{:?}", answer.problem),
            Err(problem) => panic!("{problem}"),
        }
    }

    /// The second-level status of an answer that is given at once.
    pub(super) fn refused(&self, attributes: &str, behind: &str) -> &'static str {
        match self.receive(attributes, behind) {
            Ok(Begun::Answer(answer)) => {
                assert_eq!((answer.location.as_str(), field(&answer, "RelayState")), (ACS, Some("s +&<\u{e4}".to_owned())));
                let detail = answer.problem.unwrap().detail;
                assert!(self.response(&answer).contains(detail));
                detail
            }
            Ok(Begun::SignIn(_)) => "a sign-in",
            Err(problem) => panic!("{problem}"),
        }
    }

    pub(super) fn success(&self, sign_in: &SignIn) -> Authenticated {
        let success = Authenticated::for_tests(self.person.clone(), sign_in.party.clone(), session(), NOW, &sign_in.ticket);
        success.granting(sign_in.ask.clone())
    }

    pub(super) fn origin(&self) -> Origin {
        Origin { at: NOW, ..Origin::local(Door::Saml, NOW, "r".to_owned(), "n".to_owned()) }
    }

    pub(super) async fn answer(&self, sign_in: &SignIn) -> Result<Answer, SsoProblem> {
        self.provider.answer_success(&self.origin(), &self.success(sign_in)).await
    }

    /// The response of an answer, whose outermost signature a library has verified with a certificate of our metadata.
    pub(super) fn response(&self, answer: &Answer) -> String {
        let xml = BASE64.decode(field(answer, "SAMLResponse").unwrap().as_bytes()).unwrap();
        let xml = String::from_utf8(xml).unwrap();
        assert!(self.is_ours(&xml), "{xml}");
        xml
    }

    pub(super) fn is_ours(&self, xml: &str) -> bool {
        self.provider.ring.xml_certificates().iter().any(|certificate| {
            let mut key = loader::load_x509_cert_der(&BASE64.decode(certificate.as_bytes()).unwrap()).unwrap();
            key.usage = KeyUsage::Verify;
            let mut keys = KeysManager::new();
            keys.add_key(key);
            let mut verifier = SamlVerifier::new(keys);
            verifier.set_skip_time_checks(true);
            verifier.set_algorithm_policy(gamlastan::crypto::AlgorithmPolicy::permissive());
            verifier.verify_all_enveloped(xml).is_ok_and(|all| !all.is_empty() && all.iter().all(|one| one.is_valid()))
        })
    }
}

fn form(xml: &str) -> String {
    let pairs = [("SAMLRequest", BASE64.encode(xml.as_bytes())), ("RelayState", "s +&<\u{e4}".to_owned())];
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

pub(super) fn field(answer: &Answer, name: &str) -> Option<String> {
    answer.fields.iter().find(|(n, _)| *n == name).map(|(_, value)| value.clone())
}

/// The session of every sign-in.
pub(super) fn session() -> SessionId {
    SessionId::new(&Entropy::seeded(2), NOW)
}

/// The text between two marks.
pub(super) fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let rest = &text[text.find(from).unwrap_or_else(|| panic!("{from} in {text}")) + from.len()..];
    &rest[..rest.find(to).unwrap()]
}

#[tokio::test]
async fn a_sign_in_is_answered_with_what_was_asked() {
    let bench = Bench::new(Settings::default()).await;
    let sign_in = bench.sign_in("", "");
    assert_eq!((sign_in.party.id.as_str(), sign_in.party.name.as_str()), (ENTITY, "Field Notes"));
    assert_eq!(sign_in.party.logo_uri, None);
    let answer = bench.answer(&sign_in).await.unwrap();
    assert_eq!((answer.location.as_str(), field(&answer, "RelayState").as_deref()), (ACS, Some("s +&<\u{e4}")));
    assert_eq!(answer.origin().as_deref(), Some("https://sp.example"));
    let xml = bench.response(&answer);
    assert_eq!(xml.matches("<ds:Signature ").count(), 2);
    assert_eq!(xml.matches("InResponseTo=\"_r1\"").count(), 2);
    for part in [
        &format!("Destination=\"{ACS}\""),
        &format!("Recipient=\"{ACS}\""),
        &format!("<saml:Audience>{ENTITY}</saml:Audience>"),
        "NotBefore=\"2023-11-14T22:12:20Z\" NotOnOrAfter=\"2023-11-14T22:18:20Z\"",
        "AuthnInstant=\"2023-11-14T22:13:20Z\" SessionIndex=\"sid\"",
        &format!("<saml:AuthnContextClassRef>{}</saml:AuthnContextClassRef>", context::MULTI_FACTOR),
        "<saml:AttributeValue>ada@example.org</saml:AttributeValue>",
        "<saml:AttributeValue>A&lt;d&gt;a &amp; \"co\"</saml:AttributeValue>",
        &format!(
            "Format=\"{}\" NameQualifier=\"https://id.example/saml/metadata\" SPNameQualifier=\"{ENTITY}\"",
            format::PERSISTENT
        ),
    ] {
        assert!(xml.contains(part), "{part} in {xml}");
    }
    let events = bench.seen.0.lock().unwrap();
    assert!(matches!(&events[..], [event] if event.kind == EventKind::AssertionIssued && event.info.contains("email")));
}

#[tokio::test]
async fn a_request_is_answered_once() {
    let bench = Bench::new(Settings::default()).await;
    let (first, second) = (bench.sign_in("", ""), bench.sign_in("", ""));
    assert!(bench.answer(&first).await.is_ok());
    assert!(matches!(bench.answer(&second).await, Err(SsoProblem::Replayed)));
    let kinds = || bench.seen.0.lock().unwrap().iter().map(|event| event.kind).collect::<Vec<_>>();
    // The second was undone with what it would have written; that it was refused stands there.
    assert_eq!(kinds(), [EventKind::AssertionIssued, EventKind::AssertionIssued, EventKind::AssertionRefused]);
    let other = bench.post(&request("_r2", "", ""));
    let Ok(Begun::SignIn(other)) = other else { panic!("no sign-in") };
    assert!(bench.answer(&other).await.is_ok());
    assert_eq!(bench.provider.purge(NOW).await.unwrap(), 0);
    assert_eq!(bench.provider.purge(NOW + std::time::Duration::from_secs(4 * 86_400)).await.unwrap(), 2);
}

#[tokio::test]
async fn every_way_to_sign_verifies() {
    let bench = Bench::new(Settings { idp_initiated: true, ..Settings::default() }).await;
    bench.provider.ring.provide(Algorithm::EcdsaSha384.into()).await.unwrap();
    for signature_algorithm in [
        Algorithm::RsaSha256,
        Algorithm::RsaSha384,
        Algorithm::RsaSha512,
        Algorithm::RsaPssSha256,
        Algorithm::EcdsaSha256,
        Algorithm::EcdsaSha384,
    ] {
        for (sign, count) in [(Sign::Both, 2), (Sign::Assertion, 1), (Sign::Response, 1)] {
            bench.set(Settings { sign, signature_algorithm, idp_initiated: true, ..Settings::default() }).await;
            let sign_in = bench.provider.unasked("notes", None, NOW).unwrap();
            let xml = bench.response(&bench.answer(&sign_in).await.unwrap());
            assert_eq!(xml.matches("<ds:Signature ").count(), count);
            let tampered = xml.replace("ada@example.org", "eve@example.org");
            assert!(!bench.is_ours(&tampered), "{signature_algorithm:?} {sign:?}");
        }
    }
}

#[tokio::test]
async fn encrypted_assertions_are_for_the_party_alone() {
    let bench = Bench::new(Settings::default()).await;
    for sign in [Sign::Both, Sign::Assertion, Sign::Response] {
        bench.set(Settings { encrypt: Encrypt::Always, sign, idp_initiated: true, ..Settings::default() }).await;
        let sign_in = bench.provider.unasked("notes", None, NOW).unwrap();
        let xml = bench.response(&bench.answer(&sign_in).await.unwrap());
        assert!(!xml.contains("<saml:Assertion ") && !xml.contains("ada@example.org"), "{xml}");
        let from = xml.find("<xenc:EncryptedData ").unwrap();
        let encrypted = &xml[from..xml.find("</saml:EncryptedAssertion>").unwrap()];
        let decrypt = |party: &Party| {
            let mut key = loader::load_pem_auto(&party.key.private_key_to_pem_pkcs8().unwrap(), None).unwrap();
            key.usage = KeyUsage::Any;
            let mut keys = KeysManager::new();
            keys.add_key(key);
            gamlastan::crypto::SamlDecryptor::new(keys).decrypt(encrypted)
        };
        let assertion = decrypt(&bench.party).unwrap();
        assert!(assertion.contains("ada@example.org"), "{assertion}");
        assert_eq!(bench.is_ours(&assertion), sign != Sign::Response);
        assert!(decrypt(&Party::rsa()).is_err());
    }
}

#[tokio::test]
async fn wants_assertions_signed_is_heeded() {
    let settings = Settings { sign: Sign::Response, ..Settings::default() };
    let bench = Bench::with(Dialect::Sqlite, settings, "WantAssertionsSigned=\"true\"", "").await;
    let xml = bench.response(&bench.answer(&bench.sign_in("", "")).await.unwrap());
    assert_eq!(xml.matches("<ds:Signature ").count(), 2);
}

#[tokio::test]
async fn signatures_are_demanded_and_verified() {
    let bench = Bench::with(Dialect::Sqlite, Settings::default(), "AuthnRequestsSigned=\"true\"", "").await;
    let gate = |outcome: Result<Begun, SsoProblem>| match outcome {
        Err(SsoProblem::Gate(error)) => Some(error),
        Err(other) => panic!("{other}"),
        Ok(_) => None,
    };
    let here = "Destination=\"https://id.example/saml/sso\"";
    let signed = |party: &Party, attributes: &str| {
        party.sign(&request("_r1", attributes, &template("_r1", super::super::names::algorithm::RSA_SHA256)))
    };
    assert_eq!(gate(bench.receive(here, "")), Some(GateError::Unsigned));
    assert_eq!(gate(bench.post(&signed(&bench.party, here))), None);
    assert_eq!(gate(bench.post(&signed(&Party::rsa(), here))), Some(GateError::Signature));
    assert!(matches!(bench.post(&signed(&bench.party, "")), Err(SsoProblem::Destination)));
    let elsewhere = signed(&bench.party, "Destination=\"https://evil.example/saml/sso\"");
    assert!(matches!(bench.post(&elsewhere), Err(SsoProblem::Destination)));
    // A wrong signature is refused also where none would be needed.
    let lenient = Bench::new(Settings::default()).await;
    assert_eq!(gate(lenient.post(&signed(&Party::rsa(), here))), Some(GateError::Signature));
}

#[tokio::test]
async fn redirects_are_verified_as_they_were_sent() {
    let bench = Bench::new(Settings { require_signed_requests: true, ..Settings::default() }).await;
    let xml = request("_r1", "Destination=\"https://id.example/saml/sso\"", "");
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, xml.as_bytes()).unwrap();
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let packed = encode(&BASE64.encode(&encoder.finish().unwrap()));
    let signed = |party: &Party, method: &str, state: &str| {
        let message = format!("SAMLRequest={packed}&RelayState={state}&SigAlg={}", encode(method));
        let mut signer = openssl::sign::Signer::new(openssl::hash::MessageDigest::sha256(), &party.key).unwrap();
        format!("{message}&Signature={}", encode(&BASE64.encode(&signer.sign_oneshot_to_vec(message.as_bytes()).unwrap())))
    };
    let receive = |query: &str| at_once(bench.provider.receive(&Incoming::redirect(query).unwrap(), NOW));
    let rsa = super::super::names::algorithm::RSA_SHA256;
    // Lower-case percent encoding is signed as it is.
    let good = signed(&bench.party, rsa, "a%2fb%20c");
    assert!(matches!(receive(&good), Ok(Begun::SignIn(_))));
    let reordered: Vec<&str> = good.split('&').rev().collect();
    assert!(matches!(receive(&reordered.join("&")), Ok(Begun::SignIn(_))));
    for bad in [
        good.replace("a%2fb", "a%2Fb"),
        good.replace("&RelayState=a%2fb%20c", ""),
        signed(&Party::rsa(), rsa, "a"),
        signed(&bench.party, "http://www.w3.org/2000/09/xmldsig#rsa-sha1", "a"),
        signed(&bench.party, "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", "a"),
        signed(&bench.party, super::super::names::algorithm::ECDSA_SHA256, "a"),
        format!("SAMLRequest={packed}"),
    ] {
        assert!(matches!(receive(&bad), Err(SsoProblem::Gate(_))), "{bad}");
    }
}

#[tokio::test]
async fn nothing_goes_to_addresses_that_are_not_registered() {
    let bench = Bench::new(Settings::default()).await;
    for wanted in [
        "AssertionConsumerServiceURL=\"https://evil.example/acs\"".to_owned(),
        format!("AssertionConsumerServiceURL=\"{ACS}/\""),
        format!("AssertionConsumerServiceURL=\"{ACS}/paos\""),
        "AssertionConsumerServiceIndex=\"3\"".to_owned(),
        "AssertionConsumerServiceIndex=\"9\"".to_owned(),
    ] {
        assert!(matches!(bench.receive(&wanted, ""), Err(SsoProblem::Consumer)), "{wanted}");
    }
    let second = bench.sign_in("AssertionConsumerServiceIndex=\"2\"", "");
    assert_eq!(bench.answer(&second).await.unwrap().location, format!("{ACS}/two"));
    let paos = format!("ProtocolBinding=\"{}\"", binding::PAOS);
    assert_eq!(bench.refused(&paos, ""), status::UNSUPPORTED_BINDING);
    let place = format!("{paos} AssertionConsumerServiceURL=\"{ACS}/paos\"");
    assert_eq!(bench.refused(&place, ""), status::UNSUPPORTED_BINDING);
    let crossed = format!("ProtocolBinding=\"{}\" AssertionConsumerServiceURL=\"{ACS}\"", binding::ARTIFACT);
    assert_eq!(bench.refused(&crossed, ""), status::UNSUPPORTED_BINDING);
    assert!(bench.sign_in(&format!("ProtocolBinding=\"{}\"", binding::POST), "").ticket.contains(ACS));
}

#[tokio::test]
async fn wishes_become_a_sign_in() {
    let bench = Bench::new(Settings::default()).await;
    let both = bench.sign_in("ForceAuthn=\"true\" IsPassive=\"1\"", "");
    assert!(both.prompts.login && both.prompts.none);
    let contexts = |comparison: &str, class: &str| {
        format!(
            "<samlp:RequestedAuthnContext Comparison=\"{comparison}\"><saml:AuthnContextClassRef>{class}\
                 </saml:AuthnContextClassRef></samlp:RequestedAuthnContext>"
        )
    };
    let mfa = bench.sign_in("", &contexts("exact", context::MULTI_FACTOR));
    assert!(mfa.acr.essential && mfa.acr.values == [context::MULTI_FACTOR]);
    assert_eq!(bench.refused("", &contexts("exact", "urn:x")), status::NO_AUTHN_CONTEXT);
    assert_eq!(bench.refused("", &contexts("better", context::PHISHING_RESISTANT)), status::NO_AUTHN_CONTEXT);
    let exact = bench.sign_in("", &contexts("exact", context::PASSWORD));
    assert!(bench.response(&bench.answer(&exact).await.unwrap()).contains(context::PASSWORD));
    assert!(bench.receive("", &contexts("nearly", context::PASSWORD)).is_err());
    for (version, expected) in [("1.1", status::REQUEST_UNSUPPORTED), ("2.0", "a sign-in")] {
        let xml = request("_r1", "", "").replace("Version=\"2.0\"", &format!("Version=\"{version}\""));
        let outcome = match bench.post(&xml).ok() {
            Some(Begun::Answer(answer)) => answer.problem.unwrap().detail,
            _ => "a sign-in",
        };
        assert_eq!(outcome, expected);
    }
    for (instant, good) in [("2023-11-14T22:02:00Z", false), ("2023-11-14T22:03:00Z", true), ("2023-11-14T22:15:00Z", false)] {
        let outcome = bench.post(&request("_r1", "", "").replace("2023-11-14T22:13:20Z", instant));
        assert_eq!(matches!(outcome, Ok(Begun::SignIn(_))), good, "{instant}");
    }
    let stranger = request("_r1", "", "").replace(ENTITY, "https://other.example");
    assert!(matches!(bench.post(&stranger), Err(SsoProblem::Party)));
}

#[tokio::test]
async fn attributes_are_those_of_the_mapping() {
    let rules = json!([
        {"claim": "groups", "match": "adm*", "multiple": true},
        {"claim": "bad"},
        {"claim": "tenant", "constant": "acme"},
        {"claim": "given_name", "in": []}
    ]);
    let names = json!({"tenant": {"name": "urn:acme:tenant", "format": "uri", "friendly_name": "tenant"}});
    let settings = Settings {
        claims: serde_json::from_value(rules).unwrap(),
        attribute_names: serde_json::from_value(names).unwrap(),
        attribute_format: crate::party::sp::NameFormat::Uri,
        ..Settings::default()
    };
    let bench = Bench::new(settings.clone()).await;
    let xml = bench.response(&bench.answer(&bench.sign_in("", "")).await.unwrap());
    assert!(
        xml.contains(
            "FriendlyName=\"tenant\" Name=\"urn:acme:tenant\" NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:uri\""
        ),
        "{xml}"
    );
    assert!(xml.contains("FriendlyName=\"mail\" Name=\"urn:oid:0.9.2342.19200300.100.1.3\""));
    assert!(xml.contains(">admins<") && !xml.contains(">staff<") && !xml.contains("\"bad\"") && !xml.contains("givenName"));
    let wanted = "<md:AttributeConsumingService index=\"1\"><md:ServiceName xml:lang=\"en\">x</md:ServiceName>\
                  <md:RequestedAttribute Name=\"mail\"/><md:RequestedAttribute Name=\"urn:oid:0.9.2342.19200300.100.1.3\"/>\
                  <md:RequestedAttribute Name=\"mail\"/></md:AttributeConsumingService>";
    let bench = Bench::with(Dialect::Sqlite, settings, "", "").await;
    let metadata = bench.party.metadata("", "").replace("</md:SPSSODescriptor>", &format!("{wanted}</md:SPSSODescriptor>"));
    let mut batch = Batch::new();
    let present = bench.provider.sps.get("notes").await.unwrap();
    bench.provider.sps.update(&mut batch, ("notes", 1), (present.settings, true), Some(metadata), NOW).await.unwrap();
    bench.db.write(batch).await.unwrap();
    bench.provider.sps.reload().await.unwrap();
    let xml = bench.response(&bench.answer(&bench.sign_in("", "")).await.unwrap());
    assert_eq!(xml.matches("<saml:Attribute ").count(), 2);
    let (basic, uri) = (attribute_format("basic"), attribute_format("uri"));
    assert!(xml.contains(&format!("Name=\"mail\" NameFormat=\"{basic}\"")), "{xml}");
    assert!(xml.contains(&format!("Name=\"urn:oid:0.9.2342.19200300.100.1.3\" NameFormat=\"{uri}\"")), "{xml}");
    // A service that there is not gets nothing, rather than everything.
    assert_eq!(bench.refused("AttributeConsumingServiceIndex=\"999\"", ""), status::REQUEST_UNSUPPORTED);
}

fn attribute_format(name: &str) -> String {
    format!("urn:oasis:names:tc:SAML:2.0:attrname-format:{name}")
}

#[tokio::test]
async fn failures_are_told_in_the_words_of_the_protocol() {
    let bench = Bench::new(Settings::default()).await;
    for (attributes, reason, expected) in [
        ("IsPassive=\"true\"", Refusal::LoginRequired, status::NO_PASSIVE),
        ("", Refusal::LoginRequired, status::AUTHN_FAILED),
        ("", Refusal::Denied, status::AUTHN_FAILED),
        ("", Refusal::Forbidden, status::REQUEST_DENIED),
        ("", Refusal::UnmetAcr, status::NO_AUTHN_CONTEXT),
    ] {
        let sign_in = bench.sign_in(attributes, "");
        let failed = Failed { reason, party: sign_in.party, ticket: sign_in.ticket };
        let answer = bench.provider.answer_failure(&failed, NOW).await.unwrap();
        let xml = bench.response(&answer);
        assert!(xml.contains(expected) && xml.contains("InResponseTo=\"_r1\"") && !xml.contains("Assertion "), "{xml}");
    }
}

#[tokio::test]
async fn sign_ins_begin_here_only_where_that_is_wanted() {
    let bench = Bench::new(Settings::default()).await;
    assert!(matches!(bench.provider.unasked("notes", None, NOW), Err(SsoProblem::Unasked)));
    assert!(matches!(bench.provider.unasked("other", None, NOW), Err(SsoProblem::Unasked)));
    let bench = Bench::new(Settings { idp_initiated: true, required_acr: Some("2".to_owned()), ..Settings::default() }).await;
    let sign_in = bench.provider.unasked("notes", Some("/deep".to_owned()), NOW).unwrap();
    assert!(sign_in.acr.essential);
    for bad in ["\u{1}".to_owned(), "x".repeat(3000)] {
        assert!(matches!(bench.provider.unasked("notes", Some(bad), NOW), Err(SsoProblem::Decode(_))));
    }
    for _ in 0..2 {
        let answer = bench.answer(&sign_in).await.unwrap();
        assert_eq!(field(&answer, "RelayState").as_deref(), Some("/deep"));
        assert!(!bench.response(&answer).contains("InResponseTo"));
    }
}
