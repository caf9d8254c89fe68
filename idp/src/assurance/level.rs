//! Levels of assurance and their names in protocols.

/// How strongly somebody is known. Ordered: a higher level satisfies a demand for a lower one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// One factor.
    Single,
    /// Two factors of different classes.
    Double,
    /// Two factors of different classes, one of them bound to our origin.
    PhishingResistant,
}

/// Names by which parties ask for a level; the first of each level is the one announced and given when nothing was asked.
static NAMES: &[(&str, Level)] = &[
    ("1", Level::Single),
    ("2", Level::Double),
    ("3", Level::PhishingResistant),
    ("urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified", Level::Single),
    ("urn:oasis:names:tc:SAML:2.0:ac:classes:Password", Level::Single),
    ("urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport", Level::Single),
    ("urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken", Level::Double),
    ("http://schemas.microsoft.com/claims/multipleauthn", Level::Double),
    ("https://refeds.org/profile/sfa", Level::Single),
    ("https://refeds.org/profile/mfa", Level::Double),
    ("http://schemas.openid.net/pape/policies/2007/06/multi-factor", Level::Double),
    ("http://schemas.openid.net/pape/policies/2007/06/phishing-resistant", Level::PhishingResistant),
    ("phr", Level::PhishingResistant),
];

impl Level {
    /// The level that a party means by `acr`, if we know the name.
    pub fn of_acr(acr: &str) -> Option<Self> {
        NAMES.iter().find(|(name, _)| *name == acr).map(|(_, level)| *level)
    }

    /// The name that is given when no particular one was asked for.
    pub const fn acr(self) -> &'static str {
        match self {
            Self::Single => "1",
            Self::Double => "2",
            Self::PhishingResistant => "3",
        }
    }

    /// Every name that we understand, for metadata.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, _)| *name)
    }
}

/// Which levels a party asks for (OIDC Core 3.1.2.1 `acr_values`, 5.5.1.1 the claim; SAML `RequestedAuthnContext`).
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AcrRequest {
    /// Names, most wanted first.
    pub values: Vec<String>,
    /// Whether the sign-in must fail when none of them can be reached.
    pub essential: bool,
}

impl AcrRequest {
    /// The levels asked for, most wanted first; names that we do not know are left out.
    pub fn levels(&self) -> impl Iterator<Item = Level> + '_ {
        self.values.iter().filter_map(|name| Level::of_acr(name))
    }

    /// The name to report for a reached level: of those asked for the strongest that it satisfies, else our own.
    pub fn name_for(&self, reached: Level) -> String {
        let asked = self.values.iter().filter_map(|name| Some((Level::of_acr(name)?, name)));
        // The first of equals: max_by_key would give the last.
        let best = asked.filter(|(level, _)| *level <= reached).reduce(|best, next| if next.0 > best.0 { next } else { best });
        best.map_or_else(|| reached.acr().to_owned(), |(_, name)| name.clone())
    }

    /// Whether a reached level answers the request; always, unless it is essential.
    pub fn is_met(&self, reached: Level) -> bool {
        !self.essential || self.values.is_empty() || self.levels().any(|level| level <= reached)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(values: &[&str], essential: bool) -> AcrRequest {
        AcrRequest { values: values.iter().map(|v| (*v).to_owned()).collect(), essential }
    }

    #[test]
    fn reports_the_strongest_name_that_was_asked_for_and_reached() {
        assert_eq!(asked(&["1", "2"], false).name_for(Level::Double), "2");
        assert_eq!(
            asked(&["https://refeds.org/profile/mfa", "2"], false).name_for(Level::Double),
            "https://refeds.org/profile/mfa"
        );
        assert_eq!(asked(&["2"], false).name_for(Level::Single), "1");
        assert_eq!(asked(&["nonsense"], false).name_for(Level::Double), "2");
    }

    #[test]
    fn essential_requests_bind() {
        assert!(asked(&["2"], false).is_met(Level::Single));
        assert!(!asked(&["2"], true).is_met(Level::Single));
        assert!(asked(&["3", "1"], true).is_met(Level::Single));
        assert!(!asked(&["nonsense"], true).is_met(Level::PhishingResistant));
    }
}
