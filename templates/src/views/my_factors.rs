//! The portal's page of factors, recovery codes and sessions.

use serde::Serialize;

use super::portal::{HOUR, NOW};
use super::{FactorKind, Person, PortalNav, View};
use crate::When;
use crate::macros::words;

words! {
    /// Whether a factor can be used.
    FactorState {
        /// It can be used.
        Active => "factor-state-active",
        /// Switched off by the person or an administrator.
        Disabled => "factor-state-disabled",
        /// Too many wrong codes.
        Locked => "factor-state-locked",
        /// Its time is over.
        Expired => "factor-state-expired",
        /// Never confirmed with a first code.
        Unverified => "factor-state-unverified",
    }
}

/// A factor of the person. Each action receives a POST; an absent one is not allowed.
#[derive(Clone, Serialize)]
pub struct FactorRow {
    /// Unique within the page; used for element ids.
    pub id: String,
    /// The person's name for it.
    pub name: String,
    /// Kind.
    pub kind: FactorKind,
    /// Serial number, for the help desk.
    pub serial: String,
    /// When it was added.
    pub added: Option<When>,
    /// When it was last used; none if never.
    pub last_used: Option<When>,
    /// Whether it can be used.
    pub state: FactorState,
    /// Receives `name`.
    pub rename_action: Option<String>,
    /// Switches it off.
    pub disable_action: Option<String>,
    /// Switches it on.
    pub enable_action: Option<String>,
    /// Page that asks whether to remove it ([`RemoveFactorView`]).
    pub remove_url: Option<String>,
}

/// Recovery codes of the person.
#[derive(Clone, Serialize)]
pub struct RecoveryState {
    /// Codes left.
    pub remaining: u32,
    /// Codes made.
    pub total: u32,
    /// When they were made.
    pub created: Option<When>,
    /// Receives a POST that makes new codes.
    pub renew_action: Option<String>,
}

/// An open session of the person.
#[derive(Clone, Serialize)]
pub struct SessionRow {
    /// Browser or device.
    pub device: String,
    /// Network address.
    pub address: String,
    /// When it began.
    pub since: When,
    /// When it was last used.
    pub last_seen: Option<When>,
    /// The session of this browser.
    pub current: bool,
    /// Receives a POST that ends it.
    pub end_action: Option<String>,
}

words! {
    /// What was just done.
    PortalNotice {
        /// A factor was added.
        Added {
            /// Its name.
            name: String
        } => "portal-notice-added",
        /// A factor has a new name.
        Renamed {
            /// Its name.
            name: String
        } => "portal-notice-renamed",
        /// A factor was switched off.
        Disabled {
            /// Its name.
            name: String
        } => "portal-notice-disabled",
        /// A factor was switched on.
        Enabled {
            /// Its name.
            name: String
        } => "portal-notice-enabled",
        /// A factor was removed.
        Removed {
            /// Its name.
            name: String
        } => "portal-notice-removed",
        /// There are new recovery codes.
        CodesRenewed => "portal-notice-codes",
        /// One session was ended.
        SessionEnded => "portal-notice-session",
        /// All other sessions were ended.
        SessionsEnded => "portal-notice-sessions",
    }
}

words! {
    /// Why a change was not made.
    PortalError {
        /// A factor needs a name.
        EmptyName => "portal-error-empty-name",
        /// The name is too long.
        LongName {
            /// Longest allowed.
            most: u32
        } => "portal-error-long-name",
        /// The last factor cannot go while policy demands one.
        LastFactor => "portal-error-last-factor",
        /// Somebody else changed it meanwhile.
        Changed => "portal-error-changed",
        /// Policy does not allow it.
        NotAllowed => "portal-error-not-allowed",
        /// The form came from an outdated page or another browser.
        Stale => "error-stale",
    }
}

/// "My factors".
#[derive(Clone, Serialize)]
pub struct MyFactorsView {
    /// Head.
    pub nav: PortalNav,
    /// What was just done.
    pub notice: Option<PortalNotice>,
    /// Why a change was not made.
    pub error: Option<PortalError>,
    /// A change will ask for a fresh proof first.
    pub proof_needed: bool,
    /// The factors.
    pub factors: Vec<FactorRow>,
    /// Where a factor is added.
    pub add_url: Option<String>,
    /// Recovery codes; none when policy does not provide them.
    pub recovery: Option<RecoveryState>,
    /// Open sessions.
    pub sessions: Vec<SessionRow>,
    /// Receives a POST that ends all sessions, this one included.
    pub end_all_action: Option<String>,
}

/// Asking whether to remove a factor. Posts `accept`.
#[derive(Clone, Serialize)]
pub struct RemoveFactorView {
    /// Head.
    pub nav: PortalNav,
    /// Receives the decision.
    pub action: String,
    /// Way back.
    pub cancel_url: String,
    /// The factor's name.
    pub name: String,
    /// Its kind.
    pub kind: FactorKind,
    /// It is the last one that can be used.
    pub last: bool,
    /// A fresh proof will be asked first.
    pub proof_needed: bool,
}

impl FactorRow {
    fn sample(id: &str, kind: FactorKind, name: &str, state: FactorState, last_used: Option<i64>) -> Self {
        let path = |verb: &str| Some(format!("/factors/{id}/{verb}"));
        let off = matches!(state, FactorState::Disabled);
        Self {
            id: id.into(),
            name: name.into(),
            kind,
            serial: format!("TOTP0001{id}A3C"),
            added: Some(When(NOW - 400 * 24 * HOUR)),
            last_used: last_used.map(When),
            rename_action: path("rename"),
            disable_action: if off { None } else { path("disable") },
            enable_action: if off { path("enable") } else { None },
            remove_url: path("remove"),
            state,
        }
    }
}

impl View for MyFactorsView {
    fn samples() -> Vec<(&'static str, Self)> {
        let row = FactorRow::sample;
        let session = |device: &str, address: &str, hours: i64, current: bool| SessionRow {
            device: device.into(),
            address: address.into(),
            since: When(NOW - hours * HOUR),
            last_seen: Some(When(NOW - hours * HOUR / 8)),
            current,
            end_action: (!current).then(|| format!("/sessions/{hours}/end")),
        };
        let view = Self {
            nav: PortalNav::sample(),
            notice: Some(PortalNotice::Added { name: "Pixel 9".into() }),
            error: None,
            proof_needed: true,
            factors: vec![
                row("1", FactorKind::Totp, "Pixel 9", FactorState::Active, Some(NOW - HOUR)),
                row("2", FactorKind::SecurityKey, "Blue key on the key ring", FactorState::Active, Some(NOW - 30 * HOUR)),
                row("3", FactorKind::Totp, "Old phone", FactorState::Disabled, Some(NOW - 4000 * HOUR)),
                row("4", FactorKind::Hotp, "Hardware token", FactorState::Locked, None),
            ],
            add_url: Some("/factors/add".into()),
            recovery: Some(RecoveryState {
                remaining: 9,
                total: 10,
                created: Some(When(NOW - 2000 * HOUR)),
                renew_action: Some("/factors/recovery-codes".into()),
            }),
            sessions: vec![
                session("Firefox on Linux", "192.0.2.17", 2, true),
                session("Safari on iPhone", "2001:db8:17::4", 90, false),
                session("Chrome on Windows", "198.51.100.4", 300, false),
            ],
            end_all_action: Some("/sessions/end-all".into()),
        };
        let states = vec![
            row("1", FactorKind::Push, "", FactorState::Expired, None),
            row("2", FactorKind::Totp, "Tablet", FactorState::Unverified, None),
        ];
        let empty =
            Self { notice: None, factors: vec![], recovery: None, sessions: vec![], end_all_action: None, ..view.clone() };
        let script = "<script>alert(1)</script>";
        let mut strange = Self { notice: Some(PortalNotice::Added { name: script.repeat(5) }), ..view.clone() };
        strange.nav.person = Person::hostile();
        strange.factors =
            vec![row("9", FactorKind::Other { name: script.repeat(5) }, &"unbroken".repeat(12), FactorState::Active, None)];
        strange.factors[0].remove_url = Some("javascript:alert(1)".into());
        strange.sessions = vec![session(&script.repeat(4), &"f".repeat(60), 5, false)];
        let told = |notice| Self { notice: Some(notice), ..empty.clone() };
        let failed = |error| Self { error: Some(error), factors: states.clone(), ..empty.clone() };
        vec![
            ("usual", view.clone()),
            ("hostile", strange),
            ("empty", empty.clone()),
            ("renamed", told(PortalNotice::Renamed { name: "Pixel 10".into() })),
            ("disabled", told(PortalNotice::Disabled { name: "Pixel 9".into() })),
            ("enabled", told(PortalNotice::Enabled { name: "Pixel 9".into() })),
            ("removed", told(PortalNotice::Removed { name: "Pixel 9".into() })),
            ("codes", told(PortalNotice::CodesRenewed)),
            ("session_ended", told(PortalNotice::SessionEnded)),
            ("sessions_ended", told(PortalNotice::SessionsEnded)),
            ("empty_name", failed(PortalError::EmptyName)),
            ("long_name", failed(PortalError::LongName { most: 60 })),
            ("last_factor", failed(PortalError::LastFactor)),
            ("changed", failed(PortalError::Changed)),
            ("not_allowed", failed(PortalError::NotAllowed)),
            ("stale", failed(PortalError::Stale)),
        ]
    }
}

impl View for RemoveFactorView {
    fn samples() -> Vec<(&'static str, Self)> {
        let view = Self {
            nav: PortalNav::sample(),
            action: "/factors/1/remove".into(),
            cancel_url: "/factors".into(),
            name: "Pixel 9".into(),
            kind: FactorKind::Totp,
            last: false,
            proof_needed: true,
        };
        let hostile =
            Self { name: "<script>alert(1)</script>".repeat(4), cancel_url: "javascript:alert(1)".into(), ..view.clone() };
        vec![("usual", view.clone()), ("hostile", hostile), ("last", Self { last: true, proof_needed: false, ..view })]
    }
}
