//! Accent colours: read from settings, made readable for both colour sets.

use std::fmt;

/// A colour in sRGB.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    /// Reads `#rgb` or `#rrggbb`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.trim().strip_prefix('#')?;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let number = u32::from_str_radix(digits, 16).ok()?;
        match digits.len() {
            3 => Some(Self(17 * (number >> 8 & 15) as u8, 17 * (number >> 4 & 15) as u8, 17 * (number & 15) as u8)),
            6 => Some(Self((number >> 16) as u8, (number >> 8) as u8, number as u8)),
            _ => None,
        }
    }

    /// Contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio").
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// Relative luminance (WCAG 2.2).
    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }

    /// This colour with `percent` of another mixed in.
    fn mix(self, other: Self, percent: u16) -> Self {
        let part = |a: u8, b: u8| ((u16::from(a) * (100 - percent) + u16::from(b) * percent + 50) / 100) as u8;
        Self(part(self.0, other.0), part(self.1, other.1), part(self.2, other.2))
    }

    /// The nearest mixture with `pole` that has the wanted contrast against every given background.
    fn until_readable(self, pole: Self, backgrounds: &[Rgb], wanted: f64) -> Self {
        (0..=100)
            .step_by(2)
            .map(|percent| self.mix(pole, percent))
            .find(|colour| backgrounds.iter().all(|background| colour.contrast(*background) >= wanted))
            .unwrap_or(pole)
    }
}

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

const WHITE: Rgb = Rgb(255, 255, 255);
const BLACK: Rgb = Rgb(0, 0, 0);
/// Least contrast of text (WCAG 2.2, 1.4.3), with a little room for rounding.
pub(crate) const TEXT: f64 = 4.55;

/// The backgrounds of one colour set, as in the stylesheet (a test compares them).
struct Ground {
    canvas: Rgb,
    surface: Rgb,
    pole: Rgb,
}

const LIGHT: Ground = Ground { canvas: Rgb(0xf2, 0xf5, 0xf3), surface: WHITE, pole: BLACK };
const DARK: Ground = Ground { canvas: Rgb(0x0d, 0x13, 0x12), surface: Rgb(0x16, 0x1e, 0x1c), pole: WHITE };

/// A brand's colour, known to be a colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Accent(Rgb);

/// The text is not a colour of the form `#rrggbb`.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a colour; write it as #rrggbb, for example #0b6560")]
pub struct AccentError(String);

/// Our own accent.
pub(crate) const OWN: Accent = Accent(Rgb(0x0c, 0x62, 0x5d));

/// Colours as mail writes them at each element.
#[derive(serde::Serialize)]
pub(crate) struct MailColours {
    accent: String,
    fill: String,
    on_fill: String,
}

/// The colours that follow from an accent in one colour set.
struct Shades {
    accent: Rgb,
    fill: Rgb,
    fill_hover: Rgb,
    on_fill: Rgb,
    soft: Rgb,
}

impl Accent {
    /// Reads a colour from settings.
    pub fn parse(text: &str) -> Result<Self, AccentError> {
        Rgb::parse(text).map(Self).ok_or_else(|| AccentError(text.chars().take(40).collect()))
    }

    /// The shades for one set: `accent` for text and lines on the backgrounds, `fill` for buttons under `on_fill`.
    fn shades(self, ground: &Ground) -> Shades {
        let soft = ground.surface.mix(self.0, 10);
        let accent = self.0.until_readable(ground.pole, &[ground.canvas, ground.surface, soft], TEXT);
        // The button keeps the brand's colour as far as its edge can be seen. White text is preferred, since people expect
        // it on mid-tones; the colour is then deepened a little.
        let fill = self.0.until_readable(ground.pole, &[ground.surface], 1.6);
        let on_fill = if fill.contrast(WHITE) >= 3.4 { WHITE } else { BLACK };
        let fill = fill.until_readable(if on_fill == WHITE { BLACK } else { WHITE }, &[on_fill], TEXT);
        let fill_hover = fill.mix(if on_fill == WHITE { BLACK } else { WHITE }, 14);
        Shades { accent, fill, fill_hover, on_fill, soft }
    }

    /// Colours for mail, which has no stylesheet: text on a light surface, a button and the words on it.
    pub(crate) fn for_mail(self) -> MailColours {
        let s = self.shades(&LIGHT);
        MailColours { accent: s.accent.to_string(), fill: s.fill.to_string(), on_fill: s.on_fill.to_string() }
    }

    /// Declarations for both colour sets. Made of hexadecimal digits and names of ours only, so it is safe in a style element.
    pub(crate) fn stylesheet(self) -> String {
        let block = |ground: &Ground| {
            let s = self.shades(ground);
            format!(
                "--accent:{};--fill:{};--fill-hover:{};--on-fill:{};--accent-soft:{};--patina:{};--clay:{}",
                s.accent,
                s.fill,
                s.fill_hover,
                s.on_fill,
                s.soft,
                s.accent,
                s.accent.mix(ground.surface, 40)
            )
        };
        let (light, dark) = (block(&LIGHT), block(&DARK));
        format!(
            ":root{{{light}}}@media (prefers-color-scheme:dark){{:root:not([data-theme=\"light\"]){{{dark}}}}}\
             :root[data-theme=\"dark\"]{{{dark}}}"
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_colours_and_nothing_else() {
        assert!(Accent::parse("#0b6560").is_ok());
        assert_eq!(Rgb::parse("#fa0"), Some(Rgb(255, 170, 0)));
        for bad in ["", "red", "#12345", "#1234567", "#+12345", "#12345g", "url(x)", "#fff;}*{display:none"] {
            assert!(Accent::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn contrast_of_the_extremes() {
        assert!((WHITE.contrast(BLACK) - 21.0).abs() < 0.01);
        assert!((WHITE.contrast(Rgb(0x77, 0x77, 0x77)) - 4.48).abs() < 0.01);
    }

    #[test]
    fn grounds_are_those_of_the_stylesheet() {
        let css = include_str!("../assets/style.css");
        for (name, light, dark) in [("canvas", LIGHT.canvas, DARK.canvas), ("surface", LIGHT.surface, DARK.surface)] {
            assert!(css.contains(&format!("--{name}: light-dark({light}, {dark});")), "{name}");
        }
    }

    proptest! {
        #[test]
        fn every_accent_is_readable(r: u8, g: u8, b: u8) {
            for ground in [&LIGHT, &DARK] {
                let s = Accent(Rgb(r, g, b)).shades(ground);
                for background in [ground.canvas, ground.surface, s.soft] {
                    prop_assert!(s.accent.contrast(background) >= 4.5);
                }
                prop_assert!(s.fill.contrast(s.on_fill) >= 4.5);
                prop_assert!(s.fill_hover.contrast(s.on_fill) >= 4.5);
            }
        }
    }
}
