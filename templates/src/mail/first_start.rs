//! What the terminal shows after the first start.

use serde::Serialize;

use crate::{Ctx, RenderError, Templates};

/// What the terminal shows after the first start on an empty directory. Contains a password: print it, never log it.
#[derive(Clone, Serialize)]
pub struct FirstStart {
    /// Public address.
    pub url: String,
    /// Directory that holds everything.
    pub data_dir: String,
    /// Login of the first administrator.
    pub admin: String,
    /// Password of the first administrator, generated.
    pub password: String,
}

impl Templates {
    /// The text of the first start, for a terminal of 80 columns.
    pub fn first_start(&self, ctx: &Ctx, view: &FirstStart) -> Result<String, RenderError> {
        self.render("first_start.txt", ctx, view)
    }
}

impl FirstStart {
    /// Sample data.
    pub fn sample() -> Self {
        Self {
            url: "http://localhost:8080".into(),
            data_dir: "/var/lib/symbolon".into(),
            admin: "admin".into(),
            password: "kestrel-Quartz-7492-lantern".into(),
        }
    }
}
