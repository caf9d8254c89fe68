//! From a view to an answer: the context of the page, the headers it needs, the cookie of a new browser.

use std::sync::Arc;
use std::time::Duration;

use audit::{Door, Origin};
use axum::extract::FromRequestParts;
use axum::response::{Html, IntoResponse, Response};
use http::header::{LOCATION, SET_COOKIE};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use kernel::SecretText;
use templates::views::ErrorKind;
use templates::{Accent, Brand, BrandTexts, Ctx, Lang, LanguageSwitch, Localized, RenderError, Templates, When};

use crate::app::App;
use crate::config;
use crate::http::cookie::{self, Cookie};
use crate::http::csrf::Browser;
use crate::http::secure::FormAction;
use crate::http::{Cx, failure};

use super::error;

/// What pages need of the program.
pub struct Pages {
    /// The templates, compiled once.
    pub templates: Templates,
    brand: Arc<Brand>,
}

impl Pages {
    /// Compiles the templates.
    ///
    /// # Errors
    /// Only when the templates themselves are broken.
    pub fn new(brand: &config::Brand) -> Result<Self, templates::SetupError> {
        Ok(Self { templates: Templates::new()?, brand: Arc::new(shown(brand)) })
    }

    /// How the service presents itself.
    pub fn brand(&self) -> Arc<Brand> {
        self.brand.clone()
    }
}

fn shown(brand: &config::Brand) -> Brand {
    Brand {
        name: brand.name.clone(),
        logo_url: brand.logo.clone(),
        // Checked when the configuration was read.
        accent: brand.colour.as_deref().and_then(|c| Accent::parse(c).ok()),
        texts: BrandTexts {
            welcome: brand.welcome.clone().map(Localized::any).unwrap_or_default(),
            help: brand.help.clone().map(Localized::any).unwrap_or_default(),
            links: Vec::new(),
        },
    }
}

/// Where a page is shown: the program, the request and the browser.
#[derive(Clone)]
pub struct Screen {
    /// The program.
    pub app: App,
    /// The request.
    pub cx: Cx,
    /// The browser.
    pub browser: Browser,
    /// The session cookie.
    pub session: Option<SecretText>,
    /// The known-device cookie.
    pub device: Option<SecretText>,
    /// Whether the person has signed out here, and not in again.
    pub signed_out: bool,
    path: String,
}

impl FromRequestParts<App> for Screen {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let cx = Cx::from_request_parts(parts, app).await?;
        let Ok(browser) = Browser::from_request_parts(parts, app).await;
        let secret = |cookie: Cookie| cookie.read(&app.config.server.public_url, &parts.headers).map(SecretText::from);
        let (session, device) = (secret(cookie::SESSION), secret(cookie::DEVICE));
        let signed_out = cookie::SIGNED_OUT.read(&app.config.server.public_url, &parts.headers).is_some();
        Ok(Self { app: app.clone(), cx, browser, session, device, signed_out, path: parts.uri.path().to_owned() })
    }
}

impl Screen {
    /// The templates.
    pub fn templates(&self) -> &Templates {
        &self.app.pages.templates
    }

    /// The context of the page.
    pub fn ctx(&self) -> Ctx {
        let mut ctx = plain(&self.app, &self.cx, self.browser.csrf(&self.app));
        ctx.language_switch = Some(LanguageSwitch { action: "/login/language".to_owned(), return_to: self.path.clone() });
        ctx
    }

    /// The context of a page of a flow: in a language that the party wishes, unless the person has chosen one.
    pub fn ctx_for(&self, ui_locales: &[String]) -> Ctx {
        let mut ctx = self.ctx();
        if !self.cx.lang_chosen
            && let Some(lang) = ui_locales.iter().find_map(|tag| Lang::from_tag(tag))
        {
            ctx.lang = lang;
        }
        ctx
    }

    /// Who asks, for the libraries.
    pub fn origin(&self, door: Door) -> Origin {
        self.app.origin(&self.cx, door)
    }

    /// What the login flow knows of the browser.
    pub fn as_browser(&self) -> idp::login::Browser {
        idp::login::Browser {
            binding: SecretText::new(self.browser.secret()),
            session: self.session.clone(),
            device: self.device.clone(),
            is_transient: false,
        }
    }

    /// The error page of this kind.
    pub fn error(&self, status: StatusCode, kind: ErrorKind) -> Response {
        error::page(&self.app, &self.cx, status, kind)
    }

    /// 303 to a path of ours, or to an address that was checked before.
    pub fn see_other(&self, location: &str) -> Response {
        let Ok(value) = HeaderValue::from_str(location) else {
            return failure::internal("a redirect to something that is no header value");
        };
        let mut response = (StatusCode::SEE_OTHER, [(LOCATION, value)]).into_response();
        self.browser.remember(&self.app, &mut response);
        response
    }

    /// Sets the session cookie on an answer.
    pub fn set_session(&self, response: &mut Response, value: &SecretText) {
        let url = &self.app.config.server.public_url;
        response.headers_mut().append(SET_COOKIE, cookie::SESSION.set(url, value.expose(), None));
        if self.signed_out {
            response.headers_mut().append(SET_COOKIE, cookie::SIGNED_OUT.clear(url));
        }
    }

    /// Removes the session cookie of somebody who signs out.
    pub fn clear_session(&self, response: &mut Response) {
        let url = &self.app.config.server.public_url;
        response.headers_mut().append(SET_COOKIE, cookie::SESSION.clear(url));
        // Until the browser is closed: whoever signs out of a domain machine would else be signed in again by the next page.
        if self.app.config.kerberos.keytab.is_some() {
            response.headers_mut().append(SET_COOKIE, cookie::SIGNED_OUT.set(url, "signed-out-by-the-person", None));
        }
    }

    /// Sets the known-device cookie on an answer.
    pub fn set_device(&self, response: &mut Response, value: &SecretText, lifetime: Duration) {
        let cookie = cookie::DEVICE.set(&self.app.config.server.public_url, value.expose(), Some(lifetime));
        response.headers_mut().append(SET_COOKIE, cookie);
    }

    /// The rendered page as an answer.
    pub fn show(&self, page: Result<String, RenderError>) -> Response {
        self.show_with(StatusCode::OK, page, &[])
    }

    /// As [`Screen::show`], with a status and the origins to which the page's forms may lead besides our own.
    pub fn show_with(&self, status: StatusCode, page: Result<String, RenderError>, form_action: &[String]) -> Response {
        let mut response = rendered(status, page);
        response.extensions_mut().insert(FormAction(form_action.to_vec()));
        self.browser.remember(&self.app, &mut response);
        response
    }
}

/// A context without a browser, for pages that have no forms of ours.
pub(super) fn plain(app: &App, cx: &Cx, csrf: String) -> Ctx {
    let mut ctx = Ctx::new(cx.lang, cx.nonce().to_owned(), csrf, cx.id.clone(), When(cx.at.0));
    ctx = ctx.with_brand(app.pages.brand.clone());
    ctx
}

pub(super) fn rendered(status: StatusCode, page: Result<String, RenderError>) -> Response {
    match page {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => failure::internal(&error.to_string()),
    }
}
