//! The rules of matching and evaluating, one by one.

use std::sync::Arc;

use kernel::Timestamp;
use serde_json::json;

use super::actions::{authentication as authn, authorization as authz, enrollment, held, rights, webui};
use super::*;

/// Monday 2024-01-01 10:00 UTC.
const MONDAY_TEN: Timestamp = Timestamp::from_seconds(1_704_103_200);

pub(super) fn registry() -> Registry {
    let features: &[&str] = &["hashlib", "otplen", "timeStep", "otpkey"];
    Registry::new(&[Kind { name: "hotp", features }, Kind { name: "totp", features }])
}

fn set(policies: &[serde_json::Value]) -> PolicySet {
    let parse = |json: &serde_json::Value| Arc::new(serde_json::from_value::<Definition>(json.clone()).unwrap());
    PolicySet::compile(policies.iter().map(parse).collect(), &registry(), Zone::utc())
}

fn facts() -> Facts {
    Facts {
        realm: Some("home".into()),
        resolver: Some("ldap1".into()),
        login: Some("hans".into()),
        client: Some("10.1.2.3".parse().unwrap()),
        ..Facts::at(MONDAY_TEN)
    }
}

/// Whether one policy with this field applies to the facts.
fn applies(extra: serde_json::Value, facts: &Facts) -> Result<bool, Fault> {
    let mut policy = json!({"name": "p", "scope": "authentication", "action": "hide_specific_error_message"});
    policy.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    set(&[policy]).at(facts).any(&authn::HIDE_SPECIFIC_ERROR_MESSAGE)
}

#[test]
fn fields_match_as_the_table_says() {
    let f = facts();
    for (extra, expected) in [
        (json!({}), true),
        (json!({"active": false}), false),
        (json!({"realm": ["home"]}), true),
        (json!({"realm": ["HOME"]}), true),
        (json!({"realm": ["other"]}), false),
        (json!({"realm": ["-home"]}), false),
        (json!({"realm": ["*", "-other"]}), true),
        (json!({"resolver": ["ldap1"]}), true),
        (json!({"resolver": ["ldap2"]}), false),
        (json!({"user": ["hans"]}), true),
        (json!({"user": ["Hans"]}), false),
        (json!({"user": ["Hans"], "user_case_insensitive": true}), true),
        (json!({"user": ["h.*s"]}), true),
        (json!({"client": ["10.0.0.0/8"]}), true),
        (json!({"client": ["10.0.0.0/8", "-10.1.2.3"]}), false),
        (json!({"time": "mon: 8-10"}), true),
        (json!({"time": "tue: 8-10"}), false),
        (json!({"time": "nonsense"}), false),
        (json!({"user_agents": ["privacyidea-cp"]}), true),
        (json!({"pinode": ["n1"]}), true),
    ] {
        assert_eq!(applies(extra.clone(), &f), Ok(expected), "{extra}");
    }
}

#[test]
fn what_is_not_known_is_not_compared() {
    let nothing = Facts::default();
    let narrow = json!({"realm": ["x"], "user": ["y"], "resolver": ["z"], "client": ["10.0.0.1"], "time": "mon: 8-9"});
    assert_eq!(applies(narrow, &nothing), Ok(true));
}

#[test]
fn agents_and_nodes() {
    let with = |agent: &str, node: &str| Facts { user_agent: Some(agent.into()), node: Some(node.into()), ..facts() };
    assert_eq!(applies(json!({"user_agents": ["PrivacyIDEA-CP"]}), &with("privacyidea-cp", "n1")), Ok(true));
    assert_eq!(applies(json!({"user_agents": ["privacyidea-cp"]}), &with("", "n1")), Ok(false));
    assert_eq!(applies(json!({}), &with("", "n1")), Ok(true));
    assert_eq!(applies(json!({"pinode": ["n2"]}), &with("x", "n1")), Ok(false));
    assert_eq!(applies(json!({"pinode": ["n1"]}), &with("x", "n1")), Ok(true));
}

#[test]
fn people_without_login_match_only_what_is_for_everybody() {
    let person = kernel::ids::PersonId::new(&kernel::Entropy::seeded(1), MONDAY_TEN);
    let f = Facts { login: None, person: Some(person), ..facts() };
    assert_eq!(applies(json!({"user": ["hans"]}), &f), Ok(false));
    assert_eq!(applies(json!({"user": ["*"]}), &f), Ok(true));
    assert_eq!(applies(json!({}), &f), Ok(true));
}

#[test]
fn nobody_is_a_value() {
    let f = Facts { login: Some(String::new()), realm: Some(String::new()), resolver: Some(String::new()), ..facts() };
    assert_eq!(applies(json!({"user": ["hans"]}), &f), Ok(false));
    assert_eq!(applies(json!({"user": [".*"]}), &f), Ok(true));
    assert_eq!(applies(json!({"realm": ["home"]}), &f), Ok(false));
    assert_eq!(applies(json!({}), &f), Ok(true));
}

#[test]
fn token_realms_count_in_addition() {
    let f = Facts { token_realms: Some(vec!["lab".into()]), ..facts() };
    assert_eq!(applies(json!({"realm": ["lab"]}), &f), Ok(true));
    assert_eq!(applies(json!({"realm": ["home"]}), &f), Ok(true));
    assert_eq!(applies(json!({"realm": ["la."]}), &f), Ok(false), "no expressions for several realms");
    let f = Facts { token_realms: Some(vec!["lab".into(), "shop".into()]), ..facts() };
    assert_eq!(applies(json!({"realm": ["lab"], "user": ["hans"]}), &f), Ok(false));
    assert_eq!(applies(json!({"realm": ["lab", "home"], "user": ["hans"]}), &f), Ok(true));
    assert_eq!(applies(json!({"realm": ["lab", "home"], "user": ["ha.*"]}), &f), Ok(false));
}

#[test]
fn all_resolvers_of_the_realm_may_match() {
    let f = Facts { all_resolvers: Some(vec!["ldap1".into(), "sql".into()]), ..facts() };
    assert_eq!(applies(json!({"resolver": ["sql"]}), &f), Ok(false));
    assert_eq!(applies(json!({"resolver": ["sql"], "check_all_resolvers": true}), &f), Ok(true));
    assert_eq!(applies(json!({"resolver": ["none"], "check_all_resolvers": true}), &f), Ok(false));
}

#[test]
fn conditions_hold_together_and_fail_closed() {
    let f = Facts { headers: Some(Arc::new([("x-a".to_owned(), "1".to_owned())].into())), ..facts() };
    let header = |key: &str, value: &str, active: bool| json!(["HTTP Request header", key, "equals", value, active]);
    assert_eq!(applies(json!({"conditions": [header("X-A", "1", true)]}), &f), Ok(true));
    assert_eq!(applies(json!({"conditions": [header("X-A", "1", true), header("X-A", "2", true)]}), &f), Ok(false));
    assert_eq!(applies(json!({"conditions": [header("X-B", "1", false)]}), &f), Ok(true));
    assert!(matches!(applies(json!({"conditions": [header("X-B", "1", true)]}), &f), Err(Fault::Undecidable { .. })));
    let other_realm = json!({"realm": ["other"], "conditions": [header("X-B", "1", true)]});
    assert_eq!(applies(other_realm, &f), Ok(false), "conditions are the last step");
    assert!(applies(json!({"user": ["(?!x).*"]}), &f).is_err(), "a pattern that is not linear-time fails closed");
}

#[test]
fn the_strongest_priority_wins_and_equals_conflict() {
    let weak = json!({"name": "weak", "scope": "authentication", "priority": 2, "action": "otppin=none"});
    let strong = json!({"name": "strong", "scope": "authentication", "priority": 1, "action": "otppin=userstore"});
    let rival = json!({"name": "rival", "scope": "authentication", "priority": 1, "action": "otppin=tokenpin"});
    let f = facts();
    let two = set(&[weak.clone(), strong.clone()]);
    let at = two.at(&f);
    assert_eq!(at.get(&authn::OTPPIN), Ok(Some(authn::OtpPin::UserStore)));
    assert_eq!(at.policies(), ["strong"]);
    let three = set(&[weak, strong, rival]);
    let conflict = three.at(&f).get(&authn::OTPPIN);
    assert!(matches!(conflict, Err(Fault::Conflict { policies, .. }) if policies == ["rival", "strong"]));
    assert_eq!(three.at(&f).first(&authn::OTPPIN), Ok(Some(authn::OtpPin::TokenPin)));
    assert_eq!(PolicySet::empty().at(&f).get(&authn::OTPPIN), Ok(None));
    assert_eq!(PolicySet::empty().at(&f).or_default(&authn::OTPPIN), Ok(authn::OtpPin::TokenPin));
    assert_eq!(PolicySet::empty().at(&f).or_default(&webui::LOGOUT_TIME), Ok(120));
}

#[test]
fn values_unite_where_they_may() {
    let a = json!({"name": "a", "scope": "authorization", "priority": 1, "action": "tokentype=hotp"});
    let b = json!({"name": "b", "scope": "authorization", "priority": 9, "action": "tokentype=totp hotp"});
    let both = set(&[a, b]);
    let f = facts();
    let at = both.at(&f);
    let words = at.words(&authz::TOKENTYPE).unwrap().unwrap();
    assert_eq!(words.0.into_iter().collect::<Vec<_>>(), ["hotp", "totp"]);
    assert_eq!(at.policies(), ["a", "b"]);
    assert_eq!(PolicySet::empty().at(&f).words(&authz::TOKENTYPE), Ok(None));
}

#[test]
fn rights_are_free_until_the_first_policy_of_the_scope() {
    let user = facts();
    let admin = Facts { admin: Some(AdminFacts { realm: String::new(), name: "root".into() }), ..facts() };
    assert_eq!(PolicySet::empty().at(&user).allowed(&rights::DELETE), Ok(true));
    let grants = set(&[
        json!({"name": "u", "scope": "user", "action": "delete, enrollTOTP"}),
        json!({"name": "a", "scope": "admin", "action": "*, -disable", "adminuser": ["root"], "realm": ["home"]}),
    ]);
    for (facts, right, expected) in [
        (&user, rights::DELETE.clone(), true),
        (&user, rights::DISABLE.clone(), false),
        (&user, rights::ENROLL.of("totp"), true),
        (&user, rights::ENROLL.of("hotp"), false),
        (&user, rights::POLICYWRITE.clone(), false),
        (&admin, rights::POLICYWRITE.clone(), true),
        (&admin, rights::DISABLE.clone(), false),
        (&admin, rights::ENROLL.of("hotp"), true),
    ] {
        assert_eq!(grants.at(facts).allowed(&right), Ok(expected), "{}", right.name());
    }
    let abroad = Facts { realm: Some("other".into()), ..admin.clone() };
    assert_eq!(grants.at(&abroad).allowed(&rights::DELETE), Ok(false));
    let stranger = Facts { admin: Some(AdminFacts { realm: "adm".into(), name: "eve".into() }), ..facts() };
    assert_eq!(grants.at(&stranger).allowed(&rights::DELETE), Ok(false));
    let locked = set(&[json!({"name": "u", "scope": "user", "action": ""})]);
    assert_eq!(locked.at(&user).allowed(&rights::DELETE), Ok(false), "a policy without actions closes the scope");
}

#[test]
fn values_of_the_callers_scope() {
    let both = set(&[
        json!({"name": "u", "scope": "user", "action": "totp_otplen=8"}),
        json!({"name": "a", "scope": "admin", "action": {"totp_hashlib": "sha256"}}),
    ]);
    let user = facts();
    let admin = Facts { admin: Some(AdminFacts::default()), ..facts() };
    assert_eq!(both.at(&user).get(&held::OTPLEN.of("totp")), Ok(Some(8)));
    assert_eq!(both.at(&admin).get(&held::OTPLEN.of("totp")), Ok(None));
    assert_eq!(both.at(&admin).get(&held::HASHLIB.of("totp")), Ok(Some(held::HashLib::Sha256)));
}

#[test]
fn lists_are_limited_to_what_policies_cover() {
    let f = Facts { admin: Some(AdminFacts { realm: String::new(), name: "root".into() }), ..Facts::at(MONDAY_TEN) };
    let limited = set(&[
        json!({"name": "a", "scope": "admin", "action": "userlist", "realm": ["home"]}),
        json!({"name": "b", "scope": "admin", "action": "userlist", "realm": ["*", "-secret"], "resolver": ["sql"]}),
    ]);
    let limit = limited.at(&f).limit(&rights::USERLIST).unwrap();
    assert!(limit.admits(&["home"], "ldap", "hans"));
    assert!(!limit.admits(&["other"], "ldap", "hans"));
    assert!(limit.admits(&["other"], "sql", "hans"));
    assert!(!limit.admits(&["secret"], "sql", "hans"));
    assert_eq!(limit.realms(["home", "other", "secret"].into_iter()).unwrap(), ["home", "other"]);
    assert!(!limited.at(&f).limit(&rights::TOKENLIST).unwrap().admits(&[], "", ""));
    let open = set(&[json!({"name": "a", "scope": "admin", "action": "userlist"})]);
    assert!(matches!(open.at(&f).limit(&rights::USERLIST), Ok(Limit::All)));
}

#[test]
fn every_problem_is_reported_at_once() {
    let def: Definition = serde_json::from_value(json!({
        "name": "two words", "scope": "authentication", "action": "otppin=magic, nonsense, challenge_text", "priority": 0,
        "realm": ["nowhere"], "client": ["x"], "time": "xyz", "user": ["(?=a)"], "adminuser": ["root"],
        "conditions": [["userinfo", "k", "nearly", "v", true]],
    }))
    .unwrap();
    let problems = def.problems(&registry(), &Known::default());
    let fields: Vec<&str> = problems.iter().map(|p| p.field).collect();
    for field in ["name", "priority", "action", "realm", "client", "time", "user", "adminuser", "conditions"] {
        assert!(fields.contains(&field), "{field} in {problems:?}");
    }
    assert_eq!(fields.iter().filter(|f| **f == "action").count(), 3);
    let sound: Definition = serde_json::from_value(
        json!({"name": "p", "scope": "enrollment", "action": "max_token_per_user=5, totp_max_token_per_user=1"}),
    )
    .unwrap();
    assert_eq!(sound.problems(&registry(), &Known::default()), []);
}

#[test]
fn broken_policies_are_kept_shown_and_refuse() {
    let broken = set(&[json!({"name": "b", "scope": "enrollment", "action": "max_token_per_user=many"})]);
    assert_eq!(broken.lint().len(), 1);
    assert_eq!(broken.definitions().len(), 1);
    assert!(broken.at(&facts()).get(&enrollment::MAX_TOKEN_PER_USER).is_err());
}

#[test]
fn explanations_name_the_step() {
    let three = set(&[
        json!({"name": "a", "scope": "authentication", "action": "otppin=none", "realm": ["other"]}),
        json!({"name": "b", "scope": "authentication", "action": "otppin=userstore"}),
        json!({"name": "c", "scope": "authentication", "priority": 5, "action": "otppin=tokenpin"}),
        json!({"name": "d", "scope": "webui", "priority": 6, "action": "jwt_validity=1"}),
    ]);
    let outcomes: Vec<Outcome> =
        three.explain(Scope::Authentication, "otppin", &facts()).policies.into_iter().map(|p| p.outcome).collect();
    assert_eq!(
        outcomes,
        [
            Outcome::DroppedAt(Step::Realm),
            Outcome::Applies("userstore".into()),
            Outcome::Outranked("tokenpin".into()),
            Outcome::DroppedAt(Step::Scope),
        ]
    );
}

#[test]
fn rights_for_the_user_interface() {
    let facts = facts();
    let registry = registry();
    let all = PolicySet::empty().at(&facts).rights(&registry).unwrap();
    assert!(all.names.contains(&"enrollTOTP".to_owned()) && all.menus.contains("tokens"));
    let some = set(&[
        json!({"name": "a", "scope": "user", "action": "delete, totp_otplen=8"}),
        json!({"name": "b", "scope": "user", "action": "auditlog", "conditions": [["token", "serial", "equals", "x", true]]}),
        json!({"name": "c", "scope": "user", "action": "disable", "realm": ["other"]}),
    ]);
    let rights = some.at(&facts).rights(&registry).unwrap();
    assert_eq!(rights.names, ["auditlog", "delete", "totp_otplen", "totp_otplen=8"]);
    assert_eq!(rights.menus.into_iter().collect::<Vec<_>>(), ["audit", "tokens"]);
}

#[test]
fn a_question_looks_at_few_of_many_policies() {
    let many = |field: &str, of: fn(usize) -> String| {
        let policy = |n: usize| json!({"name": format!("p{n}"), "scope": "admin", "action": "delete", field: [of(n)], "client": ["10.0.0.0/8"]});
        set(&(0..1000).map(policy).collect::<Vec<_>>())
    };
    let asked = Facts {
        realm: Some("realm7".into()),
        login: Some("User7".into()),
        admin: Some(AdminFacts { realm: String::new(), name: "admin7".into() }),
        ..facts()
    };
    for (set, expected) in [
        (many("realm", |n| format!("realm{n}")), true),
        (many("user", |n| format!("User{n}")), true),
        (many("adminuser", |n| format!("admin{n}")), true),
        (many("realm", |n| format!("other{n}")), false),
    ] {
        assert!(set.candidates(Scope::Admin, "delete", &asked).len() <= 1);
        assert_eq!(set.at(&asked).allowed(&rights::DELETE), Ok(expected));
    }
    // Questions about another action or scope do not see them at all.
    let set = many("pinode", |n| format!("node{n}"));
    assert_eq!(set.candidates(Scope::Admin, "enable", &asked).len(), 0);
    assert_eq!(set.candidates(Scope::User, "delete", &asked).len(), 0);
}
