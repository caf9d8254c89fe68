//! Text with tags in braces, such as `/users/{userid}`: compiled once, filled by type of place.

use std::collections::BTreeMap;

use kernel::SecretText;

use super::escape;

/// Values of tags. Not `Debug`: passwords are among them.
#[derive(Clone, Default)]
pub(in crate::resolvers) struct Values(BTreeMap<String, SecretText>);

impl Values {
    /// These pairs.
    pub(in crate::resolvers) fn of<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut values = Self::default();
        for (name, value) in pairs {
            values.set(name, value);
        }
        values
    }

    /// Sets one.
    pub(in crate::resolvers) fn set(&mut self, name: &str, value: &str) {
        self.0.insert(name.to_owned(), SecretText::new(value));
    }

    /// Both; those of `self` win.
    pub(super) fn over(mut self, below: &Self) -> Self {
        for (name, value) in &below.0 {
            self.0.entry(name.clone()).or_insert_with(|| value.clone());
        }
        self
    }

    /// The value of a tag.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(SecretText::expose)
    }
}

/// In which quotation marks a tag stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quotes {
    None,
    /// `'`: a string of OData.
    Single,
    /// `"`: a string of JSON or SCIM.
    Double,
}

impl Quotes {
    fn escape(self, value: &str) -> String {
        match self {
            Self::None => value.to_owned(),
            Self::Single => escape::odata(value),
            Self::Double => escape::json(value),
        }
    }
}

#[derive(Clone)]
pub(super) enum Part {
    Text(String),
    Tag(String, Quotes),
}

/// Compiled text. Not `Debug`: values that are known already are in it, and a secret may be among them.
#[derive(Clone, Default)]
pub(in crate::resolvers) struct Template(pub(super) Vec<Part>);

impl Template {
    /// Compiles text. What stands in braces is a tag if `is_tag` says so, and otherwise text.
    pub(super) fn read(text: &str, is_tag: impl Fn(&str) -> bool) -> Self {
        let (mut parts, mut plain, mut rest, mut quotes) = (Vec::new(), String::new(), text, Quotes::None);
        while let Some(open) = rest.find('{') {
            let (before, from) = rest.split_at(open);
            let name = from[1..].split_once('}').map(|(name, _)| name).filter(|name| !name.contains('{') && is_tag(name));
            let taken = name.map_or(1, |name| name.len() + 2);
            plain.push_str(before);
            quotes = after(quotes, before);
            match name {
                Some(name) => {
                    if !plain.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut plain)));
                    }
                    parts.push(Part::Tag(name.to_owned(), quotes));
                }
                None => plain.push('{'),
            }
            rest = &from[taken..];
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Self(parts)
    }

    /// Names of its tags.
    pub(super) fn tags(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Tag(name, _) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The tag that it is and nothing else.
    pub(super) fn only_tag(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Part::Tag(name, _)] => Some(name),
            _ => None,
        }
    }

    /// Whether a tag stands in a filter outside of quotation marks, where a value could be anything.
    pub(super) fn bare(&self) -> bool {
        self.only_tag().is_none() && self.0.iter().any(|part| matches!(part, Part::Tag(_, Quotes::None)))
    }

    /// The text with all values in it; values within quotation marks stay there. `None` when one is missing.
    pub(super) fn fill(&self, values: &Values) -> Option<SecretText> {
        let mut out = zeroizing();
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Tag(name, quotes) => out.push_str(&quotes.escape(values.get(name)?)),
            }
        }
        Some(SecretText::new(out))
    }

    /// As part of the path of a URL. `None` when a value is missing or has no place in a path: some servers decode an encoded slash
    /// before they look where it leads.
    pub(super) fn fill_path(&self, values: &Values) -> Option<String> {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(&escape::literal_path(text)),
                Part::Tag(name, quotes) => {
                    let value = values.get(name)?;
                    let stays = !value.is_empty() && value != "." && value != ".." && !value.contains(['/', '\\', '\0']);
                    out.push_str(&escape::percent(&quotes.escape(Some(value).filter(|_| stays)?)));
                }
            }
        }
        Some(out)
    }

    /// Puts in what is known already; the tags that remain are filled later.
    pub(super) fn with(self, fixed: &Values) -> Self {
        let part = |part| match part {
            Part::Tag(name, quotes) => match fixed.get(&name) {
                Some(value) => Part::Text(quotes.escape(value)),
                None => Part::Tag(name, quotes),
            },
            text => text,
        };
        Self(self.0.into_iter().map(part).collect())
    }
}

fn zeroizing() -> String {
    // Long enough that it is not moved while it grows, which would leave copies behind.
    String::with_capacity(2048)
}

/// In which quotation marks the text after this one stands.
fn after(mut quotes: Quotes, text: &str) -> Quotes {
    let mut escaped = false;
    for c in text.chars() {
        match (quotes, c) {
            _ if escaped => escaped = false,
            (Quotes::Double, '\\') => escaped = true,
            (Quotes::None, '\'') => quotes = Quotes::Single,
            (Quotes::None, '"') => quotes = Quotes::Double,
            (Quotes::Single, '\'') | (Quotes::Double, '"') => quotes = Quotes::None,
            _ => {}
        }
    }
    quotes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Template {
        Template::read(text, |name| matches!(name, "userid" | "username"))
    }

    fn filled(text: &str, value: &str) -> Option<String> {
        read(text).fill(&Values::of([("userid", value)])).map(|text| text.expose().to_owned())
    }

    #[test]
    fn tags_take_values_as_they_are_or_within_quotation_marks() {
        assert_eq!(filled("{userid}", "a'b\"").as_deref(), Some("a'b\""));
        assert_eq!(filled("id eq '{userid}' or x", "a' or '1' eq '1").as_deref(), Some("id eq 'a'' or ''1'' eq ''1' or x"));
        assert_eq!(filled("id eq \"{userid}\"", "a\" or id pr").as_deref(), Some("id eq \"a\\\" or id pr\""));
        assert_eq!(filled("{other} {userid", "x").as_deref(), Some("{other} {userid"));
        assert_eq!(filled("{ {userid}", "x").as_deref(), Some("{ x"));
        assert_eq!(filled("{username}", "x"), None);
        assert!(read("id eq {userid}").bare() && !read("id eq '{userid}'").bare() && !read("{userid}").bare());
    }

    #[test]
    fn paths_have_no_way_out() {
        let path = |value: &str| read("/users/{userid}/groups").fill_path(&Values::of([("userid", value)]));
        assert_eq!(path("a?b#c d%2f").as_deref(), Some("/users/a%3Fb%23c%20d%252f/groups"));
        for wrong in ["", ".", "..", "a/b", "..\\x", "a\0"] {
            assert_eq!(path(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn reading_never_panics_and_loses_nothing(text in "[{}a-z'\"\\\\é ]{0,30}") {
            let filled = Template::read(&text, |_| false).fill(&Values::default()).unwrap();
            prop_assert_eq!(filled.expose(), text.as_str());
            let _ = Template::read(&text, |_| true);
        }
    }
}
