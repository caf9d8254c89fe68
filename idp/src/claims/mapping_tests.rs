use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::claims::facts::tests::person;
use crate::claims::{NAMES, is_reserved};

const SCOPES: &[&str] = &["openid", "profile", "email", "address", "phone", "groups"];

fn compiled(rules: Value) -> Result<Mapping, Vec<String>> {
    let rules: Vec<Rule> = serde_json::from_value(rules).unwrap();
    let scopes: Vec<String> = SCOPES.iter().map(|s| (*s).to_owned()).collect();
    Mapping::compile(&rules, &BTreeMap::new(), &scopes)
}

/// What goes to a place when these scopes are granted, with claims named one by one.
fn released(rules: Value, to: Destination, scopes: &str, named: &str, attributes: Value) -> Value {
    let (scopes, allowed) = (Scopes::parse(scopes).unwrap(), Scopes::parse(&SCOPES.join(" ")).unwrap());
    let named = ClaimsRequest::parse(named).unwrap();
    let ask = Granted { scopes: &scopes, named: &named, allowed: &allowed };
    Value::Object(compiled(rules).unwrap().release(to, &ask, &person(attributes)))
}

fn userinfo(rules: Value, scopes: &str, attributes: Value) -> Value {
    released(rules, Destination::Userinfo, scopes, "{}", attributes)
}

#[test]
fn the_standard_claims_with_their_types() {
    let ada = json!({
        "name": "Ada Lovelace", "sn": "Lovelace", "givenname": "Ada", "middle_name": "K", "nickname": "ada",
        "profile": "https://p", "picture": "https://i", "website": "https://w", "gender": "female", "birthdate": "1815-12-10",
        "zoneinfo": "Europe/London", "locale": "en-GB", "updated_at": "1700000000", "email": ["ada@example.org", "b@example.org"],
        "email_verified": "true", "street": "1 Row", "city": "London", "phone": "+44 1", "phone_number_verified": false,
    });
    let claims = userinfo(json!([]), "openid profile email address phone", ada.clone());
    assert_eq!(claims.as_object().unwrap().len(), NAMES.len());
    assert_eq!((&claims["family_name"], &claims["preferred_username"]), (&json!("Lovelace"), &json!("ada")));
    assert_eq!((&claims["updated_at"], &claims["email"]), (&json!(1_700_000_000), &json!("ada@example.org")));
    assert_eq!((&claims["email_verified"], &claims["phone_number_verified"]), (&json!(true), &json!(false)));
    assert_eq!(claims["address"], json!({"street_address": "1 Row", "locality": "London"}));
    assert_eq!(userinfo(json!([]), "openid", ada.clone()), json!({}));
    for to in [Destination::IdToken, Destination::AccessToken] {
        assert_eq!(released(json!([]), to, "openid profile email address phone", "{}", ada.clone()), json!({}));
    }
    let wrong = json!({"birthdate": "10.12.1815", "updated_at": "soon", "email_verified": "maybe", "gender": {}, "email": ""});
    assert_eq!(userinfo(json!([]), "profile email", wrong), json!({"preferred_username": "ada"}));
}

#[test]
fn rules_of_every_form() {
    let rules = json!([
        {"claim": "email", "attribute": ["work_mail", "email"]},
        {"claim": "department"},
        {"claim": "display", "template": "{surname:upper}, {givenname}"},
        {"claim": "tenant", "constant": ["acme", 7, true]},
        {"claim": "groups", "attribute": "groups", "match": "app-*", "strip": "app-", "multiple": true, "scope": "groups"},
        {"claim": "level", "type": "number"},
        {"claim": "staff", "type": "boolean"},
        {"claim": "first", "attribute": "groups"},
        {"claim": "phone_number", "in": []},
    ]);
    let ada = json!({"work_mail": "w@example.org", "email": "e@example.org", "department": "R&D", "surname": "Lovelace", "givenname": "Ada",
        "groups": ["staff", "app-readers", "app-admins", "APP-Readers", "app-readers"], "level": "7", "staff": "yes", "phone": "1"});
    let all = userinfo(rules.clone(), "openid email phone groups", ada.clone());
    let wanted = json!({"email": "w@example.org", "department": "R&D", "display": "LOVELACE, Ada", "tenant": ["acme", 7, true],
        "groups": ["readers", "admins", "Readers"], "level": 7, "staff": true, "first": "staff"});
    assert_eq!(all, wanted);
    let some = userinfo(rules, "openid", ada);
    assert_eq!((some.get("groups"), some.get("email"), &some["department"]), (None, None, &json!("R&D")), "not asked for");
}

#[test]
fn where_claims_go() {
    let rules = json!([
        {"claim": "a", "constant": 1, "in": ["id_token", "access_token"]},
        {"claim": "b", "constant": 1, "scope": "groups", "in": ["access_token"]},
        {"claim": "c", "constant": 1, "in": []},
        {"claim": "d", "constant": 1, "scope": "groups"},
    ]);
    let named = r#"{"id_token": {"c": null, "d": null, "email": null}, "userinfo": {"b": null}}"#;
    let get = |to, scopes, named| released(rules.clone(), to, scopes, named, json!({"email": "e"}));
    assert_eq!(get(Destination::IdToken, "openid", "{}"), json!({"a": 1}));
    assert_eq!(get(Destination::AccessToken, "openid groups", named), json!({"a": 1, "b": 1}));
    assert_eq!(get(Destination::AccessToken, "groups", "{}"), json!({"b": 1}), "openid was not granted");
    assert_eq!(get(Destination::Userinfo, "openid groups", "{}"), json!({"d": 1}));
    // Named one by one: as far as the application may have it at all, and never what goes nowhere.
    assert_eq!(get(Destination::IdToken, "openid", named), json!({"a": 1, "d": 1, "email": "e"}));
    assert_eq!(get(Destination::Userinfo, "openid", named), json!({"b": 1}));
    let narrow = Scopes::parse("openid").unwrap();
    let named = ClaimsRequest::parse(named).unwrap();
    let ask = Granted { scopes: &narrow, named: &named, allowed: &narrow };
    let mapping = compiled(rules.clone()).unwrap();
    assert_eq!(Value::Object(mapping.release(Destination::IdToken, &ask, &person(json!({"email": "e"})))), json!({"a": 1}));
    assert_eq!((mapping.scope_of("d"), mapping.scope_of("c"), mapping.scope_of("email")), (Some("groups"), None, Some("email")));
    assert_eq!(mapping.unasked().collect::<Vec<_>>(), ["a"]);
}

#[test]
fn every_mistake_is_named() {
    let long = "x".repeat(5000);
    for (rule, what) in [
        (json!({"claim": "sub"}), "only the provider"),
        (json!({"claim": "at_hash", "constant": "x"}), "only the provider"),
        (json!({"claim": ""}), "1 to 255"),
        (json!({"claim": "a b"}), "1 to 255"),
        (json!({"claim": "a\u{0}"}), "1 to 255"),
        (json!({"claim": "x", "attribute": "a", "constant": 1}), "one of"),
        (json!({"claim": "x", "attribute": "a b"}), "at most 20"),
        (json!({"claim": "x", "template": "{{ config }}"}), "names no attribute"),
        (json!({"claim": "x", "constant": {"a": 1}}), "list of at most 100"),
        (json!({"claim": "x", "constant": [["a"]]}), "list of at most 100"),
        (json!({"claim": "x", "constant": long}), "4096"),
        (json!({"claim": "x", "constant": "a\u{0}"}), "list of at most 100"),
        (json!({"claim": "x", "constant": 1, "match": "*"}), "for attributes"),
        (json!({"claim": "x", "template": "{a}", "multiple": true}), "one value"),
        (json!({"claim": "email", "multiple": true}), "one value"),
        (json!({"claim": "email_verified", "type": "text"}), "type of a standard claim"),
        (json!({"claim": "x", "strip": "app-"}), "begin with it"),
        (json!({"claim": "x", "scope": "payroll"}), "not among the `scopes`"),
        (json!({"claim": "x", "scope": "a\"b"}), "no scope"),
        (json!({"claim": "x", "required": true, "in": []}), "goes nowhere"),
    ] {
        let said = compiled(json!([rule])).unwrap_err().join("\n");
        assert!(said.contains(what) && said.starts_with("rule 1"), "{rule}: {said}");
    }
    let twice = compiled(json!([{"claim": "x"}, {"claim": "x"}, {"claim": "iss"}])).unwrap_err();
    assert!(twice.len() == 2 && twice[0].starts_with("rule 2") && twice[1].starts_with("rule 3"), "{twice:?}");
    let renamed = BTreeMap::from([("email".to_owned(), "work".to_owned()), ("groups".to_owned(), "g".to_owned())]);
    let said = Mapping::compile(&[], &renamed, &[]).unwrap_err();
    assert!(said.len() == 1 && said[0].contains("`groups`"), "{said:?}");
    assert!(compiled(json!(vec![json!({"claim": "x"}); 101])).unwrap_err()[0].contains("100 rules"));
}

#[test]
fn another_attribute_by_the_older_setting() {
    let renamed = BTreeMap::from([("email".to_owned(), "work_mail".to_owned())]);
    let mapping = Mapping::compile(&[], &renamed, &[]).unwrap();
    let scopes = Scopes::parse("openid email").unwrap();
    let ask = Granted { scopes: &scopes, named: &ClaimsRequest::default(), allowed: &scopes };
    let ada = person(json!({"email": "a@example.org", "work_mail": "w@example.org"}));
    assert_eq!(Value::Object(mapping.release(Destination::Userinfo, &ask, &ada)), json!({"email": "w@example.org"}));
}

#[test]
fn hostile_values_stay_values_or_stay_out() {
    let million = "x".repeat(1 << 20);
    let many: Vec<String> = (0..1001).map(|n| n.to_string()).collect();
    let rules = json!([
        {"claim": "html"}, {"claim": "nul"}, {"claim": "nuls", "multiple": true}, {"claim": "huge"}, {"claim": "many", "multiple": true},
        {"claim": "huge_in_template", "template": "a{huge}"}, {"claim": "nul_in_template", "template": "a{nul}"},
        {"claim": "template", "template": "{html} {again}"},
    ]);
    let html = "<script>alert(1)</script>";
    let hostile =
        json!({"html": html, "nul": "a\u{0}b", "nuls": ["a\u{0}", "b"], "huge": million, "many": many, "again": "{realm}"});
    let wanted = json!({"html": html, "nuls": ["b"], "template": format!("{html} {{realm}}")});
    assert_eq!(userinfo(rules, "openid", hostile), wanted);
}

#[test]
fn tokens_stay_small() {
    let rules: Vec<Value> =
        (0..10).map(|n| json!({"claim": format!("c{n}"), "attribute": "text", "in": ["access_token"]})).collect();
    let released = released(json!(rules), Destination::AccessToken, "openid", "{}", json!({"text": "\u{1}".repeat(500)}));
    assert_eq!(released.as_object().unwrap().len(), 2);
    assert!(released.to_string().len() < 8 * 1024);
}

#[test]
fn reasons_are_told() {
    let rules = json!([
        {"claim": "groups", "match": "app-*", "strip": "app-", "multiple": true, "scope": "groups", "in": ["id_token"], "required": true},
        {"claim": "roles", "attribute": "groups", "match": "none-*"},
        {"claim": "display", "template": "{givenname} {surname}"},
        {"claim": "level", "type": "number"},
        {"claim": "huge"},
        {"claim": "phone_number", "in": []},
    ]);
    let ada = person(
        json!({"groups": ["staff", "app-a"], "givenname": "Ada", "level": "high", "email": "e", "huge": "x".repeat(20_000)}),
    );
    let (scopes, named) = (Scopes::parse("openid profile").unwrap(), ClaimsRequest::default());
    let ask = Granted { scopes: &scopes, named: &named, allowed: &scopes };
    let mapping = compiled(rules).unwrap();
    let explained = mapping.explain(&ask, &ada);
    let of = |claim: &str| explained.iter().find(|line| line.claim == claim).unwrap();
    let why = |claim: &str, at: usize| of(claim).to[at].1.as_ref().err().map(ToString::to_string);
    let groups = of("groups");
    assert_eq!((groups.rule.as_str(), &groups.value, &groups.left_out), ("rule 1", &Ok(json!(["a"])), &vec!["staff".to_owned()]));
    assert_eq!((groups.attributes.as_slice(), groups.required), (&["groups".to_owned()][..], true));
    assert_eq!(why("groups", 0).as_deref(), Some("the scope groups is not granted"));
    assert_eq!(why("groups", 1).as_deref(), Some("it does not go there"));
    assert_eq!(why("roles", 1).as_deref(), Some("no value passes the filter"));
    assert_eq!(why("display", 1).as_deref(), Some("the person has no value in surname"));
    assert_eq!(why("level", 1).as_deref(), Some("no value has the form of its type"));
    assert_eq!(why("huge", 1).as_deref(), Some("the value is too long"));
    assert_eq!(why("phone_number", 1).as_deref(), Some("its rule lets it go nowhere"));
    assert_eq!(why("email", 1).as_deref(), Some("the scope email is not granted"));
    assert_eq!((why("preferred_username", 1), of("preferred_username").attributes[0].as_str()), (None, "username"));
    let all = Scopes::parse("openid groups").unwrap();
    assert_eq!(mapping.unmet(&all, &ada), None);
    assert_eq!(mapping.unmet(&all, &person(json!({"groups": "staff"}))), Some("groups"));
    assert_eq!(mapping.unmet(&scopes, &person(json!({}))), None, "its scope is not granted");
}

/// Rules as somebody might write them, right or wrong.
fn rules() -> impl Strategy<Value = Value> {
    let claim = prop_oneof![
        Just("groups".to_owned()),
        Just("email".to_owned()),
        Just("address".to_owned()),
        proptest::sample::select(vec!["sub", "iss", "aud", "exp", "nonce", "sid", "cnf"]).prop_map(str::to_owned),
        "[a-z]{1,4}"
    ];
    let text = prop_oneof![Just("groups".to_owned()), "[a-z{}*:|]{0,8}"];
    let member = prop_oneof![
        text.clone().prop_map(|t| json!({ "attribute": t })),
        text.clone().prop_map(|t| json!({ "template": t })),
        text.clone().prop_map(|t| json!({ "match": t, "strip": t.split('*').next() })),
        Just(json!({"constant": "c"})),
        Just(json!({"multiple": true})),
        Just(json!({"in": ["id_token", "access_token"]})),
        Just(json!({"type": "number"})),
        Just(json!({"scope": "groups"})),
    ];
    let rule = (claim, prop::collection::vec(member, 0..3)).prop_map(|(claim, members)| {
        let mut rule = Map::from_iter([("claim".to_owned(), json!(claim))]);
        members.into_iter().for_each(|member| rule.extend(member.as_object().cloned().unwrap_or_default()));
        Value::Object(rule)
    });
    prop::collection::vec(rule, 0..4).prop_map(Value::from)
}

proptest! {
    #[test]
    fn whatever_the_rules_say(rules in rules(), groups in prop::collection::vec("\\PC{0,10}", 0..4), scopes in "(openid)?( groups)?( email)?") {
        let Ok(mapping) = compiled(rules) else { return Ok(()) };
        let (scopes, named) = (Scopes::parse(&scopes).unwrap(), ClaimsRequest::default());
        let ask = Granted { scopes: &scopes, named: &named, allowed: &scopes };
        let ada = person(json!({"groups": groups, "email": "e@example.org"}));
        let explained = mapping.explain(&ask, &ada);
        for (at, to) in Destination::ALL.into_iter().enumerate() {
            let released = mapping.release(to, &ask, &ada);
            prop_assert!(released.keys().all(|claim| !is_reserved(claim)));
            // What is explained is what is released, no more and no less.
            let said: Map<String, Value> = explained
                .iter()
                .filter(|line| line.to[at].1.is_ok())
                .map(|line| (line.claim.clone(), line.value.clone().unwrap()))
                .collect();
            prop_assert_eq!(&said, &released);
            for line in &explained {
                prop_assert!(!released.contains_key(&line.claim) || scopes.contains(&line.scope));
            }
        }
    }
}
