//! Filters of values, such as the groups that an application may know: patterns with `*`, and a prefix that is taken off.

/// Most patterns of one filter.
const MOST: usize = 50;
/// Longest pattern.
const MOST_BYTES: usize = 255;

/// A pattern, split at `*`, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern(Vec<String>);

impl Pattern {
    fn matches(&self, text: &str) -> bool {
        let [first, middle @ .., last] = &self.0[..] else {
            return self.0.first().is_some_and(|only| only == text);
        };
        let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
        for part in middle {
            match rest.find(part.as_str()) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(last.as_str())
    }
}

/// Which values pass, and what is left of them. ASCII letters are compared whatever their case, as directories do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Filter {
    patterns: Vec<Pattern>,
    strip: String,
}

impl Filter {
    /// Reads patterns and the prefix to take off.
    ///
    /// # Errors
    /// Says what is wrong. A prefix is taken off only where every pattern demands it: otherwise a value without the prefix would
    /// look like one that had it.
    pub(super) fn read(patterns: &[String], strip: &str) -> Result<Self, String> {
        if patterns.len() > MOST || patterns.iter().any(|pattern| pattern.is_empty() || pattern.len() > MOST_BYTES) {
            return Err(format!("`match` has at most {MOST} patterns of 1 to {MOST_BYTES} bytes"));
        }
        let demands = |pattern: &String| pattern.get(..strip.len()).is_some_and(|start| start.eq_ignore_ascii_case(strip));
        if !strip.is_empty() && (patterns.is_empty() || strip.contains('*') || !patterns.iter().all(demands)) {
            return Err("`strip` needs `match`, and every pattern there has to begin with it".to_owned());
        }
        let read = |pattern: &String| Pattern(pattern.to_ascii_lowercase().split('*').map(str::to_owned).collect());
        Ok(Self { patterns: patterns.iter().map(read).collect(), strip: strip.to_owned() })
    }

    /// What passes of a value; `None` when it does not pass, or nothing is left of it.
    pub(super) fn pass<'v>(&self, value: &'v str) -> Option<&'v str> {
        let folded = value.to_ascii_lowercase();
        if !self.patterns.iter().any(|pattern| pattern.matches(&folded)) {
            return None;
        }
        let left = value.get(self.strip.len()..)?;
        (!left.is_empty()).then_some(left)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filter(patterns: &[&str], strip: &str) -> Result<Filter, String> {
        Filter::read(&patterns.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>(), strip)
    }

    #[test]
    fn patterns_and_prefix() {
        let apps = filter(&["app-*"], "app-").unwrap();
        assert_eq!(apps.pass("app-readers"), Some("readers"));
        assert_eq!(apps.pass("APP-Readers"), Some("Readers"));
        for out in ["readers", "my-app-readers", "app-", "app", ""] {
            assert_eq!(apps.pass(out), None, "{out}");
        }
        let several = filter(&["cn=*,ou=apps,*", "staff"], "").unwrap();
        assert_eq!(several.pass("cn=a,ou=apps,dc=x"), Some("cn=a,ou=apps,dc=x"));
        assert_eq!(several.pass("staff"), Some("staff"));
        assert_eq!(several.pass("staffing"), None);
        assert_eq!(filter(&["*"], "").unwrap().pass("\u{e4}\u{df}"), Some("\u{e4}\u{df}"));
    }

    #[test]
    fn a_prefix_is_taken_off_only_where_all_have_it() {
        for (patterns, strip) in
            [(&[][..], "app-"), (&["*"], "app-"), (&["app-*", "admin"], "app-"), (&["app*"], "app*"), (&["ap"], "app")]
        {
            assert!(filter(patterns, strip).is_err(), "{patterns:?} {strip}");
        }
        assert!(filter(&[""], "").is_err() && filter(&[&"x".repeat(256)], "").is_err());
    }

    proptest! {
        #[test]
        fn agrees_with_the_naive_matcher(pattern in "[abA*]{1,6}", text in "[abA]{0,6}") {
            fn naive(pattern: &[u8], text: &[u8]) -> bool {
                match (pattern.split_first(), text.split_first()) {
                    (None, _) => text.is_empty(),
                    (Some((b'*', more)), _) => (0..=text.len()).any(|at| naive(more, &text[at..])),
                    (Some((p, more)), Some((t, left))) => p.eq_ignore_ascii_case(t) && naive(more, left),
                    (Some(_), None) => false,
                }
            }
            let wanted = naive(pattern.as_bytes(), text.as_bytes()) && !text.is_empty();
            prop_assert_eq!(filter(&[&pattern], "").unwrap().pass(&text).is_some(), wanted);
        }

        #[test]
        fn what_passes_had_the_prefix(text in "\\PC{0,12}") {
            let apps = filter(&["app-*", "app-x*y"], "app-").unwrap();
            if let Some(left) = apps.pass(&text) {
                prop_assert!(text.to_ascii_lowercase().starts_with("app-") && text.ends_with(left));
            }
        }
    }
}
