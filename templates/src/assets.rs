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
