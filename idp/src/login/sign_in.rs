//! A request to sign somebody in, whatever protocol it came by.

use std::time::Duration;

use kernel::ids::PersonId;

use crate::assurance::AcrRequest;
use crate::party::{Party, PartyKind};

/// How the party wants the sign-in to be conducted (OIDC Core 3.1.2.1 `prompt`; SAML `IsPassive`, `ForceAuthn`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Prompts {
    /// Show nothing: succeed silently or fail.
    pub none: bool,
    /// Everything demanded is proven anew.
    pub login: bool,
    /// Consent is asked for even if remembered.
    pub consent: bool,
    /// The person chooses the account even if one is signed in.
    pub select_account: bool,
}

/// What the sign-in is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To use the party.
    #[default]
    Use,
    /// To change one's factors: one of them must be proven if there is any.
    ManageFactors,
}

/// What a party wants to know, for the consent page.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ConsentAsk {
    /// Scopes, in the order of the request.
    pub scopes: Vec<String>,
    /// Single claims asked for beside scopes.
    pub claims: Vec<String>,
}

impl ConsentAsk {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.scopes.is_empty() && self.claims.is_empty()
    }
}

/// A request to sign somebody in.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct SignIn {
    /// Who asks; its kind says by which protocol.
    pub party: Party,
    /// What for.
    pub purpose: Purpose,
    /// Which levels are wanted.
    pub acr: AcrRequest,
    /// How old the sign-in may be at most.
    pub max_age: Option<Duration>,
    /// How it is to be conducted.
    pub prompts: Prompts,
    /// Whom the party expects, in free words.
    pub login_hint: Option<String>,
    /// Whom the party insists on (`id_token_hint`): anybody else fails with [`Refusal::LoginRequired`](super::Refusal).
    pub subject: Option<PersonId>,
    /// Languages, most wanted first.
    pub ui_locales: Vec<String>,
    /// What consent is asked for.
    pub ask: ConsentAsk,
    /// The origin to which this very request is answered, for the consent page.
    #[serde(default)]
    pub answer_to: Option<String>,
    /// Whatever the protocol needs to go on afterwards; opaque here, given back with the outcome. At most 60,000 bytes.
    pub ticket: String,
}

impl SignIn {
    /// A plain request of `party`: no hints, no wishes.
    pub fn new(party: Party, ticket: impl Into<String>) -> Self {
        Self {
            party,
            purpose: Purpose::Use,
            acr: AcrRequest::default(),
            max_age: None,
            prompts: Prompts::default(),
            login_hint: None,
            subject: None,
            ui_locales: Vec::new(),
            ask: ConsentAsk::default(),
            answer_to: None,
            ticket: ticket.into(),
        }
    }

    /// A sign-in to our own portal.
    pub fn portal(ticket: impl Into<String>) -> Self {
        Self::new(Party::portal(), ticket)
    }

    /// A fresh proof for changing one's factors: nothing older than `max_age` counts, and a factor is asked for if there is one.
    pub fn fresh_proof(ticket: impl Into<String>, person: PersonId, max_age: Duration) -> Self {
        Self { purpose: Purpose::ManageFactors, max_age: Some(max_age), subject: Some(person), ..Self::portal(ticket) }
    }

    /// By which door it came.
    pub fn kind(&self) -> PartyKind {
        self.party.kind
    }
}
