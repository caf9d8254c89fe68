//! Checks settings before they are stored. Every problem is reported, not only the first.

use super::settings::Settings;
use crate::assurance::Level;
use crate::claims::Mapping;
use crate::oidc::scope::is_scope;
use crate::party::client::Problem;

/// Checks the id under which a service provider is managed: what fits into a path and an index.
pub fn id_is_good(id: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    (1..=100).contains(&id.len()) && id.bytes().all(plain) && !id.starts_with('.')
}

/// Everything that is wrong with the settings; empty when they may be stored.
pub(crate) fn problems(id: &str, s: &Settings) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut unless = |good: bool, setting: &'static str, text: &str| {
        if !good {
            found.push(Problem { setting, text: text.to_owned() });
        }
    };
    unless(id_is_good(id), "id", "must be 1 to 100 letters, digits, dots, hyphens or underscores");
    unless(
        s.name.chars().count() <= 200 && !s.name.chars().any(char::is_control),
        "name",
        "must be one line of at most 200 characters",
    );
    unless(
        s.metadata_url.as_ref().is_none_or(|url| url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "https" | "http"))),
        "metadata_url",
        "must be an https URL",
    );
    unless((300..=2_592_000).contains(&s.metadata_refresh), "metadata_refresh", "must be 300 to 2592000 seconds");
    unless(s.required_acr.as_ref().is_none_or(|acr| Level::of_acr(acr).is_some()), "required_acr", "is no level that we know");
    unless((30..=3600).contains(&s.assertion_lifetime), "assertion_lifetime", "must be 30 to 3600 seconds");
    unless(
        s.session_lifetime == 0 || (60..=2_592_000).contains(&s.session_lifetime),
        "session_lifetime",
        "must be 0, or 60 to 2592000 seconds",
    );
    unless(s.clock_skew <= 600, "clock_skew", "must be at most 600 seconds");
    unless(s.scopes.len() <= 50 && s.scopes.iter().all(|scope| is_scope(scope)), "scopes", "has something that is no scope");
    let is_text = |text: &String| (1..=1024).contains(&text.len()) && text.chars().all(crate::saml::xml::write::is_speakable);
    unless(
        s.audiences.len() <= 20 && s.audiences.iter().all(is_text),
        "audiences",
        "has more than 20 entries, or one that is no text",
    );
    let named = |n: &super::settings::AttributeName| is_text(&n.name) && n.friendly_name.as_ref().is_none_or(is_text);
    unless(
        s.attribute_names.len() <= 100 && s.attribute_names.values().all(named),
        "attribute_names",
        "has more than 100 entries, or one that is no name",
    );
    // Everything that is released goes to one place, the assertion.
    unless(
        s.claims.iter().all(|rule| rule.to.as_ref().is_none_or(Vec::is_empty)),
        "claims",
        "`in` can only be left out, or be empty",
    );
    if let Some(Err(problem)) = s.metadata_certificate.as_deref().map(crate::party::source::pinned) {
        found.push(Problem { setting: "metadata_certificate", text: problem.to_string() });
    }
    if let Err(problems) = mapping(s) {
        found.extend(problems.into_iter().map(|text| Problem { setting: "claims", text }));
    }
    found
}

/// What of people goes into assertions, compiled.
///
/// # Errors
/// Everything that is wrong with the rules.
pub(super) fn mapping(s: &Settings) -> Result<Mapping, Vec<String>> {
    Mapping::compile(&s.claims, &std::collections::BTreeMap::new(), &s.scopes)
}
