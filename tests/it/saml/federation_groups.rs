//! What groups of a federation say of their members, up to what a service is told when somebody signs in.

use db::Dialect;
use symbolon::federations::{ChangeFederation, RefreshFederation};

use super::federation::{RESEARCH, VALID, begun, extensions, federation, wishing, wrapped};
use super::publisher::{Publisher, Signer, entity};
use super::response;
use crate::support::TestApp;

db::on_every_database![what_a_group_says_reaches_a_sign_in, what_is_nearer_comes_first];

const PAIRWISE: &str = "urn:oasis:names:tc:SAML:attribute:pairwise-id";
const PUBLIC: &str = "urn:oasis:names:tc:SAML:attribute:subject-id";
const MAIL: &str = "urn:oid:0.9.2342.19200300.100.1.3";
const LOGIN: &str = "urn:oid:0.9.2342.19200300.100.1.1";
const SCHOOL: &str = "https://federation.example/category/school";
pub(super) const A: &str = "https://a.example";
pub(super) const B: &str = "https://b.example";

/// Entities of which `said` is said together.
pub(super) fn group(said: &str, members: &str) -> String {
    format!("<md:EntitiesDescriptor>{said}{members}</md:EntitiesDescriptor>")
}

/// A member that says nothing of itself.
pub(super) fn silent(name: &str) -> String {
    said(name, "")
}

pub(super) fn said(name: &str, extensions: &str) -> String {
    entity(&format!("urn:example:{name}"), "", extensions, "")
}

/// A person, and a federation with this document, fetched from where it is published; its rules know both categories.
async fn house(on: Dialect, inside: &str) -> (TestApp, Publisher) {
    let (publisher, signer) = (Publisher::start().await, Signer::new());
    let app = federation(on, &publisher, &signer).await;
    app.with_person_and_client().await;
    let release = format!(
        r#"[{{"category": "{RESEARCH}", "claims": ["email", "subject-id"]}}, {{"category": "{SCHOOL}", "claims": ["preferred_username"]}}]"#
    );
    let settings = [("name", "edu"), ("parties", r#"{"consent": "trusted"}"#), ("release", &release)];
    app.operate(&ChangeFederation(app.app.sps.clone()), &settings).await;
    publisher.publish(&signer.sign(&wrapped(VALID, inside), "EntitiesDescriptor"));
    let done = app.operate(&RefreshFederation::fetched(app.app.sps.clone()), &[("name", "edu")]).await;
    assert_eq!(done.value["changed"], true, "{}", done.value);
    (app, publisher)
}

/// What a response says under the name of an attribute.
fn value(response: &str, name: &str) -> Option<String> {
    let (_, rest) = response.split_once(&format!("Name=\"{name}\""))?;
    let (_, rest) = rest.split_once("AttributeValue")?;
    let text = rest.split_once('>')?.1.split('<').next()?;
    Some(text.to_owned())
}

/// What is told at a sign-in with a request of this ID: pairwise-id, subject-id, mail and name of account.
pub(super) async fn told(app: &TestApp, request: &str, name: &str) -> [Option<String>; 4] {
    let text = response(&begun(app, request, &format!("urn:example:{name}")).await);
    assert!(text.contains("status:Success"), "{name}: {text}");
    [PAIRWISE, PUBLIC, MAIL, LOGIN].map(|attribute| value(&text, attribute))
}

async fn what_a_group_says_reaches_a_sign_in(on: Dialect) {
    let research = extensions(A, &[RESEARCH]);
    let inside = [
        group(&wishing(&research, "pairwise-id"), &[silent("one"), silent("two")].concat()),
        group(&wishing(&research, "subject-id"), &[silent("three"), silent("four")].concat()),
        silent("alone"),
    ];
    let (app, _publisher) = house(on, &inside.concat()).await;
    let mail = || Some("hans@example.org".to_owned());
    let mut names = Vec::new();
    for member in ["one", "two"] {
        let [pairwise, public, email, login] = told(&app, "_r1", member).await;
        assert_eq!((public, email, login), (None, mail(), None), "{member}");
        names.push(pairwise.expect(member));
    }
    assert!(names[0] != names[1] && names.iter().all(|name| name.ends_with("@localhost")), "{names:?}");
    let mut same = Vec::new();
    for member in ["three", "four"] {
        let [pairwise, public, email, login] = told(&app, "_r1", member).await;
        assert_eq!((pairwise, email, login), (None, mail(), None), "{member}");
        same.push(public.expect(member));
    }
    assert!(same[0] == same[1] && same[0].ends_with("@localhost") && !names.contains(&same[0]), "{same:?} {names:?}");
    // Whoever stands beside the groups is none of theirs.
    assert_eq!(told(&app, "_r1", "alone").await, [const { None }; 4]);
}

async fn what_is_nearer_comes_first(on: Dialect) {
    let (everywhere, apart) =
        (wishing(&extensions(A, &[RESEARCH]), "subject-id"), wishing(&extensions(A, &[RESEARCH]), "pairwise-id"));
    let own = |wanted: &str| wishing(&extensions(A, &[SCHOOL]), wanted);
    let inner = [silent("nested"), said("nested-own", &own("none"))].concat();
    let inside = [
        // The federation as a whole is the widest group.
        everywhere,
        silent("wide"),
        said("apart", &own("pairwise-id")),
        said("nobody", &own("none")),
        group(&apart, &[inner, said("back", &own("subject-id"))].concat()),
        group(&extensions(B, &[]), &[silent("foreign"), said("ours", &extensions(A, &[]))].concat()),
        said("theirs", &extensions(B, &[])),
    ];
    let (app, _publisher) = house(on, &inside.concat()).await;
    // Pairwise, public, mail (the category of the group), name of account (its own): the last two add up.
    for (member, expected) in [
        ("wide", [false, true, true, false]),
        ("apart", [true, false, true, true]),
        ("nobody", [false, false, true, true]),
        ("nested", [true, false, true, false]),
        ("nested-own", [false, false, true, true]),
        ("back", [false, true, true, true]),
        ("ours", [false, true, true, false]),
    ] {
        assert_eq!(told(&app, "_r1", member).await.map(|value| value.is_some()), expected, "{member}");
    }
    let refused = [("name", "edu"), ("refused_registrars", B)];
    app.operate(&ChangeFederation(app.app.sps.clone()), &refused).await;
    for (member, is_known) in [("wide", true), ("foreign", false), ("ours", true), ("theirs", false)] {
        let found = app.app.sps.look_up(&format!("urn:example:{member}"), app.app.clock.now()).await.unwrap();
        assert_eq!(found.is_some(), is_known, "{member}");
    }
}
