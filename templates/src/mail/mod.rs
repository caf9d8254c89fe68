//! Messages that leave by mail, and the text of the first start.

mod device;
mod first_start;
mod notice;
mod test;

use serde::Serialize;

use crate::{Ctx, RenderError, Templates};

pub use device::Device;
pub use first_start::FirstStart;
pub use notice::{NoticeKind, NoticeMail};
pub use test::TestMail;

/// Sources of the messages.
pub(crate) const SOURCES: &[(&str, &str)] = &[
    ("mail_layout.txt", include_str!("../../text/mail_layout.txt")),
    ("mail_layout.html", include_str!("../../html/mail_layout.html")),
    ("mail_notice_subject.txt", include_str!("../../text/mail_notice_subject.txt")),
    ("mail_notice.txt", include_str!("../../text/mail_notice.txt")),
    ("mail_notice.html", include_str!("../../html/mail_notice.html")),
    ("mail_test_subject.txt", include_str!("../../text/mail_test_subject.txt")),
    ("mail_test.txt", include_str!("../../text/mail_test.txt")),
    ("mail_test.html", include_str!("../../html/mail_test.html")),
    ("first_start.txt", include_str!("../../text/first_start.txt")),
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

impl Templates {
    fn mail(&self, [subject, text, html]: [&'static str; 3], ctx: &Ctx, view: &impl Serialize) -> Result<Mail, RenderError> {
        Ok(Mail {
            subject: self.render(subject, ctx, view)?.trim().to_owned(),
            text: self.render(text, ctx, view)?,
            html: self.render(html, ctx, view)?,
        })
    }
}
