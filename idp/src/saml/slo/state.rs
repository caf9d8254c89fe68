//! A logout under way, as data.

use kernel::ids::{PersonId, RowId, SessionId};
use serde::{Deserialize, Serialize};

use super::Way;
use crate::oidc::Ending;
use crate::session::participant::Participant;

/// A party that is to be told, and how it knows the session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Told {
    /// Its entity.
    pub(super) party: String,
    pub(super) name_format: String,
    pub(super) name: String,
    pub(super) session_index: String,
    /// Which session has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) session: Option<SessionId>,
    /// The ID of our request to it. A browser that is sent once more takes the same, so that an answer that comes late still fits.
    pub(super) request: String,
}

impl Told {
    pub(super) fn new(participant: Participant, request: String) -> Self {
        let Participant { party, name_format, name, session_index, session, .. } = participant;
        Self { party, name_format, name, session_index, session: Some(session), request }
    }
}

/// What is done when everybody was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Finish {
    /// The party that asked is answered.
    Party {
        sp: RowId,
        request: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        relay_state: Option<String>,
        way: Way,
    },
    /// The person goes where they came from.
    Here(Ending),
    /// As [`Finish::Here`], but only a session elsewhere was ended.
    Elsewhere(Ending),
}

/// A logout under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Journey {
    pub(super) finish: Finish,
    pub(super) person: Option<PersonId>,
    /// The session of the browser, when that is what was ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) session: Option<SessionId>,
    /// Where the browser has to be sent to, in order.
    pub(super) waiting: Vec<Told>,
    /// Where it was sent to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) current: Option<Told>,
    /// Who has confirmed.
    pub(super) reached: Vec<String>,
    /// Who has not.
    pub(super) unreached: Vec<String>,
}

impl Journey {
    /// The parties that have not confirmed so far, whether they were told or not.
    pub(super) fn open(&self) -> impl Iterator<Item = &str> {
        let under_way = self.current.iter().chain(&self.waiting).map(|told| told.party.as_str());
        self.unreached.iter().map(String::as_str).chain(under_way)
    }

    /// Notes how the present party has answered.
    pub(super) fn settle(&mut self, confirmed: bool) {
        if let Some(told) = self.current.take() {
            let list = if confirmed { &mut self.reached } else { &mut self.unreached };
            list.push(told.party);
        }
    }

    /// The party that the browser is at or goes to next, and whether it was sent there before.
    pub(super) fn next(&mut self) -> Option<(Told, bool)> {
        if let Some(told) = &self.current {
            return Some((told.clone(), true));
        }
        if self.waiting.is_empty() {
            return None;
        }
        let told = self.waiting.remove(0);
        self.current = Some(told.clone());
        Some((told, false))
    }
}
