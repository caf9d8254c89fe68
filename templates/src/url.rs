//! Which addresses from outside may become links and images.
//!
//! Client metadata and brand settings are written by others. An address that is not plainly harmless is left out, never
//! repaired.

/// Longest address that is printed; a small logo as a data URI fits.
const LONGEST: usize = 65_536;

/// An address for `href`: `https:`, `http:`, `mailto:`, `tel:` or a path on this server.
pub fn link(url: &str) -> Option<&str> {
    let url = plain(url)?;
    (own_path(url) || has_scheme(url, &["https://", "http://", "mailto:", "tel:"])).then_some(url)
}

/// An address for `src` of an image: `https:`, `http:`, a path on this server, or a PNG, JPEG, WebP, GIF or SVG data URI.
pub fn image(url: &str) -> Option<&str> {
    const DATA: &[&str] = &[
        "data:image/png;",
        "data:image/jpeg;",
        "data:image/webp;",
        "data:image/gif;",
        "data:image/svg+xml;",
        "data:image/svg+xml,",
    ];
    let url = plain(url)?;
    (own_path(url) || has_scheme(url, &["https://", "http://"]) || has_scheme(url, DATA)).then_some(url)
}

/// An `otpauth:` address for an authenticator app.
pub fn otpauth(url: &str) -> Option<&str> {
    let url = plain(url)?;
    has_scheme(url, &["otpauth://"]).then_some(url)
}

/// Where a form may be sent on behalf of a relying party: any scheme that does not run or contain a document.
pub fn form_target(url: &str) -> Option<&str> {
    let url = plain(url)?;
    let scheme = url.split(':').next().filter(|scheme| scheme.len() < url.len())?;
    let well_formed = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    let harmful = ["javascript", "data", "vbscript", "blob", "file", "about"].iter().any(|bad| scheme.eq_ignore_ascii_case(bad));
    (well_formed && !harmful).then_some(url)
}

/// Bounded and free of characters that browsers drop before they read the scheme.
fn plain(url: &str) -> Option<&str> {
    let fine = !url.is_empty() && url.len() <= LONGEST && !url.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\');
    fine.then_some(url)
}

fn own_path(url: &str) -> bool {
    url.starts_with('/') && !url.starts_with("//")
}

fn has_scheme(url: &str, allowed: &[&str]) -> bool {
    allowed.iter().any(|start| url.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_web_addresses_or_own_paths() {
        for good in ["https://a.example/x?y=1", "http://localhost:1", "/factors", "mailto:help@a.example", "HTTPS://A"] {
            assert!(link(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            " javascript:1",
            "java\nscript:1",
            "//evil.example",
            "/\\evil",
            "data:text/html,x",
            "x",
        ] {
            assert!(link(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn images_may_be_data_but_never_documents() {
        assert!(image("data:image/png;base64,AAAA").is_some());
        assert!(image("data:text/html;base64,AAAA").is_none());
        assert!(image("javascript:alert(1)").is_none());
    }

    #[test]
    fn a_form_may_go_to_an_app_but_not_to_a_script() {
        assert!(form_target("https://rp.example/cb").is_some());
        assert!(form_target("com.example.app:/cb").is_some());
        for bad in ["javascript:x", "JAVASCRIPT:x", "data:text/html,x", "/relative", "nothing", "1a:x", "blob:https://a"] {
            assert!(form_target(bad).is_none(), "{bad}");
        }
    }
}
