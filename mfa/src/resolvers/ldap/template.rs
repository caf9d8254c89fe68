//! Names and filters with places for what is known of a person. The text is parsed with its places in it; what fills them is
//! only ever part of a value.

use std::collections::BTreeMap;

use super::dn::{Dn, Rdn};
use super::filter::{Attr, Filter};

/// The rule that follows groups in groups on the server (Active Directory).
const IN_CHAIN: &str = "1.2.840.113556.1.4.1941";

/// The name of new entries: `uid=<username>,ou=people,<basedn>`.
#[derive(Clone, Debug)]
pub(super) struct DnTemplate(Dn);

impl DnTemplate {
    /// Reads a template; `<basedn>` may stand at its end.
    ///
    /// # Errors
    /// Says what is wrong: it is no name, or not below the base.
    pub(super) fn parse(text: &str, base: &Dn) -> Result<Self, String> {
        let tag = "<basedn>";
        let cut = text.len().checked_sub(tag.len()).filter(|at| text.is_char_boundary(*at));
        let (own, below) = match cut.map(|at| text.split_at(at)) {
            Some((own, end)) if end.eq_ignore_ascii_case(tag) => (own.trim_end().strip_suffix(',').unwrap_or(own), true),
            _ => (text, false),
        };
        let own = Dn::parse(own)?;
        let mut dn = if below { base.clone() } else { Dn::parse("")? };
        for rdn in own.rdns().iter().rev() {
            dn = Dn::child(rdn.clone(), &dn);
        }
        if !dn.within(base) || dn.rdns().len() <= base.rdns().len() {
            return Err("the name of a new entry must be below LDAPBASE".to_owned());
        }
        Ok(Self(dn))
    }

    /// The name for a person; `known` tells what stands at a place.
    ///
    /// # Errors
    /// Names what is missing.
    pub(super) fn fill(&self, known: impl Fn(&str) -> Option<String>) -> Result<Dn, String> {
        let missing = std::cell::RefCell::new(None);
        let value = |name: &str| {
            let found = known(name).filter(|value| !value.is_empty());
            if found.is_none() {
                missing.replace(Some(name.to_owned()));
            }
            found
        };
        let mut dn = Dn::parse("")?;
        for rdn in self.0.rdns().iter().rev() {
            dn = Dn::child(rdn.map_values(|text| fill(text, ('<', '>'), &value)), &dn);
        }
        match missing.into_inner() {
            Some(name) => Err(format!("`{name}` is needed for the name of the entry")),
            None => Ok(dn),
        }
    }
}

/// The filter of a person's groups: `(member={dn})`, `(member=cn={username},{base_dn})`.
#[derive(Clone, Debug)]
pub(super) struct GroupTemplate {
    filter: Filter,
    base: String,
    /// Whether groups of groups are found by asking again with the names of those found.
    pub(super) repeats: bool,
}

impl GroupTemplate {
    /// Reads a template.
    ///
    /// # Errors
    /// When it is no filter.
    pub(super) fn parse(text: &str, base: &Dn) -> Result<Self, String> {
        let filter = Filter::parse(text)?;
        let chain = |rule: &Option<Attr>| rule.as_ref().is_some_and(|rule| rule.is(IN_CHAIN));
        let chained = filter.has(&|f| matches!(f, Filter::Rule { rule, .. } if chain(rule)));
        let by_dn = filter.has(&|f| match f {
            Filter::Value(_, _, value) | Filter::Rule { value, .. } => value.as_slice() == b"{dn}",
            _ => false,
        });
        Ok(Self { filter, base: base.to_string(), repeats: by_dn && !chained })
    }

    /// The filter for a person, or for a group whose own groups are wanted.
    pub(super) fn fill(&self, dn: &str, known: &BTreeMap<String, String>) -> Filter {
        self.filter.map_values(&|text| {
            // A value that is a name itself takes what is filled in as the value of one of its parts.
            let inner = |tag: &str| known.get(tag).cloned();
            let whole = |tag: &str| match tag {
                "dn" => Some(dn.to_owned()),
                "base_dn" => Some(self.base.clone()),
                tag => inner(tag),
            };
            let is_name = text.contains(&b'=');
            match std::str::from_utf8(text).ok().filter(|_| is_name).and_then(|text| named(text, &self.base, &inner)) {
                Some(name) => name.into_bytes(),
                None => fill(text, ('{', '}'), &whole),
            }
        })
    }
}

/// Fills the places of a name; `{base_dn}` may stand at its end.
fn named(text: &str, base: &str, known: &impl Fn(&str) -> Option<String>) -> Option<String> {
    let (own, base) = match text.trim_end().strip_suffix("{base_dn}") {
        Some(own) => (own.trim_end().strip_suffix(',')?, Dn::parse(base).ok()?),
        None => (text, Dn::parse("").ok()?),
    };
    let fill = |rdn: &Rdn| rdn.map_values(|value| fill(value, ('{', '}'), known));
    let own = Dn::parse(own).ok()?;
    Some(own.rdns().iter().rev().fold(base, |dn, rdn| Dn::child(fill(rdn), &dn)).to_string())
}

/// Fills the places of a text. A place that is not known stays as it is.
fn fill(text: &[u8], (open, close): (char, char), known: &impl Fn(&str) -> Option<String>) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(text) else { return text.to_vec() };
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once(open) {
        out.push_str(before);
        let place = after.split_once(close).and_then(|(tag, after)| Some((known(tag)?, after)));
        match place {
            Some((value, after)) => {
                out.push_str(&value);
                rest = after;
            }
            None => {
                out.push(open);
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out.into_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn base() -> Dn {
        Dn::parse("dc=example,dc=org").unwrap()
    }

    #[test]
    fn names_of_new_entries() {
        let person = |name: &str| match name {
            "username" => Some("a,b=c".to_owned()),
            "givenname" => Some("Hans".to_owned()),
            _ => None,
        };
        for (text, expected) in [
            ("uid=<username>,ou=people,<basedn>", Ok("uid=a\\,b\\=c,ou=people,dc=example,dc=org")),
            ("cn=<givenname> (<username>),<BASEDN>", Ok("cn=Hans (a\\,b\\=c),dc=example,dc=org")),
            ("uid=<username>,dc=example,dc=org", Ok("uid=a\\,b\\=c,dc=example,dc=org")),
            ("cn=<surname>,<basedn>", Err("`surname` is needed for the name of the entry".to_owned())),
        ] {
            let filled = DnTemplate::parse(text, &base()).unwrap().fill(person).map(|dn| dn.to_string());
            assert_eq!(filled.as_deref().map_err(Clone::clone), expected, "{text}");
        }
        for text in ["<basedn>", "uid=<username>", "uid=<username>,dc=other", "<username>,<basedn>", "\u{e9}\u{e9}\u{e9}\u{e9}"] {
            assert!(DnTemplate::parse(text, &base()).is_err(), "{text}");
        }
    }

    #[test]
    fn filters_of_groups() {
        let known = BTreeMap::from([("username".to_owned(), "a,b*(c".to_owned())]);
        for (text, expected, repeats) in [
            ("(member={dn})", "(member=uid=x,dc=example,dc=org)", true),
            ("(member:1.2.840.113556.1.4.1941:={dn})", "(member:1.2.840.113556.1.4.1941:=uid=x,dc=example,dc=org)", false),
            ("(member=cn={username},ou=p,{base_dn})", "(member=cn=a\\5c,b\\2a\\28c,ou=p,dc=example,dc=org)", false),
            ("(memberUid={username})", "(memberUid=a,b\\2a\\28c)", false),
            ("(&(cn=*)(x={unknown}))", "(&(cn=*)(x=\\7bunknown\\7d))", false),
        ] {
            let template = GroupTemplate::parse(text, &base()).unwrap();
            assert_eq!(template.fill("uid=x,dc=example,dc=org", &known).to_string(), expected, "{text}");
            assert_eq!(template.repeats, repeats, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_fills_a_name_stays_one_value(login in "[^\0]{1,20}") {
            let filled = DnTemplate::parse("uid=<username>,<basedn>", &base()).unwrap().fill(|_| Some(login.clone())).unwrap();
            let read = Dn::parse(&filled.to_string()).unwrap();
            prop_assert_eq!(read.rdns().len(), 3);
            prop_assert_eq!(read.rdns()[0].pairs()[0].1.text(), Some(login.as_bytes()));
        }

        #[test]
        fn what_fills_a_filter_stays_one_value(login in "(?s).{0,20}") {
            let known = BTreeMap::from([("username".to_owned(), login.clone())]);
            let filled = GroupTemplate::parse("(&(a=b)(uid={username}))", &base()).unwrap().fill("", &known);
            let uid = Attr::new("uid").unwrap();
            let is = matches!(&filled, Filter::And(of) if of[1] == Filter::equal(&uid, login.as_str()));
            prop_assert!(is);
        }
    }
}
