//! Accounts and sessions: choose, go on, sign out.

use serde::Serialize;

use super::{Application, Person, View};
use crate::When;

/// A signed-in account; posted as `account` = `id`.
#[derive(Clone, Serialize)]
pub struct AccountRow {
    /// Handle, meaningful to the receiver only.
    pub id: String,
    /// Whose account it is.
    pub person: Person,
    /// When it signed in.
    pub since: When,
}

/// Several accounts are signed in. Posts `account` or `other`.
#[derive(Clone, Serialize)]
pub struct AccountsView {
    /// Receives the choice.
    pub action: String,
    /// Who asked.
    pub application: Option<Application>,
    /// The accounts.
    pub accounts: Vec<AccountRow>,
}

/// One account is signed in, and the application wants the person to see it. Posts `accept` or `other`.
#[derive(Clone, Serialize)]
pub struct ContinueView {
    /// Receives the choice.
    pub action: String,
    /// Who asked.
    pub application: Option<Application>,
    /// The account.
    pub person: Person,
}

/// Asking whether to sign out. Posts `accept` or `deny`.
#[derive(Clone, Serialize)]
pub struct SignOutView {
    /// Receives the decision.
    pub action: String,
    /// Who asked for it.
    pub application: Option<Application>,
    /// Who is signed in.
    pub person: Person,
}

/// After signing out.
#[derive(Clone, Serialize)]
pub struct SignedOutView {
    /// The application to go back to.
    pub application: Option<Application>,
    /// Its address for after the sign-out; left out unless [`crate::url::link`] accepts it.
    pub return_url: Option<String>,
    /// Where one signs in again.
    pub sign_in_url: Option<String>,
    /// Applications that could not be told.
    pub unreached: Vec<String>,
}

impl View for AccountsView {
    fn samples() -> Vec<(&'static str, Self)> {
        let row = |id: &str, name: &str, login: &str, since| AccountRow {
            id: id.into(),
            person: Person { name: name.into(), login: login.into() },
            since: When(since),
        };
        let accounts = vec![
            row("1", "Ada Lovelace", "ada@example.org", 1_763_761_020_000_000),
            row("2", "", "ada-admin@ops.example.org", 1_763_674_620_000_000),
        ];
        let strange = vec![AccountRow { id: "\"><x".into(), person: Person::hostile(), since: When(0) }];
        let view = Self { action: "/login/account".into(), application: Application::sample(), accounts };
        vec![("two", view.clone()), ("hostile", Self { accounts: strange, application: Some(Application::hostile()), ..view })]
    }
}

impl View for ContinueView {
    fn samples() -> Vec<(&'static str, Self)> {
        let view = Self { action: "/login/continue".into(), application: Application::sample(), person: Person::sample() };
        let hostile = Self { person: Person::hostile(), application: Some(Application::hostile()), ..view.clone() };
        vec![("application", view.clone()), ("hostile", hostile), ("portal", Self { application: None, ..view })]
    }
}

impl View for SignOutView {
    fn samples() -> Vec<(&'static str, Self)> {
        let view = Self { action: "/logout".into(), application: Application::sample(), person: Person::sample() };
        vec![("application", view.clone()), ("portal", Self { application: None, ..view })]
    }
}

impl View for SignedOutView {
    fn samples() -> Vec<(&'static str, Self)> {
        let view = Self {
            application: Application::sample(),
            return_url: Some("https://notes.example.org/".into()),
            sign_in_url: Some("/".into()),
            unreached: vec![],
        };
        vec![
            ("application", view.clone()),
            (
                "hostile",
                Self {
                    application: Some(Application::hostile()),
                    return_url: Some("javascript:alert(1)".into()),
                    unreached: vec!["<script>alert(1)</script>".repeat(5)],
                    ..view.clone()
                },
            ),
            ("unreached", Self { unreached: vec!["Harbour Mail".into(), "Timesheets".into()], ..view.clone() }),
            ("portal", Self { application: None, return_url: None, ..view }),
        ]
    }
}
