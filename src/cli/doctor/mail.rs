//! Mail: is a server configured, does it take our connection and login, does anything wait for it.

use std::time::Duration;

use mfa::delivery::{MailError, Mailer, Stage};

use crate::app::App;
use crate::cli::console::moment;
use crate::config::MailTls;
use crate::mail;

use super::{Finding, bad, good, warning};

/// What waits for longer has met an obstacle.
const LONG: Duration = Duration::from_secs(600);

pub(super) async fn check(app: &App, test_to: Option<&str>) -> Vec<Finding> {
    let Some(mailer) = &app.mail else {
        let mend = "set mail.host and mail.from; see docs/guides/mail.md";
        let nobody = warning("no mail server is configured: nobody is told when a factor is added to their account", mend);
        let unsent = test_to.map(|to| bad(format!("no test mail can be sent to {to}"), mend));
        return [Some(nobody), unsent].into_iter().flatten().collect();
    };
    let mut found = Vec::new();
    if app.config.mail.tls == MailTls::None && app.config.mail.allow_plaintext {
        let what = format!("mail goes unprotected to {}", mailer.server());
        found.push(warning(what, "set mail.tls = \"starttls\" or \"implicit\" as soon as the server offers it"));
    }
    found.push(match mailer.probe().await {
        Ok(()) => good(format!("the mail server {} {}", mailer.server(), accepts(app))),
        Err(error) => failed(mailer, &error),
    });
    found.extend(waiting(app).await);
    if let Some(to) = test_to {
        found.push(test(app, mailer, to).await);
    }
    found
}

fn accepts(app: &App) -> &'static str {
    match (app.config.mail.tls, &app.config.mail.user) {
        (MailTls::None, None) => "answers",
        (MailTls::None, Some(_)) => "answers and accepts our login",
        (_, None) => "answers over TLS",
        (_, Some(_)) => "answers over TLS and accepts our login",
    }
}

fn failed(mailer: &Mailer, error: &MailError) -> Finding {
    let mend = match error.stage {
        Stage::Resolve => "look at mail.host and at the name service of this machine",
        Stage::Connect => "look whether the server runs, at mail.port, and at firewalls between here and there",
        Stage::Greeting => {
            "look at mail.port and mail.tls: port 465 wants tls = \"implicit\", port 587 wants tls = \"starttls\"; or the server \
             does not want to talk to this machine"
        }
        Stage::Tls => {
            "look at mail.tls and mail.host (the name must stand in the server's certificate); a private authority belongs \
             into mail.ca_file"
        }
        Stage::Login => "look at mail.user and mail.password",
        Stage::Sender => "the server must let us send as mail.from",
        Stage::Recipient => "look at the address; the server may relay only to its own domains without a login",
        Stage::Content => "look at the server's log",
    };
    bad(format!("{}: {error}", mailer.server()), mend)
}

async fn waiting(app: &App) -> Option<Finding> {
    match db::outbox::waiting(&app.db).await {
        Ok((count, Some(oldest))) if app.clock.now().since(oldest) > LONG => {
            let what = format!("{count} messages wait to be delivered, the oldest since {}", moment(oldest));
            Some(warning(what, "the service tries again by itself while it runs; its log says why they wait"))
        }
        Ok(_) => None,
        Err(error) => Some(bad(error.to_string(), "look at the database")),
    }
}

async fn test(app: &App, mailer: &Mailer, to: &str) -> Finding {
    let message = match mail::test(app, to) {
        Ok(message) => message,
        Err(error) => return bad(format!("{to}: {error}"), "name an address such as you@example.org"),
    };
    match mailer.send(&message).await {
        Ok(()) => good(format!("a test mail to {to} was handed over as {}", message.id)),
        Err(error) => failed(mailer, &error),
    }
}
