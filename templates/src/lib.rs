//! HTML, mail and text templates, assets and translations with typed contexts; nothing but views.
//!
//! A page is a plain view struct (module [`views`]), a template under `html/` and sample data, joined by one line in
//! [`views`]' list. [`Templates::new`] compiles everything once; each page is then one method,
//! `templates.login(&ctx, &view)`. To add a page: write the struct with its samples, the template, its sentences in every
//! language under `ftl/`, and the line. The tests render every sample in every language and check the markup.
//!
//! # Rules of every page
//!
//! * It works without scripts: plain forms, links and, for waiting, a refresh. The one script file only adds comfort.
//! * Content security policy: `default-src 'none'; style-src 'self' 'nonce-N'; script-src 'self' 'nonce-N';
//!   img-src 'self' data: https:; form-action 'self' ...; base-uri 'none'; frame-ancestors 'none'` is enough. There are
//!   no inline handlers and no style attributes; [`Ctx::nonce`] marks the brand's colours and the auto-submit script.
//! * Each form carries the field [`CSRF_FIELD`], save the one that leaves for another origin (form_post).
//! * Values are escaped where they are printed; addresses from outside pass [`url`]'s checks; names cannot turn the
//!   direction of the text around them.
//! * Whatever depends on the person's language is a sentence in `ftl/`; code gives typed values such as
//!   [`views::LoginError`].
//!
//! # Field names, stable for scripts and tests
//!
//! `username`, `password`, `otp`, `accept`, `deny` (id and name); `factor` (chosen factor, also as a hidden field beside
//! `otp`), `kind` (what to enrol), `account` / `other` (account selection), `acknowledged` (recovery codes kept),
//! `remember` (consent), `name` (rename), `skip` (enrol later), `lang` / `return_to` (language).

mod assets;
mod brand;
mod colour;
mod ctx;
mod engine;
mod escape;
mod filters;
mod lang;
mod macros;
mod mail;
mod qr;
mod text;
pub mod url;
pub mod views;
mod when;

pub use assets::{Asset, asset_url, assets};
pub use brand::{Brand, BrandLink, BrandTexts, Localized};
pub use colour::{Accent, AccentError, Rgb};
pub use ctx::{CSRF_FIELD, Ctx, Hidden, LanguageSwitch, Theme};
pub use engine::{RenderError, SetupError, Templates};
pub use lang::Lang;
pub use mail::{Device, FirstStart, Mail, NoticeKind, NoticeMail, TestMail};
pub use views::{Sample, samples};
pub use when::When;
