//! What a browser brings of a party: requests, and answers to ours.
//!
//! A message in a form comes without our cookies, and goes on at a GET, which has them. It is believed where it arrives, or not; what goes on
//! in the address is what was understood of it, sealed for some minutes. So that is short, whatever signatures, certificates and encrypted
//! names came along, and nothing has to be stored for somebody whom nobody knows yet.

use std::sync::Arc;

use kernel::Timestamp;
use kernel::ids::RowId;
use keys::Place;
use serde::{Deserialize, Serialize};

use super::Way;
use super::read::{LogoutRequest, LogoutResponse};
use crate::party::sp::Sp;
use crate::saml::Provider;
use crate::saml::decode::{DecodeError, Incoming};
use crate::saml::problem::SsoProblem;
use crate::saml::trust::{Demand, Head, Trusted, Unsigned, usable};

const SIGN_OUT: Place<'static> = Place::in_transit("saml", "slo");

/// A message, as a browser has brought it; nothing in it is believed yet.
pub enum Brought {
    /// A party wants somebody to be signed out.
    Request(Incoming),
    /// A party answers a request of ours.
    Answer(Incoming),
}

impl Brought {
    /// Reads the message in the query of a redirect.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn redirect(query: &str) -> Result<Self, DecodeError> {
        match Incoming::is_answer(query) {
            true => Incoming::redirect_answer(query).map(Self::Answer),
            false => Incoming::redirect(query).map(Self::Request),
        }
    }

    /// Reads the message in a form.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn post(form: &str) -> Result<Self, DecodeError> {
        match Incoming::is_answer(form) {
            true => Incoming::post_answer(form).map(Self::Answer),
            false => Incoming::post(form).map(Self::Request),
        }
    }
}

/// A message that is believed, as far as it is understood.
pub enum Believed {
    /// A party wants somebody to be signed out.
    Request(Asked),
    /// A party answers a request of ours.
    Answer(Answered),
}

/// A request that is believed.
pub struct Asked {
    pub(super) trusted: Trusted<LogoutRequest>,
    pub(super) relay_state: Option<String>,
    pub(super) way: Way,
}

/// An answer that is believed; whether anybody waits for it, is another matter.
pub struct Answered(pub(super) Trusted<LogoutResponse>);

/// What stands in the address.
#[derive(Serialize, Deserialize)]
enum Passed {
    Request { sp: RowId, head: Head, message: LogoutRequest, relay_state: Option<String> },
    Answer { sp: RowId, head: Head, message: LogoutResponse },
}

impl Provider {
    /// Takes a message that a browser has brought through the gate.
    ///
    /// # Errors
    /// [`SsoProblem`], for the person alone.
    pub async fn sign_out_brought(&self, brought: Brought, now: Timestamp) -> Result<Believed, SsoProblem> {
        Ok(match brought {
            Brought::Request(incoming) => {
                let demand = Demand { here: Some(self.slo_url()), named: true, unsigned: Unsigned::Never };
                let trusted = self.believe(&incoming, &demand, LogoutRequest::read, now).await?;
                let way = if incoming.by_redirect { Way::Redirect } else { Way::Post };
                Believed::Request(Asked { trusted, relay_state: incoming.relay_state, way })
            }
            Brought::Answer(incoming) => {
                let demand = Demand { here: Some(self.slo_url()), named: true, unsigned: Unsigned::WithoutKeys };
                Believed::Answer(Answered(self.believe(&incoming, &demand, LogoutResponse::read, now).await?))
            }
        })
    }

    /// A message out of a form as it stands in an address: letters, digits, `.`, `-` and `_`.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`] when what it names is too long for that: some hundred sessions at once.
    pub fn pass_on_sign_out(&self, believed: Believed, now: Timestamp) -> Result<String, SsoProblem> {
        let passed = match believed {
            Believed::Request(Asked { trusted: Trusted { sp, head, message }, relay_state, .. }) => {
                Passed::Request { sp: sp.id(), head, message, relay_state }
            }
            Believed::Answer(Answered(Trusted { sp, head, message })) => Passed::Answer { sp: sp.id(), head, message },
        };
        self.pack(&SIGN_OUT, &passed, now)
    }

    /// The message in an address that [`Provider::pass_on_sign_out`] has made.
    ///
    /// # Errors
    /// [`SsoProblem::Ticket`] for anything else, [`SsoProblem::Time`] when that was some minutes ago; or the party may not be used any longer.
    pub async fn passed_on_sign_out(&self, sealed: &str, now: Timestamp) -> Result<Believed, SsoProblem> {
        Ok(match self.unpack(&SIGN_OUT, sealed, now)? {
            Passed::Request { sp, head, message, relay_state } => {
                let trusted = Trusted { sp: self.known(sp, now).await?, head, message };
                Believed::Request(Asked { trusted, relay_state, way: Way::Post })
            }
            Passed::Answer { sp, head, message } => {
                Believed::Answer(Answered(Trusted { sp: self.known(sp, now).await?, head, message }))
            }
        })
    }

    async fn known(&self, sp: RowId, now: Timestamp) -> Result<Arc<Sp>, SsoProblem> {
        usable(self.sps.look_up_row(sp, now).await.map_err(SsoProblem::fault)?, now)
    }
}
