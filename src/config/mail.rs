//! `[mail]`

use std::path::PathBuf;
use std::time::Duration;

use figment::value::Value;
use kernel::SecretText;
use mfa::delivery::{Mailbox, Security};
use templates::Lang;

use super::declare::section;
use super::problem::Problems;
use super::setting::{Setting, choice, text};

choice! {
    /// How the connection to the mail server is protected.
    MailTls {
        /// Not at all.
        None = "none",
        /// From the first word after the greeting.
        StartTls = "starttls",
        /// From the first byte.
        Implicit = "implicit",
    }
}

section! {
    /// The mail server through which people are told what happens to their account. Without one, nobody is told.
    Mail = "mail" {
        /// Name or address of the server; unset means that no mail is sent.
        host: Option<String> = None;
        /// Its port; unset means 587 for `starttls`, 465 for `implicit` and 25 for `none`.
        port: Option<u16> = None;
        /// How the connection is protected: `starttls`, `implicit`, or `none` to a server on this machine.
        tls: MailTls = MailTls::StartTls;
        /// Lets `tls = "none"` be used to other machines: names, addresses and what happened can then be read on the way.
        allow_plaintext: bool = false;
        /// PEM file with certificates that are trusted besides those of the system.
        ca_file: Option<PathBuf> = None;
        /// User name, if the server wants one.
        user: Option<String> = None;
        /// Its password.
        password: Option<SecretText> = None;
        /// Whom mail is from, such as `Login <no-reply@example.org>`; without a name, that of the brand is shown.
        from: Option<Mailbox> = None;
        /// Whom answers go to, such as the help desk.
        reply_to: Option<Mailbox> = None;
        /// A message is handed over within this time, or tried again later.
        timeout: Duration = Duration::from_secs(20);
        /// A message that the server has not taken for so long is given up.
        give_up_after: Duration = Duration::from_secs(2 * 86_400);
        /// Language for people who have none in the directory and named none where it happened.
        language: Lang = Lang::En;
    }
}

impl Mail {
    /// How the connection is protected.
    pub fn security(&self) -> Security {
        match self.tls {
            MailTls::None => Security::None,
            MailTls::StartTls => Security::StartTls,
            MailTls::Implicit => Security::Implicit,
        }
    }

    /// The port of the server.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            MailTls::None => 25,
            MailTls::StartTls => 587,
            MailTls::Implicit => 465,
        })
    }

    /// Rules that join several settings.
    pub(super) fn check(&self, problems: &mut Problems) {
        let Some(host) = &self.host else {
            if self.from.is_some() || self.user.is_some() {
                problems.add("mail.host", "is missing, the other settings of mail have no effect", "set mail.host");
            }
            return;
        };
        if url::Host::parse(host).is_err() {
            problems.add("mail.host", format!("{host:?} is no host name or address"), "write such as \"mail.example.org\"");
        }
        if self.from.is_none() {
            problems.add("mail.from", "is missing: mail needs a sender", "set mail.from");
        }
        if self.user.is_some() != self.password.is_some() {
            let what = "user and password belong together, only one of them is set";
            problems.add("mail.user", what, "set mail.user and mail.password_file");
        }
        if self.tls == MailTls::None && !self.allow_plaintext && !is_loopback(host) {
            problems.add(
                "mail.tls",
                format!("{host} is another machine, and nothing would protect the way there"),
                "set mail.tls = \"starttls\" or \"implicit\"; or mail.allow_plaintext = true if the network is your own",
            );
        }
        if self.timeout.is_zero() || self.timeout > Duration::from_secs(300) {
            problems.add("mail.timeout", "is out of range", "write something from 1s to 5m");
        }
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

impl Setting for Mailbox {
    fn kind() -> String {
        "a mail address such as \"Login <no-reply@example.org>\"".into()
    }
    fn read(value: &Value) -> Result<Self, String> {
        let text = text(value).unwrap_or_default();
        Self::parse(&text).map_err(|e| format!("{text:?} {e}"))
    }
    fn show(&self) -> serde_json::Value {
        self.to_string().into()
    }
}

impl Setting for Lang {
    fn kind() -> String {
        format!("one of {}", Self::ALL.iter().map(|lang| lang.tag()).collect::<Vec<_>>().join(", "))
    }
    fn read(value: &Value) -> Result<Self, String> {
        let text = text(value).unwrap_or_default();
        Self::from_tag(&text).ok_or_else(|| format!("{text:?} is not known"))
    }
    fn show(&self) -> serde_json::Value {
        self.tag().into()
    }
}
