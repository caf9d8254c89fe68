//! Checks settings before they are stored. Every problem is reported, not only the first.

use std::collections::BTreeSet;

use url::Url;

use super::redirect;
use super::settings::{AuthMethod, Settings};
use crate::assurance::Level;
use crate::claims::Mapping;
use crate::oidc::scope::is_scope;
use crate::oidc::token::GRANT_NAMES;

/// One thing wrong with a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The setting, such as `redirect_uris`.
    pub setting: &'static str,
    /// What is wrong and how to mend it.
    pub text: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.setting, self.text)
    }
}

/// Most entries of any list.
const MOST: usize = 100;

/// Collects problems.
#[derive(Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn add(&mut self, setting: &'static str, text: impl Into<String>) {
        self.0.push(Problem { setting, text: text.into() });
    }

    fn unless(&mut self, good: bool, setting: &'static str, text: &str) {
        if !good {
            self.add(setting, text);
        }
    }
}

/// Checks a client id: what fits into a header, a URL and an index.
pub fn client_id_is_good(client_id: &str) -> bool {
    (1..=191).contains(&client_id.len()) && client_id.bytes().all(|b| b.is_ascii_graphic())
}

/// Everything that is wrong with the settings; empty when they may be stored.
pub fn problems(client_id: &str, settings: &Settings) -> Vec<Problem> {
    let mut found = Problems::default();
    found.unless(client_id_is_good(client_id), "client_id", "must be 1 to 191 visible ASCII characters");
    uris(settings, &mut found);
    grants(settings, &mut found);
    credentials(settings, &mut found);
    words(settings, &mut found);
    lifetimes(settings, &mut found);
    found.0
}

fn uris(s: &Settings, found: &mut Problems) {
    for (setting, list) in [("redirect_uris", &s.redirect_uris), ("post_logout_redirect_uris", &s.post_logout_redirect_uris)] {
        found.unless(list.len() <= MOST, setting, "has more than 100 entries");
        for uri in list {
            if let Err(problem) = redirect::check(uri, s.is_native()) {
                found.add(setting, format!("`{uri}` {problem}"));
            }
        }
        let distinct: BTreeSet<&String> = list.iter().collect();
        found.unless(distinct.len() == list.len(), setting, "names a URI twice");
    }
    let links = [
        ("client_uri", &s.client_uri),
        ("logo_uri", &s.logo_uri),
        ("policy_uri", &s.policy_uri),
        ("tos_uri", &s.tos_uri),
        ("jwks_uri", &s.jwks_uri),
    ];
    for (setting, link) in links {
        if let Some(link) = link {
            let good =
                link.len() <= 2000 && Url::parse(link).is_ok_and(|u| matches!(u.scheme(), "https" | "http") && u.has_host());
            found.unless(good, setting, "must be an absolute http or https URL");
        }
    }
}

fn grants(s: &Settings, found: &mut Problems) {
    for name in &s.grant_types {
        found.unless(GRANT_NAMES.contains(&name.as_str()), "grant_types", &format!("`{name}` is not supported"));
    }
    for name in &s.response_types {
        found.unless(name == "code", "response_types", &format!("`{name}` is not supported; only `code` is"));
    }
    let has = |name: &str| s.grant_types.iter().any(|g| g == name);
    if has("authorization_code") {
        found.unless(!s.redirect_uris.is_empty(), "redirect_uris", "must not be empty with the grant authorization_code");
        found.unless(!s.response_types.is_empty(), "response_types", "must contain `code` with the grant authorization_code");
    } else {
        found.unless(!has("refresh_token"), "grant_types", "`refresh_token` needs `authorization_code`");
    }
    if has("client_credentials") {
        found.unless(!s.is_public(), "grant_types", "`client_credentials` needs a client that authenticates");
    }
    found.unless(!s.grant_types.is_empty(), "grant_types", "must not be empty");
}

fn credentials(s: &Settings, found: &mut Problems) {
    let by_key = s.token_endpoint_auth_method == AuthMethod::PrivateKeyJwt;
    if by_key {
        found.unless(s.jwks.is_some() != s.jwks_uri.is_some(), "jwks", "give either `jwks` or `jwks_uri` for private_key_jwt");
    }
    if let Some(Err(text)) = s.jwks.as_ref().map(super::jwks::KeySet::read) {
        found.add("jwks", text);
    }
    if let Some(problem) = s.jwks_uri.as_ref().and_then(|uri| redirect::check(uri, false).err()) {
        found.add("jwks_uri", problem.to_string());
    }
}

fn words(s: &Settings, found: &mut Problems) {
    found.unless(s.client_name.chars().count() <= 200, "client_name", "is longer than 200 characters");
    found.unless(!s.client_name.chars().any(char::is_control), "client_name", "contains control characters");
    found.unless(s.scopes.len() <= MOST, "scopes", "has more than 100 entries");
    for scope in &s.scopes {
        found.unless(is_scope(scope), "scopes", &format!("`{scope}` is no scope: visible ASCII without quote and backslash"));
    }
    found.unless(s.audiences.len() <= MOST, "audiences", "has more than 100 entries");
    for audience in &s.audiences {
        let good = (1..=500).contains(&audience.len()) && audience.bytes().all(|b| b.is_ascii_graphic());
        found.unless(good, "audiences", "must be 1 to 500 visible ASCII characters each");
    }
    for acr in s.default_acr_values.iter().chain(&s.required_acr) {
        found.unless(Level::of_acr(acr).is_some(), "default_acr_values", &format!("`{acr}` is not a level that we know"));
    }
    if let Some(accent) = &s.appearance.accent {
        let good = accent.len() == 7 && accent.starts_with('#') && accent[1..].bytes().all(|b| b.is_ascii_hexdigit());
        found.unless(good, "appearance.accent", "must be a colour such as #3050a0");
    }
    for problem in Mapping::compile(&s.claims, &s.claim_attributes, &s.scopes).err().unwrap_or_default() {
        found.add("claims", problem);
    }
}

fn lifetimes(s: &Settings, found: &mut Problems) {
    let bounds = [
        ("access_token_lifetime", s.access_token_lifetime, 86_400),
        ("id_token_lifetime", s.id_token_lifetime, 86_400),
        ("refresh_token_idle", s.refresh_token_idle, 366 * 86_400),
        ("refresh_token_lifetime", s.refresh_token_lifetime, 10 * 366 * 86_400),
    ];
    for (setting, seconds, most) in bounds {
        found.unless((10..=most).contains(&seconds), setting, &format!("must be 10 to {most} seconds"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_reported() {
        let bad = Settings {
            redirect_uris: vec!["http://rp.example/cb".to_owned(), "https://rp.example/#x".to_owned()],
            grant_types: vec!["authorization_code".to_owned(), "password".to_owned(), "client_credentials".to_owned()],
            token_endpoint_auth_method: AuthMethod::None,
            access_token_lifetime: 0,
            scopes: vec!["a b".to_owned()],
            ..Settings::default()
        };
        let found: Vec<_> = problems("a b", &bad).into_iter().map(|p| p.setting).collect();
        let wanted =
            ["client_id", "redirect_uris", "redirect_uris", "grant_types", "grant_types", "scopes", "access_token_lifetime"];
        assert_eq!(found, wanted);
        let good = Settings { redirect_uris: vec!["https://rp.example/cb".to_owned()], ..Settings::default() };
        assert_eq!(problems("rp", &good), []);
    }

    #[test]
    fn keys_are_wanted_for_assertions() {
        let settings = Settings {
            redirect_uris: vec!["https://rp.example/cb".to_owned()],
            token_endpoint_auth_method: AuthMethod::PrivateKeyJwt,
            ..Settings::default()
        };
        assert_eq!(problems("rp", &settings)[0].setting, "jwks");
    }
}
