//! The portal: what its pages share, and the first of them.

use serde::Serialize;

use super::{Person, View};
use crate::When;
use crate::macros::words;

/// What every page of the portal shows at its head.
#[derive(Clone, Serialize)]
pub struct PortalNav {
    /// Who is signed in.
    pub person: Person,
    /// The portal's first page.
    pub home_url: String,
    /// The factors.
    pub factors_url: String,
    /// Receives a POST that signs out.
    pub sign_out_action: String,
}

words! {
    /// Something the person should see to.
    Attention {
        /// There is no second factor.
        NoSecondFactor => "home-attention-no-factor",
        /// Only one factor, and no recovery codes.
        NoSpare => "home-attention-no-spare",
        /// Recovery codes are running out.
        FewRecoveryCodes {
            /// Codes left.
            remaining: u32
        } => "home-attention-few-codes",
    }
}

/// The latest sign-in before this one.
#[derive(Clone, Serialize)]
pub struct LastSignIn {
    /// When.
    pub at: When,
    /// Browser or device.
    pub device: String,
    /// Network address.
    pub address: String,
}

/// The portal's first page.
#[derive(Clone, Serialize)]
pub struct HomeView {
    /// Head.
    pub nav: PortalNav,
    /// What needs care.
    pub attention: Vec<Attention>,
    /// Number of factors in use.
    pub factors: u32,
    /// Recovery codes left; none when there are no codes.
    pub recovery_remaining: Option<u32>,
    /// Number of open sessions.
    pub sessions: u32,
    /// The latest sign-in before this one.
    pub last_sign_in: Option<LastSignIn>,
}

impl PortalNav {
    pub(super) fn sample() -> Self {
        Self { person: Person::sample(), home_url: "/".into(), factors_url: "/factors".into(), sign_out_action: "/logout".into() }
    }
}

pub(super) const NOW: i64 = 1_763_761_020_000_000;
pub(super) const HOUR: i64 = 3_600_000_000;

impl View for HomeView {
    fn samples() -> Vec<(&'static str, Self)> {
        let view = Self {
            nav: PortalNav::sample(),
            attention: vec![],
            factors: 2,
            recovery_remaining: Some(9),
            sessions: 3,
            last_sign_in: Some(LastSignIn {
                at: When(NOW - 20 * HOUR),
                device: "Firefox on Linux".into(),
                address: "192.0.2.17".into(),
            }),
        };
        let care = vec![Attention::NoSecondFactor, Attention::NoSpare, Attention::FewRecoveryCodes { remaining: 1 }];
        let mut nameless = PortalNav::sample();
        nameless.person.name.clear();
        vec![
            ("usual", view),
            (
                "care",
                Self { nav: nameless, attention: care, factors: 0, recovery_remaining: None, sessions: 1, last_sign_in: None },
            ),
        ]
    }
}
