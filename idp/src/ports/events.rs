//! What happened, for audit, event handlers and messages.

use async_trait::async_trait;
use audit::Origin;
use kernel::ids::{FlowId, SessionId};

use super::{Person, PortError, Reason};
use crate::party::Party;

/// What happened on the pages, or at the endpoints of clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A sign-in was completed.
    SignedIn,
    /// A sign-in was turned away or given up.
    SignInFailed,
    /// A first factor was enrolled during a sign-in, on trust: the person is notified.
    FirstFactorEnrolled,
    /// Consent was given.
    ConsentGiven,
    /// Consent was refused.
    ConsentRefused,
    /// Consent was withdrawn.
    ConsentRevoked,
    /// A session was ended by its person or an administrator.
    SessionEnded,
    /// A service provider asked for sessions to be ended.
    LogoutAsked,
    /// A service provider was told that a session has ended; a success is its confirmation.
    LogoutTold,
    /// All service providers of ended sessions were told, or passed over.
    LogoutFinished,
    /// All sessions of a person were ended at once: the person is notified.
    SignedOutEverywhere,
    /// Tokens were issued to a client.
    TokenIssued,
    /// An assertion was issued to a service provider.
    AssertionIssued,
    /// An assertion was not issued although the person was signed in.
    AssertionRefused,
    /// A service provider asked for attributes of somebody; a success is that it was told some.
    AttributesAsked,
    /// A token was revoked by its client.
    TokenRevoked,
    /// A code came twice; what came of it has ended.
    CodeReplayed,
    /// A refresh token came again after its successor was used; its family has ended.
    RefreshReused,
    /// Somebody who does not know the secret of a client tried to act for it.
    ClientRefused,
}

impl EventKind {
    /// Stable name, for audit and event handlers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignedIn => "sign_in",
            Self::SignInFailed => "sign_in_failed",
            Self::FirstFactorEnrolled => "first_factor_enrolled",
            Self::ConsentGiven => "consent_given",
            Self::ConsentRefused => "consent_refused",
            Self::ConsentRevoked => "consent_revoked",
            Self::SessionEnded => "session_ended",
            Self::LogoutAsked => "logout_asked",
            Self::LogoutTold => "logout_told",
            Self::LogoutFinished => "logout_finished",
            Self::SignedOutEverywhere => "signed_out_everywhere",
            Self::TokenIssued => "token_issued",
            Self::AssertionIssued => "assertion_issued",
            Self::AssertionRefused => "assertion_refused",
            Self::AttributesAsked => "attributes_asked",
            Self::TokenRevoked => "token_revoked",
            Self::CodeReplayed => "code_replayed",
            Self::RefreshReused => "refresh_reused",
            Self::ClientRefused => "client_refused",
        }
    }
}

/// One event, to be recorded with the change it describes.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What.
    pub kind: EventKind,
    /// Whether it went well.
    pub success: bool,
    /// To whom, if known.
    pub person: Option<Person>,
    /// Which party.
    pub party: Option<Party>,
    /// In which flow.
    pub flow: Option<FlowId>,
    /// In which session.
    pub session: Option<SessionId>,
    /// Serial of a token that took part.
    pub serial: Option<String>,
    /// A stable word or two: level and methods, or why not. Never a secret.
    pub info: String,
    /// The policies that decided.
    pub reasons: Vec<Reason>,
}

/// Audit, event handlers and messages.
#[async_trait]
pub trait Events: Send + Sync {
    /// Adds to `batch` what must commit together with the change: the audit row, messages for the outbox.
    async fn record(&self, origin: &Origin, batch: &mut db::Batch, event: Event) -> Result<(), PortError>;
}
