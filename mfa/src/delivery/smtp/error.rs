//! Why a message was not handed over, and what that means for it.

use std::fmt;

use kernel::{Class, Classified};

use crate::delivery::address::Line;

/// How far it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Finding the address of the server.
    Resolve,
    /// Connecting to it.
    Connect,
    /// Its greeting.
    Greeting,
    /// Protecting the connection.
    Tls,
    /// Signing in.
    Login,
    /// Naming the sender.
    Sender,
    /// Naming the recipient.
    Recipient,
    /// Handing over the message.
    Content,
}

impl Stage {
    /// Its name in logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Greeting => "greeting",
            Self::Tls => "tls",
            Self::Login => "login",
            Self::Sender => "sender",
            Self::Recipient => "recipient",
            Self::Content => "content",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Resolve => "finding the mail server",
            Self::Connect => "connecting to the mail server",
            Self::Greeting => "greeting the mail server",
            Self::Tls => "protecting the connection to the mail server",
            Self::Login => "signing in at the mail server",
            Self::Sender => "naming the sender",
            Self::Recipient => "naming the recipient",
            Self::Content => "handing over the message",
        })
    }
}

/// What becomes of a message that was not handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The server takes none at present: every message waits.
    Down,
    /// This one may be taken later.
    Later,
    /// This one will never be taken.
    Never,
}

/// A message was not handed over. The text contains neither the recipient nor anything of the login.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{stage}: {what}")]
pub struct MailError {
    /// How far it came.
    pub stage: Stage,
    /// Why it went no further.
    pub what: String,
    /// What becomes of the message.
    pub fate: Fate,
}

impl MailError {
    pub(super) fn new(stage: Stage, what: impl AsRef<str>, fate: Fate) -> Self {
        Self { stage, what: Line::new(what.as_ref()).as_str().to_owned(), fate }
    }

    /// The same without the recipient, whom servers like to repeat.
    pub(super) fn without(mut self, recipient: &str) -> Self {
        self.what = self.what.replace(recipient, "the recipient");
        self
    }
}

impl Classified for MailError {
    fn class(&self) -> Class {
        match self.fate {
            Fate::Down | Fate::Later => Class::Unavailable,
            Fate::Never => Class::Invalid,
        }
    }
    fn code(&self) -> &'static str {
        match self.fate {
            Fate::Down => "mail_down",
            Fate::Later => "mail_later",
            Fate::Never => "mail_refused",
        }
    }
}

/// What went wrong, before it is known at which stage.
pub(super) enum Cause {
    /// The connection, or what came over it.
    Broken(String),
    /// The server said no: its words, and whether it means it.
    Refused { words: String, code: u16, permanent: bool },
}

impl Cause {
    pub(super) fn at(self, stage: Stage) -> MailError {
        // What is said about sender, login or greeting concerns every message, also when the server thinks that it is final: an
        // operator mends it, and what waits is not lost.
        let about_this_one = matches!(stage, Stage::Recipient | Stage::Content);
        match self {
            Self::Broken(what) => MailError::new(stage, what, Fate::Down),
            // Some servers repeat the command, which holds the password.
            Self::Refused { code, .. } if stage == Stage::Login => {
                MailError::new(stage, format!("refused with {code}"), Fate::Down)
            }
            // 421: the service closes the connection (RFC 5321, section 3.8).
            Self::Refused { words, permanent, code } => {
                let fate = match (about_this_one && code != 421, permanent) {
                    (false, _) => Fate::Down,
                    (true, true) => Fate::Never,
                    (true, false) => Fate::Later,
                };
                MailError::new(stage, format!("the server says: {words}"), fate)
            }
        }
    }
}

impl From<std::io::Error> for Cause {
    fn from(e: std::io::Error) -> Self {
        Self::Broken(e.to_string())
    }
}

impl From<tokio::sync::AcquireError> for Cause {
    fn from(e: tokio::sync::AcquireError) -> Self {
        Self::Broken(e.to_string())
    }
}

impl From<lettre::transport::smtp::Error> for Cause {
    fn from(e: lettre::transport::smtp::Error) -> Self {
        let why = std::error::Error::source(&e).map_or_else(|| e.to_string(), ToString::to_string);
        match e.status() {
            Some(code) => {
                let number = u16::try_from(code.severity as u32 * 100 + code.category as u32 * 10 + code.detail as u32);
                let number = number.unwrap_or_default();
                Self::Refused { words: format!("{number} {why}"), code: number, permanent: e.is_permanent() }
            }
            None => Self::Broken(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: u16) -> Cause {
        Cause::Refused { words: format!("{code} <ada@example.org>: AUTH PLAIN AGFkYQBnZWhlaW0="), code, permanent: code >= 500 }
    }

    #[test]
    fn what_a_refusal_means_depends_on_where_it_came() {
        for (code, stage, fate) in [
            (550, Stage::Recipient, Fate::Never),
            (450, Stage::Recipient, Fate::Later),
            (554, Stage::Content, Fate::Never),
            (452, Stage::Content, Fate::Later),
            (421, Stage::Recipient, Fate::Down),
            (550, Stage::Sender, Fate::Down),
            (535, Stage::Login, Fate::Down),
            (554, Stage::Greeting, Fate::Down),
        ] {
            assert_eq!(refused(code).at(stage).fate, fate, "{code} {stage:?}");
        }
    }

    #[test]
    fn errors_tell_no_secrets() {
        let login = refused(535).at(Stage::Login).to_string();
        assert!(login.contains("535") && !login.contains("AGFk"), "{login}");
        let recipient = refused(550).at(Stage::Recipient).without("ada@example.org").to_string();
        assert!(recipient.contains("550 <the recipient>"), "{recipient}");
    }
}
