//! What a flow shows and takes: plain data, which the root turns into pages and out of forms.

use std::time::Duration;

use kernel::ids::FlowId;
use kernel::{SecretText, Timestamp};

use super::Authenticated;
use super::sign_in::ConsentAsk;
use crate::party::Party;
use crate::ports::{AnswerMode, ChangeReason, Factor, Negotiation, NewPasswordFault};

/// What a person answers.
pub enum Input {
    /// Name and password.
    Password {
        /// As typed; ignored where the person is fixed.
        name: String,
        /// A realm chosen beside it.
        realm: Option<String>,
        /// The password.
        password: SecretText,
    },
    /// A ticket in place of the password, where the step takes one.
    Ticket(Negotiation),
    /// Another password.
    ChangePassword {
        /// The one that was good until now.
        old: SecretText,
        /// The new one.
        new: SecretText,
        /// The new one, typed once more.
        again: SecretText,
    },
    /// Leave what is advised, and not demanded, for later.
    Skip,
    /// Go on with the account that is signed in.
    Continue,
    /// Sign in as somebody else: everything proven in this flow is forgotten.
    SwitchAccount,
    /// Use this factor.
    Choose {
        /// Its id.
        factor: String,
    },
    /// Choose another factor.
    OtherFactor,
    /// The code of a factor, or of a new token.
    Code {
        /// The code.
        code: SecretText,
        /// The PIN; where it is asked for, none is an empty one, and elsewhere it is not looked at.
        pin: Option<SecretText>,
    },
    /// Has it been approved?
    Approved,
    /// Enrol a factor of this kind.
    Enrol {
        /// Its name.
        kind: String,
    },
    /// The recovery codes are kept.
    Kept,
    /// Consent.
    Consent {
        /// Given or refused.
        accept: bool,
    },
    /// Give up.
    Cancel,
    /// End it for a reason of the client: it cannot show this step, or has nothing more to answer with.
    GiveUp {
        /// Why, for the audit and the party. What the flow itself has refused before stays the reason.
        reason: Refusal,
    },
}

/// A remark beside a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// Name or password was not accepted. Says nothing about which.
    PasswordRefused,
    /// The ticket that the machine sent was not taken: name and password are asked for.
    TicketRefused,
    /// The new password was not taken; the step says why.
    NewPasswordRefused,
    /// The code was not accepted.
    CodeRefused,
    /// Too many attempts; later.
    Limited,
    /// It cannot be checked at present: a store of people does not answer.
    Unavailable,
    /// The challenge has expired; a new one is there.
    ChallengeGone,
    /// The factor cannot be used now.
    FactorUnavailable,
    /// It was declined on the device.
    Declined,
    /// Not approved yet.
    NotYet,
    /// Known, but asked to show it is still they.
    Reauthenticate,
    /// The party demands a stronger sign-in.
    StepUp,
    /// The page was answered before, or in another tab: this is how it stands.
    Stale,
    /// That answer does not belong to this step.
    Unexpected,
    /// The account can no longer be used with what was shown so far.
    SignInAgain,
}

/// The step to show.
pub enum StepView {
    /// Name and password on one page.
    Password {
        /// Filled in beforehand.
        name: Option<String>,
        /// The name cannot be changed: who it is, is known.
        fixed: bool,
        /// A ticket may be shown instead ([`Input::Ticket`]).
        ticket: bool,
    },
    /// The password must or should be changed.
    ChangePassword {
        /// Whose it is.
        login: String,
        /// Why.
        reason: ChangeReason,
        /// What was wrong with the new one.
        fault: Option<NewPasswordFault>,
    },
    /// Who is signed in; go on or switch.
    Account {
        /// Name to read.
        display_name: String,
        /// Login name.
        login: String,
    },
    /// Several factors.
    Choose {
        /// To choose from.
        factors: Vec<Factor>,
    },
    /// One factor.
    Factor {
        /// Which.
        factor: Factor,
        /// Code or approval.
        mode: AnswerMode,
        /// What the factor has to tell.
        message: Option<String>,
        /// Whether the PIN is asked for as well.
        pin: bool,
        /// The others that could be used instead.
        others: Vec<Factor>,
    },
    /// Which kind to enrol.
    EnrolChoice {
        /// Kinds allowed.
        kinds: Vec<String>,
    },
    /// A new token: scan or type, then confirm.
    Enrol {
        /// Its kind.
        kind: String,
        /// Its serial.
        serial: String,
        /// `otpauth://` link.
        uri: SecretText,
        /// The key in base32.
        key: SecretText,
        /// Picture of the link, a data URI.
        qr: SecretText,
        /// Digits of its codes.
        digits: u8,
        /// Whether there are other kinds to choose from.
        others: bool,
    },
    /// Recovery codes, shown until acknowledged.
    Codes {
        /// The codes.
        codes: Vec<SecretText>,
    },
    /// What the party wants to know.
    Consent {
        /// All that it asks for.
        ask: ConsentAsk,
        /// The part that was not granted before.
        new: ConsentAsk,
    },
    /// Turned away; the page may lead back to the party with the reason.
    Refused {
        /// Why.
        reason: Refusal,
    },
}

/// A page of a flow.
pub struct View {
    /// The flow; part of the page's address.
    pub flow: FlowId,
    /// Version to send back with the answer.
    pub version: i64,
    /// Who asks.
    pub party: Party,
    /// The origin to which this very request is answered.
    pub answer_to: Option<String>,
    /// Name of who is signing in, once known.
    pub person: Option<String>,
    /// Languages that the party wishes.
    pub ui_locales: Vec<String>,
    /// The step.
    pub step: StepView,
    /// A remark beside it.
    pub notice: Option<Notice>,
    /// When it may be tried again, with [`Notice::Limited`].
    pub retry_after: Option<Duration>,
    /// Do not answer before this moment, so that time tells nothing about a refused sign-in.
    pub hold_until: Option<Timestamp>,
    /// The flow ends then.
    pub expires_at: Timestamp,
}

/// Why a sign-in ends without success.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// Nobody is signed in, or not freshly or strongly enough, or somebody else, and nothing may be shown.
    LoginRequired,
    /// Somebody would have to choose an account.
    AccountSelectionRequired,
    /// Somebody would have to consent.
    ConsentRequired,
    /// Something else would have to be shown.
    InteractionRequired,
    /// The person refused or gave up.
    Denied,
    /// Policy does not let this person use this party.
    Forbidden,
    /// A factor is demanded; the person has none that can be used and may not enrol one.
    NoFactor,
    /// None of the levels that the party insists on can be reached.
    UnmetAcr,
}

impl Refusal {
    /// Stable name, for records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LoginRequired => "login_required",
            Self::AccountSelectionRequired => "account_selection_required",
            Self::ConsentRequired => "consent_required",
            Self::InteractionRequired => "interaction_required",
            Self::Denied => "denied",
            Self::Forbidden => "forbidden",
            Self::NoFactor => "no_factor",
            Self::UnmetAcr => "unmet_acr",
        }
    }
}

/// A sign-in without success, for the protocol to answer the party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// Why.
    pub reason: Refusal,
    /// Who asked.
    pub party: Party,
    /// What the protocol gave along.
    pub ticket: String,
}

/// Why there is nothing to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GoneReason {
    /// No such flow in this browser.
    Unknown,
    /// It took too long.
    Expired,
    /// It is finished.
    Finished,
}

/// How a flow stands.
pub enum Progress {
    /// Show this.
    Show(Box<View>),
    /// Signed in.
    Authenticated {
        /// The success; consumed by the protocol.
        success: Box<Authenticated>,
        /// A new value for the session cookie, if it changes. It always does when something was proven.
        session: Option<SecretText>,
        /// A new value for the known-device cookie, and how long it is good.
        device: Option<(SecretText, Duration)>,
    },
    /// Over without success.
    Failed(Failed),
    /// Nothing to show.
    Gone {
        /// Why.
        reason: GoneReason,
        /// Whose flow it was, if this browser may know; then it can be [restarted](super::Logins::restart).
        party: Option<Party>,
    },
}
