//! Single logout (SAML profiles 4.4): a session ends here first, then the service providers that take part in it are told.
//!
//! * Whoever asks: a service provider (a signed request, by the browser or by SOAP) or the person (our pages, an OpenID Connect
//!   client). Sessions, and what was granted no further than they, end in one commit before anybody is told, so that nothing
//!   that happens afterwards keeps somebody signed in here.
//! * A party that offers SOAP is asked from server to server, all of them at once and within a budget of time. The browser is
//!   sent to the others, one after the other, from a page of ours ([`Stage`]), which it comes back to after each; a party that
//!   does not send it back is passed over when the person says so. No frames, no scripts: cookies of parties are first-party
//!   on this way, and nobody's policy on framing matters.
//! * A party has confirmed when it answered our request with success: signed by a key of its metadata where it has one (over
//!   SOAP with TLS its answer counts as it is), by the browser that carried the request, once. Everything else is told: to the
//!   person by name, to the party that asked as `PartialLogout`, to the audit one by one.
//!
//! A logout that nobody takes up again within a quarter of an hour is over; the audit then says once who has not confirmed it.
//!
//! A request ends only sessions in which its issuer takes part under the name and, where it gives some, the indexes that it
//! says; requests have to be signed, be fresh, be meant for this address, and count once. In a browser that has a session which
//! it does not name it is answered with `UnknownPrincipal`; in one that has none, with `PartialLogout`, because what it wants
//! is so, and nobody knows whether the others were told.
//!
//! Limits: names are sent in clear (signed, over TLS); encrypted ones are refused. Sessions that time out, are replaced or end
//! with their account are told to nobody. Sessions of other browsers can be told by SOAP only. OpenID Connect clients lose their
//! tokens; there is no message that they would be sent.

mod abandoned;
mod back;
mod brought;
mod depart;
mod journey;
mod read;
mod receive;
mod state;
mod store;
mod write;

use kernel::ids::{RowId, SessionId};
use serde::{Deserialize, Serialize};

pub(super) use back::PATIENCE;
pub use brought::{Answered, Asked, Believed, Brought};
pub use depart::Leaving;
pub use journey::{Back, Done, Hop, Stage};
#[cfg(test)]
pub(super) use read::{LogoutRequest, LogoutResponse};
pub(crate) use store::STATEMENTS;
pub(super) use store::purge;
pub use write::{Form, Message};

use super::names::binding;
use crate::oidc::Ending;
use crate::party::sp::{Endpoint, Sp};

/// On which way a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Way {
    /// In the query of a redirect.
    Redirect,
    /// In a form.
    Post,
    /// From server to server.
    Soap,
}

impl Way {
    const fn binding(self) -> &'static str {
        match self {
            Self::Redirect => binding::REDIRECT,
            Self::Post => binding::POST,
            Self::Soap => binding::SOAP,
        }
    }

    /// Its name in the audit.
    const fn name(self) -> &'static str {
        match self {
            Self::Redirect => "redirect",
            Self::Post => "form",
            Self::Soap => "SOAP",
        }
    }
}

/// A browser that asks, or is being sent around.
#[derive(Clone, Copy)]
pub struct Visitor<'a> {
    /// The secret that binds what is begun to this browser.
    pub binding: &'a str,
    /// Its session, if it has one.
    pub session: Option<SessionId>,
}

/// What the browser does next.
#[derive(Debug)]
pub enum Onward {
    /// It goes to the page of this logout, which knows how it goes on.
    Page(RowId),
    /// All is done: it takes an answer to the party that asked.
    Answer(Message),
    /// All is done: it goes where the sign-out began.
    Here(Ending),
}

/// What came of a request.
#[derive(Debug)]
pub struct Left {
    /// Where the browser goes.
    pub onward: Onward,
    /// Its session is over: its cookie is worth nothing any more.
    pub here: bool,
}

/// The first of these ways that a party offers.
fn endpoint<'s>(sp: &'s Sp, ways: &[Way]) -> Option<(Way, &'s Endpoint)> {
    let offered = |way: &Way| sp.metadata().logout.iter().find(|endpoint| endpoint.binding == way.binding());
    ways.iter().find_map(|way| Some((*way, offered(way)?)))
}
