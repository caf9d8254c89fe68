//! What was exchanged with a party, for the administrator who connects it: the last messages as they were sent, and why one was
//! not accepted. Nothing is kept unless that was switched on for the party, and then only for a while, sealed.

use std::time::Duration;

use db::{Batch, DbError};
use kernel::Timestamp;
use kernel::ids::RowId;
use serde::{Deserialize, Serialize};

use super::decode::Incoming;
use super::problem::SsoProblem;
use super::request::issuer;
use super::store::exchange::{self, MESSAGE};
use super::verify;
use super::xml::{self, Element, Limits};
use super::{Answer, Provider, soap};
use crate::party::sp::{Settings, Sp};

/// Messages are kept so long, and that is the longest that it can be switched on.
pub const KEPT: Duration = Duration::from_secs(3600);
/// Messages of one party: five requests with their answers.
const MOST: usize = 10;

/// Which way a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the party.
    Received,
    /// To the party.
    Sent,
}

/// A message, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchanged {
    /// When.
    pub at: Timestamp,
    /// Which way.
    pub direction: Direction,
    /// The number of the HTTP request, as in the log.
    pub request: String,
    /// The message as it was sent. Whatever in it is encrypted stays so.
    pub xml: String,
    /// Why it was not accepted, or what it refuses.
    pub problem: Option<String>,
}

impl Exchanged {
    /// The message in lines, for people; as it was sent when that cannot be had. Characters that would steer a terminal or turn the direction
    /// of the text are replaced: anybody can send a message.
    pub fn pretty(&self) -> String {
        let is_harmful = |c: char| kernel::text::turns(c) || c.is_control() && c != '\n';
        let text = xml::pretty(&self.xml).unwrap_or_else(|| self.xml.clone());
        text.chars().map(|c| if is_harmful(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
    }
}

impl Provider {
    fn is_watched(settings: &Settings, now: Timestamp) -> bool {
        let until = settings.debug_until.map(Timestamp::from_seconds);
        until.is_some_and(|until| now < until && until <= now + KEPT)
    }

    /// Keeps a request as it came, if that is wanted: also one that was not accepted, as long as it says whose it is.
    pub async fn note_received(&self, request: &str, incoming: &Incoming, problem: Option<&SsoProblem>, now: Timestamp) {
        self.note_text(request, &incoming.text, problem, now).await;
    }

    /// The same, of a message in an envelope.
    pub async fn note_envelope(&self, request: &str, envelope: &str, problem: Option<&SsoProblem>, now: Timestamp) {
        if let Ok(text) = soap::read(envelope) {
            self.note_text(request, &text, problem, now).await;
        }
    }

    async fn note_text(&self, request: &str, text: &str, problem: Option<&SsoProblem>, now: Timestamp) {
        if !self.sps.any(now, |settings, _| Self::is_watched(settings, now)) {
            return;
        }
        let Some(sp) = whose(text).and_then(|entity_id| self.sps.by_entity(&entity_id)) else { return };
        let problem = problem.map(ToString::to_string);
        let (direction, xml) = (Direction::Received, text.to_owned());
        self.keep_message(&sp, Exchanged { at: now, direction, request: request.to_owned(), xml, problem }).await;
    }

    /// Keeps an answer, if that is wanted.
    pub async fn note_sent(&self, request: &str, answer: &Answer, now: Timestamp) {
        let Some(sp) = self.sps.by_row(answer.sp) else { return };
        let problem = answer.problem.map(|problem| format!("{} ({})", problem.text, problem.detail));
        let (direction, xml) = (Direction::Sent, answer.response.clone());
        self.keep_message(&sp, Exchanged { at: now, direction, request: request.to_owned(), xml, problem }).await;
    }

    async fn keep_message(&self, sp: &Sp, message: Exchanged) {
        if !Self::is_watched(sp.settings(), message.at) || message.xml.len() > 2 * Limits::MESSAGE.bytes() {
            return;
        }
        let id = RowId::new(&self.chance, message.at);
        let Ok(text) = serde_json::to_vec(&message) else { return };
        let sealed = self.sealer.seal(&MESSAGE.place(&id.to_string()), &text);
        // Nobody's sign-in depends on it.
        if let Err(error) = exchange::add(&self.db, (id, sp.id(), &sealed, message.at + KEPT), MOST).await {
            tracing::warn!(%error, party = sp.sp_id(), "a message that is to be looked at was not kept");
        }
    }

    /// The last messages of a party, newest first.
    ///
    /// # Errors
    /// When the database fails. What cannot be opened any more is left out.
    pub async fn exchanged(&self, sp: RowId, now: Timestamp) -> Result<Vec<Exchanged>, DbError> {
        let rows = exchange::of(&self.db, sp, now, u32::try_from(MOST).unwrap_or(u32::MAX)).await?;
        let open = |(id, sealed): (RowId, String)| {
            let opened = self.sealer.open(&MESSAGE.place(&id.to_string()), &sealed).ok()?;
            serde_json::from_slice(opened.expose()).ok()
        };
        Ok(rows.into_iter().filter_map(open).collect())
    }

    /// Adds to `batch`: what was kept of a party is forgotten.
    pub fn forget_exchanged(&self, batch: &mut Batch, sp: RowId) {
        exchange::forget(batch, sp);
    }
}

/// Whose message it says it is.
fn whose(text: &str) -> Option<String> {
    let doc = verify::parse(text).ok()?;
    issuer(Element::root(&doc).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_steers_no_terminal() {
        for xml in ["<a>\u{9b}2J &#x9b;2J &#x202e;x</a>", "no XML \u{9b}2J\u{202e}\u{7f}"] {
            let direction = Direction::Received;
            let message = Exchanged { at: Timestamp(0), direction, request: String::new(), xml: xml.to_owned(), problem: None };
            let shown = message.pretty();
            assert!(shown.contains("\u{fffd}2J") && shown.contains('\u{fffd}'), "{shown}");
            assert!(!shown.chars().any(|c| c == '\u{202e}' || c.is_control() && c != '\n'), "{shown:?}");
        }
    }
}
