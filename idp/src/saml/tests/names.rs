//! Which names a party gets, and what was asked for before something was changed.

use audit::Origin;
use db::Dialect;
use kernel::Entropy;
use kernel::ids::SessionId;
use serde_json::json;

use super::super::names::{format, status};
use super::super::problem::SsoProblem;
use super::super::sso::Begun;
use super::request;
use super::sso::{Bench, NOW, between, session};
use crate::party::sp::{NameIdFormat, Settings};
use crate::ports::EventKind;

#[tokio::test]
async fn names_are_of_the_form_that_is_asked_for() {
    let bench = Bench::new(Settings::default()).await;
    let policy = |format: &str| format!("<samlp:NameIDPolicy Format=\"{format}\" AllowCreate=\"true\"/>");
    let mut names = Vec::new();
    for (n, format) in
        [format::PERSISTENT, format::PERSISTENT, format::TRANSIENT, format::TRANSIENT, format::EMAIL, format::UNSPECIFIED]
            .into_iter()
            .enumerate()
    {
        let Ok(Begun::SignIn(sign_in)) = bench.post(&request(&format!("_n{n}"), "", &policy(format))) else { panic!("{format}") };
        let xml = bench.response(&bench.answer(&sign_in).await.unwrap());
        let (_, name) = between(&xml, "<saml:NameID ", "</saml:NameID>").split_once('>').unwrap();
        names.push(name.to_owned());
    }
    assert!(names[0] == names[1] && names[2] == names[3] && names[0].len() == 40, "{names:?}");
    // A transient name is that of the session.
    let sp = bench.provider.sps.find("notes").unwrap();
    let other = SessionId::new(&Entropy::seeded(3), NOW);
    let transient = |session| bench.provider.name_id(&sp, NameIdFormat::Transient, &bench.person, session).unwrap().value;
    assert!(transient(session()) == names[2] && transient(other) != names[2] && names[2].len() == 41, "{names:?}");
    // Who is told that may ask for somebody by a persistent name, which tells nothing, and by no other.
    let by = |form: &str, name: &str| {
        let subject = format!("<saml:Subject><saml:NameID Format=\"{form}\">{name}</saml:NameID></saml:Subject>");
        request("_by", "", &(subject + &policy(format::TRANSIENT)))
    };
    let Ok(Begun::SignIn(sign_in)) = bench.post(&by(format::PERSISTENT, &names[0])) else { panic!("refused") };
    assert_eq!(bench.answer(&sign_in).await.unwrap().problem, None);
    for (form, name) in [(format::TRANSIENT, &*names[2]), (format::UNSPECIFIED, &*names[2]), (format::EMAIL, "ada@example.org")] {
        let Ok(Begun::Answer(answer)) = bench.post(&by(form, name)) else { panic!("{form}") };
        assert_eq!(answer.problem.unwrap().detail, status::UNKNOWN_PRINCIPAL, "{form}");
    }
    assert!(names[4] == "ada@example.org" && names[5] == names[0], "{names:?}");
    assert_eq!(bench.refused("", &policy("urn:oasis:names:tc:SAML:2.0:nameid-format:kerberos")), status::INVALID_NAME_ID_POLICY);
    assert_eq!(bench.refused("", "<samlp:NameIDPolicy SPNameQualifier=\"urn:other\"/>"), status::INVALID_NAME_ID_POLICY);
    let subject =
        |name: &str| format!("<saml:Subject><saml:NameID Format=\"{}\">{name}</saml:NameID></saml:Subject>", format::EMAIL);
    bench.set(Settings { name_id_format: Some(NameIdFormat::Email), ..Settings::default() }).await;
    let meant = bench.sign_in("", &subject("ada@example.org"));
    assert_eq!(meant.login_hint.as_deref(), Some("ada@example.org"));
    assert_eq!(bench.answer(&meant).await.unwrap().problem, None);
    // Of no form, it is taken for one of the form that the party is told.
    let plain = |name: &str| format!("<saml:Subject><saml:NameID>{name}</saml:NameID></saml:Subject>");
    for (name, problem) in [("ada@example.org", None), ("ada", Some(status::UNKNOWN_PRINCIPAL))] {
        let Ok(Begun::SignIn(sign_in)) = bench.post(&request("_r2", "", &plain(name))) else { panic!("{name}") };
        let answer = bench.answer(&sign_in).await.unwrap();
        assert_eq!(answer.problem.map(|problem| problem.detail), problem, "{name}");
    }
    let other = bench.answer(&bench.sign_in("", &subject("eve@example.org"))).await.unwrap();
    assert_eq!(other.problem.unwrap().detail, status::UNKNOWN_PRINCIPAL);
    assert_eq!(bench.seen.0.lock().unwrap().last().unwrap().kind, EventKind::AssertionRefused);
}

#[tokio::test]
async fn a_request_gets_no_name_that_its_party_may_not_have() {
    let bench = Bench::new(Settings { scopes: vec!["openid".to_owned()], ..Settings::default() }).await;
    let policy = |format: &str| format!("<samlp:NameIDPolicy Format=\"{format}\"/>");
    // Mail is not released, and would not be as a name.
    assert_eq!(bench.refused("", &policy(format::EMAIL)), status::INVALID_NAME_ID_POLICY);
    let guess = format!("<saml:Subject><saml:NameID Format=\"{}\">ada@example.org</saml:NameID></saml:Subject>", format::EMAIL);
    // Refused before it is looked who is signed in, or a party could find out without anybody noticing.
    assert_eq!(bench.refused("IsPassive=\"true\"", &guess), status::UNKNOWN_PRINCIPAL);
    let guess = "<saml:Subject><saml:NameID>ada</saml:NameID></saml:Subject>";
    assert_eq!(bench.sign_in("IsPassive=\"true\"", guess).login_hint, None);
    // What is configured binds.
    let unspecified = NameIdFormat::Unspecified;
    bench
        .set(Settings {
            name_id_format: Some(unspecified),
            name_id_attribute: "username@realm".to_owned(),
            ..Settings::default()
        })
        .await;
    for other in [format::PERSISTENT, format::TRANSIENT, format::EMAIL] {
        assert_eq!(bench.refused("", &policy(other)), status::INVALID_NAME_ID_POLICY);
    }
    let xml = bench.response(&bench.answer(&bench.sign_in("", &policy(format::UNSPECIFIED))).await.unwrap());
    assert!(xml.contains(">ada@default</saml:NameID>"), "{xml}");
    // So does what the metadata lists; a login is not given for that alone.
    let listed = |uri: &str| format!("<md:NameIDFormat>{uri}</md:NameIDFormat>");
    let both = listed(format::UNSPECIFIED) + &listed(format::TRANSIENT);
    let bench = Bench::with(Dialect::Sqlite, Settings::default(), "", &both).await;
    assert_eq!(bench.refused("", &policy(format::PERSISTENT)), status::INVALID_NAME_ID_POLICY);
    let xml = bench.response(&bench.answer(&bench.sign_in("", "")).await.unwrap());
    assert!(xml.contains(&format!("Format=\"{}\"", format::TRANSIENT)), "{xml}");
}

#[tokio::test]
async fn what_was_asked_for_before_a_change_counts_no_longer() {
    let bench = Bench::new(Settings::default()).await;
    let sign_in = bench.sign_in("", "");
    let name_id_format = Some(NameIdFormat::Email);
    bench.set(Settings { name_id_format, ..Settings::default() }).await;
    assert_eq!(bench.answer(&sign_in).await.unwrap().problem.unwrap().detail, status::INVALID_NAME_ID_POLICY);
    let consent = crate::party::client::ConsentRule::Ask;
    bench.set(Settings { consent, ..Settings::default() }).await;
    assert_eq!(bench.answer(&sign_in).await.unwrap().problem.unwrap().detail, status::REQUEST_DENIED);
    bench.set(Settings { required_acr: Some("3".to_owned()), ..Settings::default() }).await;
    let weak = bench.answer(&sign_in).await.unwrap();
    assert_eq!(weak.problem.unwrap().detail, status::NO_AUTHN_CONTEXT);
    let rules = serde_json::from_value(json!([{"claim": "groups"}])).unwrap();
    bench.set(Settings { claims: rules, consent, scopes: vec!["openid".to_owned()], ..Settings::default() }).await;
    let unasked = bench.answer(&sign_in).await.unwrap();
    assert_eq!(unasked.problem.unwrap().detail, status::REQUEST_DENIED);
    let asked = bench.sign_in("", "");
    assert_eq!(asked.ask.claims, ["groups"]);
    assert_eq!(bench.answer(&asked).await.unwrap().problem, None);
    let late = Origin { at: NOW + std::time::Duration::from_secs(26 * 3600), ..bench.origin() };
    let outcome = bench.provider.answer_success(&late, &bench.success(&asked)).await;
    assert!(matches!(outcome, Err(SsoProblem::Time)));
}
