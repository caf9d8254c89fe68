//! Sentences of one language, formatted with values from outside.

use crate::{Lang, SetupError, escape};
use fluent::concurrent::FluentBundle;
use fluent::{FluentArgs, FluentResource, FluentValue};

macro_rules! sources {
    ($lang:ident: $($file:literal)*) => {
        &[$( ($file, include_str!(concat!("../ftl/", stringify!($lang), "/", $file, ".ftl"))) ),*]
    };
}

/// The translation files of a language.
pub(crate) fn sources(lang: Lang) -> &'static [(&'static str, &'static str)] {
    match lang {
        Lang::En => sources!(en: "common" "login" "password" "factor" "enrol" "consent" "session" "error" "portal" "mail"),
        Lang::De => sources!(de: "common" "login" "password" "factor" "enrol" "consent" "session" "error" "portal" "mail"),
    }
}

/// A value of a sentence.
pub(crate) enum Arg {
    /// A name, an address: anything that is shown as it is.
    Text(String),
    /// A number, which may choose a plural form.
    Number(i64),
}

/// All sentences of one language.
pub(crate) struct Texts(FluentBundle<FluentResource>);

impl Texts {
    /// Parses the files; a mistake in one of them names file and place.
    pub(crate) fn load(lang: Lang) -> Result<Self, SetupError> {
        let broken = |file: &str, why: String| SetupError::Translation { lang: lang.tag(), file: file.into(), why };
        let id = lang.tag().parse().map_err(|_| broken("", "not a language tag".into()))?;
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        // Values are isolated below, and only where their direction differs: marks around every name would break copying.
        bundle.set_use_isolating(false);
        for (file, source) in sources(lang) {
            let resource = FluentResource::try_new((*source).to_owned()).map_err(|(_, e)| broken(file, format!("{e:?}")))?;
            bundle.add_resource(resource).map_err(|e| broken(file, format!("{e:?}")))?;
        }
        Ok(Self(bundle))
    }

    /// The sentence as plain text; `None` when there is no such sentence or a value is missing.
    pub(crate) fn plain(&self, key: &str, args: Vec<(String, Arg)>) -> Option<String> {
        let args = args.into_iter().map(|(name, arg)| match arg {
            Arg::Text(text) => (name, FluentValue::from(isolated(&text))),
            Arg::Number(number) => (name, FluentValue::from(number)),
        });
        self.format(key, args.collect())
    }

    /// The sentence as HTML: everything escaped, each text value emphasised and isolated by `<b><bdi>`.
    pub(crate) fn rich(&self, key: &str, args: Vec<(String, Arg)>) -> Option<String> {
        let mut values = Vec::new();
        let mut placeholders = FluentArgs::new();
        for (name, arg) in args {
            match arg {
                Arg::Text(text) => {
                    placeholders.set(name, format!("{OPEN}{}{CLOSE}", values.len()));
                    values.push(text);
                }
                Arg::Number(number) => placeholders.set(name, number),
            }
        }
        let escaped = escape::html(&self.format(key, placeholders)?);
        let mut html = String::with_capacity(escaped.len() + 64);
        for (position, piece) in escaped.split(OPEN).enumerate() {
            if position == 0 {
                html.push_str(piece);
                continue;
            }
            let (index, rest) = piece.split_once(CLOSE)?;
            let value = values.get(index.parse::<usize>().ok()?)?;
            html.push_str(&format!("<b><bdi>{}</bdi></b>{rest}", escape::html(&shortened(value))));
        }
        Some(html)
    }

    fn format(&self, key: &str, args: FluentArgs<'_>) -> Option<String> {
        let pattern = self.0.get_message(key)?.value()?;
        let mut errors = Vec::new();
        let text = self.0.format_pattern(pattern, Some(&args), &mut errors).into_owned();
        errors.is_empty().then_some(text)
    }
}

/// Noncharacters that cannot come from a translation file; they mark where a value belongs.
const OPEN: char = '\u{fdd0}';
const CLOSE: char = '\u{fdd1}';

/// The text without control characters and marks that change the direction of what follows.
pub(crate) fn without_controls(text: &str) -> String {
    let harmful = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().filter(|c| !harmful(*c)).collect()
}

/// A value as it may stand in a sentence: harmless and not so long that the sentence drowns.
fn shortened(text: &str) -> String {
    const MOST: usize = 100;
    let text = without_controls(text);
    if text.chars().count() <= MOST { text } else { text.chars().take(MOST - 1).chain(['…']).collect() }
}

/// A value for plain text; enclosed in isolates when it holds letters written from right to left.
fn isolated(text: &str) -> String {
    let text = shortened(text);
    let right_to_left = |c: char| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}');
    if text.chars().any(right_to_left) { format!("\u{2068}{text}\u{2069}") } else { text }
}
