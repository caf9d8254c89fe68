//! Compiling and indexing must not change the meaning: random policies and facts, against a matcher written as plainly as
//! the rules read.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::actions::rights;
use super::tests::registry;
use super::*;

fn found(list: &[String], value: &str) -> bool {
    if list.is_empty() {
        return true;
    }
    let found = list.iter().any(|entry| {
        entry == "*"
            || entry == value
            || (!entry.starts_with(['!', '-']) && regex::Regex::new(&format!("^(?:{entry})$")).unwrap().is_match(value))
    });
    let excluded = list.iter().any(|entry| entry.starts_with(['!', '-']) && &entry[1..] == value);
    found && !excluded
}

fn found_any(list: &[String], values: &[&String]) -> bool {
    let found = list.is_empty() || list.iter().any(|entry| entry == "*" || values.contains(&entry));
    let excluded = list.iter().any(|entry| entry.starts_with(['!', '-']) && values.iter().any(|v| entry[1..] == ***v));
    found && !excluded
}

fn grants(def: &Definition, action: &str) -> bool {
    let names: Vec<&str> = def.action.0.keys().map(String::as_str).collect();
    let excluded = names.iter().any(|n| n.starts_with(['!', '-']) && &n[1..] == action);
    !excluded && (names.contains(&"*") || names.contains(&action))
}

/// The pipeline for scope admin, a right, and the fields that the generator fills.
fn matches(def: &Definition, action: &str, facts: &Facts) -> bool {
    let fold =
        |list: &[String]| if def.user_case_insensitive { list.iter().map(|e| e.to_lowercase()).collect() } else { list.to_vec() };
    let folded = |value: &str| if def.user_case_insensitive { value.to_lowercase() } else { value.to_owned() };
    let mut holds = def.active && def.scope == "admin" && grants(def, action);
    match (&facts.token_realms, &facts.realm) {
        (Some(token_realms), realm) => {
            holds &= found_any(&def.realm, &token_realms.iter().chain(realm).collect::<Vec<_>>());
        }
        (None, Some(realm)) => holds &= found(&def.realm, realm),
        (None, None) => {}
    }
    if let Some(admin) = &facts.admin {
        holds &= found(&def.adminrealm, &admin.realm) && found(&fold(&def.adminuser), &folded(&admin.name));
    }
    if let Some(login) = &facts.login {
        let users = fold(&def.user);
        holds &= found(&users, &folded(login));
        let open = users.is_empty() || (users.iter().any(|u| u == "*") && !users.iter().any(|u| u.starts_with(['!', '-'])));
        if facts.token_realms.as_ref().is_some_and(|r| r.len() > 1) && !open {
            holds &= found_any(&users, &[&folded(login)]);
            holds &= found_any(&def.realm, &[&facts.realm.clone().unwrap_or_default()]);
        }
    }
    if let Some(resolver) = &facts.resolver {
        holds &= found(&def.resolver, resolver);
    }
    holds
}

fn entries() -> impl Strategy<Value = Vec<String>> {
    vec(prop_oneof![3 => "[ab]{1,2}", 1 => Just("*".to_owned()), 1 => "[!-][ab]{1,2}", 1 => "[ab]\\.[*]?", 1 => "a\\|b"], 0..3)
}

fn names() -> impl Strategy<Value = Vec<String>> {
    vec(prop_oneof![3 => "[aAbB]{1,2}", 1 => Just("*".to_owned()), 1 => "[!-][aAbB]{1,2}", 1 => "[ab]\\.[*]?"], 0..3)
}

prop_compose! {
    fn definition()(
        active in prop::bool::weighted(0.9),
        scope in prop_oneof![5 => Just("admin"), 1 => Just("user")],
        priority in 1_u32..4,
        action in prop_oneof![Just("delete"), Just("*"), Just("*, -delete"), Just("enable"), Just("delete, enable"), Just("!delete")],
        (realm, resolver, adminrealm) in (entries(), entries(), entries()),
        (user, adminuser, fold) in (names(), names(), any::<bool>()),
    ) -> Definition {
        Definition {
            scope: scope.to_owned(), active, priority, action: parse_actions(action).unwrap(),
            realm, resolver, adminrealm, user, adminuser, user_case_insensitive: fold, ..Definition::default()
        }
    }
}

prop_compose! {
    fn asked()(
        realm in option::of("[ab]{0,2}"),
        resolver in option::of("[ab]{0,2}"),
        login in option::of("[aAb]{0,2}"),
        token_realms in option::weighted(0.3, vec("[ab]{1,2}", 0..3)),
        admin in ("[ab]{0,2}", "[aAb]{1,2}"),
    ) -> Facts {
        Facts { realm, resolver, login, token_realms, admin: Some(AdminFacts { realm: admin.0, name: admin.1 }), ..Facts::default() }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(db::testing::cases(500, 2000)))]
    #[test]
    fn the_compiled_set_means_what_the_rules_say(defs in vec(definition(), 0..8), facts in asked()) {
        let defs: Vec<Arc<Definition>> = defs
            .into_iter()
            .enumerate()
            .map(|(n, def)| Arc::new(Definition { name: format!("p{n}"), ..def }))
            .collect();
        let set = PolicySet::compile(defs.clone(), &registry(), Zone::utc());
        let at = set.at(&facts);
        let mut expected: Vec<&Arc<Definition>> = defs.iter().filter(|def| matches(def, "delete", &facts)).collect();
        expected.sort_by_key(|def| (def.priority, def.name.clone()));
        let any_active = defs.iter().any(|def| def.active && def.scope == "admin");
        prop_assert_eq!(at.allowed(&rights::DELETE).unwrap(), !expected.is_empty() || !any_active);
        let names: Vec<String> = expected.iter().map(|def| def.name.clone()).collect();
        prop_assert_eq!(at.policies(), names);
        let explained = set.explain(Scope::Admin, "delete", &facts);
        let told = explained.policies.iter().filter(|p| matches!(p.outcome, Outcome::Applies(_) | Outcome::Outranked(_))).count();
        prop_assert_eq!(told, expected.len());
    }
}
