//! Messages that leave by mail, and the text of the first start.

use serde::Serialize;

use crate::views::FactorKind;
use crate::{Ctx, RenderError, Templates, When};

/// Sources of the messages.
pub(crate) const SOURCES: &[(&str, &str)] = &[
    ("mail_subject.txt", include_str!("../text/mail_subject.txt")),
    ("mail_factor_added.txt", include_str!("../text/mail_factor_added.txt")),
    ("mail_factor_added.html", include_str!("../html/mail_factor_added.html")),
    ("first_start.txt", include_str!("../text/first_start.txt")),
];

/// A rendered message.
pub struct Mail {
    /// Subject, one line.
    pub subject: String,
    /// Plain text part.
    pub text: String,
    /// HTML part, complete in itself: no pictures, no addresses to load.
    pub html: String,
}

/// "A factor was added", sent to the owner so that an unexpected one is noticed.
#[derive(Clone, Serialize)]
pub struct FactorAddedMail {
    /// How the person is addressed.
    pub name: String,
    /// Name under which the person signs in.
    pub login: String,
    /// What was added.
    pub kind: FactorKind,
    /// Its name in the portal.
    pub factor: String,
    /// When it was added.
    pub at: When,
    /// Network address it was added from, when known.
    pub address: Option<String>,
    /// Browser or device, when known.
    pub device: Option<String>,
    /// Address of the portal.
    pub portal_url: String,
}

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
    /// "A factor was added".
    pub fn factor_added_mail(&self, ctx: &Ctx, view: &FactorAddedMail) -> Result<Mail, RenderError> {
        Ok(Mail {
            subject: self.render("mail_subject.txt", ctx, view)?.trim().to_owned(),
            text: self.render("mail_factor_added.txt", ctx, view)?,
            html: self.render("mail_factor_added.html", ctx, view)?,
        })
    }

    /// The text of the first start, for a terminal of 80 columns.
    pub fn first_start(&self, ctx: &Ctx, view: &FirstStart) -> Result<String, RenderError> {
        self.render("first_start.txt", ctx, view)
    }
}

impl FactorAddedMail {
    /// Sample data.
    pub fn sample() -> Self {
        Self {
            name: "Ada Lovelace".into(),
            login: "ada".into(),
            kind: FactorKind::Totp,
            factor: "Pixel 9".into(),
            at: When(1_763_761_020_000_000),
            address: Some("192.0.2.17".into()),
            device: Some("Firefox on Linux".into()),
            portal_url: "https://login.example.org/".into(),
        }
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
