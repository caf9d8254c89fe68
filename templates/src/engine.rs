//! The compiled templates of all languages.

use std::sync::Arc;

use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;

use crate::colour::MailColours;
use crate::ctx::Hidden;
use crate::text::{Texts, without_controls};
use crate::{Ctx, Lang, asset_url, colour, escape, filters, mail, url, views};

/// The templates cannot be used; only a mistake in this crate can cause it.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A template does not compile.
    #[error("template: {0}")]
    Template(#[from] minijinja::Error),
    /// A translation file does not parse or repeats a sentence.
    #[error("translation {lang}/{file}: {why}")]
    Translation {
        /// Language tag.
        lang: &'static str,
        /// File without its extension.
        file: String,
        /// The parser's words.
        why: String,
    },
}

/// A page could not be rendered. The text names template and line, never values.
#[derive(Debug, thiserror::Error)]
#[error("template `{template}`: {why}")]
pub struct RenderError {
    template: &'static str,
    why: String,
}

/// All pages and messages in all languages, compiled once. Share it behind an `Arc`.
pub struct Templates(Vec<(Lang, Environment<'static>)>);

impl Templates {
    /// Compiles every template and translation.
    pub fn new() -> Result<Self, SetupError> {
        Lang::ALL.iter().map(|lang| Ok((*lang, environment(*lang)?))).collect::<Result<_, _>>().map(Self)
    }

    /// Renders one template; `v` in it is the view, `cx` the context.
    pub(crate) fn render(&self, template: &'static str, ctx: &Ctx, view: &impl Serialize) -> Result<String, RenderError> {
        let failed = |error: minijinja::Error| RenderError {
            template,
            why: format!("{} (line {})", error.detail().unwrap_or_default(), error.line().unwrap_or_default()),
        };
        let env = self.0.iter().find(|(lang, _)| *lang == ctx.lang).or(self.0.first()).map(|(_, env)| env);
        let env = env.ok_or_else(|| RenderError { template, why: "no language".into() })?;
        let page = Page { cx: Shared::new(ctx), v: view };
        env.get_template(template).map_err(failed)?.render(minijinja::value::Serde(&page)).map_err(failed)
    }
}

/// The environment of one language.
fn environment(lang: Lang) -> Result<Environment<'static>, SetupError> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_auto_escape_callback(|name| if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None });
    env.set_formatter(escape::print);
    env.set_debug(false);
    filters::add(&mut env, Arc::new(Texts::load(lang)?));
    for (name, source) in PARTS.iter().chain(views::SOURCES).chain(mail::SOURCES) {
        env.add_template(name, source)?;
    }
    Ok(env)
}

/// Templates that others extend or import.
const PARTS: &[(&str, &str)] = &[
    ("document.html", include_str!("../html/document.html")),
    ("layout.html", include_str!("../html/layout.html")),
    ("portal.html", include_str!("../html/portal.html")),
    ("bits.html", include_str!("../html/bits.html")),
    ("others.html", include_str!("../html/others.html")),
    ("mark.html", include_str!("../html/mark.html")),
];

/// What a template sees.
#[derive(Serialize)]
struct Page<'a, V> {
    cx: Shared<'a>,
    v: &'a V,
}

/// [`Ctx`] as templates see it: addresses checked, texts chosen.
#[derive(Serialize)]
struct Shared<'a> {
    lang: &'static str,
    dir: &'static str,
    theme: &'static str,
    nonce: &'a str,
    csrf: &'a str,
    request_id: &'a str,
    hidden: &'a [Hidden],
    now: i64,
    utc_offset_minutes: i32,
    brand: SharedBrand<'a>,
    assets: Assets,
    language: Option<Language<'a>>,
}

#[derive(Serialize)]
struct SharedBrand<'a> {
    name: String,
    own: bool,
    logo: Option<&'a str>,
    style: Option<String>,
    mail: MailColours,
    welcome: Option<&'a str>,
    help: Option<&'a str>,
    links: Vec<(&'a str, &'a str)>,
}

#[derive(Serialize)]
struct Assets {
    style: &'static str,
    script: &'static str,
    favicon: &'static str,
    touch_icon: &'static str,
}

#[derive(Serialize)]
struct Language<'a> {
    action: &'a str,
    return_to: &'a str,
    choices: Vec<(&'static str, &'static str)>,
}

impl<'a> Shared<'a> {
    fn new(ctx: &'a Ctx) -> Self {
        let brand = &*ctx.brand;
        let links = brand.texts.links.iter().filter_map(|entry| Some((entry.label.get(ctx.lang)?, url::link(&entry.url)?)));
        Self {
            lang: ctx.lang.tag(),
            dir: ctx.lang.direction(),
            theme: ctx.theme.attribute(),
            nonce: &ctx.nonce,
            csrf: &ctx.csrf,
            request_id: &ctx.request_id,
            hidden: &ctx.hidden,
            now: ctx.now.0,
            utc_offset_minutes: ctx.utc_offset_minutes,
            brand: SharedBrand {
                name: without_controls(brand.shown_name()),
                own: brand.shown_name() == "Symbolon",
                logo: brand.logo_url.as_deref().and_then(url::image),
                style: brand.accent.map(|accent| accent.stylesheet()),
                mail: brand.accent.unwrap_or(colour::OWN).for_mail(),
                welcome: brand.texts.welcome.get(ctx.lang),
                help: brand.texts.help.get(ctx.lang),
                links: links.collect(),
            },
            assets: Assets {
                style: asset_url("style.css"),
                script: asset_url("comfort.js"),
                favicon: asset_url("favicon.svg"),
                touch_icon: asset_url("touch-icon.png"),
            },
            language: ctx.language_switch.as_ref().map(|switch| Language {
                action: &switch.action,
                return_to: &switch.return_to,
                choices: Lang::ALL.iter().map(|lang| (lang.tag(), lang.name())).collect(),
            }),
        }
    }
}
