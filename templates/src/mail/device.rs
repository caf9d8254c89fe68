//! Browser and system in the words of people, from the `User-Agent` header. What it says is a claim, good enough to recognise one's
//! own device by.

use serde::Serialize;

use crate::text::without_controls;

/// The browser, and what it runs on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Device {
    /// Its name.
    pub browser: String,
    /// The system, if it is told.
    pub system: Option<String>,
}

/// Marks of browsers, the special before the general: nearly everything says that it is Mozilla and Safari too.
const BROWSERS: &[(&str, &str)] = &[
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// Marks of systems, in the same order.
const SYSTEMS: &[(&str, &str)] = &[
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

/// Letters of a name that we do not know.
const MOST: usize = 40;

impl Device {
    /// Reads the header; `None` when it says nothing.
    pub fn of(user_agent: &str) -> Option<Self> {
        let mark =
            |marks: &[(&str, &str)]| marks.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| (*name).to_owned());
        let system = mark(SYSTEMS);
        let browser = mark(BROWSERS).or_else(|| {
            // `product/version comment`, RFC 9110, section 10.1.5.
            let product = user_agent.split(['/', ' ']).next().unwrap_or_default();
            let name: String = without_controls(product).chars().take(MOST).collect();
            (!name.is_empty()).then_some(name)
        })?;
        Some(Self { browser, system })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices() {
        let told = |header: &str| Device::of(header).map(|d| format!("{} / {}", d.browser, d.system.unwrap_or_default()));
        let chrome =
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";
        for (header, expected) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox / Linux"),
            (chrome, "Chrome / Windows"),
            (&format!("{chrome} Edg/142.0.0.0"), "Edge / Windows"),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
                "Safari / iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
                "Chrome / Android",
            ),
            ("curl/8.5.0", "curl / "),
            ("privacyidea-cp/3.5.1 Windows/10 Laptop/L1", "privacyidea-cp / Windows"),
            ("\r\nX: y", "X: / "),
        ] {
            assert_eq!(told(header).as_deref(), Some(expected), "{header}");
        }
        assert_eq!(told(""), None);
        assert_eq!(Device::of(&"x".repeat(9000)).unwrap().browser.len(), 40);
    }
}
