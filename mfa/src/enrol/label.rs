//! Labels of enrolment links: tags are replaced by what is known about token and owner.

use crate::people::Person;

/// What tags stand for.
pub struct Tags<'a> {
    /// The serial.
    pub serial: &'a str,
    /// The owner, if there is one.
    pub person: Option<&'a Person>,
}

impl Tags<'_> {
    fn value(&self, tag: &str) -> Option<String> {
        let text =
            |person: &Person, name: &str| person.attributes.get(name).and_then(|a| a.text()).unwrap_or_default().to_owned();
        let of = |read: &dyn Fn(&Person) -> String| self.person.map(read).unwrap_or_default();
        Some(match tag {
            "serial" | "s" => self.serial.to_owned(),
            "user" | "u" | "username" => of(&|p| p.login.clone()),
            "realm" | "r" | "userrealm" => of(&|p| p.realm.clone()),
            "givenname" => of(&|p| text(p, "givenname")),
            "surname" => of(&|p| text(p, "surname")),
            _ => return None,
        })
    }

    /// Replaces `{serial}`, `{user}`, `{realm}`, `{givenname}`, `{surname}` and the short forms `<s>`, `<u>`, `<r>`. An unknown
    /// tag stays as it is.
    pub fn replace(&self, template: &str) -> String {
        let mut out = String::with_capacity(template.len() + 16);
        let mut rest = template;
        while let Some(start) = rest.find(['{', '<']) {
            let close = if rest[start..].starts_with('{') { '}' } else { '>' };
            let tag = rest[start + 1..].find(close).map(|len| &rest[start + 1..start + 1 + len]);
            let known = tag.and_then(|tag| Some((tag, self.value(tag)?)));
            out.push_str(&rest[..start]);
            match known {
                Some((tag, value)) => {
                    out.push_str(&value);
                    rest = &rest[start + tag.len() + 2..];
                }
                None => {
                    out.push_str(&rest[start..=start]);
                    rest = &rest[start + 1..];
                }
            }
        }
        out.push_str(rest);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_replaced() {
        let tags = Tags { serial: "TOTP01", person: None };
        assert_eq!(tags.replace("<s>"), "TOTP01");
        assert_eq!(tags.replace("a {serial} b <s>{user}{x} < {"), "a TOTP01 b TOTP01{x} < {");
        assert_eq!(tags.replace("{ö<s>"), "{öTOTP01");
    }
}
