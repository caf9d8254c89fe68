//! Presets: what the documents of well-known services say about connecting an identity provider, ready to be registered.
//!
//! None of them was tried against the service itself; the reference says so. To add one: a file with a [`Preset`], and its line in
//! [`ALL`]. Whatever the vendor publishes as metadata is better than any preset.

mod atlassian;
mod aws;
mod github_enterprise;
mod gitlab;
mod google_workspace;
mod grafana;
mod microsoft_365;
mod nextcloud;
mod salesforce;
mod slack;
mod zabbix;
mod zoom;

use std::fmt::Write as _;

use serde_json::Value;

/// What differs from customer to customer.
pub(super) struct Parameter {
    /// Its name.
    name: &'static str,
    /// What it is.
    about: &'static str,
    /// An example.
    example: &'static str,
}

/// A service. In its texts `{name}` stands for the parameter of this name.
pub struct Preset {
    /// The name under which it is chosen.
    pub name: &'static str,
    title: &'static str,
    parameters: &'static [Parameter],
    entity_id: &'static str,
    /// Where answers go.
    consumer: &'static str,
    /// Settings of the service provider, as `symbolon sp set` takes them.
    settings: &'static [(&'static str, &'static str)],
    /// What there is to do or to know.
    notes: &'static [&'static str],
    /// The vendor's documents.
    sources: &'static [&'static str],
}

/// All of them, by name.
pub const ALL: &[&Preset] = &[
    &atlassian::PRESET,
    &aws::PRESET,
    &github_enterprise::PRESET,
    &gitlab::PRESET,
    &google_workspace::PRESET,
    &grafana::PRESET,
    &microsoft_365::PRESET,
    &nextcloud::PRESET,
    &salesforce::PRESET,
    &slack::PRESET,
    &zabbix::PRESET,
    &zoom::PRESET,
];

/// The preset of this name.
pub fn find(name: &str) -> Option<&'static Preset> {
    ALL.iter().copied().find(|preset| preset.name == name)
}

/// What goes into addresses and names: nothing that would end them, or begin something else.
fn is_good(value: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'/' | b':');
    (1..=200).contains(&value.len()) && value.bytes().all(plain) && !value.contains("//") && !value.ends_with('/')
}

impl Preset {
    /// Parameters of the operation that adds the service provider, from the parameters of the customer.
    ///
    /// # Errors
    /// Names the parameter that is missing, wrong or unknown.
    pub fn fill(&self, given: &[(String, String)]) -> Result<Vec<(String, Value)>, String> {
        let is_known = |name: &str| self.parameters.iter().any(|parameter| parameter.name == name);
        if let Some((name, _)) = given.iter().find(|(name, _)| !is_known(name)) {
            return Err(format!("the preset {} has no parameter {name}", self.name));
        }
        let mut values = Vec::new();
        for parameter in self.parameters {
            let value = given.iter().find(|(name, _)| name == parameter.name).map(|(_, value)| value.as_str());
            let value = value.ok_or_else(|| {
                format!("the preset {} needs {} ({}), such as {}", self.name, parameter.name, parameter.about, parameter.example)
            })?;
            if !is_good(value) {
                return Err(format!(
                    "{} may hold letters, digits, dots, hyphens, underscores, colons and single slashes",
                    parameter.name
                ));
            }
            values.push((format!("{{{}}}", parameter.name), value.to_owned()));
        }
        let filled = |text: &str| values.iter().fold(text.to_owned(), |text, (place, value)| text.replace(place, value));
        let mut out = vec![
            ("metadata".to_owned(), Value::from(metadata(&filled(self.entity_id), &filled(self.consumer)))),
            ("name".to_owned(), Value::from(self.title)),
        ];
        out.extend(self.settings.iter().map(|(name, value)| ((*name).to_owned(), Value::from(filled(value)))));
        Ok(out)
    }

    fn page(&self, out: &mut String) {
        let _ = write!(out, "\n## `{}`: {}\n\nNot tried.\n\n", self.name, self.title);
        let params: Vec<String> = self.parameters.iter().map(|p| format!(" --param {}={}", p.name, p.example)).collect();
        let _ = writeln!(out, "```\nsymbolon sp add --preset {}{}\n```\n", self.name, params.concat());
        for parameter in self.parameters {
            let _ = writeln!(out, "* `{}`: {}", parameter.name, parameter.about);
        }
        let _ = write!(out, "\n| | |\n|---|---|\n| entityID | `{}` |\n| answers go to | `{}` |\n", self.entity_id, self.consumer);
        for (name, value) in self.settings {
            let _ = writeln!(out, "| `{name}` | `{value}` |");
        }
        out.push('\n');
        for note in self.notes {
            let _ = writeln!(out, "* {note}");
        }
        let _ = writeln!(out, "\nFrom: {}", self.sources.iter().map(|url| format!("<{url}>")).collect::<Vec<_>>().join(", "));
    }
}

/// Both are made of a preset and of values that [`is_good`], so that nothing in them has to be escaped but the ampersand.
fn metadata(entity_id: &str, consumer: &str) -> String {
    let escaped = |text: &str| text.replace('&', "&amp;");
    format!(
        "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{}\">\n  <SPSSODescriptor \
         protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\n    <AssertionConsumerService index=\"0\" \
         Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"{}\"/>\n  </SPSSODescriptor>\n</EntityDescriptor>\n",
        escaped(entity_id),
        escaped(consumer)
    )
}

/// The reference of all presets in Markdown.
pub fn reference() -> String {
    let mut out = String::from(
        "# SAML presets\n\nMade by `symbolon sp presets`.\n\n\
         What the documents of well-known services say about connecting an identity provider. **None of these presets was tried against \
         the service itself.** Where a service offers metadata, give that to `symbolon sp add --metadata` instead, with the settings from \
         here. Every value can be changed afterwards (`symbolon sp set`). Services want our metadata, or out of it: the entityID \
         `https://id.example.org/saml/metadata`, the sign-on address `https://id.example.org/saml/sso` and the certificate \
         (`symbolon sp metadata`).\n",
    );
    ALL.iter().for_each(|preset| preset.page(&mut out));
    out
}

#[cfg(test)]
mod tests {
    use idp::party::sp::{Metadata, Settings};
    use mfa::operation::Params;

    use super::*;

    #[test]
    fn every_preset_can_be_registered() {
        for preset in ALL {
            let given: Vec<(String, String)> =
                preset.parameters.iter().map(|p| (p.name.to_owned(), p.example.to_owned())).collect();
            let filled = preset.fill(&given).unwrap_or_else(|e| panic!("{}: {e}", preset.name));
            let text = |name: &str| filled.iter().find(|(n, _)| n == name).and_then(|(_, v)| v.as_str()).unwrap().to_owned();
            let read = Metadata::read(&text("metadata")).unwrap_or_else(|e| panic!("{}: {e}", preset.name));
            assert!(!read.entity_id.contains('{') && !read.consumers[0].location.contains('{'), "{}", preset.name);
            let params = Params::new(filled.into_iter().collect()).unwrap();
            crate::sps::settings::changed(&Settings::default(), &params).unwrap_or_else(|e| panic!("{}: {e}", preset.name));
            assert!(find(preset.name).is_some() && !preset.sources.is_empty());
        }
    }

    #[test]
    fn values_stay_values() {
        let given = |value: &str| vec![("workspace".to_owned(), value.to_owned())];
        let slack = find("slack").unwrap();
        assert!(slack.fill(&given("acme")).is_ok());
        for bad in ["", "a\"b", "a b", "a<b", "x@evil.example", "acme?x", "a#b", "//x", "acme/"] {
            assert!(slack.fill(&given(bad)).is_err(), "{bad}");
        }
        assert!(slack.fill(&[]).unwrap_err().contains("workspace"));
        assert!(slack.fill(&[("nonsense".to_owned(), "x".to_owned())]).unwrap_err().contains("nonsense"));
    }
}
