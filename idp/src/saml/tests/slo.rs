//! Single logout: service providers ask, and are told.

use std::io::{Read, Write};

use audit::Origin;
use data_encoding::BASE64;
use db::{Batch, Dialect};
use kernel::Timestamp;
use kernel::ids::{RowId, SessionId};
use kernel::outbound::{Allow, Outbound, OutboundConfig};
use openssl::hash::MessageDigest;
use openssl::sign::Signer;

use super::super::decode::Incoming;
use super::super::names::{algorithm, binding, ns, status};
use super::super::slo::{Back, Believed, Brought, Done, Hop, Leaving, Left, Message, Onward, Stage, Visitor};
use super::super::{Provider, SsoProblem};
use super::sso::{Bench, NOW, between, session};
use super::{ENTITY, Party, template};
use crate::oidc::Ending;
use crate::party::sp::{NewSp, Settings};
use crate::ports::{EventKind, Person};
use crate::session::{Evidence, Opening};

pub(super) const SLO: &str = "https://id.example/saml/slo";
pub(super) const BROWSER: &str = "the secret of a browser";

/// Calls to this machine may be made, over plain http.
pub(super) fn outbound() -> Outbound {
    let allow = Allow::parse(&["127.0.0.1".to_owned()]).unwrap();
    Outbound::new(OutboundConfig { allow, ..OutboundConfig::default() }).unwrap()
}

/// Opens a session of a person.
pub(super) async fn open(provider: &Provider, person: &Person, id: SessionId) {
    let origin = Origin { at: NOW, ..Origin::local(audit::Door::Saml, NOW, "r".to_owned(), "n".to_owned()) };
    let token = kernel::SecretText::new(format!("token of {id}"));
    let hour = std::time::Duration::from_secs(3600);
    let (evidence, mut batch) = (Evidence::empty(), Batch::new());
    let opening = Opening { id, token: &token, person, origin: &origin, evidence: &evidence, idle: hour, absolute: hour };
    provider.sessions.open(&mut batch, &opening).unwrap();
    provider.db.write(batch).await.unwrap();
}

/// Endpoints of a service provider, for its metadata.
pub(super) fn endpoints(all: &[(&str, &str)]) -> String {
    let one = |(binding, at): &(&str, &str)| format!("<md:SingleLogoutService Binding=\"{binding}\" Location=\"{at}\"/>");
    all.iter().map(one).collect()
}

pub(super) const REDIRECT: (&str, &str) = (binding::REDIRECT, "https://sp.example/slo");

/// A bench whose service provider takes part in the session.
pub(super) async fn bench_with(dialect: Dialect, more: &str) -> Bench {
    let bench = Bench::with(dialect, Settings::default(), "", more).await;
    let answer = bench.answer(&bench.sign_in("", "")).await.unwrap();
    assert_eq!(answer.problem, None);
    bench
}

pub(super) async fn bench() -> Bench {
    bench_with(Dialect::Sqlite, &endpoints(&[REDIRECT])).await
}

/// Another service provider that takes part.
pub(super) async fn take_part(bench: &Bench, id: &str, endpoints_of: &[(&str, &str)]) -> Party {
    let party = Party::rsa();
    take_part_as(bench, id, endpoints_of, &party).await;
    party
}

/// How the service provider knows the person.
pub(super) async fn name(bench: &Bench) -> String {
    let known = bench.provider.sessions.participants(session()).await.unwrap();
    known.into_iter().find(|one| one.party == ENTITY).unwrap().name
}

/// A request; `behind` comes behind the issuer, `what` is its content.
pub(super) fn request(id: &str, attributes: &str, behind: &str, what: &str) -> String {
    let (protocol, assertion) = (ns::PROTOCOL, ns::ASSERTION);
    format!(
        "<samlp:LogoutRequest xmlns:samlp=\"{protocol}\" xmlns:saml=\"{assertion}\" ID=\"{id}\" Version=\"2.0\" \
         IssueInstant=\"2023-11-14T22:13:20Z\" {attributes}><saml:Issuer>{ENTITY}</saml:Issuer>{behind}{what}</samlp:LogoutRequest>"
    )
}

/// A request that means the person by `name`, signed in a form.
pub(super) fn signed(party: &Party, id: &str, name: &str) -> String {
    let attributes = format!("Destination=\"{SLO}\"");
    party.sign(&request(id, &attributes, &template(id, algorithm::RSA_SHA256), &named(name)))
}

pub(super) fn named(name: &str) -> String {
    format!("<saml:NameID>{name}</saml:NameID><samlp:SessionIndex>sid</samlp:SessionIndex>")
}

pub(super) fn form(xml: &str, parameter: &str) -> String {
    let pairs = [(parameter, BASE64.encode(xml.as_bytes())), ("RelayState", "a b".to_owned())];
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// A message in a query, signed beside it.
pub(super) fn query(party: &Party, xml: &str, parameter: &str) -> String {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(xml.as_bytes()).unwrap();
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let packed = encode(&BASE64.encode(&encoder.finish().unwrap()));
    let message = format!("{parameter}={packed}&RelayState=x&SigAlg={}", encode(algorithm::RSA_SHA256));
    let mut signer = Signer::new(MessageDigest::sha256(), &party.key).unwrap();
    format!("{message}&Signature={}", encode(&BASE64.encode(&signer.sign_oneshot_to_vec(message.as_bytes()).unwrap())))
}

pub(super) async fn post(bench: &Bench, xml: &str, here: Option<SessionId>) -> Result<Left, SsoProblem> {
    let visitor = Visitor { binding: BROWSER, session: here };
    asked(bench, Incoming::post(&form(xml, "SAMLRequest")).unwrap(), visitor).await
}

/// A browser brings a request.
pub(super) async fn asked(bench: &Bench, incoming: Incoming, visitor: Visitor<'_>) -> Result<Left, SsoProblem> {
    let Believed::Request(request) = bench.provider.sign_out_brought(Brought::Request(incoming), NOW).await? else {
        panic!("no request")
    };
    bench.provider.sign_out_asked(&bench.origin(), request, visitor).await
}

/// A browser brings an answer.
pub(super) async fn answered(bench: &Bench, incoming: Incoming, browser: &str) -> Result<RowId, SsoProblem> {
    let Believed::Answer(answer) = bench.provider.sign_out_brought(Brought::Answer(incoming), NOW).await? else {
        panic!("no answer")
    };
    bench.provider.sign_out_answered(&bench.origin(), &answer, browser).await
}

/// The message in the query of a redirect, whose signature is one of ours.
pub(super) fn message_of(bench: &Bench, message: &Message) -> String {
    let Message::Redirect(address) = message else { panic!("{message:?}") };
    // What stands there before is the party's own, and not signed (bindings 3.4.4.1).
    let sent = &address[address.find("SAMLRe").unwrap()..];
    let (said, signature) = sent.rsplit_once("&Signature=").unwrap();
    let value = |pairs: &str| url::form_urlencoded::parse(pairs.as_bytes()).next().unwrap().1.into_owned();
    let signature = BASE64.decode(value(&format!("s={signature}")).as_bytes()).unwrap();
    let certificates = bench.provider.ring.xml_certificates();
    let verified = certificates.iter().any(|certificate| {
        let der = BASE64.decode(certificate.as_bytes()).unwrap();
        let key = openssl::x509::X509::from_der(&der).unwrap().public_key().unwrap();
        let verifier = openssl::sign::Verifier::new(MessageDigest::sha256(), &key);
        verifier.is_ok_and(|mut verifier| verifier.verify_oneshot(&signature, said.as_bytes()).unwrap_or(false))
    });
    assert!(verified, "{address}");
    let mut text = String::new();
    flate2::read::DeflateDecoder::new(&*BASE64.decode(value(said).as_bytes()).unwrap()).read_to_string(&mut text).unwrap();
    text
}

pub(super) fn answer_of(bench: &Bench, left: &Left) -> String {
    match &left.onward {
        Onward::Answer(message) => message_of(bench, message),
        other => panic!("{other:?}"),
    }
}

async fn stage(bench: &Bench, id: kernel::ids::RowId) -> Stage {
    bench.provider.sign_out_stage(&bench.origin(), id, BROWSER).await.unwrap().unwrap()
}

async fn hop(bench: &Bench, id: kernel::ids::RowId) -> Hop {
    match stage(bench, id).await {
        Stage::Next(hop) => *hop,
        Stage::Done(done) => panic!("{done:?}"),
    }
}

async fn done(bench: &Bench, id: kernel::ids::RowId) -> Done {
    match stage(bench, id).await {
        Stage::Done(done) => *done,
        Stage::Next(hop) => panic!("{hop:?}"),
    }
}

/// What a service provider answers to a request of ours.
pub(super) fn response(entity: &str, request: &str, code: &str) -> String {
    let (protocol, assertion) = (ns::PROTOCOL, ns::ASSERTION);
    format!(
        "<samlp:LogoutResponse xmlns:samlp=\"{protocol}\" xmlns:saml=\"{assertion}\" ID=\"_a\" Version=\"2.0\" \
         IssueInstant=\"2023-11-14T22:13:20Z\" Destination=\"{SLO}\" InResponseTo=\"{request}\"><saml:Issuer>{entity}</saml:Issuer>\
         <samlp:Status><samlp:StatusCode Value=\"{code}\"/></samlp:Status></samlp:LogoutResponse>"
    )
}

pub(super) async fn is_open(bench: &Bench) -> bool {
    bench.provider.sessions.by_id(session(), NOW).await.unwrap().is_some()
}

fn kinds(bench: &Bench) -> Vec<(EventKind, bool)> {
    let events = bench.seen.0.lock().unwrap();
    events.iter().filter(|e| e.kind != EventKind::AssertionIssued).map(|e| (e.kind, e.success)).collect()
}

#[tokio::test]
async fn a_service_provider_signs_somebody_out() {
    for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql] {
        let bench = bench_with(dialect, &endpoints(&[REDIRECT])).await;
        let xml = signed(&bench.party, "_l1", &name(&bench).await);
        let left = post(&bench, &xml, Some(session())).await.unwrap();
        assert!(left.here && !is_open(&bench).await);
        let answer = answer_of(&bench, &left);
        let Onward::Answer(Message::Redirect(address)) = &left.onward else { panic!("{left:?}") };
        assert!(address.starts_with("https://sp.example/slo?SAMLResponse=") && address.contains("&RelayState=a+b&"), "{address}");
        for part in ["InResponseTo=\"_l1\"", "Destination=\"https://sp.example/slo\"", status::SUCCESS] {
            assert!(answer.contains(part), "{part} in {answer}");
        }
        assert!(!answer.contains(status::PARTIAL_LOGOUT));
        assert!(bench.provider.sessions.participants(session()).await.unwrap().is_empty());
        assert_eq!(kinds(&bench), [(EventKind::LogoutAsked, true), (EventKind::SessionEnded, true)]);
    }
}

#[tokio::test]
async fn the_others_are_told_one_after_the_other() {
    for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql] {
        let bench = bench_with(dialect, &endpoints(&[REDIRECT])).await;
        let wiki = take_part(&bench, "wiki", &[(binding::REDIRECT, "https://wiki.example/slo?x=1")]).await;
        take_part(&bench, "board", &[(binding::POST, "https://board.example/slo")]).await;
        take_part(&bench, "archive", &[]).await;
        let xml = request("_l1", &format!("Destination=\"{SLO}\""), "", &named(&name(&bench).await));
        let incoming = Incoming::redirect(&query(&bench.party, &xml, "SAMLRequest")).unwrap();
        let visitor = Visitor { binding: BROWSER, session: Some(session()) };
        let left = asked(&bench, incoming, visitor).await.unwrap();
        let Onward::Page(id) = left.onward else { panic!("{left:?}") };
        assert!(left.here && !is_open(&bench).await, "the session ends before anybody is told");
        assert_eq!(bench.provider.sign_out_open(BROWSER, NOW).await.unwrap(), Some(id));

        let first = hop(&bench, id).await;
        let (first, second) = match first.party.as_str() {
            "wiki" => (first, "board"),
            _ => {
                // Which of them is first does not matter; here the one with the form is passed over.
                assert!(matches!(&first.message, Message::Form(form) if form.location == "https://board.example/slo"));
                assert!(bench.provider.sign_out_skip(&bench.origin(), id, BROWSER).await.unwrap());
                (hop(&bench, id).await, "")
            }
        };
        assert_eq!((first.party.as_str(), first.late), ("wiki", false));
        let told = message_of(&bench, &first.message);
        for part in ["<saml:NameID ", "<samlp:SessionIndex>sid</samlp:SessionIndex>", "logout:user", "NotOnOrAfter"] {
            assert!(told.contains(part), "{part} in {told}");
        }
        let ours = between(&told, " ID=\"", "\"").to_owned();
        // The page again, before there was an answer: the same request, and no going on by itself.
        let again = hop(&bench, id).await;
        assert!(again.late && message_of(&bench, &again.message).contains(&ours));
        let answer = query(&wiki, &response("urn:sp:wiki", &ours, status::SUCCESS), "SAMLResponse");
        let incoming = || Incoming::redirect_answer(&answer).unwrap();
        assert_eq!(answered(&bench, incoming(), BROWSER).await.unwrap(), id);
        let twice = answered(&bench, incoming(), BROWSER).await;
        assert!(matches!(twice, Err(SsoProblem::Response)), "once");
        if !second.is_empty() {
            assert_eq!(hop(&bench, id).await.party, second);
            assert!(bench.provider.sign_out_skip(&bench.origin(), id, BROWSER).await.unwrap());
        }
        for _ in 0..2 {
            let end = done(&bench, id).await;
            assert_eq!(end.unreached, ["archive", "board"]);
            let Back::Answer(party, message) = end.back else { panic!("{:?}", end.back) };
            let said = message_of(&bench, &message);
            assert!(party == "Field Notes" && said.contains(status::SUCCESS) && said.contains(status::PARTIAL_LOGOUT), "{said}");
        }
        let seen = kinds(&bench);
        assert_eq!(seen.iter().filter(|one| **one == (EventKind::LogoutTold, true)).count(), 1);
        assert_eq!(seen.iter().filter(|one| **one == (EventKind::LogoutTold, false)).count(), 2);
        assert_eq!(seen.iter().filter(|one| **one == (EventKind::LogoutFinished, false)).count(), 1);
        assert_eq!(bench.provider.sign_out_open(BROWSER, NOW).await.unwrap(), None);
        let later = Timestamp(NOW.0 + 4 * 86_400_000_000);
        assert!(bench.provider.purge(later).await.unwrap() >= 2);
    }
}

#[tokio::test]
async fn a_sign_out_here_reaches_service_providers() {
    let bench = bench().await;
    let mut batch = Batch::new();
    bench.provider.sessions.end(&mut batch, session());
    let visitor = Visitor { binding: BROWSER, session: Some(session()) };
    let ending = Ending { redirect: Some("https://rp.example/bye".to_owned()), ..Ending::default() };
    let leaving = Leaving { person: bench.person.id, sessions: &[session()], visitor, ending: ending.clone() };
    let Onward::Page(id) = bench.provider.leave(&bench.origin(), batch, leaving).await.unwrap() else { panic!("nobody is told") };
    assert!(!is_open(&bench).await);
    let hop = hop(&bench, id).await;
    assert_eq!(hop.origins, ["https://sp.example", "https://rp.example"]);
    let ours = between(&message_of(&bench, &hop.message), " ID=\"", "\"").to_owned();
    let answer = query(&bench.party, &response(ENTITY, &ours, status::SUCCESS), "SAMLResponse");
    let incoming = Incoming::redirect_answer(&answer).unwrap();
    answered(&bench, incoming, BROWSER).await.unwrap();
    let done = done(&bench, id).await;
    assert!(done.unreached.is_empty() && matches!(done.back, Back::Here(back) if back == ending));
}

#[tokio::test]
async fn the_audit_names_whom_an_abandoned_sign_out_has_not_told() {
    for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql] {
        let bench = bench_with(dialect, &endpoints(&[REDIRECT])).await;
        take_part(&bench, "wiki", &[(binding::REDIRECT, "https://wiki.example/slo")]).await;
        let mut batch = Batch::new();
        bench.provider.sessions.end(&mut batch, session());
        let visitor = Visitor { binding: BROWSER, session: Some(session()) };
        let leaving = Leaving { person: bench.person.id, sessions: &[session()], visitor, ending: Ending::default() };
        let Onward::Page(id) = bench.provider.leave(&bench.origin(), batch, leaving).await.unwrap() else {
            panic!("nobody waits")
        };
        // The browser is sent to the first of them, and never seen again.
        hop(&bench, id).await;
        let at = |seconds: i64| Origin { at: Timestamp(NOW.0 + seconds * 1_000_000), ..bench.origin() };
        assert_eq!(bench.provider.give_up_logouts(&at(899)).await.unwrap(), 0);
        assert_eq!(bench.provider.give_up_logouts(&at(900)).await.unwrap(), 1);
        assert_eq!(bench.provider.give_up_logouts(&at(900)).await.unwrap(), 0, "said once");
        let events = bench.seen.0.lock().unwrap();
        let said: Vec<_> = events.iter().filter(|event| event.kind == EventKind::LogoutFinished).collect();
        let [event] = said[..] else { panic!("{} entries", said.len()) };
        assert!(!event.success && event.info.contains(ENTITY) && event.info.contains("urn:sp:wiki"), "{}", event.info);
        assert_eq!(event.session, Some(session()));
    }
}

#[tokio::test]
async fn an_outage_of_the_user_store_stops_no_sign_out() {
    for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql] {
        let bench = bench_with(dialect, &endpoints(&[REDIRECT])).await;
        take_part(&bench, "wiki", &[(binding::REDIRECT, "https://wiki.example/slo")]).await;
        bench.world.get().silent = true;
        let xml = signed(&bench.party, "_l1", &name(&bench).await);
        let left = post(&bench, &xml, Some(session())).await.unwrap();
        let Onward::Page(id) = left.onward else { panic!("{left:?}") };
        assert!(!is_open(&bench).await, "it stays alive");
        hop(&bench, id).await;
        let later = Origin { at: Timestamp(NOW.0 + 900 * 1_000_000), ..bench.origin() };
        assert_eq!(bench.provider.give_up_logouts(&later).await.unwrap(), 1);
        let events = bench.seen.0.lock().unwrap();
        let of = |kind: EventKind| events.iter().find(|event| event.kind == kind).unwrap().person.clone().unwrap();
        for kind in [EventKind::LogoutAsked, EventKind::SessionEnded, EventKind::LogoutFinished] {
            assert_eq!((of(kind).id, of(kind).login.as_str()), (bench.person.id, ""), "{kind:?}");
        }
    }
}

#[tokio::test]
async fn participants_of_sessions_that_are_gone_are_forgotten() {
    for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql] {
        let bench = bench_with(dialect, "").await;
        let sessions = &bench.provider.sessions;
        let hours = |n: u64| NOW + std::time::Duration::from_secs(n * 3600);
        assert_eq!(sessions.forget_orphans(hours(2)).await.unwrap(), 0, "its session is there");
        let mut batch = Batch::new();
        for late in [false, true] {
            let mut one = sessions.participants(session()).await.unwrap().remove(0);
            one.session = SessionId::new(&kernel::Entropy::seeded(9 + u64::from(late)), NOW);
            one.last_at = if late { hours(2) } else { NOW };
            sessions.take_part_too_late(&mut batch, &one);
        }
        bench.db.write(batch).await.unwrap();
        assert_eq!(sessions.forget_orphans(hours(2)).await.unwrap(), 1, "the other may be a race");
        assert_eq!(sessions.forget_orphans(hours(4)).await.unwrap(), 1);
        assert_eq!(sessions.participants(session()).await.unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_out_goes_on_when_the_browser_leaves() {
    let bench = Bench::new(Settings::default()).await;
    let (told, mut asked) = tokio::sync::mpsc::unbounded_channel();
    let (go, gate) = std::sync::mpsc::channel::<()>();
    let gate = std::sync::Mutex::new(gate);
    let wiki = std::sync::Arc::new(Party::rsa());
    let signer = wiki.clone();
    let at = soap_peer(move |envelope| {
        told.send(()).unwrap();
        tokio::task::block_in_place(|| gate.lock().unwrap().recv()).unwrap();
        let open = response("urn:sp:wiki", between(envelope, " ID=\"", "\""), status::SUCCESS);
        let xml = open.replace("</saml:Issuer>", &format!("</saml:Issuer>{}", template("_a", algorithm::RSA_SHA256)));
        Some(super::super::soap::write(&signer.sign(&xml)))
    });
    take_part_as(&bench, "wiki", &[(binding::SOAP, &at.await)], &wiki).await;
    let mut batch = Batch::new();
    bench.provider.sessions.end(&mut batch, session());
    let visitor = Visitor { binding: BROWSER, session: Some(session()) };
    let leaving = Leaving { person: bench.person.id, sessions: &[session()], visitor, ending: Ending::default() };
    let origin = bench.origin();
    tokio::select! {
        left = bench.provider.leave(&origin, batch, leaving) => panic!("it did not wait: {left:?}"),
        asked = asked.recv() => asked.unwrap(),
    }
    // Nobody waits any more; the party answers only now.
    assert!(!kinds(&bench).contains(&(EventKind::LogoutTold, true)));
    go.send(()).unwrap();
    let watch = kernel::clock::Stopwatch::start();
    while !kinds(&bench).contains(&(EventKind::LogoutTold, true)) {
        assert!(watch.elapsed() < std::time::Duration::from_secs(10), "{:?}", kinds(&bench));
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// A service provider on this machine that answers each envelope with one, or not at all.
async fn soap_peer(answer: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = format!("http://{}/slo", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut got = Vec::new();
            while !String::from_utf8_lossy(&got).contains("</soap11:Envelope>") {
                let mut chunk = [0; 4096];
                match stream.read(&mut chunk).await {
                    Ok(n) if n > 0 => got.extend_from_slice(&chunk[..n]),
                    _ => break,
                }
            }
            let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: text/xml";
            match answer(&String::from_utf8_lossy(&got)) {
                Some(body) => {
                    stream.write_all(format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).as_bytes()).await.unwrap()
                }
                // Silence, until the other side gives up.
                None => {
                    let _ = stream.read(&mut [0; 16]).await;
                }
            }
        }
    });
    at
}

#[tokio::test]
async fn soap_is_preferred_and_the_dead_are_given_up() {
    let bench = bench().await;
    let wiki = std::sync::Arc::new(Party::rsa());
    let signer = wiki.clone();
    let good = soap_peer(move |envelope| {
        assert!(envelope.to_ascii_lowercase().contains("soapaction") && envelope.contains("<ds:Signature "));
        let ours = between(envelope, " ID=\"", "\"");
        let open = response("urn:sp:wiki", ours, status::SUCCESS);
        let xml = open.replace("</saml:Issuer>", &format!("</saml:Issuer>{}", template("_a", algorithm::RSA_SHA256)));
        Some(super::super::soap::write(&signer.sign(&xml)))
    });
    let (good, dead) = (good.await, soap_peer(|_| None).await);
    let refused_ids = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = refused_ids.clone();
    let refuses = soap_peer(move |envelope| {
        seen.lock().unwrap().push(between(envelope, " ID=\"", "\"").to_owned());
        Some("no envelope".to_owned())
    })
    .await;
    let unsigned = soap_peer(|envelope| {
        let ours = between(envelope, " ID=\"", "\"");
        Some(super::super::soap::write(&response("urn:sp:unsigned", ours, status::SUCCESS)))
    })
    .await;
    take_part(&bench, "dead", &[(binding::SOAP, &dead)]).await;
    take_part(&bench, "fallback", &[(binding::SOAP, &refuses), (binding::REDIRECT, "https://fallback.example/slo")]).await;
    take_part(&bench, "unsigned", &[(binding::SOAP, &unsigned)]).await;
    take_part_as(&bench, "wiki", &[(binding::SOAP, &good), (binding::REDIRECT, "https://wiki.example/slo")], &wiki).await;
    let watch = kernel::clock::Stopwatch::start();
    let left = post(&bench, &signed(&bench.party, "_l1", &name(&bench).await), Some(session())).await.unwrap();
    assert!(watch.elapsed() < std::time::Duration::from_secs(8), "{:?}", watch.elapsed());
    let Onward::Page(id) = left.onward else { panic!("{left:?}") };
    let hop = hop(&bench, id).await;
    let asked_before = refused_ids.lock().unwrap().clone();
    assert!(asked_before.len() == 1 && !message_of(&bench, &hop.message).contains(&asked_before[0]), "one ID of two messages");
    let mut unreached = hop.unreached.clone();
    unreached.sort();
    assert_eq!(
        (hop.party.as_str(), hop.reached, unreached),
        ("fallback", vec!["wiki".to_owned()], vec!["dead".to_owned(), "unsigned".to_owned()])
    );
}

pub(super) async fn take_part_as(bench: &Bench, id: &str, ends: &[(&str, &str)], party: &Party) {
    let metadata = party.metadata("", &endpoints(ends)).replace(ENTITY, &format!("urn:sp:{id}")).replace("Field Notes", id);
    let settings = Settings { idp_initiated: true, ..Settings::default() };
    let mut batch = Batch::new();
    bench.provider.sps.add(&mut batch, NewSp { sp_id: id.to_owned(), metadata, settings, enabled: true }, NOW).unwrap();
    bench.db.write(batch).await.unwrap();
    bench.provider.sps.reload().await.unwrap();
    bench.answer(&bench.provider.unasked(id, None, NOW).unwrap()).await.unwrap();
}

#[tokio::test]
async fn a_server_signs_somebody_out() {
    let bench = bench().await;
    take_part(&bench, "wiki", &[(binding::REDIRECT, "https://wiki.example/slo")]).await;
    let plain = request("_l1", "", &template("_l1", algorithm::RSA_SHA256), &named(&name(&bench).await));
    let envelope = super::super::soap::write(&bench.party.sign(&plain));
    let answer = bench.provider.sign_out_asked_by_soap(&bench.origin(), envelope.clone()).await.unwrap();
    assert!(!is_open(&bench).await);
    // Who can only be told by a browser was not told.
    assert!(answer.contains("InResponseTo=\"_l1\"") && answer.contains(status::PARTIAL_LOGOUT), "{answer}");
    assert!(bench.is_ours(&super::super::soap::read(&answer).unwrap()));
    let again = bench.provider.sign_out_asked_by_soap(&bench.origin(), envelope.clone()).await;
    assert!(matches!(again, Err(SsoProblem::Replayed)));
    let unsigned = super::super::soap::write(&request("_l2", "", "", &named("x")));
    assert!(bench.provider.sign_out_asked_by_soap(&bench.origin(), unsigned).await.is_err());
}
