//! Writes every page and every mail with its sample data, in every language, as files with their assets: `gallery DIR [light|dark]`.

use std::error::Error;
use std::path::Path;

use templates::{Accent, Brand, Ctx, Lang, LanguageSwitch, NoticeKind, NoticeMail, Templates, Theme, When, assets, samples};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let dir = args.next().ok_or("usage: gallery DIR [light|dark] [#accent]")?;
    let dir = Path::new(&dir);
    let theme = match args.next().as_deref() {
        Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        _ => Theme::Auto,
    };
    let accent = args.next().map(|text| Accent::parse(&text)).transpose()?;
    std::fs::create_dir_all(dir.join("assets"))?;
    for asset in assets() {
        // Pages lie beside the directory of the assets, so that a browser can open them as files.
        let bytes = String::from_utf8(asset.bytes.to_vec()).map(|text| text.replace("url(/assets/", "url(").into_bytes());
        std::fs::write(dir.join(&asset.path[1..]), bytes.unwrap_or_else(|_| asset.bytes.to_vec()))?;
    }
    let templates = Templates::new()?;
    for lang in Lang::ALL {
        let mut ctx = Ctx::new(*lang, "nonce".into(), "csrf".into(), "01JD9Q4ZK3W8E5R7T6Y2".into(), When(1_763_761_020_000_000));
        ctx.theme = theme;
        ctx.language_switch = Some(LanguageSwitch { action: "/language".into(), return_to: "/login".into() });
        if let Some(accent) = accent {
            ctx =
                ctx.with_brand(std::sync::Arc::new(Brand { accent: Some(accent), ..Brand::named("Northwind Trading Company") }));
        }
        for sample in samples() {
            let html = sample.render(&templates, &ctx)?;
            let file = format!("{}-{}-{}.html", sample.page, sample.case, lang.tag());
            std::fs::write(dir.join(file), html.replace("=\"/assets/", "=\"assets/"))?;
        }
        for kind in NoticeKind::ALL {
            let mail = templates.notice_mail(&ctx, &NoticeMail::sample(*kind))?;
            std::fs::write(dir.join(format!("mail-{kind:?}-{}.html", lang.tag())), mail.html)?;
            std::fs::write(dir.join(format!("mail-{kind:?}-{}.txt", lang.tag())), mail.text)?;
        }
    }
    Ok(())
}
