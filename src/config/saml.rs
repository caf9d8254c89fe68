//! `[saml]`

use std::time::Duration;

use super::declare::section;
use super::problem::Problems;

const DAY: u64 = 86_400;

section! {
    /// What our SAML metadata tells, and how its keys are replaced.
    Saml = "saml" {
        /// Age at which the keys that sign SAML are replaced; unset means only when `symbolon keys rotate --only saml` says so, because
        /// service providers that do not fetch our metadata have to be given it again.
        rotate_after: Option<Duration> = None;
        /// How long a new key stands in our metadata before it signs.
        publish_ahead: Duration = Duration::from_secs(14 * DAY);
        /// How long others may keep our metadata before they fetch it again.
        metadata_cache: Duration = Duration::from_secs(12 * 3600);
        /// How long a copy of our metadata counts.
        metadata_valid: Duration = Duration::from_secs(30 * DAY);
        /// Name of the organisation; told together with `organization_url`.
        organization: Option<String> = None;
        /// Its home page.
        organization_url: Option<String> = None;
        /// Mail address of those who run the service.
        technical_contact: Option<String> = None;
        /// Mail address of those who help people.
        support_contact: Option<String> = None;
        /// Mail address for security incidents.
        security_contact: Option<String> = None;
        /// A sentence about the service.
        description: Option<String> = None;
        /// A page about the service.
        information_url: Option<String> = None;
        /// Its privacy policy.
        privacy_url: Option<String> = None;
        /// https URL of a logo for lists of identity providers.
        logo_url: Option<String> = None;
        /// Width of the logo in pixels.
        logo_width: u16 = 200;
        /// Height of the logo in pixels.
        logo_height: u16 = 60;
    }
}

impl Saml {
    /// Rules that join several settings.
    pub(super) fn check(&self, problems: &mut Problems) {
        if self.metadata_cache >= self.publish_ahead {
            let mend = "publish keys longer than others keep our metadata";
            problems.add("saml.publish_ahead", "is not longer than saml.metadata_cache", mend);
        }
        if self.metadata_cache >= self.metadata_valid {
            problems.add("saml.metadata_valid", "is not longer than saml.metadata_cache", "make it longer");
        }
        if self.organization.is_some() != self.organization_url.is_some() {
            problems.add("saml.organization", "name and home page belong together, only one of them is set", "set both");
        }
        for (at, url) in [("saml.organization_url", &self.organization_url), ("saml.logo_url", &self.logo_url)] {
            if url.as_ref().is_some_and(|url| !url.starts_with("https://")) {
                problems.add(at, "is no https URL", "write https://");
            }
        }
    }
}
