//! Attacks on single logout: each leaves the session as it was.

use db::Dialect;
use futures::FutureExt;

use super::super::SsoProblem;
use super::super::decode::Incoming;
use super::super::gate::GateError;
use super::super::names::{algorithm, status};
use super::super::slo::{Leaving, Onward, Stage, Visitor};
use super::super::soap;
use super::super::xml::XmlError;
use super::slo::{
    BROWSER, REDIRECT, SLO, answer_of, answered, asked, bench, endpoints, form, is_open, message_of, name, named, post, query,
    request, response, signed, take_part,
};
use super::sso::{Bench, NOW, between, session};
use super::{ENTITY, Party, template};
use crate::oidc::Ending;
use crate::party::sp::{NameIdFormat, Settings};
use crate::ports::EventKind;

#[tokio::test]
async fn unsigned_and_wrongly_signed_requests_end_nothing() {
    let bench = bench().await;
    let who = name(&bench).await;
    let here = format!("Destination=\"{SLO}\"");
    let gate = |outcome: Result<_, SsoProblem>| match outcome {
        Err(SsoProblem::Gate(error)) => error,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("believed"),
    };
    let unsigned = request("_l1", &here, "", &named(&who));
    assert_eq!(gate(post(&bench, &unsigned, Some(session())).await), GateError::Unsigned);
    // What is not believed is work of the request that brought it, and ends with that.
    assert!(post(&bench, &unsigned, Some(session())).now_or_never().is_some(), "it goes on when the browser leaves");
    let other = Party::rsa();
    assert_eq!(gate(post(&bench, &signed(&other, "_l1", &who), Some(session())).await), GateError::Signature);
    // A signature beside the message, of another key, or over another message.
    let visitor = Visitor { binding: BROWSER, session: Some(session()) };
    let good = query(&bench.party, &unsigned, "SAMLRequest");
    for bad in [query(&other, &unsigned, "SAMLRequest"), good.replace("RelayState=x", "RelayState=y")] {
        let asked = asked(&bench, Incoming::redirect(&bad).unwrap(), visitor).await;
        assert_eq!(gate(asked), GateError::Signature);
    }
    // A service provider that is somebody else.
    let wiki = take_part(&bench, "wiki", &[]).await;
    assert_eq!(gate(post(&bench, &signed(&wiki, "_l1", &who), Some(session())).await), GateError::Signature);
    assert!(is_open(&bench).await);
}

#[tokio::test]
async fn wrapped_requests_end_nothing() {
    let bench = bench().await;
    let here = format!("Destination=\"{SLO}\"");
    let signed = signed(&bench.party, "_good", "somebody else");
    let (from, to) = (signed.find("<ds:Signature ").unwrap(), signed.find("</ds:Signature>").unwrap() + "</ds:Signature>".len());
    let (signature, bare) = (signed[from..to].to_owned(), [&signed[..from], &signed[to..]].concat());
    let who = named(&name(&bench).await);
    let evil = |behind: &str| request("_evil", &here, behind, &who);
    let extensions = |inner: &str| format!("<samlp:Extensions>{inner}</samlp:Extensions>");
    let object = signature.replace("</ds:Signature>", &format!("<ds:Object>{bare}</ds:Object></ds:Signature>"));
    let attacks = [
        ("original inside Signature", evil(&signature.replace("</ds:Signature>", &format!("{bare}</ds:Signature>")))),
        ("original before Signature", evil(&format!("{bare}{signature}"))),
        ("original behind Signature", evil(&format!("{signature}{bare}"))),
        ("signed original in Extensions", evil(&extensions(&signed))),
        ("signed original as a child", evil(&signed)),
        ("Signature in the root, original in Extensions", evil(&format!("{signature}{}", extensions(&bare)))),
        ("original in Object", evil(&object)),
        ("the ID of the original", evil(&format!("{signature}{bare}")).replace("_evil", "_good")),
        ("original around the evil request", bare.replace("</saml:Issuer>", &format!("</saml:Issuer>{signature}{}", evil("")))),
        ("another name", signed.replace("somebody else", &name(&bench).await)),
        ("a comment in the name", signed.replace("somebody else", "somebody<!-- x --> else")),
        ("a doctype", format!("<!DOCTYPE x>{signed}")),
        ("SHA-1", signed.replace(algorithm::RSA_SHA256, "http://www.w3.org/2000/09/xmldsig#rsa-sha1")),
        ("HMAC", signed.replace(algorithm::RSA_SHA256, "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")),
    ];
    for (attack, xml) in attacks {
        let outcome = post(&bench, &xml, Some(session())).await;
        assert!(matches!(outcome, Err(SsoProblem::Gate(_))), "{attack}: {outcome:?}");
    }
    assert!(is_open(&bench).await);
}

#[tokio::test]
async fn stale_replayed_and_misdirected_requests_end_nothing() {
    let bench = bench().await;
    let who = name(&bench).await;
    let sign = |id: &str, attributes: &str, from: &str, to: &str| {
        let xml = request(id, attributes, &template(id, algorithm::RSA_SHA256), &named(&who)).replace(from, to);
        bench.party.sign(&xml)
    };
    let here = format!("Destination=\"{SLO}\"");
    for (xml, expected) in [
        (sign("_1", "", "x", "x"), "saml_destination"),
        (sign("_2", "Destination=\"https://id.example/saml/sso\"", "x", "x"), "saml_destination"),
        (sign("_3", "Destination=\"https://id.example/saml/slo/soap\"", "x", "x"), "saml_destination"),
        (sign("_4", &here, "22:13:20Z", "22:01:00Z"), "saml_time"),
        (sign("_5", &here, "22:13:20Z", "22:15:00Z"), "saml_time"),
        (sign("_6", &format!("{here} NotOnOrAfter=\"2023-11-14T22:12:00Z\""), "x", "x"), "saml_time"),
        (sign("_7", &here, &named(&who), "<samlp:SessionIndex>sid</samlp:SessionIndex>"), "saml_malformed"),
        (sign("_8", &here, &named(&who), &named(&who).repeat(2)), "saml_malformed"),
        (sign("_9", &here, "LogoutRequest", "AuthnRequest"), "saml_malformed"),
    ] {
        let outcome = post(&bench, &xml, Some(session())).await.map(|left| left.here);
        assert_eq!(outcome.as_ref().err().map(kernel::Classified::code), Some(expected), "{xml}");
    }
    assert!(is_open(&bench).await);
    // Once.
    let good = signed(&bench.party, "_once", &who);
    assert!(post(&bench, &good, Some(session())).await.is_ok());
    super::slo::open(&bench.provider, &bench.person, session()).await;
    assert!(matches!(post(&bench, &good, Some(session())).await, Err(SsoProblem::Replayed)));
    assert!(is_open(&bench).await);
}

/// Over SOAP some parties do not say whom a message is for: another provider that they ask may pass it on.
#[tokio::test]
async fn what_was_meant_for_others_ends_nothing() {
    let guess = "<samlp:SessionIndex>guess</samlp:SessionIndex>";
    let here = "Destination=\"https://id.example/saml/slo/soap\"";
    for (attributes, more) in [(here, ""), ("", "<samlp:SessionIndex>sid</samlp:SessionIndex>")] {
        let settings = Settings { name_id_format: Some(NameIdFormat::Email), ..Settings::default() };
        let bench = Bench::with(Dialect::Sqlite, settings, "", &endpoints(&[REDIRECT])).await;
        bench.answer(&bench.sign_in("", "")).await.unwrap();
        let who = name(&bench).await;
        assert_eq!(who, "ada@example.org", "which others know");
        let send = async |id: &str, attributes: &str, more: &str| {
            let what = format!("<saml:NameID>{who}</saml:NameID>{more}");
            let xml = bench.party.sign(&request(id, attributes, &template(id, algorithm::RSA_SHA256), &what));
            bench.provider.sign_out_asked_by_soap(&bench.origin(), soap::write(&xml)).await.unwrap()
        };
        for (id, more) in [("_1", ""), ("_2", guess)] {
            let told = send(id, "", more).await;
            assert!(told.contains(status::UNKNOWN_PRINCIPAL) && is_open(&bench).await, "{told}");
        }
        let told = send("_3", attributes, more).await;
        assert!(told.contains(status::SUCCESS) && !is_open(&bench).await, "{told}");
    }
}

#[tokio::test]
async fn names_and_indexes_have_to_be_those_of_a_participant() {
    let bench = bench().await;
    let who = name(&bench).await;
    let here = format!("Destination=\"{SLO}\"");
    let ask = |id: &'static str, what: String| {
        let xml = bench.party.sign(&request(id, &here, &template(id, algorithm::RSA_SHA256), &what));
        let bench = &bench;
        async move { answer_of(bench, &post(bench, &xml, Some(session())).await.unwrap()) }
    };
    let with = |attribute: &str| named(&who).replace("<saml:NameID>", &format!("<saml:NameID {attribute}>"));
    for (id, what) in [
        ("_1", named("somebody else")),
        ("_2", named(&who).replace(">sid<", ">another<")),
        ("_3", with("Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress\"")),
        ("_4", with("SPNameQualifier=\"urn:other\"")),
        ("_5", with("NameQualifier=\"urn:other\"")),
    ] {
        let answer = ask(id, what).await;
        assert!(answer.contains(status::UNKNOWN_PRINCIPAL) && answer.contains(status::REQUESTER), "{id}: {answer}");
    }
    let encrypted = "<saml:EncryptedID><x/></saml:EncryptedID>".to_owned();
    assert!(ask("_6", encrypted).await.contains(status::REQUEST_UNSUPPORTED));
    assert!(is_open(&bench).await);
    assert!(bench.seen.0.lock().unwrap().iter().any(|e| e.kind == EventKind::LogoutAsked && !e.success));
    // Another party that knows the name may not use it.
    let wiki =
        take_part(&bench, "wiki", &[("urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect", "https://wiki.example/slo")]).await;
    let foreign = signed_as(&wiki, "_w", &who);
    let answer = answer_of(&bench, &post(&bench, &foreign, Some(session())).await.unwrap());
    assert!(answer.contains(status::UNKNOWN_PRINCIPAL), "{answer}");
    assert!(is_open(&bench).await);
    // In a browser without a session the same is no failure, and nothing is ended either.
    let xml = signed(&bench.party, "_7", "somebody else");
    let left = post(&bench, &xml, None).await.unwrap();
    let answer = answer_of(&bench, &left);
    assert!(!left.here && answer.contains(status::SUCCESS) && answer.contains(status::PARTIAL_LOGOUT), "{answer}");
    assert!(is_open(&bench).await);
    // With everything that a participant may say, and in whatever other browser, the session that is named ends.
    let full =
        "Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\" NameQualifier=\"https://id.example/saml/metadata\"";
    let what = with(&format!("{full} SPNameQualifier=\"{ENTITY}\""));
    let xml = bench.party.sign(&request("_8", &here, &template("_8", algorithm::RSA_SHA256), &what));
    let left = post(&bench, &xml, None).await.unwrap();
    assert!(!left.here && !is_open(&bench).await);
    // The other party cannot be told by this browser, which is not shown either which one that is.
    let answer = answer_of(&bench, &left);
    assert!(answer.contains(status::SUCCESS) && answer.contains(status::PARTIAL_LOGOUT), "{answer}");
}

fn signed_as(party: &Party, id: &str, name: &str) -> String {
    let xml = request(id, &format!("Destination=\"{SLO}\""), &template(id, algorithm::RSA_SHA256), &named(name));
    party.sign(&xml.replace(ENTITY, "urn:sp:wiki"))
}

#[tokio::test]
async fn answers_count_for_the_request_and_the_browser_that_they_belong_to() {
    let bench = bench().await;
    let wiki = take_part(&bench, "wiki", &[]).await;
    let mut batch = db::Batch::new();
    bench.provider.sessions.end(&mut batch, session());
    let visitor = Visitor { binding: BROWSER, session: Some(session()) };
    let leaving = Leaving { person: bench.person.id, sessions: &[session()], visitor, ending: Ending::default() };
    let Onward::Page(id) = bench.provider.leave(&bench.origin(), batch, leaving).await.unwrap() else { panic!("nobody is told") };
    let Some(Stage::Next(hop)) = bench.provider.sign_out_stage(&bench.origin(), id, BROWSER).await.unwrap() else {
        panic!("done")
    };
    let ours = between(&message_of(&bench, &hop.message), " ID=\"", "\"").to_owned();
    let good = response(ENTITY, &ours, status::SUCCESS);
    let take = |pairs: String, browser: &'static str| {
        let bench = &bench;
        async move {
            let incoming = Incoming::redirect_answer(&pairs).unwrap();
            answered(bench, incoming, browser).await
        }
    };
    let parameter = "SAMLResponse";
    let signed = query(&bench.party, &good, parameter);
    assert!(matches!(take(signed.clone(), "another browser").await, Err(SsoProblem::Response)));
    let foreign = query(&wiki, &good.replace(ENTITY, "urn:sp:wiki"), parameter);
    assert!(matches!(take(foreign, BROWSER).await, Err(SsoProblem::Response)), "of another party");
    let other = query(&bench.party, &good.replace(&ours, "_other"), parameter);
    assert!(matches!(take(other, BROWSER).await, Err(SsoProblem::Response)), "to another request");
    let forged = query(&wiki, &good, parameter);
    assert!(matches!(take(forged, BROWSER).await, Err(SsoProblem::Gate(GateError::Signature))));
    let bare = Incoming::post_answer(&form(&good, parameter)).unwrap();
    let unsigned = answered(&bench, bare, BROWSER).await;
    assert!(matches!(unsigned, Err(SsoProblem::Gate(GateError::Unsigned))));
    let request = query(&bench.party, &good.replace("LogoutResponse", "LogoutRequest"), parameter);
    assert!(matches!(take(request, BROWSER).await, Err(SsoProblem::Gate(GateError::Xml(XmlError::Element(_))))));
    // None of this has told that anybody is signed out; a failure does neither.
    let failure = query(&bench.party, &response(ENTITY, &ours, status::RESPONDER), parameter);
    assert_eq!(take(failure, BROWSER).await.unwrap(), id);
    let Some(Stage::Done(done)) = bench.provider.sign_out_stage(&bench.origin(), id, BROWSER).await.unwrap() else {
        panic!("not done")
    };
    assert_eq!(done.unreached, ["Field Notes", "wiki"]);
    assert!(bench.provider.sign_out_stage(&bench.origin(), id, "another browser").await.unwrap().is_none());
    assert!(!bench.provider.sign_out_skip(&bench.origin(), id, "another browser").await.unwrap());
    assert!(matches!(take(signed, BROWSER).await, Err(SsoProblem::Response)), "too late");
    let mut later = bench.origin();
    later.at = NOW + std::time::Duration::from_secs(901);
    assert!(bench.provider.sign_out_stage(&later, id, BROWSER).await.unwrap().is_none());
}

#[tokio::test]
async fn nobody_takes_part_in_a_session_that_has_ended() {
    let bench = bench().await;
    take_part(&bench, "wiki", &[]).await;
    let sign_in = bench.provider.unasked("wiki", None, NOW).unwrap();
    let mut batch = db::Batch::new();
    bench.provider.sessions.end(&mut batch, session());
    bench.db.write(batch).await.unwrap();
    assert!(matches!(bench.answer(&sign_in).await, Err(SsoProblem::Over)));
    assert!(bench.provider.sessions.participants(session()).await.unwrap().is_empty());
}
