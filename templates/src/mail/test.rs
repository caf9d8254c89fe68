//! The mail with which somebody tries out whether mail arrives.

use serde::Serialize;

use super::Mail;
use crate::{Ctx, RenderError, Templates, When};

/// "Mail works".
#[derive(Clone, Serialize)]
pub struct TestMail {
    /// Public address of the service that sends it.
    pub url: String,
    /// When it was sent.
    pub at: When,
}

impl Templates {
    /// "Mail works".
    pub fn test_mail(&self, ctx: &Ctx, view: &TestMail) -> Result<Mail, RenderError> {
        self.mail(["mail_test_subject.txt", "mail_test.txt", "mail_test.html"], ctx, view)
    }
}

impl TestMail {
    /// Sample data.
    pub fn sample() -> Self {
        Self { url: "https://login.example.org".into(), at: When(1_763_761_020_000_000) }
    }
}
