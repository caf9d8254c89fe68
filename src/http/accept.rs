//! What the client would like: HTML or not, and in which language.

use http::HeaderMap;
use http::header::ACCEPT;

/// Languages of the pages; the first is the fallback.
pub const LOCALES: [&str; 2] = ["en", "de"];

/// The best of our languages for an `Accept-Language` header or an OpenID `ui_locales` list.
pub fn locale(wanted: &str) -> &'static str {
    let mut best = (0.0_f32, LOCALES[0]);
    for entry in wanted.split([',', ' ']).take(32) {
        let mut parts = entry.split(';');
        let tag = parts.next().unwrap_or_default().trim();
        let weight = parts.find_map(|p| p.trim().strip_prefix("q=")).and_then(|q| q.parse().ok()).unwrap_or(1.0_f32);
        let language = tag.split('-').next().unwrap_or_default();
        if let Some(ours) = LOCALES.iter().find(|l| l.eq_ignore_ascii_case(language))
            && weight > best.0
        {
            best = (weight, *ours);
        }
    }
    best.1
}

/// Whether the client asks for HTML by name.
pub fn wants_html(headers: &HeaderMap) -> bool {
    headers.get_all(ACCEPT).iter().any(|v| v.to_str().is_ok_and(|v| v.contains("text/html")))
}

#[cfg(test)]
mod tests {
    use super::locale;

    #[test]
    fn languages_are_weighed() {
        assert_eq!(locale("de-AT,de;q=0.9,en;q=0.8"), "de");
        assert_eq!(locale("fr, en;q=0.3, de;q=0.7"), "de");
        assert_eq!(locale("se"), "en");
        assert_eq!(locale(""), "en");
        assert_eq!(locale("de en"), "de");
        assert_eq!(locale("de;q=0, en;q=0.1"), "en");
    }
}
