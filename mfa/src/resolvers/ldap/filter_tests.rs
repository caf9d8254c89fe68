//! Filters: the text form against a reader that is not ours.

use proptest::prelude::*;

use super::*;

#[test]
fn reads_what_administrators_write() {
    for (text, expected) in [
        ("(uid=hans)", "(uid=hans)"),
        ("uid=hans", "(uid=hans)"),
        ("(&(uid=*)(objectClass=inetOrgPerson))", "(&(uid=*)(objectClass=inetOrgPerson))"),
        // As privacyIDEA's own examples have it.
        ("(sAMAccountName=*)(objectClass=person)", "(&(sAMAccountName=*)(objectClass=person))"),
        (" ( & ( uid=* )\n ( ! (cn=x) ) ) ", "(&(uid=* )(!(cn=x)))"),
        ("(cn=Foo\\2c Bar\\28x\\29)", "(cn=Foo, Bar\\28x\\29)"),
        ("(cn=a*b**c*)", "(cn=a*b*c*)"),
        ("(cn=**)", "(cn=*)"),
        ("(cn=)", "(cn=)"),
        ("(age>=7)", "(age>=7)"),
        ("(sn~=mayer)", "(sn~=mayer)"),
        ("(memberOf:1.2.840.113556.1.4.1941:=cn=a,dc=b)", "(memberOf:1.2.840.113556.1.4.1941:=cn=a,dc=b)"),
        ("(ou:DN:=People)", "(ou:dn:=People)"),
        ("(:dn:2.4.6.8.10:=Dino)", "(:dn:2.4.6.8.10:=Dino)"),
        ("(cn;lang-de=J\u{fc}rg)", "(cn;lang-de=J\\c3\\bcrg)"),
        ("(&)", "(&)"),
    ] {
        assert_eq!(Filter::parse(text).map(|f| f.to_string()).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn refuses_what_is_none() {
    let deep = format!("{}(a=b){}", "(!".repeat(200), ")".repeat(200));
    for text in [
        "",
        "(",
        "()",
        "(uid=hans",
        "(uid=hans))",
        "(uid=hans)x",
        "uid=hans)(cn=*",
        "(uid)",
        "(u_id=x)",
        "(uid=a(b)",
        "(uid=\\zz)",
        "(uid=\\2)",
        "(uid>=a*)",
        "(uid=x\0y)",
        "(01.2=x)",
        "(!(a=b)(c=d))",
        "(:=x)",
        "(a:dn:dnX:=x)",
        "(a:b:c:d:=x)",
        deep.as_str(),
    ] {
        assert!(Filter::parse(text).is_err(), "{text}: {:?}", Filter::parse(text));
    }
    assert!(Filter::parse(&format!("(a={})", "x".repeat(MAX_TEXT))).is_err());
}

#[test]
fn patterns() {
    let cn = Attr::new("cn").unwrap();
    for (pattern, expected) in [
        ("*", "(cn=*)"),
        ("a*", "(cn=a*)"),
        ("*a", "(cn=*a)"),
        ("a(*)b", "(cn=a\\28*\\29b)"),
        ("", "(cn=)"),
        ("a**b", "(cn=a*b)"),
    ] {
        assert_eq!(Filter::pattern(&cn, pattern).to_string(), expected, "{pattern}");
    }
}

fn attr() -> impl Strategy<Value = Attr> {
    "([a-zA-Z][a-zA-Z0-9-]{0,8}|[1-9][0-9]{0,2}(\\.(0|[1-9][0-9]{0,2})){1,4})(;[a-z0-9-]{1,4}){0,2}"
        .prop_map(|text| Attr::new(&text).expect("a description"))
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..12)
}

fn filter() -> impl Strategy<Value = Filter> {
    let compare = prop_oneof![Just(Compare::Equal), Just(Compare::AtLeast), Just(Compare::AtMost), Just(Compare::Alike)];
    let rule = "[1-9](\\.[1-9]){1,4}".prop_map(|text| Attr::new(&text).expect("an identifier"));
    let leaf = prop_oneof![
        attr().prop_map(Filter::Present),
        (attr(), compare, bytes()).prop_map(|(attr, compare, value)| Filter::Value(attr, compare, value)),
        (attr(), proptest::collection::vec(bytes(), 2..5)).prop_map(|(attr, parts)| Filter::parts(attr, parts)),
        (attr(), any::<bool>(), rule, bytes()).prop_map(|(attr, dn, rule, value)| Filter::Rule {
            attr: Some(attr),
            dn,
            rule: Some(rule),
            value
        }),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Filter::And),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Filter::Or),
            inner.prop_map(|f| Filter::Not(Box::new(f))),
        ]
    })
}

/// Tag and contents, as many as there are.
fn elements(mut ber: &[u8]) -> Vec<(u8, &[u8])> {
    let mut out = Vec::new();
    while let Some((&tag, rest)) = ber.split_first() {
        let (&first, rest) = rest.split_first().expect("a length");
        let (len, rest) = match first {
            0..=127 => (usize::from(first), rest),
            more => {
                let (len, rest) = rest.split_at(usize::from(more - 128));
                (len.iter().fold(0, |sum, b| sum << 8 | usize::from(*b)), rest)
            }
        };
        let (body, rest) = rest.split_at(len);
        out.push((tag, body));
        ber = rest;
    }
    out
}

/// Whether the encoding that a foreign reader made of our text says what the filter says.
fn says(ber: (u8, &[u8]), filter: &Filter) -> bool {
    let (tag, body) = ber;
    let inner = || elements(body);
    match filter {
        Filter::And(of) | Filter::Or(of) => {
            let expected = if matches!(filter, Filter::And(_)) { 0xa0 } else { 0xa1 };
            tag == expected && inner().len() == of.len() && inner().into_iter().zip(of).all(|(ber, f)| says(ber, f))
        }
        Filter::Not(of) => tag == 0xa2 && inner().len() == 1 && says(inner()[0], of),
        Filter::Present(attr) => tag == 0x87 && body == attr.as_str().as_bytes(),
        Filter::Value(attr, compare, value) => {
            let expected = match compare {
                Compare::Equal => 0xa3,
                Compare::AtLeast => 0xa5,
                Compare::AtMost => 0xa6,
                Compare::Alike => 0xa8,
            };
            tag == expected && inner() == [(4, attr.as_str().as_bytes()), (4, value.as_slice())]
        }
        Filter::Parts(attr, parts) => {
            let (first, last) = (0, parts.len() - 1);
            let said: Vec<(u8, &[u8])> = parts
                .iter()
                .enumerate()
                .filter(|(_, part)| !part.is_empty())
                .map(|(at, part)| {
                    (
                        if at == first {
                            0x80
                        } else if at == last {
                            0x82
                        } else {
                            0x81
                        },
                        part.as_slice(),
                    )
                })
                .collect();
            tag == 0xa4 && inner()[0] == (4, attr.as_str().as_bytes()) && elements(inner()[1].1) == said
        }
        Filter::Rule { attr, dn, rule, value } => {
            let mut said: Vec<(u8, &[u8])> = Vec::new();
            said.extend(rule.as_ref().map(|rule| (0x81, rule.as_str().as_bytes())));
            said.extend(attr.as_ref().map(|attr| (0x82, attr.as_str().as_bytes())));
            said.push((0x83, value));
            said.extend(dn.then_some((0x84, &[0xff][..])));
            tag == 0xa9 && inner() == said
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(super::super::fuzz::cases(1_000)))]

    /// Whatever the values are, another reader finds the same tree with the same values in our text.
    #[test]
    fn no_value_becomes_structure(filter in filter()) {
        let ber = ldap3_ber(&filter.to_string());
        let read = elements(&ber);
        prop_assert_eq!(read.len(), 1);
        prop_assert!(says(read[0], &filter), "{}", filter);
    }

    #[test]
    fn writing_and_reading_again_changes_nothing(filter in filter()) {
        prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
    }

    #[test]
    fn what_is_typed_stays_a_value(login in "(?s).{0,40}") {
        let uid = Attr::new("uid").expect("a name");
        let filter = Filter::all(vec![Filter::parse("(objectClass=person)").expect("a filter"), Filter::equal(&uid, login.as_str())]);
        let ber = ldap3_ber(&filter.to_string());
        prop_assert!(says(elements(&ber)[0], &filter));
    }

    #[test]
    fn reading_never_panics(text in "[()&|!=*\\\\a-c0-9:;~<> \u{e9}-]{0,60}") {
        if let Ok(filter) = Filter::parse(&text) {
            prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter.clone()));
            prop_assert!(ldap3::parse_filter(filter.to_string()).is_ok());
        }
    }
}

/// What the reader of the LDAP library makes of the text.
fn ldap3_ber(text: &str) -> Vec<u8> {
    use ldap3::asn1::{ASNTag, write};
    let tag = ldap3::parse_filter(text).unwrap_or_else(|()| panic!("not read: {text}"));
    let mut out = bytes::BytesMut::new();
    write::encode_into(&mut out, tag.into_structure()).expect("encoded");
    out.to_vec()
}
