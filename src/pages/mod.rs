//! The hosted pages: one file per step. A page parses its form, calls `idp` (or the engine through an operation) and renders a
//! view; it decides nothing.
//!
//! To add a page: a view in `templates`, a file here with its handlers, and its lines in [`routes`]. Forms are under CSRF
//! protection by their area; no handler sees a form without its token.

pub mod assets;
pub mod error;
pub mod language;
pub mod view;

use crate::http::{Area, Route, Who};

/// The routes.
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/assets/{name}", Area::Assets, Who::Anyone, assets::get),
        Route::post("/login/language", Area::Pages, Who::Browser, language::post),
    ]
}
