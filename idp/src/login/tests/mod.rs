//! The flow on a real database and a world in memory.

mod change_password;
mod enrolment;
mod races;
mod scenarios;
mod sso;
mod tickets;
mod walk;

use std::time::Duration;

use db::Dialect;
use db::testing::TestDb;
use kernel::SecretText;
use kernel::ids::FlowId;

use super::{Authenticated, Browser, Failed, Input, Logins, Notice, Progress, Refusal, SignIn, StepView, View};
use crate::ports::Negotiation;
use crate::testing::{World, browser};

/// A browser in front of the world.
struct Bench {
    world: World,
    logins: Logins,
    db: TestDb,
    browser: Browser,
    flow: Option<(FlowId, i64)>,
}

impl Bench {
    async fn new() -> Self {
        Self::on(db::testing::one(Dialect::Sqlite).await)
    }

    fn on(db: TestDb) -> Self {
        let world = World::new(7);
        Self { logins: world.logins(&db), world, db, browser: browser("browser one"), flow: None }
    }

    fn wait(&self, time: Duration) {
        self.world.clock.advance(time);
    }

    fn take(&mut self, progress: Progress) -> Progress {
        match &progress {
            Progress::Show(view) => self.flow = Some((view.flow, view.version)),
            Progress::Authenticated { session, device, .. } => {
                if let Some(token) = session {
                    self.browser.session = Some(token.clone());
                }
                if let Some((token, _)) = device {
                    self.browser.device = Some(token.clone());
                }
            }
            _ => {}
        }
        progress
    }

    async fn start(&mut self, request: SignIn) -> Progress {
        let progress = self.logins.start(&self.world.origin(), request, &self.browser).await.unwrap();
        self.take(progress)
    }

    async fn answer(&mut self, input: Input) -> Progress {
        let (flow, version) = self.flow.unwrap();
        self.answer_as(flow, version, input).await
    }

    async fn answer_as(&mut self, flow: FlowId, version: i64, input: Input) -> Progress {
        let progress = self.logins.answer(&self.world.origin(), flow, version, &self.browser, input).await.unwrap();
        self.take(progress)
    }

    async fn password(&mut self, name: &str) -> Progress {
        self.answer(password(name, name)).await
    }

    /// Answers with the code that is good for the person's first token.
    async fn code(&mut self, login: &str) -> Progress {
        let code = self.world.get().code_of(login);
        self.answer(code_input(&code)).await
    }

    /// Signs somebody with a token in, with both factors.
    async fn sign_in(&mut self, request: SignIn, login: &str) -> Box<Authenticated> {
        shown(self.start(request).await);
        shown(self.password(login).await);
        success(self.code(login).await)
    }
}

fn password(name: &str, password: &str) -> Input {
    Input::Password { name: name.to_owned(), realm: None, password: SecretText::new(password) }
}

/// The ticket of this number of somebody.
fn ticket(name: &str, number: usize) -> Input {
    Input::Ticket(Negotiation::new(SecretText::new(format!("{name} {number}"))))
}

fn change_password(old: &str, new: &str) -> Input {
    Input::ChangePassword { old: SecretText::new(old), new: SecretText::new(new), again: SecretText::new(new) }
}

fn code_input(code: &str) -> Input {
    Input::Code { code: SecretText::new(code), pin: None }
}

fn describe(progress: &Progress) -> String {
    match progress {
        Progress::Show(view) => format!("shown {} {:?}", step_name(&view.step), view.notice),
        Progress::Authenticated { success, .. } => format!("authenticated {}", success.acr()),
        Progress::Failed(failed) => format!("failed {:?}", failed.reason),
        Progress::Gone { reason, .. } => format!("gone {reason:?}"),
    }
}

fn step_name(step: &StepView) -> &'static str {
    match step {
        StepView::Password { .. } => "password",
        StepView::ChangePassword { .. } => "change_password",
        StepView::Account { .. } => "account",
        StepView::Choose { .. } => "choose",
        StepView::Factor { .. } => "factor",
        StepView::EnrolChoice { .. } => "enrol_choice",
        StepView::Enrol { .. } => "enrol",
        StepView::Codes { .. } => "codes",
        StepView::Consent { .. } => "consent",
        StepView::Refused { .. } => "refused",
    }
}

fn shown(progress: Progress) -> Box<View> {
    match progress {
        Progress::Show(view) => view,
        other => panic!("a page was expected: {}", describe(&other)),
    }
}

fn success(progress: Progress) -> Box<Authenticated> {
    match progress {
        Progress::Authenticated { success, .. } => success,
        other => panic!("a success was expected: {}", describe(&other)),
    }
}

fn failed(progress: Progress) -> Failed {
    match progress {
        Progress::Failed(failed) => failed,
        other => panic!("a failure was expected: {}", describe(&other)),
    }
}

#[track_caller]
fn expect(progress: Progress, step: &str, notice: Option<Notice>) -> Box<View> {
    let view = shown(progress);
    assert_eq!((step_name(&view.step), view.notice), (step, notice));
    view
}

#[track_caller]
fn refused(progress: Progress, reason: Refusal) {
    assert_eq!(failed(progress).reason, reason);
}
