//! What is configured of a federation.

use serde::{Deserialize, Serialize};

use crate::party::client::{ConsentRule, Problem};
use crate::party::source;
use crate::party::sp::{NameFormat, Settings};

/// REFEDS Research and Scholarship.
const RESEARCH: &str = "http://refeds.org/category/research-and-scholarship";
/// REFEDS Data Protection Code of Conduct, version 2.
const CONDUCT: &str = "https://refeds.org/category/code-of-conduct/v2";

/// What service providers of a category are told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// The category; `*` means every service provider.
    pub category: String,
    /// Claims that they are told.
    pub claims: Vec<String>,
    /// Whether of these only what their metadata asks for.
    #[serde(default)]
    pub requested: bool,
}

/// Everything that is configured for a federation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FederationSettings {
    /// Where its metadata is published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata_url: Option<String>,
    /// The certificate of the key that signs it. PEM; several while they roll over.
    pub metadata_certificate: String,
    /// Seconds after which it is fetched again, unless it says that this is to be done sooner.
    pub metadata_refresh: u32,
    /// What the document must call itself (the attribute `Name`), for one key may sign several; `*`: that is not looked at. None: what the
    /// next one calls itself, from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata_name: Option<String>,
    /// Seconds: a document that says it counts for longer than this is refused.
    pub max_validity: u32,
    /// Whether it must say when it expires. Otherwise an old copy could be shown to us for ever.
    pub require_valid_until: bool,
    /// Authorities whose service providers may be used; empty: all.
    pub registrars: Vec<String>,
    /// Authorities whose service providers may not be used.
    pub refused_registrars: Vec<String>,
    /// What service providers are told, by their categories; beyond that nothing.
    pub release: Vec<Release>,
    /// The settings of every service provider of it.
    pub parties: Settings,
}

impl Default for FederationSettings {
    fn default() -> Self {
        let claims = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let research = ["email", "name", "given_name", "family_name", "preferred_username"];
        let conduct = [&research[..], &["groups", "locale", "phone_number"]].concat();
        Self {
            metadata_url: None,
            metadata_certificate: String::new(),
            metadata_refresh: 14_400,
            metadata_name: None,
            max_validity: 7_776_000,
            require_valid_until: true,
            registrars: Vec::new(),
            refused_registrars: Vec::new(),
            release: vec![
                Release { category: RESEARCH.to_owned(), claims: claims(&research), requested: false },
                Release { category: CONDUCT.to_owned(), claims: claims(&conduct), requested: true },
            ],
            parties: Settings { attribute_format: NameFormat::Uri, consent: ConsentRule::Ask, ..Settings::default() },
        }
    }
}

impl FederationSettings {
    /// Whether the document comes from the same place, of the same name, signed by one of the same keys: while keys roll over, older
    /// copies are no less old.
    pub(super) fn has_source_of(&self, other: &Self) -> bool {
        let has_key = source::has_common(&self.metadata_certificate, &other.metadata_certificate);
        has_key && self.metadata_url == other.metadata_url && self.metadata_name == other.metadata_name
    }
}

/// As `metadata_name`: whatever the document calls itself.
pub(super) const ANY_NAME: &str = "*";

/// Whether a document may be expected to call itself so.
pub(super) fn is_name(name: &str) -> bool {
    (1..=1024).contains(&name.len()) && !name.chars().any(char::is_control)
}

/// Everything that is wrong with the settings; empty when they may be stored.
pub(super) fn problems(name: &str, s: &FederationSettings) -> Vec<Problem> {
    let mut found = crate::party::sp::settings_problems(name, &s.parties);
    let mut unless = |good: bool, setting: &'static str, text: &str| {
        if !good {
            found.push(Problem { setting, text: text.to_owned() });
        }
    };
    unless(
        s.metadata_url.as_ref().is_none_or(|url| url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "https" | "http"))),
        "metadata_url",
        "must be an https URL",
    );
    unless((300..=2_592_000).contains(&s.metadata_refresh), "metadata_refresh", "must be 300 to 2592000 seconds");
    unless((3600..=315_360_000).contains(&s.max_validity), "max_validity", "must be 3600 to 315360000 seconds");
    unless(s.metadata_name.as_deref().is_none_or(is_name), "metadata_name", "must be the Name of the document");
    let is_uri = |text: &String| (1..=1024).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    let all = |list: &[String]| list.len() <= 1000 && list.iter().all(is_uri);
    unless(all(&s.registrars), "registrars", "has something that is no authority");
    unless(all(&s.refused_registrars), "refused_registrars", "has something that is no authority");
    unless(
        s.release.len() <= 100 && s.release.iter().all(|rule| is_uri(&rule.category) && rule.claims.len() <= 100),
        "release",
        "has more than 100 entries, or one without a category",
    );
    unless(
        s.parties.metadata_url.is_none() && s.parties.metadata_certificate.is_none(),
        "parties",
        "metadata_url and metadata_certificate belong to the federation",
    );
    if let Err(problem) = source::pinned(&s.metadata_certificate) {
        found.push(Problem {
            setting: "metadata_certificate",
            text: format!("{problem}: the signature of a federation is always checked"),
        });
    }
    found
}
