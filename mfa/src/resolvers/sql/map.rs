//! The map of attributes: a JSON object, or the simple YAML that older configurations have.

use std::collections::BTreeMap;

/// Longest name of an attribute.
const LONGEST: usize = 64;
const MOST: usize = 64;

/// Reads pairs of attribute and column; blank ones are what forms leave behind.
///
/// # Errors
/// Says what is wrong.
pub(super) fn read(text: &str) -> Result<BTreeMap<String, String>, String> {
    let text = text.trim();
    let pairs = match serde_json::from_str::<BTreeMap<String, String>>(text) {
        Ok(map) => map.into_iter().collect(),
        Err(e) => yaml(text).ok_or_else(|| format!("a JSON object of texts is expected: {e}"))?,
    };
    let mut map = BTreeMap::new();
    for (ours, theirs) in pairs {
        let (ours, theirs) = (ours.trim(), theirs.trim());
        if theirs.is_empty() {
            continue;
        }
        if ours.is_empty() || ours.len() > LONGEST || ours.chars().any(char::is_control) {
            return Err(format!("`{ours}` is no name of an attribute"));
        }
        if map.insert(ours.to_owned(), theirs.to_owned()).is_some() {
            return Err(format!("{ours} is there twice"));
        }
    }
    if map.len() > MOST {
        return Err(format!("more than {MOST} attributes"));
    }
    Ok(map)
}

/// `{a: b, c: "d"}`, or a line `a: b` for each.
fn yaml(text: &str) -> Option<Vec<(String, String)>> {
    let parts: Vec<&str> = match text.strip_prefix('{') {
        Some(rest) => rest.strip_suffix('}')?.split(',').collect(),
        None => text.lines().filter(|line| !line.trim_start().starts_with('#')).collect(),
    };
    let pair = |part: &&str| {
        let (ours, theirs) = part.split_once(':')?;
        Some((unquoted(ours).to_owned(), unquoted(theirs).to_owned()))
    };
    parts.iter().filter(|part| !matches!(part.trim(), "" | "---")).map(pair).collect()
}

/// Without quotation marks around it.
pub(super) fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let within = |mark: char| text.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark));
    within('"').or_else(|| within('\'')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_that_configurations_have() {
        let expected =
            [("email", "mail"), ("userid", "id"), ("username", "user name")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        for text in [
            r#"{"userid": "id", "username": "user name", "email": "mail"}"#,
            r#"{ "userid" : "id", "username": "user name", "email": " mail", "phone": "" }"#,
            "{userid: id, username: user name, email: 'mail'}",
            "---\nuserid: id\nusername: \"user name\"\n# comment\nemail: mail\nphone:\n",
        ] {
            assert_eq!(read(text).unwrap(), BTreeMap::from(expected.clone()), "{text}");
        }
        for wrong in ["{", "[1]", "nothing", "{userid: a, userid: b}", "{a: b"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    proptest::proptest! {
        #[test]
        fn reading_never_panics(text in "[{}:,\"'a-c# \n\\\\é-]{0,40}") {
            let _ = read(&text);
        }
    }
}
