//! Every page with its sample data in every language.

use templates::{Ctx, Lang, LanguageSwitch, Templates, When, samples};

fn ctx(lang: Lang) -> Ctx {
    let mut ctx = Ctx::new(lang, "n0nce".into(), "csrf-token".into(), "01JD9Q4ZK3W8E5R7T6Y2".into(), When(1_763_761_020_000_000));
    ctx.language_switch = Some(LanguageSwitch { action: "/language".into(), return_to: "/login".into() });
    ctx
}

/// Renders every sample in every language and hands page, case and HTML to `check`.
fn each_page(check: impl Fn(&str, &str)) {
    let templates = Templates::new().expect("templates compile");
    for lang in Lang::ALL {
        for sample in samples() {
            let name = format!("{}/{} ({})", sample.page, sample.case, lang.tag());
            let html = sample.render(&templates, &ctx(*lang)).unwrap_or_else(|error| panic!("{name}: {error}"));
            check(&name, &html);
        }
    }
}

#[test]
fn every_sample_renders_in_every_language() {
    each_page(|name, html| {
        assert!(html.starts_with("<!doctype html>"), "{name}");
        assert!(html.trim_end().ends_with("</html>"), "{name}");
        let lang = &name[name.len() - 3..name.len() - 1];
        assert!(html.contains(&format!("<html lang=\"{lang}\" dir=\"ltr\"")), "{name}");
    });
}
