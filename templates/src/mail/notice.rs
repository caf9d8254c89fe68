//! Notices: what people are told about their own account.
//!
//! To add one: a line in `kinds!` and its sentences in every language.

use serde::Serialize;

use super::{Device, Mail};
use crate::views::FactorKind;
use crate::{Ctx, RenderError, Templates, When};

/// Declares what is told: its title, the sentence that says it, and what to do when it comes as a surprise.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident => $title:literal, $text:literal, $care:literal;)+) => {
        /// What is told.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum NoticeKind { $($(#[$doc])* $name),+ }

        impl NoticeKind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Keys of its sentences: title, text, what to do.
            fn sentences(self) -> [&'static str; 3] {
                match self { $(Self::$name => [$title, $text, $care]),+ }
            }
        }
    };
}

kinds! {
    /// A factor can be used from now on.
    FactorAdded => "mail-factor-added", "mail-factor-added-text", "mail-care-factor";
    /// A factor that was off is on again.
    FactorEnabled => "mail-factor-enabled", "mail-factor-enabled-text", "mail-care-factor";
    /// A factor is off.
    FactorDisabled => "mail-factor-disabled", "mail-factor-gone-text", "mail-care-account";
    /// A factor is gone.
    FactorRemoved => "mail-factor-removed", "mail-factor-gone-text", "mail-care-account";
    /// There are new recovery codes.
    CodesMade => "mail-codes-made", "mail-codes-made-text", "mail-care-account";
    /// A recovery code was used up.
    CodeUsed => "mail-code-used", "mail-code-used-text", "mail-care-account";
    /// The password is another.
    PasswordChanged => "mail-password-changed", "mail-password-changed-text", "mail-care-lost";
    /// Mail goes to another address from now on.
    EmailChanged => "mail-email-changed", "mail-email-changed-text", "mail-care-lost";
    /// All sessions were ended.
    SignedOutEverywhere => "mail-signed-out", "mail-signed-out-text", "mail-care-account";
}

impl Serialize for NoticeKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.sentences().serialize(serializer)
    }
}

/// One notice.
#[derive(Clone, Serialize)]
pub struct NoticeMail {
    /// How the person is addressed.
    pub name: String,
    /// Name under which the person signs in.
    pub login: String,
    /// What is told.
    pub what: NoticeKind,
    /// What kind of factor it is about, if it is about one.
    pub factor_kind: Option<FactorKind>,
    /// Its name in the portal; empty when it is about none.
    pub factor: String,
    /// How many recovery codes are left.
    pub left: u32,
    /// When it happened.
    pub at: When,
    /// Whether an administrator did it.
    pub by_administrator: bool,
    /// Network address that it was done from, when known.
    pub address: Option<String>,
    /// Browser or device, when known.
    pub device: Option<Device>,
    /// Where the person can see to it.
    pub portal_url: String,
}

impl Templates {
    /// What happened to an account, for its owner.
    pub fn notice_mail(&self, ctx: &Ctx, view: &NoticeMail) -> Result<Mail, RenderError> {
        self.mail(["mail_notice_subject.txt", "mail_notice.txt", "mail_notice.html"], ctx, view)
    }
}

impl NoticeMail {
    /// Sample data.
    pub fn sample(what: NoticeKind) -> Self {
        let about_factor = matches!(
            what,
            NoticeKind::FactorAdded | NoticeKind::FactorEnabled | NoticeKind::FactorDisabled | NoticeKind::FactorRemoved
        );
        Self {
            name: "Ada Lovelace".into(),
            login: "ada".into(),
            what,
            factor_kind: about_factor.then_some(FactorKind::Totp),
            factor: if about_factor { "Pixel 9".into() } else { String::new() },
            left: 7,
            at: When(1_763_761_020_000_000),
            by_administrator: false,
            address: Some("192.0.2.17".into()),
            device: Device::of("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"),
            portal_url: "https://login.example.org/factors".into(),
        }
    }
}
