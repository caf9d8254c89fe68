use testbed::Slapd;

use super::*;
use crate::people::Attribute;
use crate::resolvers::{Filter, Page};

const ALL: Page = Page { skip: 0, limit: 1_000 };

fn filter(conditions: &[(&str, &str)]) -> Filter {
    Filter { conditions: conditions.iter().map(|(name, pattern)| ((*name).to_owned(), (*pattern).to_owned())).collect() }
}

#[tokio::test]
async fn people_are_found_by_every_kind_of_uid() {
    let slapd = Slapd::start();
    for kind in ["DN", "entryUUID", "objectGUID", "objectSid", "uid", "sAMAccountName"] {
        let ldap = ldap(&slapd, &[("UIDTYPE", kind)]);
        let mut uids = Vec::new();
        for name in ["hans", "eva", "j\u{fc}rg", "odd", "sally"] {
            let entry = login(&ldap, name).await.unwrap_or_else(|| panic!("{kind}: {name}"));
            assert_eq!(entry.login, name);
            assert!(right(&ldap, name, PASSWORD).await, "{kind}: {name}");
            uids.push(entry.uid);
        }
        uids.extend(["nonsense".to_owned(), "*".to_owned(), String::new(), "cn=x,dc=other".to_owned()]);
        let before = slapd.count("SRCH");
        let mut found = ldap.find_many(&uids).await.unwrap();
        assert!(slapd.count("SRCH") - before <= 2, "one search for all of them, and one for the features of the server");
        found.sort_by(|a, b| a.login.cmp(&b.login));
        assert_eq!(logins(&found), ["eva", "hans", "j\u{fc}rg", "odd", "sally"], "{kind}");
        for entry in &found {
            assert!(uids.contains(&entry.uid));
        }
        let before = slapd.count("SRCH");
        ldap.find_many(&uids).await.unwrap();
        assert_eq!(slapd.count("SRCH") - before, 1, "{kind}");
    }
    let guids = ldap(&slapd, &[("UIDTYPE", "objectGUID")]);
    assert_eq!(uid(&guids, "hans").await, "12345678-9abc-def0-8000-000000000001");
    assert_eq!(uid(&ldap(&slapd, &[("UIDTYPE", "objectSid")]), "eva").await, "S-1-5-21-1-2-3-1002");
}

/// A server that cannot compare names is asked once for each parent.
#[tokio::test]
async fn names_are_looked_up_by_their_parents() {
    let slapd = Slapd::start();
    let ldap = ldap(&slapd, &[("UIDTYPE", "DN")]);
    ldap.features.set(super::super::features::Features::default()).unwrap();
    let mut uids = Vec::new();
    for name in ["hans", "odd", "sally"] {
        uids.push(uid(&ldap, name).await);
    }
    uids.push("uid=x,ou=gone,dc=example,dc=org".to_owned());
    let before = slapd.count("SRCH");
    let mut found = ldap.find_many(&uids).await.unwrap();
    found.sort_by(|a, b| a.login.cmp(&b.login));
    assert_eq!(logins(&found), ["hans", "odd", "sally"]);
    assert_eq!(slapd.count("SRCH") - before, 3, "one for each parent");
    // Another way to write a name is the same name, and keeps the way in which it was asked for.
    let other = "UID=Hans, OU=People, DC=example,DC=org".to_owned();
    let found = ldap.find_many(std::slice::from_ref(&other)).await.unwrap();
    assert_eq!((logins(&found), found[0].uid.as_str()), (vec!["hans"], other.as_str()));
}

#[tokio::test]
async fn attributes_are_mapped() {
    let slapd = Slapd::start();
    let map = r#"{"email": "mail", "mobile": "mobile", "phone": "telephoneNumber", "surname": "sn", "sid": "objectSid", "guid": "objectGUID",
        "expires": "accountExpires", "changed": "pwdLastSet", "first_mobile": "mobile"}"#;
    let ldap = ldap(&slapd, &[("USERINFO", map), ("LOGINNAMEATTRIBUTE", "uid, mail, userPrincipalName")]);
    let hans = login(&ldap, "hans").await.unwrap();
    assert_eq!(hans.attributes.get("mobile"), Some(&Attribute::List(vec!["+41 79 111".into(), "+41 79 222".into()])));
    assert_eq!(text(&hans, "first_mobile"), Some("+41 79 111"));
    assert_eq!((text(&hans, "surname"), text(&hans, "phone")), (Some("Muster"), Some("+41 44 111 22 33")));
    assert_eq!(text(&hans, "guid"), Some("12345678-9abc-def0-8000-000000000001"));
    assert_eq!(text(&hans, "sid"), Some("S-1-5-21-1-2-3-1001"));
    assert_eq!(text(&hans, "changed"), Some("2024-01-17T21:20:00Z"));
    assert_eq!(text(&login(&ldap, "sally").await.unwrap(), "expires"), None, "never");
    let ended = login(&ldap, "ended").await.unwrap();
    assert_eq!(text(&ended, "expires"), Some("2019-04-17T18:40:00Z"));
    assert_eq!(text(&login(&ldap, "j\u{fc}rg").await.unwrap(), "surname"), Some("Gr\u{f6}\u{df}er"));
    for other in ["hans@example.org", "HANS@AD.example.org", "Hans"] {
        assert_eq!(login(&ldap, other).await.map(|e| e.login).as_deref(), Some("hans"), "{other}");
    }
    assert_eq!(login(&ldap, "twin@example.org").await, None, "what belongs to two is nobody's");
    assert_eq!(login(&ldap, "twin1").await.map(|e| e.login).as_deref(), Some("twin1"));
}

#[tokio::test]
async fn nothing_that_is_typed_becomes_structure() {
    let slapd = Slapd::start();
    let ldap = ldap(&slapd, &[]);
    let long = "x".repeat(100_000);
    for typed in [
        "*",
        "h*",
        "hans)(uid=*",
        "hans)(|(uid=*",
        "*)(&",
        "hans\\",
        "hans\0",
        "(",
        ")",
        "\\2a",
        "",
        "hans,dc=x",
        "ha\nns",
        &long,
    ] {
        assert_eq!(login(&ldap, typed).await, None, "{typed:?}");
        assert_eq!(ldap.find_many(&[typed.to_owned()]).await.unwrap(), []);
        assert!(!ldap.check_password(typed, &PASSWORD.into()).await.unwrap().ok);
    }
    for pattern in ["hans)(uid=*", "(*", "*)", "\\2a"] {
        let found = ldap.search(&filter(&[("username", pattern)]), ALL, None).await.unwrap();
        assert_eq!(logins(&found), Vec::<&str>::new(), "{pattern}");
    }
}

#[tokio::test]
async fn lists_are_filtered_sorted_and_projected() {
    let slapd = Slapd::start();
    let ldap =
        ldap(&slapd, &[("USERINFO", r#"{"email": "mail", "surname": "sn", "guid": "objectGUID", "expires": "accountExpires"}"#)]);
    let found = async |conditions: &[(&str, &str)]| {
        let found = ldap.search(&filter(conditions), ALL, None).await.unwrap();
        found.into_iter().map(|entry| entry.login).collect::<Vec<_>>()
    };
    assert_eq!(found(&[("username", "HAN*")]).await, ["hans"]);
    assert_eq!(found(&[("username", "*a*"), ("surname", "*e*")]).await, ["disabled", "eva", "hans", "sally"]);
    assert_eq!(found(&[("username", "*"), ("email", "twin@example.org")]).await, ["twin1", "twin2"]);
    assert_eq!(found(&[("guid", "12345678-9ABC-def0-8000-000000000001")]).await, ["hans"]);
    assert_eq!(found(&[("guid", "12345678-9abc*"), ("username", "hans")]).await, ["hans"]);
    assert_eq!(found(&[("expires", "2019*")]).await, ["ended"]);
    assert_eq!(found(&[("email", ""), ("username", "hans")]).await, Vec::<String>::new());
    let hans = uid(&ldap, "hans").await;
    assert_eq!(found(&[("userid", &hans)]).await, ["hans"]);
    assert!(matches!(ldap.search(&filter(&[("shoesize", "4")]), ALL, None).await, Err(ResolverError::Refused(_))));
    let everybody = ldap.search(&Filter::default(), ALL, None).await.unwrap();
    let mut sorted = everybody.clone();
    sorted.sort_by_key(|entry| entry.login.to_lowercase());
    assert_eq!(everybody, sorted);
    let page = ldap.search(&Filter::default(), Page { skip: 2, limit: 3 }, Some(&["email".to_owned()])).await.unwrap();
    assert_eq!(logins(&page), logins(&everybody[2..5]));
    assert!(page.iter().all(|entry| entry.attributes.keys().eq(["email"])));
    let asked = slapd.log();
    let asked = asked.lines().rev().find(|line| line.contains("SRCH attr=")).unwrap();
    assert!(asked.contains("mail") && !asked.contains(" sn") && !asked.contains("telephoneNumber"), "{asked}");
}

#[tokio::test]
async fn scopes_and_sizes() {
    let many: String = (0..250)
        .map(|n| format!("dn: uid=u{n:03},ou=people,{BASE}\nobjectClass: inetOrgPerson\nuid: u{n:03}\ncn: x\nsn: x\n\n"))
        .collect();
    let entries = format!("{}\n{many}", testbed::Options::default().entries);
    let slapd = Slapd::start_with(&testbed::Options { entries, ..testbed::Options::default() });
    let count = async |params: &[(&str, &str)]| ldap(&slapd, params).search(&Filter::default(), ALL, None).await.unwrap().len();
    let all = count(&[]).await;
    assert!(all > 260, "{all}");
    assert_eq!(count(&[("SIZELIMIT", "120")]).await, 120);
    assert_eq!(count(&[("SIZELIMIT", "7")]).await, 7);
    assert_eq!(count(&[("SCOPE", "LEVEL")]).await, 0);
    assert_eq!(count(&[("SCOPE", "LEVEL"), ("LDAPBASE", "ou=sales,dc=example,dc=org")]).await, 1);
    assert_eq!(count(&[("SCOPE", "BASE"), ("LDAPBASE", "uid=sally,ou=sales,dc=example,dc=org")]).await, 1);
    let level = ldap(&slapd, &[("SCOPE", "LEVEL"), ("LDAPBASE", "ou=sales,dc=example,dc=org"), ("UIDTYPE", "DN")]);
    let uids = ["uid=sally,ou=sales,dc=example,dc=org", "uid=hans,ou=people,dc=example,dc=org", "ou=sales,dc=example,dc=org"];
    let found = level.find_many(&uids.map(str::to_owned)).await.unwrap();
    assert_eq!(logins(&found), ["sally"], "a uid outside of the scope is nobody's");
    assert!(!level.check_password(uids[1], &PASSWORD.into()).await.unwrap().ok);
    let limited = ldap(&slapd, &[]);
    let uids: Vec<String> = limited.search(&Filter::default(), ALL, None).await.unwrap().into_iter().map(|e| e.uid).collect();
    let before = slapd.count("SRCH");
    assert_eq!(limited.find_many(&uids).await.unwrap().len(), all);
    assert_eq!(slapd.count("SRCH") - before, 1, "one search, however many they are");
}

/// A server that gives fewer entries than there are hides nobody.
#[tokio::test]
async fn servers_that_cut_answers_short_hide_nobody() {
    let config = "limits dn.exact=\"cn=service,dc=example,dc=org\" size.hard=3 size.prtotal=3 size.pr=3".to_owned();
    let slapd = Slapd::start_with(&testbed::Options { config, ..testbed::Options::default() });
    for kind in ["entryUUID", "DN"] {
        let generous = build("openldap", &slapd.url(), &[("UIDTYPE", kind), ("AUTHTYPE", "Anonymous")]).unwrap();
        let mut uids: Vec<String> = Vec::new();
        for name in ["hans", "eva", "odd", "sally", "twin1", "twin2", "disabled"] {
            uids.push(uid(&generous, name).await);
        }
        let ldap = ldap(&slapd, &[("UIDTYPE", kind)]);
        assert_eq!(ldap.find_many(&uids).await.unwrap().len(), uids.len(), "{kind}");
        let there = ldap.who_is_there(&[&uids[..], &["nobody".to_owned()]].concat()).await.unwrap();
        assert_eq!(there, uids.iter().cloned().collect(), "{kind}");
    }
}

/// Nothing is said of anybody where the base cannot be seen, or where another server knows more and cannot be asked.
#[tokio::test]
async fn absence_is_certain_or_an_error() {
    let slapd = Slapd::start();
    let gone = ["uid=hans,ou=gone,dc=example,dc=org".to_owned()];
    for features in [true, false] {
        let names = ldap(&slapd, &[("UIDTYPE", "DN")]);
        if !features {
            names.features.set(super::super::features::Features::default()).unwrap();
        }
        assert!(names.who_is_there(&gone).await.unwrap().is_empty());
        let base = ldap(&slapd, &[("UIDTYPE", "DN"), ("LDAPBASE", "ou=gone,dc=example,dc=org")]);
        if !features {
            base.features.set(super::super::features::Features::default()).unwrap();
        }
        assert!(base.who_is_there(&gone).await.is_err(), "{features}");
        assert!(base.find_many(&gone).await.is_err(), "{features}");
    }
    slapd.modify(
        "dn: ou=far,dc=example,dc=org\nchangetype: add\nobjectClass: referral\nobjectClass: extensibleObject\nou: far\n\
         ref: ldap://127.0.0.2:1/ou=far,dc=example,dc=org\n",
    );
    let known = uid(&ldap(&slapd, &[]), "hans").await;
    let unknown = "00000000-0000-4000-8000-000000000000".to_owned();
    let follows = ldap(&slapd, &[("NOREFERRALS", "False")]);
    assert!(follows.who_is_there(std::slice::from_ref(&known)).await.unwrap().contains(&known));
    assert!(follows.who_is_there(&[known.clone(), unknown.clone()]).await.is_err());
    assert!(
        matches!(follows.find_many(std::slice::from_ref(&unknown)).await, Err(ResolverError::Unclear(_))),
        "sessions would end"
    );
    let stays = ldap(&slapd, &[("NOREFERRALS", "True")]);
    assert_eq!(stays.who_is_there(&[known.clone(), unknown]).await.unwrap(), [known].into());
    // Names below what is referred to, where names cannot be compared.
    let below = ["uid=x,ou=far,dc=example,dc=org".to_owned()];
    for (referrals, certain) in [("False", false), ("True", false)] {
        let names = ldap(&slapd, &[("UIDTYPE", "DN"), ("NOREFERRALS", referrals)]);
        names.features.set(super::super::features::Features::default()).unwrap();
        assert_eq!(names.who_is_there(&below).await.is_ok(), certain, "the server has only referred: {referrals}");
    }
    // A name that is written as its encoding cannot be asked for where names cannot be compared.
    let names = ldap(&slapd, &[("UIDTYPE", "DN"), ("NOREFERRALS", "True")]);
    names.features.set(super::super::features::Features::default()).unwrap();
    let encoded = ["uid=#040468616e73,ou=people,dc=example,dc=org".to_owned()];
    assert!(matches!(names.who_is_there(&encoded).await, Err(ResolverError::Unclear(_))));
}

#[tokio::test]
async fn groups_in_groups() {
    let slapd = Slapd::start();
    let groups = |filter: &'static str| {
        [
            ("recursive_group_search", "True"),
            ("group_search_filter", filter),
            ("group_name_attribute", "cn"),
            ("group_attribute_mapping_key", "groups"),
        ]
    };
    let of = async |filter: &'static str, name: &str| {
        let ldap = ldap(&slapd, &groups(filter));
        match login(&ldap, name).await.unwrap().attributes.remove("groups") {
            Some(Attribute::List(names)) => names.join(" "),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(of("(&(objectClass=groupOfNames)(member={dn}))", "hans").await, "admins everyone staff");
    assert_eq!(of("(&(objectClass=groupOfNames)(member={dn}))", "odd").await, "odd");
    assert_eq!(of("(&(objectClass=groupOfNames)(member={dn}))", "sally").await, "");
    assert_eq!(of("(member=uid={username},ou=people,{base_dn})", "hans").await, "staff", "only groups of {{dn}} are followed");
    // By uid too, and not for lists.
    let ldap = ldap(&slapd, &groups("(member={dn})"));
    let hans = uid(&ldap, "hans").await;
    let eva = uid(&ldap, "eva").await;
    assert!(ldap.find_many(std::slice::from_ref(&hans)).await.unwrap()[0].attributes.contains_key("groups"));
    assert!(!ldap.find_many(&[hans, eva]).await.unwrap()[0].attributes.contains_key("groups"));
    // Direct ones come as an attribute, from the overlay.
    slapd.modify("dn: cn=late,ou=groups,dc=example,dc=org\nobjectClass: groupOfNames\ncn: late\nmember: uid=hans,ou=people,dc=example,dc=org\n");
    let direct = super::ldap(&slapd, &[("USERINFO", r#"{"groups": "memberOf"}"#), ("MULTIVALUEATTRIBUTES", r#"["groups"]"#)]);
    let hans = login(&direct, "hans").await.unwrap();
    assert_eq!(hans.attributes.get("groups"), Some(&Attribute::List(vec!["cn=late,ou=groups,dc=example,dc=org".into()])));
}

#[tokio::test]
async fn who_is_barred_is_told() {
    let slapd = Slapd::start();
    let ldap = ldap(&slapd, &[]);
    slapd.modify("dn: uid=eva,ou=people,dc=example,dc=org\nchangetype: modify\nadd: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z\n");
    let now = kernel::Clock::system().now();
    for (name, barred) in [
        ("hans", false),
        ("sally", false),
        ("disabled", true),
        ("ended", true),
        ("locked", true),
        ("shadow", true),
        ("eva", true),
    ] {
        assert_eq!(login(&ldap, name).await.unwrap().standing.bars(now), barred, "{name}");
    }
}
