//! The list matcher: one rule for the fields action, realm, resolver, user, adminrealm and adminuser.
//!
//! An empty list always matches. Otherwise a value matches when some entry finds it (`*`, the same text, or the entry as an
//! anchored regular expression) and no entry `!text` or `-text` excludes it. A list of exclusions alone matches nothing.

use regex::{Regex, RegexBuilder};

/// A compiled list.
#[derive(Clone, Debug, Default)]
pub(super) struct List {
    fold: bool,
    everything: bool,
    finds: Vec<Pattern>,
    excludes: Vec<String>,
    empty: bool,
}

/// What a list says about a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Hit {
    Yes,
    No,
    /// A pattern that might have matched cannot be used.
    Broken(String),
}

#[derive(Clone, Debug)]
enum Pattern {
    Literal(String),
    /// Letters and dots: as frequent as names of domains, and much cheaper than a regular expression.
    Dots(String),
    /// `prefix` is what every match begins with.
    Regex {
        text: String,
        prefix: String,
        regex: Regex,
    },
    Broken {
        text: String,
        why: String,
    },
}

impl List {
    /// Compiles the entries. With `fold`, case is ignored on both sides.
    pub(super) fn compile(entries: &[String], fold: bool) -> Self {
        let mut list = Self { fold, empty: entries.is_empty(), ..Self::default() };
        for entry in entries {
            let entry = if fold { entry.to_lowercase() } else { entry.clone() };
            match entry.strip_prefix(['!', '-']) {
                Some(rest) => list.excludes.push(rest.to_owned()),
                None if entry == "*" => list.everything = true,
                None => list.finds.push(Pattern::compile(&entry)),
            }
        }
        list
    }

    /// Whether it is empty or `*` alone: true for everybody.
    pub(super) fn is_open(&self) -> bool {
        self.empty || (self.everything && self.excludes.is_empty())
    }

    /// Whether it matches a missing value as well as any: empty.
    pub(super) fn is_empty(&self) -> bool {
        self.empty
    }

    /// The texts that alone can match, when there are no patterns: what an index may be built on.
    pub(super) fn literals(&self) -> Option<Vec<&str>> {
        if self.finds.is_empty() || self.everything {
            return None;
        }
        self.finds.iter().map(|pattern| if let Pattern::Literal(text) = pattern { Some(text.as_str()) } else { None }).collect()
    }

    /// Whether case is ignored.
    pub(super) fn folds(&self) -> bool {
        self.fold
    }

    /// Asks about one value.
    pub(super) fn value(&self, value: &str) -> Hit {
        if self.empty {
            return Hit::Yes;
        }
        if self.fold { self.one(&value.to_lowercase()) } else { self.one(value) }
    }

    fn one(&self, value: &str) -> Hit {
        if self.excludes.iter().any(|excluded| excluded == value) {
            return Hit::No;
        }
        if self.everything {
            return Hit::Yes;
        }
        let mut broken = None;
        for pattern in &self.finds {
            match pattern.hit(value) {
                Hit::Yes => return Hit::Yes,
                Hit::No => {}
                Hit::Broken(why) => broken = Some(why),
            }
        }
        broken.map_or(Hit::No, Hit::Broken)
    }

    /// Asks about several values at once: found when an entry names any of them literally; patterns do not count.
    pub(super) fn any_of(&self, values: &[&str]) -> Hit {
        if self.empty {
            return Hit::Yes;
        }
        let excluded = self.excludes.iter().any(|excluded| values.contains(&excluded.as_str()));
        let found = self.everything || self.finds.iter().any(|pattern| values.contains(&pattern.text()));
        if found && !excluded { Hit::Yes } else { Hit::No }
    }

    /// Whether the value stands in the list as it is, or the list is open to all; patterns do not count.
    pub(super) fn names(&self, value: &str) -> bool {
        let folded;
        let value = if self.fold {
            folded = value.to_lowercase();
            folded.as_str()
        } else {
            value
        };
        self.any_of(&[value]) == Hit::Yes
    }

    /// Patterns that cannot be used, with the reason.
    pub(super) fn broken(&self) -> impl Iterator<Item = (&str, &str)> {
        self.finds.iter().filter_map(|pattern| match pattern {
            Pattern::Broken { text, why } => Some((text.as_str(), why.as_str())),
            _ => None,
        })
    }
}

impl Pattern {
    fn compile(entry: &str) -> Self {
        const META: &[char] = &['\\', '.', '+', '*', '?', '(', ')', '|', '[', ']', '{', '}', '^', '$'];
        let text = entry.to_owned();
        if !entry.contains(META) {
            return Self::Literal(text);
        }
        if !entry.contains(&META[2..]) && !entry.contains('\\') {
            return Self::Dots(text);
        }
        match anchored(entry) {
            Ok(regex) => Self::Regex { prefix: prefix(entry, META), text, regex },
            Err(why) => Self::Broken { text, why },
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Literal(text) | Self::Dots(text) | Self::Regex { text, .. } | Self::Broken { text, .. } => text,
        }
    }

    fn hit(&self, value: &str) -> Hit {
        let yes = match self {
            Self::Literal(text) => text == value,
            Self::Dots(text) => dots(text, value),
            Self::Regex { text, prefix, regex } => text == value || (value.starts_with(prefix) && regex.is_match(value)),
            Self::Broken { text, why } => {
                return if text == value { Hit::Yes } else { Hit::Broken(format!("`{text}`: {why}")) };
            }
        };
        if yes { Hit::Yes } else { Hit::No }
    }
}

/// A dot matches any character but a line feed.
fn dots(pattern: &str, value: &str) -> bool {
    let mut value = value.chars();
    pattern.chars().all(|p| value.next().is_some_and(|v| if p == '.' { v != '\n' } else { p == v })) && value.next().is_none()
}

/// The characters at the start of a pattern that every match must begin with; empty when that is not plain to see.
fn prefix(entry: &str, meta: &[char]) -> String {
    if entry.contains('|') {
        return String::new();
    }
    let mut chars = entry.char_indices().skip_while(|(_, c)| !meta.contains(c));
    match chars.next() {
        // The character before a quantifier may be missing.
        Some((at, '*' | '?' | '{')) => {
            entry[..at].char_indices().next_back().map(|(last, _)| entry[..last].to_owned()).unwrap_or_default()
        }
        Some((at, _)) => entry[..at].to_owned(),
        None => entry.to_owned(),
    }
}

/// Compiles an expression that must match the whole text. Leading inline flags stay in front.
///
/// # Errors
/// When it is not valid or cannot run in linear time (look-around, back references), with the reason in one line.
pub(super) fn anchored(expression: &str) -> Result<Regex, String> {
    let (flags, rest) = inline_flags(expression);
    RegexBuilder::new(&format!("{flags}^(?:{rest})$")).size_limit(1 << 20).dfa_size_limit(1 << 20).build().map_err(|e| match e {
        regex::Error::CompiledTooBig(_) => "the expression is too big".to_owned(),
        other => other.to_string().lines().last().unwrap_or("not a regular expression").trim().to_owned(),
    })
}

fn inline_flags(expression: &str) -> (&str, &str) {
    if let Some(rest) = expression.strip_prefix("(?")
        && let Some(end) = rest.find(')')
        && rest[..end].bytes().all(|b| b.is_ascii_alphabetic())
        && end > 0
    {
        return expression.split_at(end + 3);
    }
    ("", expression)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[&str]) -> List {
        List::compile(&entries.iter().map(|e| (*e).to_owned()).collect::<Vec<_>>(), false)
    }

    #[test]
    fn rules_of_the_list_matcher() {
        assert_eq!(list(&[]).value("anything"), Hit::Yes);
        assert_eq!(list(&["*"]).value(""), Hit::Yes);
        assert_eq!(list(&["a"]).value("a"), Hit::Yes);
        assert_eq!(list(&["a"]).value("A"), Hit::No);
        assert_eq!(list(&["a"]).value("ab"), Hit::No);
        assert_eq!(list(&["*", "-x"]).value("x"), Hit::No);
        assert_eq!(list(&["-x", "*"]).value("y"), Hit::Yes);
        assert_eq!(list(&["!x"]).value("y"), Hit::No, "exclusions alone match nothing");
        assert_eq!(list(&["*", "!a.*"]).value("ab"), Hit::Yes, "exclusions are no expressions");
        assert_eq!(list(&["h.*"]).value("hans"), Hit::Yes);
        assert_eq!(list(&["h.*"]).value("ahans"), Hit::No);
        assert_eq!(list(&["a|b"]).value("ab"), Hit::No, "both ends are anchored in every alternative");
        assert_eq!(list(&["a.b"]).value("a.b"), Hit::Yes);
        assert_eq!(list(&["a.b"]).value("axb"), Hit::Yes);
        assert_eq!(list(&["a.b"]).value("axxb"), Hit::No);
        assert_eq!(list(&["c++"]).value("c++"), Hit::Yes, "the same text always counts");
        assert_eq!(list(&["colou?r"]).value("color"), Hit::Yes);
        assert_eq!(list(&[".*"]).value(""), Hit::Yes);
        assert_eq!(list(&["a"]).value(""), Hit::No);
        assert_eq!(List::compile(&["HANS".into()], true).value("Hans"), Hit::Yes);
        assert_eq!(list(&["(?i)hans"]).value("HANS"), Hit::Yes);
    }

    #[test]
    fn several_values_match_literally() {
        assert_eq!(list(&["a.*"]).any_of(&["ab"]), Hit::No);
        assert_eq!(list(&["x", "a"]).any_of(&["a", "b"]), Hit::Yes);
        assert_eq!(list(&["a", "-b"]).any_of(&["a", "b"]), Hit::No);
        assert_eq!(list(&["*"]).any_of(&[]), Hit::Yes);
    }

    #[test]
    fn patterns_that_are_not_linear_are_broken_unless_something_else_decides() {
        let look = list(&["(?=x)y", "hans"]);
        assert_eq!(look.value("hans"), Hit::Yes);
        assert!(matches!(look.value("other"), Hit::Broken(_)));
        assert_eq!(list(&["(?=x)y", "-other"]).value("other"), Hit::No);
        assert_eq!(look.broken().count(), 1);
    }

    proptest::proptest! {
        #[test]
        fn quick_paths_agree_with_the_expression(entry in "[ab.?*+|()c]{1,6}", value in "[abc]{0,6}") {
            if let Ok(regex) = regex::Regex::new(&format!("^(?:{entry})$")) && entry != "*" {
                let expected = entry == value || regex.is_match(&value);
                proptest::prop_assert_eq!(list(&[&entry]).value(&value) == Hit::Yes, expected, "{} {}", entry, value);
            }
        }
    }
}
