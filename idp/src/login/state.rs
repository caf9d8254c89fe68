//! A flow as data: where it stands, and what was proven in it so far.

use std::time::Duration;

use kernel::ids::PersonId;
use kernel::{SecretBytes, SecretText};
use serde::{Deserialize, Serialize};

use super::proof::{self, Proof};
use super::sign_in::{ConsentAsk, Purpose, SignIn};
use super::view::{Notice, Refusal};
use crate::ports::{AnswerMode, ChangeWanted, Enrolment, Factor, NewPasswordFault};

/// Where a flow stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Step {
    /// Name and password.
    Password {
        /// The person is known and asked again.
        fixed: bool,
    },
    /// Change the password of somebody who has shown that they know it. Where that is demanded, nothing was proven by it.
    ChangePassword { wanted: ChangeWanted, fault: Option<NewPasswordFault> },
    /// Go on with who is signed in, or switch.
    Account,
    /// Choose a factor among the candidates.
    Choose,
    /// Answer a challenge.
    Factor { factor: Factor, transaction: String, message: Option<String>, mode: AnswerMode },
    /// Choose what to enrol.
    EnrolChoice,
    /// Confirm a new token.
    Enrol { kind: String, serial: String, digits: u8 },
    /// Keep the recovery codes.
    Codes,
    /// Consent.
    Consent { new: ConsentAsk },
    /// Turned away.
    Refused { reason: Refusal },
}

impl Step {
    /// Its name, for the row and for logs.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Password { .. } => "password",
            Self::ChangePassword { .. } => "change_password",
            Self::Account => "account",
            Self::Choose => "choose",
            Self::Factor { .. } => "factor",
            Self::EnrolChoice => "enrol_choice",
            Self::Enrol { .. } => "enrol",
            Self::Codes => "codes",
            Self::Consent { .. } => "consent",
            Self::Refused { .. } => "refused",
        }
    }
}

/// The state of a flow. It holds no verdicts: nothing in it but `proofs` brings anybody nearer to a success.
#[derive(Serialize, Deserialize)]
pub(super) struct State {
    pub(super) step: Step,
    /// Who is signing in: by a proof of this flow, or by the browser's session.
    pub(super) who: Option<PersonId>,
    /// Their login name and what people read, to show.
    pub(super) name: Option<(String, String)>,
    /// What was proven here and not yet consumed.
    #[serde(with = "proof::stored")]
    pub(super) proofs: Vec<Proof>,
    /// The browser's session is left alone: somebody else wants to sign in.
    pub(super) ignore_session: bool,
    /// A ticket was refused here: no other one is looked at.
    #[serde(default)]
    pub(super) ticket_refused: bool,
    /// The account was chosen, or opened here.
    pub(super) chosen: bool,
    /// Consent given here.
    pub(super) consented: Option<ConsentAsk>,
    /// Factors to choose from.
    pub(super) candidates: Vec<Factor>,
    /// Whether the PIN is asked for beside the code.
    pub(super) pin: bool,
    /// Kinds to choose from for a first enrolment.
    pub(super) kinds: Vec<String>,
    /// The kind chosen among them.
    pub(super) wanted_kind: Option<String>,
    /// Whether recovery codes come with it.
    pub(super) recovery: bool,
    /// The first factor that was enrolled here.
    pub(super) enrolled: Option<String>,
    pub(super) notice: Option<Notice>,
    pub(super) retry_after: Option<Duration>,
    /// Tokens given up before they were confirmed, to be removed after this transition.
    #[serde(skip)]
    pub(super) abandoned: Vec<(PersonId, String)>,
    /// Kept apart, sealed.
    #[serde(skip)]
    pub(super) secrets: Secrets,
}

impl State {
    /// The beginning.
    pub(super) fn new() -> Self {
        Self {
            step: Step::Password { fixed: false },
            who: None,
            name: None,
            proofs: Vec::new(),
            ignore_session: false,
            ticket_refused: false,
            chosen: false,
            consented: None,
            candidates: Vec::new(),
            pin: false,
            kinds: Vec::new(),
            wanted_kind: None,
            recovery: false,
            enrolled: None,
            notice: None,
            retry_after: None,
            abandoned: Vec::new(),
            secrets: Secrets::default(),
        }
    }

    /// Whether a ticket may be shown in place of the password: where a session would do, too, and not where the person has to act.
    pub(super) fn takes_ticket(&self, request: &SignIn) -> bool {
        let prompts = request.prompts;
        let demands_act = prompts.login || prompts.select_account || request.max_age.is_some() || request.purpose != Purpose::Use;
        self.step == Step::Password { fixed: false } && !self.ignore_session && !self.ticket_refused && !demands_act
    }

    /// Forgets who it is and all that was proven; the browser's session counts no more in this flow.
    pub(super) fn forget_person(&mut self) {
        self.leave_enrolment();
        let abandoned = std::mem::take(&mut self.abandoned);
        *self = Self { ignore_session: true, abandoned, ..Self::new() };
    }

    /// Gives up an enrolment that waits for its confirmation, and drops what only it needed.
    pub(super) fn leave_enrolment(&mut self) {
        if let (Step::Enrol { serial, .. }, Some(person)) = (&self.step, self.who) {
            self.abandoned.push((person, serial.clone()));
        }
        self.secrets.enrolment = None;
    }
}

/// What a step shows and the database must not.
#[derive(Default)]
pub(super) struct Secrets {
    pub(super) enrolment: Option<EnrolSecrets>,
    pub(super) codes: Vec<SecretText>,
}

/// The key of a new token, in its three shapes.
#[derive(Clone)]
pub(super) struct EnrolSecrets {
    pub(super) uri: SecretText,
    pub(super) key: SecretText,
    pub(super) qr: SecretText,
}

impl From<Enrolment> for EnrolSecrets {
    fn from(new: Enrolment) -> Self {
        Self { uri: new.uri, key: new.key, qr: new.qr }
    }
}

/// Written form; lives only between here and the sealer.
#[derive(Serialize)]
struct Written<'a> {
    enrolment: Option<(&'a str, &'a str, &'a str)>,
    codes: Vec<&'a str>,
}

#[derive(Deserialize)]
struct Read {
    enrolment: Option<(SecretText, SecretText, SecretText)>,
    codes: Vec<SecretText>,
}

impl Secrets {
    /// The bytes to seal, if there is anything to keep.
    pub(super) fn to_bytes(&self) -> Result<Option<SecretBytes>, serde_json::Error> {
        if self.enrolment.is_none() && self.codes.is_empty() {
            return Ok(None);
        }
        let enrolment = self.enrolment.as_ref().map(|e| (e.uri.expose(), e.key.expose(), e.qr.expose()));
        let codes = self.codes.iter().map(SecretText::expose).collect();
        serde_json::to_vec(&Written { enrolment, codes }).map(|bytes| Some(SecretBytes::new(bytes)))
    }

    /// Reads what was sealed.
    pub(super) fn from_bytes(bytes: &SecretBytes) -> Result<Self, serde_json::Error> {
        let read: Read = serde_json::from_slice(bytes.expose())?;
        let enrolment = read.enrolment.map(|(uri, key, qr)| EnrolSecrets { uri, key, qr });
        Ok(Self { enrolment, codes: read.codes })
    }
}
