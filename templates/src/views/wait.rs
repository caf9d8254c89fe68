//! Waiting for another device.

use serde::Serialize;

use super::{Application, FactorChoice, FactorKind, Person, View};

/// A push message waits for its answer. The page asks `poll_url` again by itself, without scripts.
#[derive(Clone, Serialize)]
pub struct WaitView {
    /// Page that is loaded after `seconds`; reading it must change nothing.
    pub poll_url: String,
    /// Seconds between two looks, at least 1.
    pub seconds: u32,
    /// Who asked.
    pub application: Option<Application>,
    /// Who signs in.
    pub person: Person,
    /// The factor that was asked.
    pub factor: FactorChoice,
    /// What the device must show, so that nobody confirms a stranger's sign-in.
    pub code: Option<String>,
    /// Other factors, each a button that posts `factor` to `switch_action`.
    pub others: Vec<FactorChoice>,
    /// Receives the choice of another factor.
    pub switch_action: String,
    /// Receives a POST that gives up.
    pub cancel_action: Option<String>,
}

impl View for WaitView {
    fn samples() -> Vec<(&'static str, Self)> {
        let view = Self {
            poll_url: "/login/wait".into(),
            seconds: 3,
            application: Application::sample(),
            person: Person::sample(),
            factor: FactorChoice::sample("2", FactorKind::Push, "Pixel 9"),
            code: Some("47".into()),
            others: vec![
                FactorChoice::sample("1", FactorKind::Totp, "Pixel 9"),
                FactorChoice::sample("4", FactorKind::Recovery, ""),
            ],
            switch_action: "/login/factor/other".into(),
            cancel_action: Some("/login/cancel".into()),
        };
        let hostile = Self {
            person: Person::hostile(),
            factor: FactorChoice::sample("2", FactorKind::Push, "<script>alert(1)</script>"),
            poll_url: "/login/wait?a=\"><script>alert(1)</script>".into(),
            ..view.clone()
        };
        vec![("hostile", hostile), ("code", view.clone()), ("plain", Self { code: None, others: vec![], ..view })]
    }
}
