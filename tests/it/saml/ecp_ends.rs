//! Sign-ins of clients that are no browsers, and how they end without a success: what strangers learn of it, and when.

use std::time::Duration;

use axum::body::Body;
use db::Dialect;
use kernel::clock::Stopwatch;
use mfa::people::ops::{SetRealm, SetResolver};
use mfa::policy::ops::{EnablePolicy, SetPolicy};
use symbolon::sps::ChangeSp;

use super::ecp::{accepted, envelope, refused, send_as, with_mail_and, with_token};
use crate::support::{Answer, Api, PASSWORD, TestApp, request};

db::on_every_database![
    what_is_missing_beside_a_right_password_looks_like_a_wrong_one,
    a_limit_looks_like_a_wrong_password,
    who_has_shown_everything_is_told_what_else_is_missing,
    an_outage_is_no_wrong_password,
    guesses_stand_in_the_audit_under_their_door,
    faults_of_others_raise_no_alarm,
];

const LATE: Duration = Duration::from_millis(150);

async fn late(on: Dialect) -> TestApp {
    with_mail_and(on, &[("login.failed_after", "150ms")]).await
}

async fn send(app: &TestApp, name: &str, password: &str) -> Answer {
    let watch = Stopwatch::start();
    let answer = send_as(app, envelope("_1", ""), (name, password), &[]).await;
    assert!(answer.status == 200 || watch.elapsed() >= LATE, "{:?}: {}", watch.elapsed(), answer.text);
    answer
}

/// Why sign-ins failed, the last one first.
async fn reasons(app: &TestApp) -> Vec<String> {
    let rows = Api::admin(app).await.get("/audit/?action=sign_in_failed&page_size=100").await.ok();
    let info = |row: &serde_json::Value| row["info"].as_str().unwrap_or_default().to_owned();
    rows["auditdata"].as_array().unwrap().iter().map(info).collect()
}

async fn what_is_missing_beside_a_right_password_looks_like_a_wrong_one(on: Dialect) {
    let app = late(on).await;
    app.operate(&EnablePolicy(true), &[("name", "require-second-factor")]).await;
    let wrong = send(&app, "hans", "wrong").await;
    refused(&wrong);
    let is_the_same = async |why: &str| {
        // Rows of one moment have no order.
        app.app.clock.advance(Duration::from_secs(1));
        let right = send(&app, "hans", PASSWORD).await;
        refused(&right);
        assert_eq!(right.text, wrong.text);
        let names = |answer: &Answer| answer.headers.keys().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names(&right), names(&wrong));
        assert_eq!(reasons(&app).await[0], why);
    };
    // None is enrolled, which is nothing for a client without pages.
    is_the_same("no_factor").await;
    let tokens = Api::admin(&app).await.get("/token/?user=hans").await.ok();
    assert_eq!(tokens["count"], 0, "{tokens}");
    with_token(&app, "").await;
    is_the_same("login_required").await;
    Api::admin(&app).await.post("/token/disable", &[("user", "hans"), ("realm", "default")]).await.ok();
    is_the_same("no_factor").await;
    let policy = [("name", "closed"), ("scope", "sso"), ("action", "sign_in=deny"), ("active", "true")];
    app.operate(&SetPolicy, &policy).await;
    is_the_same("forbidden").await;
}

async fn a_limit_looks_like_a_wrong_password(on: Dialect) {
    let app = with_mail_and(on, &[]).await;
    app.operate(&EnablePolicy(true), &[("name", "require-second-factor")]).await;
    with_token(&app, "").await;
    // More than anybody may have begun.
    for _ in 0..25 {
        refused(&send_as(&app, envelope("_1", ""), ("hans", PASSWORD), &[]).await);
    }
    let reasons = reasons(&app).await;
    assert!(reasons.iter().any(|reason| reason == "interaction_required"), "the limit was not met: {reasons:?}");
}

async fn who_has_shown_everything_is_told_what_else_is_missing(on: Dialect) {
    let app = late(on).await;
    app.operate(&ChangeSp(app.app.sps.clone()), &[("id", "mail"), ("consent", "ask")]).await;
    refused(&send(&app, "hans", "wrong").await);
    app.app.clock.advance(Duration::from_secs(1));
    let told = send(&app, "hans", PASSWORD).await;
    assert!(told.status == 200 && told.text.contains("status:AuthnFailed"), "{} {}", told.status, told.text);
    assert_eq!(reasons(&app).await[0], "consent_required");
}

async fn an_outage_is_no_wrong_password(on: Dialect) {
    let app = late(on).await;
    let directory =
        [("resolver", "gone"), ("type", "ldap"), ("preset", "openldap"), ("LDAPURI", "ldap://127.0.0.1:9"), ("LDAPBASE", "dc=x")];
    app.operate(&SetResolver, &directory).await;
    let resolvers = [("realm", "default"), ("resolvers", "internal,gone"), ("priority.internal", "1"), ("priority.gone", "2")];
    app.operate(&SetRealm, &resolvers).await;
    // The first question that is not answered makes it known.
    for name in ["nobody", "hans", "nobody"] {
        let answer = send(&app, name, "wrong").await;
        assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "30"), "{name}: {}", answer.text);
        assert!(answer.header("www-authenticate").is_empty() && answer.text.contains("try again later"), "{}", answer.text);
    }
    accepted(&send(&app, "hans", PASSWORD).await);
}

async fn guesses_stand_in_the_audit_under_their_door(on: Dialect) {
    let app = with_mail_and(on, &[]).await;
    app.operate(&EnablePolicy(true), &[("name", "require-second-factor")]).await;
    let remember = [("name", "devices"), ("scope", "sso"), ("action", "known_device_days=30"), ("active", "true")];
    app.operate(&SetPolicy, &remember).await;
    with_token(&app, "").await;
    refused(&send_as(&app, envelope("_1", ""), ("hans", &format!("{PASSWORD},000000")), &[]).await);
    accepted(&send_as(&app, envelope("_1", ""), ("hans", &format!("{PASSWORD},755224")), &[]).await);
    let api = Api::admin(&app).await;
    for (action, times) in [("password", 2), ("factor", 2)] {
        let found = api.get(&format!("/audit/?action=POST%20/saml/ecp%20({action})")).await.ok();
        assert_eq!(found["count"], times, "{action}: {found}");
    }
    assert_eq!(api.get("/audit/?action=POST%20/login*").await.ok()["count"], 0);
    let hans = app.person("hans").await;
    let sessions = app.app.logins.sessions().of_person(hans.id, app.app.clock.now()).await.unwrap();
    assert_eq!(sessions.len(), 1);
    app.app.clock.advance(Duration::from_secs(300));
    let sessions = app.app.logins.sessions().of_person(hans.id, app.app.clock.now()).await.unwrap();
    assert!(sessions.is_empty(), "{sessions:?}");
}

async fn faults_of_others_raise_no_alarm(on: Dialect) {
    let app = with_mail_and(on, &[("metrics.token", "monitor")]).await;
    symbolon::http::metrics::start(&symbolon::config::Metrics { token: Some("monitor".into()), ..Default::default() });
    let fault = send_as(&app, "<x/>".to_owned(), ("hans", PASSWORD), &[]).await;
    assert!(fault.status == 500 && fault.text.contains("soap11:Client"), "{} {}", fault.status, fault.text);
    let ask = request("GET", "/metrics").header("authorization", "Bearer monitor").body(Body::empty()).unwrap();
    let counted = app.send(ask).await.text;
    assert!(counted.contains(r#"route="/saml/ecp",status="400""#), "{counted}");
    assert!(!counted.contains(r#"route="/saml/ecp",status="500""#), "{counted}");
}
