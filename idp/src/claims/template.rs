//! Templates of claims: text with places for attributes. There is nothing else in this language: no expressions, no loops, and what an
//! attribute holds is never read as a template.
//!
//! ```text
//! {givenname} {surname}      the first values of two attributes, a blank between them
//! {mail|email:lower}         the first of these attributes that has a value, in lower case (or `:upper`)
//! {{ and }}                  the braces themselves
//! ```

use super::facts::Facts;

/// Longest template.
const MOST_BYTES: usize = 1000;
/// Most places of one template.
const MOST_PLACES: usize = 50;

/// What is done with a value before it is put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Case {
    Kept,
    Lower,
    Upper,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Place { attributes: Vec<String>, case: Case },
}

/// A template, read once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template(Vec<Part>);

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// Says what is wrong and where.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.len() > MOST_BYTES {
            return Err(format!("a template has 1 to {MOST_BYTES} bytes"));
        }
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            plain.push_str(before);
            if let Some(after) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
                plain.push_str(&from[..1]);
                rest = after;
                continue;
            }
            let position = text.len() - from.len() + 1;
            let Some(inside) = from.strip_prefix('{') else {
                return Err(format!(
                    "the template has a `}}` without `{{` at byte {position}; write `}}}}` for the brace itself"
                ));
            };
            let Some((place, after)) = inside.split_once('}') else {
                return Err(format!(
                    "the template has a `{{` without `}}` at byte {position}; write `{{{{` for the brace itself"
                ));
            };
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            parts.push(read_place(place)?);
            rest = after;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        match parts.iter().filter(|part| matches!(part, Part::Place { .. })).count() {
            0 => Err("the template names no attribute; use `constant` for a fixed value".to_owned()),
            n if n > MOST_PLACES => Err(format!("the template has more than {MOST_PLACES} places")),
            _ => Ok(Self(parts)),
        }
    }

    /// The template with the values of a person, and the attributes that gave them.
    ///
    /// # Errors
    /// The first place for which no attribute has a value, as it is written.
    pub(super) fn fill<'t>(&'t self, facts: &Facts<'_>) -> Result<(String, Vec<&'t str>), String> {
        let (mut filled, mut used) = (String::new(), Vec::new());
        for part in &self.0 {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Place { attributes, case } => {
                    let found = attributes.iter().find_map(|name| Some((name, facts.texts(name).into_iter().next()?)));
                    let Some((name, value)) = found else { return Err(attributes.join("|")) };
                    used.push(name.as_str());
                    match case {
                        Case::Kept => filled.push_str(&value),
                        Case::Lower => filled.push_str(&value.to_lowercase()),
                        Case::Upper => filled.push_str(&value.to_uppercase()),
                    }
                }
            }
        }
        Ok((filled, used))
    }
}

/// What stands between braces.
fn read_place(place: &str) -> Result<Part, String> {
    let (names, case) = match place.rsplit_once(':') {
        None => (place, Case::Kept),
        Some((names, "lower")) => (names, Case::Lower),
        Some((names, "upper")) => (names, Case::Upper),
        Some((_, other)) => return Err(format!("the template asks for `:{other}`; only `:lower` and `:upper` are possible")),
    };
    let attributes: Vec<String> = names.split('|').map(|name| name.trim().to_owned()).collect();
    if attributes.iter().any(|name| !super::rule::is_attribute(name)) {
        return Err(format!("`{{{place}}}` names no attribute: letters, digits and . _ - ; are possible"));
    }
    Ok(Part::Place { attributes, case })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::claims::facts::tests::person;

    fn filled(template: &str, attributes: serde_json::Value) -> Result<String, String> {
        let person = person(attributes);
        Template::read(template).unwrap().fill(&Facts(&person)).map(|(text, _)| text)
    }

    #[test]
    fn places_are_filled() {
        let ada =
            json!({"givenname": "Ada", "surname": "Lovelace", "mail": "", "email": ["ADA@example.org", "b"], "n": 5, "b": true});
        assert_eq!(filled("{givenname} {surname}", ada.clone()).unwrap(), "Ada Lovelace");
        assert_eq!(filled("{mail|email:lower}", ada.clone()).unwrap(), "ada@example.org");
        assert_eq!(filled("{{{surname:upper}}}", ada.clone()).unwrap(), "{LOVELACE}");
        assert_eq!(filled("{n}{b}/{username}@{realm}", ada.clone()).unwrap(), "5true/ada@default");
        assert_eq!(filled("{givenname} {middle|initial}", ada), Err("middle|initial".to_owned()));
    }

    #[test]
    fn what_a_value_holds_is_text() {
        for hostile in ["{surname}", "{{surname}}", "}", "{", "{%raw%}{{7*7}}", "${jndi:ldap://x}", "<b>{realm}</b>"] {
            assert_eq!(filled("x {nick} y", json!({"nick": hostile, "surname": "secret"})).unwrap(), format!("x {hostile} y"));
        }
    }

    #[test]
    fn mistakes_are_named() {
        for (bad, what) in [
            ("", "1 to 1000"),
            ("plain", "no attribute"),
            ("a {b", "byte 3"),
            ("a }", "byte 3"),
            ("{a} }", "byte 5"),
            ("{}", "names no attribute"),
            ("{a|}", "names no attribute"),
            ("{a b}", "names no attribute"),
            ("{a:title}", ":title"),
            ("{{a}}", "no attribute"),
            ("{a{b}}", "names no attribute"),
            ("{% for x in y %}", "names no attribute"),
            ("{{ config }}", "no attribute"),
        ] {
            let said = Template::read(bad).unwrap_err();
            assert!(said.contains(what), "{bad}: {said}");
        }
        assert!(Template::read(&"{a}".repeat(51)).unwrap_err().contains("50 places"));
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,60}") {
            let _ = Template::read(&text);
        }

        #[test]
        fn text_without_braces_stays(text in "[^{}]{0,40}", value in "\\PC{1,20}") {
            prop_assert_eq!(filled(&format!("{text}{{a}}"), json!({"a": value.clone()})).unwrap(), format!("{text}{value}"));
        }
    }
}
