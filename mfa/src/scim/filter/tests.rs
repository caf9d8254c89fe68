use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::scim::error::Kind;
use crate::scim::schema::{GROUP, USER};

const URN: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn dana() -> Object {
    let user = json!({
        "id": "01", "externalId": "Ext-1", "userName": "Dana", "active": true, "title": "",
        "name": { "givenName": "Dana", "familyName": "O'Neil \"D\"" },
        "emails": [
            { "value": "dana@work.example", "type": "work", "primary": true },
            { "value": "dana@home.example", "type": "home" },
        ],
        "meta": { "created": "2026-03-01T12:00:00Z", "lastModified": "2026-03-01T12:00:00.5Z" },
        URN: { "department": "Sales" },
    });
    user.as_object().unwrap().clone()
}

fn parse(text: &str) -> Result<Filter, crate::scim::error::ScimError> {
    Filter::parse(text, Within::Resource(&USER))
}

#[test]
fn every_operator_and_its_precedence() {
    let dana = dana();
    for (text, expected) in [
        ("userName eq \"dana\"", true),
        ("USERNAME EQ \"DANA\"", true),
        ("externalId eq \"ext-1\"", false),
        ("externalId eq \"Ext-1\"", true),
        ("userName ne \"dana\"", false),
        ("nickName ne \"dana\"", true),
        ("userName co \"an\"", true),
        ("userName sw \"da\" and userName ew \"na\"", true),
        ("userName gt \"c\" and userName lt \"e\"", true),
        ("userName ge \"dana\" and userName le \"dana\"", true),
        ("title pr", false),
        ("nickName pr", false),
        ("nickName eq null", true),
        ("emails ne null", true),
        ("emails pr", true),
        ("name.familyName eq \"o'neil \\\"d\\\"\"", true),
        ("name.familyName sw \"O\\u0027N\"", true),
        ("active eq true", true),
        ("active eq \"False\"", false),
        ("active ne false", true),
        ("emails eq \"dana@home.example\"", true),
        ("emails co \"work\"", true),
        ("emails.type eq \"home\"", true),
        ("emails[type eq \"work\" and value co \"@work\"]", true),
        ("emails[type eq \"work\" and value co \"@home\"]", false),
        ("emails[type eq \"home\" and primary eq true]", false),
        ("emails[not (type eq \"work\") and primary pr]", false),
        ("not (userName eq \"dana\")", false),
        ("not (userName eq \"eve\") and active eq true", true),
        // `and` binds closer than `or`.
        ("userName eq \"dana\" or userName eq \"x\" and userName eq \"y\"", true),
        ("(userName eq \"dana\" or userName eq \"x\") and userName eq \"y\"", false),
        ("meta.lastModified gt \"2026-03-01T13:00:00+01:00\"", true),
        ("meta.created eq \"2026-03-01T13:00:00+01:00\"", true),
        ("meta.created lt \"2026-03-01T12:00:00Z\"", false),
        ("meta.created eq \"yesterday\"", false),
        ("urn:ietf:params:scim:schemas:core:2.0:User:userName eq \"dana\"", true),
        ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq \"sales\"", true),
        ("URN:ietf:params:scim:schemas:extension:enterprise:2.0:user:manager.value pr", false),
    ] {
        let filter = parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(filter.admits(&dana), expected, "{text}");
    }
}

#[test]
fn what_is_no_filter_is_refused() {
    for text in [
        "",
        " ",
        "userName",
        "userName eq",
        "userName eq dana",
        "userName eq \"dana",
        "userName is \"dana\"",
        "eq \"dana\"",
        "userName eq \"dana\" and",
        "userName eq \"dana\" userName eq \"x\"",
        "(userName eq \"dana\"",
        "userName eq \"dana\")",
        "not userName eq \"dana\"",
        "emails[type eq \"work\"",
        "emails[type eq \"work\"]]",
        "emails[nothing eq \"work\"]",
        "emails[type[value pr]]",
        "userName[value eq \"x\"]",
        "nothing eq \"x\"",
        "name.nothing pr",
        "name eq \"x\"",
        "userName eq 7",
        "userName gt null",
        "active gt true",
        "active co \"t\"",
        "active eq \"perhaps\"",
        "password eq \"x\"",
        "password pr",
        "userName eq \"\\x\"",
        "userName eq 'dana'",
        "userName eq \"a\" && active pr",
        "urn:ietf:params:scim:schemas:core:2.0:User pr",
        "urn:x:userName pr",
        "userName eq \u{0}",
    ] {
        assert_eq!(parse(text).map(|_| ()).unwrap_err().kind, Kind::InvalidFilter, "{text:?}");
    }
}

#[test]
fn bombs_do_not_go_off() {
    let deep = format!("{}userName pr{}", "(".repeat(500), ")".repeat(500));
    let not = format!("{}userName pr{}", "not (".repeat(300), ")".repeat(300));
    let wide = vec!["id pr"; 400].join(" or ");
    let long = format!("userName eq \"{}\"", "x".repeat(MAX_LENGTH));
    for text in [deep, not, wide, long, "(".repeat(4000), "[".repeat(4000), "a[".repeat(2000), "\"".repeat(4000)] {
        assert!(parse(&text).is_err());
    }
    let fine = format!("{}userName pr{}", "(".repeat(MAX_DEPTH), ")".repeat(MAX_DEPTH));
    assert!(parse(&fine).is_ok());
    assert!(parse(&vec!["id pr"; MAX_TERMS].join(" or ")).is_ok());
}

#[test]
fn other_types_of_resource_have_no_value() {
    let group = |text: &str| Filter::parse(text, Within::AnyResource(&GROUP)).unwrap().admits(&Object::new());
    assert!(!group("userName eq \"x\"") && !group("userName pr") && !group("emails[type eq \"work\"]"));
    assert!(group("userName ne \"x\"") && group("userName eq null") && group("not (userName pr)"));
}

#[test]
fn indexes_are_used_only_where_they_must_hold() {
    let key = |text: &str| parse(text).unwrap().key("userName").map(|key| format!("{key:?}"));
    assert_eq!(key("userName eq \"a\"").as_deref(), Some("Name(\"a\")"));
    assert_eq!(key("active eq true and (externalId eq \"b\")").as_deref(), Some("External(\"b\")"));
    assert_eq!(key("id eq \"c\" and emails[value eq \"x\"]").as_deref(), Some("Id(\"c\")"));
    for none in ["userName eq \"a\" or active pr", "not (userName eq \"a\")", "userName sw \"a\"", "emails[value eq \"id\"]"] {
        assert_eq!(key(none), None, "{none}");
    }
    assert!(parse("groups[value eq \"1\"] or active pr").unwrap().mentions("groups"));
}

fn path() -> impl Strategy<Value = (&'static str, bool)> {
    prop::sample::select(vec![
        ("userName", true),
        ("name.givenName", true),
        ("emails.value", true),
        ("active", false),
        ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", true),
    ])
}

fn term() -> impl Strategy<Value = String> {
    let text = (path(), 0..9usize, "[b-nB-N@. \"\\\\]{0,4}").prop_map(|((name, is_text), op, value)| match is_text {
        true => format!("{name} {} {}", Op::ALL[op].0, serde_json::to_string(&value).unwrap()),
        false => format!("{name} {} {}", Op::ALL[op % 2].0, value.len() > 1),
    });
    prop_oneof![text, path().prop_map(|(name, _)| format!("{name} pr")), Just("emails[type eq \"work\"]".to_owned())]
}

fn filters() -> impl Strategy<Value = String> {
    term().prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(|all| format!("({})", all.join(" and "))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|all| format!("({})", all.join(" or "))),
            inner.prop_map(|one| format!("not ({one})")),
        ]
    })
}

proptest! {
    /// What the grammar allows is read, means the same in other letters and blanks, and its negation is its opposite.
    #[test]
    fn the_grammar_is_read(text in filters()) {
        let filter = parse(&text).unwrap();
        let dana = dana();
        let not = parse(&format!("not ({text})")).unwrap();
        prop_assert_ne!(filter.admits(&dana), not.admits(&dana));
        let spread = text.replace(" and ", "   AND ").replace(" or ", " Or  ").replace(" pr", " PR");
        prop_assert_eq!(&parse(&spread).unwrap(), &filter);
        let both = parse(&format!("{text} and {text}")).unwrap();
        prop_assert_eq!(both.admits(&dana), filter.admits(&dana));
    }

    /// Anything else is refused in order.
    #[test]
    fn nothing_else_does_harm(text in "\\PC{0,60}") {
        if let Ok(filter) = parse(&text) {
            filter.admits(&dana());
        }
    }

    /// Pieces of filters in any order, which get further than random letters.
    #[test]
    fn pieces_do_no_harm(pieces in prop::collection::vec(prop::sample::select(vec![
        "userName", "emails", "emails[", "]", "(", ")", "not", "and", "or", "eq", "pr", "co", "\"x\"", "\"", "\\", "true", "null", "1",
        "-", ".", "type", "value", "urn:", "urn:ietf:params:scim:schemas:core:2.0:User:", "\u{fffd}", "\0",
    ]), 0..40)) {
        for glue in ["", " "] {
            if let Ok(filter) = parse(&pieces.join(glue)) {
                filter.admits(&dana());
            }
        }
    }
}
