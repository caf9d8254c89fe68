//! Files that pages refer to, under addresses that change with their content.

use std::borrow::Cow;
use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// A static file to be served at [`Asset::path`] with `Cache-Control: public, max-age=31536000, immutable`.
pub struct Asset {
    /// Plain name, as in [`asset_url`].
    pub name: &'static str,
    /// Address path with the content's hash, such as `/assets/style-0f3a9c1b2d4e.css`.
    pub path: String,
    /// Value of the `Content-Type` header.
    pub content_type: &'static str,
    /// Strong entity tag with its quotes (RFC 9110 section 8.8.3).
    pub etag: String,
    /// The content.
    pub bytes: Cow<'static, [u8]>,
}

/// All assets.
pub fn assets() -> &'static [Asset] {
    static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(build);
    &ASSETS
}

/// The address path of an asset by its plain name; `/` if there is none.
pub fn asset_url(name: &str) -> &'static str {
    assets().iter().find(|asset| asset.name == name).map_or("/", |asset| asset.path.as_str())
}

const SVG: &str = "image/svg+xml";

fn build() -> Vec<Asset> {
    let motif = asset("motif.svg", SVG, Cow::Borrowed(include_bytes!("../assets/motif.svg")));
    let style = stylesheet(include_str!("../assets/style.css")).replace("url(motif.svg)", &format!("url({})", motif.path));
    vec![
        motif,
        asset("style.css", "text/css; charset=utf-8", Cow::Owned(style.into_bytes())),
        asset("comfort.js", "text/javascript; charset=utf-8", Cow::Borrowed(include_bytes!("../assets/comfort.js"))),
        asset("symbolon.svg", SVG, Cow::Borrowed(include_bytes!("../assets/symbolon.svg"))),
        asset("favicon.svg", SVG, Cow::Borrowed(include_bytes!("../assets/favicon.svg"))),
        asset("touch-icon.png", "image/png", Cow::Borrowed(include_bytes!("../assets/touch-icon.png"))),
    ]
}

fn asset(name: &'static str, content_type: &'static str, bytes: Cow<'static, [u8]>) -> Asset {
    let hash: String = Sha256::digest(&bytes).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, "bin"));
    Asset { name, path: format!("/assets/{stem}-{hash}.{extension}"), content_type, etag: format!("\"{hash}\""), bytes }
}

/// Expands the tokens `--name: light-dark(A, B);`, each written once, into rules that older browsers understand too.
///
/// The light value stays where it is; the dark values follow in a rule for devices that prefer dark (unless the page says
/// `data-theme="light"`) and in one for `data-theme="dark"`.
pub(crate) fn stylesheet(source: &str) -> String {
    let mut dark = String::new();
    let mut css = String::with_capacity(source.len() + 4096);
    for line in source.lines() {
        match token(line) {
            Some((name, light, dark_value)) => {
                css.push_str(&format!("  {name}: {light};\n"));
                dark.push_str(&format!("{name}:{dark_value};"));
            }
            None => {
                css.push_str(line);
                css.push('\n');
            }
        }
    }
    css.push_str(&format!(
        "@media (prefers-color-scheme: dark) {{ :root:not([data-theme=\"light\"]) {{ {dark} }} }}\n\
         :root[data-theme=\"dark\"] {{ {dark} }}\n"
    ));
    css
}

/// Name, light and dark value of a token line.
pub(crate) fn token(line: &str) -> Option<(&str, &str, &str)> {
    let (name, value) = line.trim().split_once(": light-dark(")?;
    let (light, dark) = value.strip_suffix(");")?.split_once(", ")?;
    Some((name, light, dark))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rgb;

    const SOURCE: &str = include_str!("../assets/style.css");

    /// The light and the dark value of a colour token.
    fn colours(name: &str) -> [Rgb; 2] {
        let found = SOURCE.lines().filter_map(token).find(|(token, ..)| token.strip_prefix("--") == Some(name));
        let (_, light, dark) = found.unwrap_or_else(|| panic!("no token {name}"));
        [light, dark].map(|value| Rgb::parse(value).unwrap_or_else(|| panic!("{name}: {value}")))
    }

    #[test]
    fn tokens_have_the_contrast_that_wcag_asks_for() {
        let text: &[(&str, &[&str])] = &[
            ("ink", &["canvas", "surface", "sunken", "accent-soft"]),
            ("ink-soft", &["canvas", "surface", "sunken", "accent-soft"]),
            ("accent", &["canvas", "surface", "sunken", "accent-soft"]),
            ("on-fill", &["fill", "fill-hover"]),
            ("bad", &["surface", "sunken", "bad-soft"]),
            ("warn", &["surface", "warn-soft"]),
            ("good", &["surface", "good-soft"]),
        ];
        let edges: &[(&str, &[&str])] =
            &[("line-strong", &["surface", "sunken", "canvas"]), ("fill", &["surface", "canvas", "sunken"])];
        for (pairs, wanted) in [(text, 4.5), (edges, 3.0)] {
            for (front, backs) in pairs {
                for back in *backs {
                    for (front_colour, back_colour) in colours(front).into_iter().zip(colours(back)) {
                        let contrast = front_colour.contrast(back_colour);
                        assert!(contrast >= wanted, "{front} {front_colour} on {back} {back_colour}: {contrast:.2}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_stylesheet_is_expanded_and_loads_nothing_foreign() {
        let css = assets().iter().find(|asset| asset.name == "style.css").expect("stylesheet");
        let css = std::str::from_utf8(&css.bytes).expect("text");
        assert!(!css.contains(": light-dark(#") && css.contains("  --surface: #ffffff;"));
        assert!(css.contains(":root[data-theme=\"dark\"]") && css.contains(":root:not([data-theme=\"light\"])"));
        assert!(!css.contains("@import") && !css.contains("http"));
        assert!(css.split("url(").skip(1).all(|rest| rest.starts_with("/assets/motif-")));
    }

    #[test]
    fn variables_that_are_used_are_declared() {
        for rest in SOURCE.split("var(").skip(1) {
            let name = rest.split(')').next().unwrap_or_default();
            assert!(SOURCE.contains(&format!("{name}: ")), "{name}");
        }
    }

    #[test]
    fn addresses_follow_the_content() {
        for asset in assets() {
            let hash = asset.etag.trim_matches('"');
            assert!(asset.path.starts_with("/assets/") && asset.path.contains(hash) && asset_url(asset.name) == asset.path);
        }
    }
}
