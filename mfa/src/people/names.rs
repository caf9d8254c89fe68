//! Names as typed.

/// A login name in a realm.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name {
    /// The login name.
    pub login: String,
    /// The realm in lower case; `None` for the default realm.
    pub realm: Option<String>,
}

/// Reads what was typed. With `split`, `login@realm` and `realm\login` name a realm that exists; any other `@` is part of the
/// login. A realm given beside the name wins.
pub(super) fn read(typed: &str, realm: Option<&str>, split: bool, exists: impl Fn(&str) -> bool) -> Name {
    let given = realm.map(|realm| realm.trim().to_lowercase()).filter(|realm| !realm.is_empty());
    let typed = typed.trim();
    let parts = match (typed.rsplit_once('@'), typed.rsplit_once('\\')) {
        (Some((login, realm)), _) => Some((login, realm.to_lowercase())),
        (None, Some((realm, login))) => Some((login, realm.to_lowercase())),
        (None, None) => None,
    };
    match parts.filter(|(login, realm)| split && !login.is_empty() && exists(realm)) {
        Some((login, realm)) => Name { login: login.to_owned(), realm: Some(given.unwrap_or(realm)) },
        None => Name { login: typed.to_owned(), realm: given },
    }
}

#[cfg(test)]
mod tests {

    #[test]
    fn rules_of_splitting() {
        let read = |typed: &str, realm: Option<&str>, split: bool| {
            let name = super::read(typed, realm, split, |realm| realm == "home" || realm == "example.com");
            (name.login, name.realm.unwrap_or_default())
        };
        let is = |login: &str, realm: &str| (login.to_owned(), realm.to_owned());
        assert_eq!(read("hans", None, true), is("hans", ""));
        assert_eq!(read(" hans@HOME ", None, true), is("hans", "home"));
        assert_eq!(read("hans@home", None, false), is("hans@home", ""));
        assert_eq!(read("hans@nowhere", None, true), is("hans@nowhere", ""));
        assert_eq!(read("hans@mail.ch@home", None, true), is("hans@mail.ch", "home"));
        assert_eq!(read("HOME\\hans", None, true), is("hans", "home"));
        assert_eq!(read("nowhere\\hans", None, true), is("nowhere\\hans", ""));
        assert_eq!(read("hans@home", Some("Other"), true), is("hans", "other"));
        assert_eq!(read("hans", Some(" "), true), is("hans", ""));
        assert_eq!(read("@home", None, true), is("@home", ""));
    }
}
