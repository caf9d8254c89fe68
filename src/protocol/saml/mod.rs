//! SAML 2.0 over HTTP. What is answered is decided in `idp::saml`; here requests are read and answers rendered.
//!
//! To add an endpoint: a function of the provider, a handler here, a line in [`routes`].

mod artifact;
mod attributes;
mod credentials;
mod ecp;
pub mod forms;
mod metadata;
pub mod slo;
mod soap;
pub mod sso;

use crate::http::{Area, Route, Who};

/// The routes of the protocol.
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/saml/metadata", Area::Saml, Who::Anyone, metadata::get),
        Route::get("/saml/sso", Area::Pages, Who::Anyone, sso::get),
        Route::post("/saml/artifact", Area::Saml, Who::Client, artifact::post),
        Route::post("/saml/attributes", Area::Saml, Who::Client, attributes::post),
        Route::post("/saml/ecp", Area::Saml, Who::Anyone, ecp::post),
        Route::post("/saml/sso", Area::Pages, Who::Anyone, sso::post).cross_site(),
        Route::get("/saml/slo", Area::Pages, Who::Anyone, slo::get),
        Route::post("/saml/slo", Area::Pages, Who::Anyone, slo::post).cross_site(),
        Route::post("/saml/slo/soap", Area::Saml, Who::Anyone, slo::soap),
    ]
}
