//! A message and the bytes that it becomes.

use std::time::{Duration, SystemTime};

use kernel::Timestamp;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{MultiPart, MultiPartKind, SinglePart};

use super::address::{Line, Mailbox};

/// A message to one person, as text and as HTML.
pub struct Message {
    /// What it is known by: unguessable, without characters that mean anything in a header. The same for every attempt to send it.
    pub id: kernel::ids::RowId,
    /// When what it tells happened. The same for every attempt.
    pub at: Timestamp,
    /// For whom.
    pub to: Mailbox,
    /// What it is about.
    pub subject: Line,
    /// The text for readers that show no HTML.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

impl Message {
    /// What goes over the wire. Pure ASCII, whatever the contents.
    ///
    /// # Errors
    /// Says why it cannot be written; no message that these types can hold is known to.
    pub(super) fn bytes(&self, from: &Mailbox, reply_to: Option<&Mailbox>) -> Result<Vec<u8>, String> {
        let since = Duration::from_micros(u64::try_from(self.at.0).unwrap_or(0));
        let mut builder = lettre::Message::builder()
            .message_id(Some(format!("<{}@{}>", self.id, from.domain())))
            .date(SystemTime::UNIX_EPOCH + since)
            .from(from.to_lettre())
            .to(self.to.to_lettre())
            .subject(self.subject.as_str())
            // RFC 3834: nobody's holiday is to be announced to us.
            .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()));
        if let Some(reply_to) = reply_to {
            builder = builder.reply_to(reply_to.to_lettre());
        }
        // A boundary of our own: the same at every attempt, and not foreseeable by whoever wrote a part of the text.
        let parts = MultiPart::builder()
            .kind(MultiPartKind::Alternative)
            .boundary(format!("part-{}", self.id))
            .singlepart(SinglePart::plain(plain(&self.text)))
            .singlepart(SinglePart::html(plain(&self.html)));
        Ok(builder.multipart(parts).map_err(|e| e.to_string())?.formatted())
    }
}

/// Text without control characters other than the ends of lines.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || *c == '\n').collect()
}

#[cfg(test)]
mod tests {
    use kernel::Entropy;
    use kernel::ids::RowId;

    use super::*;

    fn message(name: &str, subject: &str, text: &str) -> Message {
        let at = Timestamp::from_seconds(1_772_366_400);
        Message {
            id: RowId::new(&Entropy::seeded(1), at),
            at,
            to: Mailbox::new("ada@example.org", name).unwrap(),
            subject: Line::new(subject),
            text: text.to_owned(),
            html: format!("<p>{text}</p>"),
        }
    }

    fn bytes(message: &Message) -> String {
        let from = Mailbox::parse("Acme <no-reply@acme.example>").unwrap();
        String::from_utf8(message.bytes(&from, Some(&from)).unwrap()).unwrap()
    }

    #[test]
    fn every_attempt_is_the_same_and_ascii() {
        let message = message("Ada Löwe", "Ein Faktor wurde hinzugefügt", "Guten Tag Ada Löwe,\n.\nZeile");
        let sent = bytes(&message);
        assert_eq!(sent, bytes(&message));
        assert!(sent.is_ascii());
        for header in [
            format!("Message-ID: <{}@acme.example>\r\n", message.id),
            "Date: Sun, 01 Mar 2026 12:00:00 +0000\r\n".to_owned(),
            "From: Acme <no-reply@acme.example>\r\n".to_owned(),
            "Auto-Submitted: auto-generated\r\n".to_owned(),
        ] {
            assert!(sent.contains(&header), "{header}\n{sent}");
        }
    }

    #[test]
    fn hostile_values_add_no_header() {
        let hostile = "x\r\nBcc: all@example.org\r\n\r\nbody\u{2028}\u{85}";
        let sent = bytes(&message(hostile, hostile, "text"));
        let head = sent.split("\r\n\r\n").next().unwrap();
        let names: Vec<&str> =
            head.split("\r\n").filter(|line| !line.starts_with([' ', '\t'])).filter_map(|line| line.split(':').next()).collect();
        assert!(!names.contains(&"Bcc"), "{head}");
        assert_eq!(names.iter().filter(|name| **name == "Subject").count(), 1);
        assert!(!sent.replace("\r\n", "").contains(['\r', '\n']), "a line that ends unlike the others");
    }
}
