//! Filters (RFC 7644, section 3.4.2.2), made of values.

use crate::resolvers::Filter;
use crate::resolvers::web::escape;
use crate::resolvers::web::people::PeopleMap;

/// Uids of one filter, and bytes of it.
const CHUNK: usize = 50;
const LONGEST: usize = 3_000;

/// A comparison; `None` when the path is none that a filter can name.
fn compare(path: &str, operator: &str, value: &str) -> Option<String> {
    Some(format!("{} {operator} \"{}\"", attribute(path)?, escape::json(value)))
}

/// The attribute of a path of ours, without places in lists: `emails.0.value` is `emails.value`.
fn attribute(path: &str) -> Option<String> {
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '-' | '_' | '$' | '[' | ']');
    if path.is_empty() || !path.chars().all(known) || !path.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    // The name of a schema has dots and numbers of its own.
    let (schema, name) = path.rsplit_once(':').map_or(("", path), |(schema, name)| (schema, name));
    let place = |part: &&str| !part.is_empty() && !part.bytes().all(|b| b.is_ascii_digit());
    let name: Vec<&str> = name.split(['.', '[', ']']).filter(place).collect();
    let colon = if schema.is_empty() { "" } else { ":" };
    Some(format!("{schema}{colon}{}", name.join("."))).filter(|_| !name.is_empty() && name.len() <= 2)
}

/// Whether a filter can name what stands at a path of ours.
pub(super) fn names(path: &str) -> bool {
    attribute(path).is_some()
}

/// The one with this login name.
pub(super) fn named(people: &PeopleMap, login: &str) -> Option<String> {
    compare(&people.login, "eq", login)
}

/// Filters for the people with these uids, several in each.
pub(super) fn among(people: &PeopleMap, uids: &[String]) -> Option<Vec<(Vec<String>, String)>> {
    let mut chunks: Vec<(Vec<String>, String)> = Vec::new();
    for uid in uids {
        let one = compare(&people.uid, "eq", uid)?;
        match chunks.last_mut().filter(|(uids, filter)| uids.len() < CHUNK && filter.len() + one.len() < LONGEST) {
            Some((uids, filter)) => {
                filter.push_str(" or ");
                filter.push_str(&one);
                uids.push(uid.clone());
            }
            None => chunks.push((vec![uid.clone()], one)),
        }
    }
    Some(chunks)
}

/// What the server can leave out of a search; it may tell of others than those who are looked for.
pub(super) fn search(people: &PeopleMap, filter: &Filter) -> Option<String> {
    let clauses = filter.conditions.iter().filter_map(|(ours, pattern)| {
        let path = people.theirs(ours)?;
        let piece = pattern.split('*').max_by_key(|piece| piece.len()).filter(|piece| !piece.is_empty())?;
        match (pattern.contains('*'), pattern.starts_with('*'), pattern.ends_with('*')) {
            (false, ..) => compare(path, "eq", pattern),
            (true, false, true) if pattern.len() == piece.len() + 1 => compare(path, "sw", piece),
            (true, true, false) if pattern.len() == piece.len() + 1 => compare(path, "ew", piece),
            _ => compare(path, "co", piece),
        }
    });
    let clauses: Vec<String> = clauses.collect();
    (!clauses.is_empty()).then(|| clauses.join(" and "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people() -> PeopleMap {
        super::super::mapping(
            r#"{"email": "emails.0.value", "department": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "odd": "a b"}"#,
        )
        .unwrap()
    }

    #[test]
    fn values_stay_within_their_strings() {
        assert_eq!(
            named(&people(), r#"a" or id pr or userName eq "\"#).unwrap(),
            r#"userName eq "a\" or id pr or userName eq \"\\""#
        );
        let search =
            |ours: &str, pattern: &str| search(&people(), &Filter { conditions: vec![(ours.to_owned(), pattern.to_owned())] });
        assert_eq!(search("email", "a*").as_deref(), Some(r#"emails.value sw "a""#));
        assert_eq!(search("email", "*a").as_deref(), Some(r#"emails.value ew "a""#));
        assert_eq!(search("email", "*a*b\"c*").as_deref(), Some(r#"emails.value co "b\"c""#));
        assert_eq!(search("username", "hans").as_deref(), Some(r#"userName eq "hans""#));
        assert_eq!(
            search("department", "IT").as_deref(),
            Some(r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "IT""#)
        );
        // Without a value, or with a path that no filter can name, all are looked through.
        for (ours, pattern) in [("odd", "x"), ("email", "*"), ("email", "")] {
            assert_eq!(search(ours, pattern), None, "{ours} {pattern}");
        }
    }

    #[test]
    fn many_uids_are_few_filters() {
        let uids: Vec<String> = (0..120).map(|n| format!("u{n}")).collect();
        let chunks = among(&people(), &uids).unwrap();
        assert_eq!(chunks.iter().map(|(uids, _)| uids.len()).collect::<Vec<_>>(), [50, 50, 20]);
        assert!(chunks[0].1.starts_with(r#"id eq "u0" or id eq "u1" or "#));
        let long: Vec<String> = (0..20).map(|n| format!("{n}{}", "x".repeat(250))).collect();
        assert!(among(&people(), &long).unwrap().iter().all(|(_, filter)| filter.len() < LONGEST + 300));
    }
}
