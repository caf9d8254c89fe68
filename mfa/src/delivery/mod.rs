//! Delivery: how messages reach people. One folder per channel; today that is mail over SMTP.
//!
//! * What goes into a header or an SMTP command is a type that cannot hold a line break: [`Line`] and [`Mailbox`].
//! * A message carries the id of the outbox entry that it comes from. It becomes the Message-ID, so that a message which had to
//!   be sent twice is recognised as one.
//! * The server is named by the operator. It is called within a time budget, over TLS unless it is this machine, and never from
//!   a request that somebody waits for: messages wait in the outbox.

mod address;
mod message;
mod smtp;

pub use address::{BadAddress, Line, Mailbox};
pub use message::Message;
pub use smtp::{Fate, MailError, Mailer, Security, SmtpSettings, Stage};
