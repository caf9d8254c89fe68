//! Values that somebody has put into their own entry.

use testbed::{Options, Slapd};

use super::*;
use crate::people::Attribute;
use crate::resolvers::{Filter, Page};

fn entry(uid: &str, lines: &str) -> String {
    format!(
        "dn: uid={uid},ou=people,{BASE}\nobjectClass: inetOrgPerson\nobjectClass: accountLike\nuid: {uid}\ncn: x\nsn: x\nuserPassword: {PASSWORD}\n{lines}\n"
    )
}

fn base64(bytes: &[u8]) -> String {
    data_encoding::BASE64.encode(bytes)
}

#[tokio::test]
async fn large_many_and_strange_values_are_bounded() {
    let mut entries = Options::default().entries + "\n";
    entries += &entry("large", &format!("description: {}\nmail: large@example.org\n", "x".repeat(1 << 20)));
    let many: String = (0..10_000).map(|n| format!("mobile: +41 79 {n:05}\n")).collect();
    entries += &entry("many", &(many + "mail: many@example.org\n"));
    entries += &entry("html", "description: <script>alert(1)</script>\n");
    entries += &entry("nul", &format!("description:: {}\nblob:: {}\n", base64(b"a\0b"), base64(&[0xff, 0, 1])));
    entries += &entry("big-photo", &format!("blob:: {}\n", base64(&vec![0xfe; 3 << 20])));
    entries += &entry("two-names", "uid: alias\n");
    let slapd = Slapd::start_with(&Options { entries, config: "sortvals member".to_owned(), ..Options::default() });
    let map = r#"{"description": "description", "mobile": "mobile", "email": "mail", "blob": "blob"}"#;
    let ldap = ldap(&slapd, &[("USERINFO", map)]);
    let large = login(&ldap, "large").await.unwrap();
    assert_eq!((text(&large, "description"), text(&large, "email")), (None, Some("large@example.org")), "left out, not cut");
    let many = login(&ldap, "many").await.unwrap();
    assert!(matches!(many.attributes.get("mobile"), Some(Attribute::List(list)) if list.len() == 2_000));
    assert_eq!(text(&login(&ldap, "html").await.unwrap(), "description"), Some("<script>alert(1)</script>"));
    let nul = login(&ldap, "nul").await.unwrap();
    assert!(nul.attributes.is_empty(), "{:?}", nul.attributes);
    assert!(login(&ldap, "big-photo").await.unwrap().attributes.is_empty());
    assert!(right(&ldap, "alias", PASSWORD).await);
    let all = ldap.search(&Filter::default(), Page { skip: 0, limit: 1_000 }, None).await.unwrap();
    assert!(all.len() > 20 && all.iter().any(|entry| entry.login == "large"));
}

/// An answer that is larger than any sound one ends the question, not the program.
#[tokio::test]
async fn an_entry_that_is_too_large_is_refused() {
    let blobs: String = (0..3).map(|n| format!("blob:: {}\n", base64(&[&[n], &vec![0xfe; 3 << 20][..]].concat()))).collect();
    let entries = Options::default().entries + "\n" + &entry("huge", &blobs);
    let slapd = Slapd::start_with(&Options { entries, ..Options::default() });
    let ldap = ldap(&slapd, &[("USERINFO", r#"{"blob": "blob"}"#)]);
    assert!(matches!(ldap.find_login("huge").await, Err(ResolverError::Unavailable(_))));
    assert!(login(&ldap, "hans").await.is_some());
    // Who does not ask for it is not concerned.
    assert!(login(&super::ldap(&slapd, &[]), "huge").await.is_some());
}
