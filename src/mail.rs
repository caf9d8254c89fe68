//! Mail to people: the mailer from the configuration, and notices as messages.

use std::net::IpAddr;

use kernel::Timestamp;
use kernel::ids::RowId;
use mfa::delivery::{BadAddress, Line, Mailbox, Mailer, Message, SmtpSettings};
use mfa::notices::{By, Factor, Notice, What};
use templates::{Ctx, Device, Lang, NoticeKind, NoticeMail, RenderError, TestMail, When};

use crate::app::App;
use crate::config::{Config, PublicUrl};
use crate::pages::show::factor_kind;
use crate::start::StartError;

/// A rendered mail cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum Unsendable {
    /// The address.
    #[error("the address {0}")]
    Address(#[from] BadAddress),
    /// The template: a bug.
    #[error(transparent)]
    Render(#[from] RenderError),
}

/// The mailer, if a server is configured.
///
/// # Errors
/// When the additional certificates cannot be used.
pub(crate) fn mailer(config: &Config) -> Result<Option<Mailer>, StartError> {
    let mail = &config.mail;
    // That a server has a sender was checked with the configuration.
    let (Some(host), Some(from)) = (&mail.host, &mail.from) else { return Ok(None) };
    let wrong = |path: &std::path::Path, what: String| StartError::Mail(format!("{}: {what}", path.display()));
    let extra_ca = match &mail.ca_file {
        Some(path) => std::fs::read(path).map_err(|e| wrong(path, e.to_string()))?,
        None => Vec::new(),
    };
    let settings = SmtpSettings {
        host: host.clone(),
        port: mail.port(),
        security: mail.security(),
        extra_ca,
        login: mail.user.clone().zip(mail.password.clone()),
        from: from.clone().or_named(&config.brand.name),
        reply_to: mail.reply_to.clone(),
        timeout: mail.timeout,
        hello: hello(&config.server.public_url),
    };
    let ca_file = mail.ca_file.clone().unwrap_or_default();
    Mailer::new(settings).map(Some).map_err(|what| wrong(&ca_file, what))
}

/// How we introduce ourselves to the mail server (RFC 5321, section 4.1.3).
fn hello(url: &PublicUrl) -> String {
    let host = url.host();
    match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(IpAddr::V4(v4)) => format!("[{v4}]"),
        Ok(IpAddr::V6(v6)) => format!("[IPv6:{v6}]"),
        Err(_) => host.to_owned(),
    }
}

/// The context of a mail: the brand, in this language.
fn ctx(app: &App, lang: Lang, at: Timestamp) -> Ctx {
    Ctx::new(lang, String::new(), String::new(), String::new(), When(at.0)).with_brand(app.pages.brand())
}

/// A notice as a message to this address.
///
/// # Errors
/// When the address is none.
pub(crate) fn notice(app: &App, id: RowId, notice: &Notice, to: &str) -> Result<Message, Unsendable> {
    let to = Mailbox::new(to, &notice.name)?;
    let lang = notice.language.as_deref().and_then(Lang::from_tag).unwrap_or(app.config.mail.language);
    let mail = app.pages.templates.notice_mail(&ctx(app, lang, notice.at), &view(app, notice))?;
    Ok(Message { id, at: notice.at, to, subject: Line::new(&mail.subject), text: mail.text, html: mail.html })
}

/// A message that says that mail works.
///
/// # Errors
/// When the address is none.
pub(crate) fn test(app: &App, to: &str) -> Result<Message, Unsendable> {
    let (to, at) = (Mailbox::parse(to)?, app.clock.now());
    let view = TestMail { url: app.config.server.public_url.origin().to_owned(), at: When(at.0) };
    let mail = app.pages.templates.test_mail(&ctx(app, app.config.mail.language, at), &view)?;
    let id = RowId::new(&app.entropy, at);
    Ok(Message { id, at, to, subject: Line::new(&mail.subject), text: mail.text, html: mail.html })
}

fn view(app: &App, notice: &Notice) -> NoticeMail {
    let (what, factor, left) = told(&notice.what);
    let named = |factor: &Factor| match factor.description.trim() {
        "" => factor.serial.clone(),
        name => name.to_owned(),
    };
    NoticeMail {
        name: notice.name.clone(),
        login: notice.login.clone(),
        what,
        factor_kind: factor.map(|factor| factor_kind(&factor.kind)),
        factor: factor.map(named).unwrap_or_default(),
        left,
        at: When(notice.at.0),
        by_administrator: notice.by == By::Administrator,
        address: notice.client.map(|ip| ip.to_canonical().to_string()),
        device: notice.user_agent.as_deref().and_then(Device::of),
        portal_url: app.config.server.public_url.join("/factors"),
    }
}

/// What is told, about which factor, and how many codes are left.
fn told(what: &What) -> (NoticeKind, Option<&Factor>, u32) {
    match what {
        What::FactorAdded { factor } => (NoticeKind::FactorAdded, Some(factor), 0),
        What::FactorEnabled { factor } => (NoticeKind::FactorEnabled, Some(factor), 0),
        What::FactorDisabled { factor } => (NoticeKind::FactorDisabled, Some(factor), 0),
        What::FactorRemoved { factor } => (NoticeKind::FactorRemoved, Some(factor), 0),
        What::CodesMade => (NoticeKind::CodesMade, None, 0),
        What::CodeUsed { left } => (NoticeKind::CodeUsed, None, *left),
        What::PasswordChanged => (NoticeKind::PasswordChanged, None, 0),
        What::EmailChanged => (NoticeKind::EmailChanged, None, 0),
        What::SignedOutEverywhere => (NoticeKind::SignedOutEverywhere, None, 0),
    }
}
