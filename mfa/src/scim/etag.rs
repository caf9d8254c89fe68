//! Versions of resources as entity tags (RFC 7644 section 3.14; RFC 9110 section 8.8.3). All are weak: they tell apart what was
//! changed, not how it is written.

use super::error::{Kind, ScimError};

/// The tag of a version.
pub fn tag(version: &str) -> String {
    format!("W/\"{version}\"")
}

/// Whether a header with tags names this one (weak comparison), or all with `*`.
pub fn matches(header: &str, tag: &str) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").trim_matches('"').to_owned();
    let own = bare(tag);
    header.split(',').any(|one| one.trim() == "*" || bare(one) == own)
}

/// Goes on only if the resource is still the one that the client has read.
///
/// # Errors
/// [`Kind::Changed`] when it is another.
pub fn demand(if_match: Option<&str>, tag: &str) -> Result<(), ScimError> {
    match if_match {
        Some(header) if !matches(header, tag) => {
            Err(ScimError::new(Kind::Changed, "The resource was changed meanwhile. Please read it again."))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_weakly() {
        let own = tag("7-e");
        for (header, expected) in [
            ("W/\"7-e\"", true),
            ("\"7-e\"", true),
            ("7-e", true),
            ("*", true),
            ("W/\"6-e\", W/\"7-e\"", true),
            ("W/\"7-d\"", false),
            ("", false),
        ] {
            assert_eq!(matches(header, &own), expected, "{header}");
        }
        assert_eq!(demand(None, &own), Ok(()));
        assert_eq!(demand(Some("\"8-e\""), &own).unwrap_err().kind, Kind::Changed);
    }
}
