//! Self-service of a signed-in person: their factors, recovery codes and sessions.
//!
//! Rules: whoever comes without a session is sent through the login flow and back; a change of factors needs a factor shown within
//! the last minutes, and is sent through the flow for it ([`member::Member::fresh`]). What may be changed is decided by the engine's
//! operations, here they are only called.

mod add;
mod codes;
mod factors;
mod home;
mod member;
mod notice;
mod sessions;

use axum::response::Response;
use idp::login::Authenticated;

use crate::http::{Area, Route, Who};
use crate::pages::language::own_path;
use crate::pages::view::Screen;

/// The routes of the portal.
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/", Area::Portal, Who::Person, home::get),
        Route::get("/factors", Area::Portal, Who::Person, factors::list),
        Route::get("/factors/add", Area::Portal, Who::Person, add::get),
        Route::post("/factors/add", Area::Portal, Who::Person, add::begin),
        Route::post("/factors/{serial}/confirm", Area::Portal, Who::Person, add::confirm),
        Route::post("/factors/{serial}/abandon", Area::Portal, Who::Person, add::abandon),
        Route::post("/factors/{serial}/rename", Area::Portal, Who::Person, factors::rename),
        Route::post("/factors/{serial}/disable", Area::Portal, Who::Person, factors::disable),
        Route::post("/factors/{serial}/enable", Area::Portal, Who::Person, factors::enable),
        Route::get("/factors/{serial}/remove", Area::Portal, Who::Person, factors::ask_remove),
        Route::post("/factors/{serial}/remove", Area::Portal, Who::Person, factors::remove),
        Route::post("/recovery-codes", Area::Portal, Who::Person, codes::renew),
        Route::post("/recovery-codes/kept", Area::Portal, Who::Person, codes::kept),
        Route::post("/sessions/end", Area::Portal, Who::Person, sessions::end_all),
        Route::post("/sessions/{id}/end", Area::Portal, Who::Person, sessions::end),
    ]
}

/// Somebody has signed in to the portal: on to where they wanted to go.
pub async fn arrived(screen: &Screen, success: &Authenticated) -> Response {
    screen.see_other(own_path(success.ticket()).unwrap_or("/"))
}
