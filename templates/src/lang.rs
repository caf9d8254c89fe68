//! The languages, and which of them a request gets.

/// A language in which every page is complete.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// German, formal address.
    De,
}

impl Lang {
    /// All languages in the order in which they are offered.
    pub const ALL: &[Lang] = &[Lang::En, Lang::De];

    /// BCP 47 tag, as used in `lang` attributes, cookies and `ui_locales_supported`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }

    /// The language's own name.
    pub fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::De => "Deutsch",
        }
    }

    /// Writing direction, as an HTML `dir` value.
    pub fn direction(self) -> &'static str {
        match self {
            Self::En | Self::De => "ltr",
        }
    }

    /// The language of a tag such as `de`, `de-AT` or `DE_ch`; only the primary subtag counts.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next()?;
        Self::ALL.iter().copied().find(|lang| lang.tag().eq_ignore_ascii_case(primary))
    }

    /// Chooses the language of a request.
    ///
    /// A stored choice (`cookie`) wins, since the person made it here; then the relying party's `ui_locales` (space-separated
    /// tags, OpenID Connect Core 3.1.2.1), then the browser's `Accept-Language` (RFC 9110 section 12.5.4), then English.
    pub fn negotiate(cookie: Option<&str>, ui_locales: Option<&str>, accept_language: Option<&str>) -> Self {
        cookie
            .and_then(Self::from_tag)
            .or_else(|| ui_locales?.split_ascii_whitespace().take(TAGS).find_map(Self::from_tag))
            .or_else(|| Self::accepted(accept_language?))
            .unwrap_or_default()
    }

    /// The acceptable language with the highest weight; the first of equals.
    fn accepted(header: &str) -> Option<Self> {
        let mut best: Option<(u16, Self)> = None;
        for item in header.split(',').take(TAGS) {
            let mut parts = item.split(';');
            let tag = parts.next().unwrap_or_default().trim();
            let weight = parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(Some(1000), weight);
            let lang = if tag == "*" { Some(Self::default()) } else { Self::from_tag(tag) };
            if let (Some(lang), Some(weight @ 1..)) = (lang, weight)
                && best.is_none_or(|(highest, _)| weight > highest)
            {
                best = Some((weight, lang));
            }
        }
        best.map(|(_, lang)| lang)
    }
}

/// So many tags of a header are looked at.
const TAGS: usize = 32;

/// A quality value in thousandths; `None` when malformed.
fn weight(text: &str) -> Option<u16> {
    let value: f32 = text.trim().parse().ok()?;
    (0.0..=1.0).contains(&value).then_some((value * 1000.0) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_persons_choice_wins_then_the_party_then_the_browser() {
        assert!(Lang::negotiate(Some("de"), Some("en"), Some("en")) == Lang::De);
        assert!(Lang::negotiate(None, Some("fr de-AT en"), Some("en")) == Lang::De);
        assert!(Lang::negotiate(Some("xx"), None, Some("fr, de;q=0.7, en;q=0.8")) == Lang::En);
        assert!(Lang::negotiate(None, None, Some("de-CH,de;q=0.9,en;q=0.8")) == Lang::De);
        assert!(Lang::negotiate(None, None, None) == Lang::En);
    }

    #[test]
    fn refused_and_malformed_weights_do_not_count() {
        assert!(Lang::negotiate(None, None, Some("de;q=0, en;q=0.1")) == Lang::En);
        assert!(Lang::negotiate(None, None, Some("de;q=7, *;q=0.5")) == Lang::En);
        assert!(Lang::negotiate(None, None, Some(";;;,=,q=, de")) == Lang::De);
    }
}
