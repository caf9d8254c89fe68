//! Accounts and sessions: choose, go on, sign out.

use serde::Serialize;

use super::{Application, FormPostField, FormPostView, Person, View};
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

/// Telling applications, one after the other, that the person has signed out. The page goes on by itself, to an address or by a
/// form, unless the application was told before and has not answered. Posts `skip`.
#[derive(Clone, Serialize)]
pub struct SigningOutView {
    /// Receives the wish to go on without the application.
    pub action: String,
    /// The application that is told.
    pub party: String,
    /// Where it is told; left out unless [`crate::url::link`] accepts it.
    pub url: Option<String>,
    /// Or the form that tells it.
    pub form: Option<FormPostView>,
    /// It was told before.
    pub late: bool,
    /// Who has confirmed.
    pub reached: Vec<String>,
    /// Who has not.
    pub unreached: Vec<String>,
    /// Who is told afterwards.
    pub waiting: Vec<String>,
}

/// After signing out.
#[derive(Clone, Default, Serialize)]
pub struct SignedOutView {
    /// Not here, but in another browser.
    pub elsewhere: bool,
    /// The application to go back to.
    pub application: Option<Application>,
    /// Its address for after the sign-out; left out unless [`crate::url::link`] accepts it.
    pub return_url: Option<String>,
    /// Where one signs in again.
    pub sign_in_url: Option<String>,
    /// Or the form that takes an answer there.
    pub return_form: Option<FormPostView>,
    /// Applications where the person may still be signed in.
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

impl View for SigningOutView {
    fn samples() -> Vec<(&'static str, Self)> {
        let view = Self {
            action: "/logout/01J0000000000000000000000".into(),
            party: "Timesheets".into(),
            url: Some("https://timesheets.invalid/slo?SAMLRequest=fZFB&SigAlg=http%3A%2F%2Fa".into()),
            form: None,
            late: false,
            reached: vec!["Harbour Notes".into()],
            unreached: vec![],
            waiting: vec!["Harbour Mail".into()],
        };
        let field = |name: &str, value: &str| FormPostField { name: name.into(), value: value.into() };
        let form = FormPostView {
            // A name that never resolves: the page posts itself when it is looked at.
            action: "https://timesheets.invalid/slo".into(),
            fields: vec![field("SAMLRequest", "PHNhbWxwOkxvZ291dFJlcXVlc3Q")],
            application: None,
        };
        let hostile = "<script>alert(1)</script>\u{202e}".repeat(4);
        vec![
            ("redirect", view.clone()),
            ("late", Self { late: true, unreached: vec!["Archive".into()], ..view.clone() }),
            ("form", Self { url: None, form: Some(form.clone()), ..view.clone() }),
            ("form_late", Self { url: None, form: Some(form), late: true, waiting: vec![], ..view.clone() }),
            (
                "hostile",
                Self {
                    party: hostile.clone(),
                    url: Some("javascript:alert(1)".into()),
                    reached: vec![hostile.clone()],
                    unreached: vec![hostile.clone()],
                    waiting: vec![hostile],
                    ..view
                },
            ),
        ]
    }
}

impl View for SignedOutView {
    fn samples() -> Vec<(&'static str, Self)> {
        let view = Self {
            application: Application::sample(),
            return_url: Some("https://notes.example.org/".into()),
            sign_in_url: Some("/".into()),
            ..Self::default()
        };
        let form = FormPostView {
            action: "https://notes.invalid/saml/slo".into(),
            fields: vec![FormPostField { name: "SAMLResponse".into(), value: "PHNhbWxwOkxvZ291dFJlc3BvbnNl".into() }],
            application: None,
        };
        let two = vec!["Harbour Mail".to_owned(), "Timesheets".to_owned()];
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
            ("unreached", Self { unreached: two.clone(), ..view.clone() }),
            (
                "answer",
                Self { unreached: two.clone(), return_url: None, return_form: Some(form), sign_in_url: None, ..view.clone() },
            ),
            (
                "elsewhere",
                Self {
                    elsewhere: true,
                    unreached: two,
                    application: None,
                    return_url: Some("/factors".into()),
                    sign_in_url: None,
                    ..view.clone()
                },
            ),
            ("portal", Self { application: None, return_url: None, ..view }),
        ]
    }
}
