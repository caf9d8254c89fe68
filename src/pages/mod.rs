//! The hosted pages: one file per step. A page parses its form, calls `idp` (or the engine through an operation) and renders a
//! view; it decides nothing.
//!
//! To add a page: a view in `templates`, a file here with its handlers, and its lines in [`routes`]. Forms are under CSRF
//! protection by their area; no handler sees a form without its token.

pub mod answer;
pub mod assets;
pub mod error;
pub mod flow;
pub mod language;
pub mod leaving;
pub mod logout;
pub mod negotiate;
pub mod outcome;
pub mod show;
pub mod view;

use crate::http::{Area, Route, Who};

/// The routes.
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/assets/{name}", Area::Assets, Who::Anyone, assets::get),
        Route::get("/login/{flow}", Area::Pages, Who::Browser, flow::get),
        Route::post("/login/{flow}", Area::Pages, Who::Browser, flow::post),
        Route::post("/login/{flow}/switch", Area::Pages, Who::Browser, flow::switch),
        Route::post("/login/{flow}/cancel", Area::Pages, Who::Browser, flow::cancel),
        Route::get("/login/{flow}/restart", Area::Pages, Who::Browser, flow::restart),
        Route::get("/consent/{flow}", Area::Pages, Who::Browser, flow::get),
        Route::post("/consent/{flow}", Area::Pages, Who::Browser, flow::post),
        Route::get("/logout", Area::Pages, Who::Anyone, logout::get),
        Route::post("/logout", Area::Pages, Who::Browser, logout::post),
        Route::get("/logout/{logout}", Area::Pages, Who::Browser, leaving::get),
        Route::post("/logout/{logout}", Area::Pages, Who::Browser, leaving::skip),
        Route::post("/login/language", Area::Pages, Who::Browser, language::post),
    ]
}
