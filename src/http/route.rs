//! Routes as rows of a table.

use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on};
use http::Method;

use crate::app::App;

/// Which part of the house a route belongs to; decides host check, CSRF, headers and the form of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Area {
    /// The management API and `/validate`: JSON in its envelope, never cookies.
    Api,
    /// OpenID endpoints called by applications' servers: JSON, never cookies.
    Oidc,
    /// SAML metadata, which applications' servers fetch: never cookies.
    Saml,
    /// Provisioning: JSON of SCIM, never cookies.
    Scim,
    /// Pages of the sign-in and the authorization endpoint: HTML, cookies, forms under CSRF protection.
    Pages,
    /// Self-service pages of a signed-in person.
    Portal,
    /// Stylesheet, fonts, pictures: public and cacheable.
    Assets,
    /// Health and metrics: for machines that know this one by any name.
    Operations,
}

impl Area {
    /// Whether its answers are for browsers with cookies.
    pub const fn is_browser(self) -> bool {
        matches!(self, Self::Pages | Self::Portal)
    }
}

/// Who may call a route. Enforced on the way to the handler, or by the extractor that the handler cannot do without; the
/// authorization test calls every route without the demanded credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// Anyone.
    Anyone,
    /// The browser in which the sign-in was started, named by its cookie.
    Browser,
    /// A person with a session.
    Person,
    /// A person or administrator with an API token.
    Caller,
    /// An administrator with an API token.
    Admin,
    /// An application that authenticates itself.
    Client,
    /// Whoever holds an access token.
    Bearer,
    /// A provisioning client with its token.
    Provisioner,
    /// Monitoring with its configured token.
    Monitor,
}

/// One method on one path.
#[derive(Clone)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path in axum's notation, without a slash at the end (except `/`).
    pub path: &'static str,
    /// The part of the house.
    pub area: Area,
    /// Who may call it.
    pub who: Who,
    /// A browser may be sent here by another site with a POST; there is no CSRF token then, and the handler must not change
    /// anything (it parks the request and answers with a redirect to a GET).
    pub cross_site: bool,
    /// One line for the API document; empty outside of it.
    pub summary: &'static str,
    /// Names of the parameters, for the API document.
    pub params: &'static [&'static str],
    pub(crate) handler: MethodRouter<App>,
}

impl Route {
    /// A route.
    pub fn new<H, T>(method: Method, path: &'static str, area: Area, who: Who, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let filter = MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::GET);
        Self { method, path, area, who, cross_site: false, summary: "", params: &[], handler: on(filter, handler) }
    }

    /// GET.
    pub fn get<H: Handler<T, App>, T: 'static>(path: &'static str, area: Area, who: Who, handler: H) -> Self {
        Self::new(Method::GET, path, area, who, handler)
    }

    /// POST.
    pub fn post<H: Handler<T, App>, T: 'static>(path: &'static str, area: Area, who: Who, handler: H) -> Self {
        Self::new(Method::POST, path, area, who, handler)
    }

    /// See [`Route::cross_site`].
    #[must_use]
    pub fn cross_site(mut self) -> Self {
        self.cross_site = true;
        self
    }

    /// Describes it for the API document.
    #[must_use]
    pub fn about(mut self, summary: &'static str, params: &'static [&'static str]) -> Self {
        (self.summary, self.params) = (summary, params);
        self
    }

    /// The path as the router gets it. Calls of the API name the same position differently from method to method, which the
    /// router does not allow: there positions are numbered, and [`Route::names`] says what they are called.
    pub fn pattern(&self) -> String {
        if self.area != Area::Api {
            return self.path.to_owned();
        }
        let mut position = 0;
        let part = |part: &str| match part.starts_with('{') {
            true => {
                position += 1;
                format!("{{{position}}}")
            }
            false => part.to_owned(),
        };
        self.path.split('/').map(part).collect::<Vec<_>>().join("/")
    }

    /// Names of the parameters of a path, in order.
    pub fn names(path: &'static str) -> Vec<&'static str> {
        path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect()
    }

    /// Whether a browser form may change something here, so that a CSRF token is demanded.
    pub fn wants_csrf(&self) -> bool {
        self.area.is_browser() && !self.cross_site && !self.method.is_safe()
    }
}
