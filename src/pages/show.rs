//! Steps to pages.

use std::time::Duration;

use axum::response::Response;
use idp::login::{ConsentAsk, Notice, Refusal, StepView, View};
use idp::party::PartyKind;
use idp::ports::{AnswerMode, ChangeReason, Factor, NewPasswordFault};
use templates::views::{
    self, Application, ChangeError, ChangePasswordView, ChooseFactorView, Claim, ConsentView, ContinueView, EnrolChoiceView,
    EnrolKind, EnrolReason, EnrolTotpView, ErrorKind, ErrorView, FactorChoice, FactorError, FactorKind, FactorView, LoginError,
    LoginRemark, LoginView, Person, Purpose, RecoveryCodesView, Remember, ScopeLine, ScopeName, SignedOutView, WaitView,
};
use templates::{Ctx, Hidden, RenderError, When};

use crate::app::App;

use super::view::Screen;
use super::{answer, outcome};

/// The page of a step. `ticket` is the address where the machine signs the person in, if they may choose that.
///
/// # Errors
/// When the template cannot be rendered: a mistake of ours.
pub fn page(app: &App, mut ctx: Ctx, view: &View, ticket: Option<String>) -> Result<String, RenderError> {
    ctx.hidden.push(Hidden { name: answer::VERSION.to_owned(), value: view.version.to_string() });
    let page = Page { app, ctx, view };
    match &view.step {
        StepView::Password { name, fixed, .. } => page.password(name.as_deref(), *fixed, ticket),
        StepView::ChangePassword { login, reason, fault } => page.change_password(login, *reason, fault.as_ref()),
        StepView::Account { display_name, login } => page.account(display_name, login),
        StepView::Choose { factors } => page.choose(factors),
        StepView::Factor { factor, mode, message, pin, others } => match mode {
            AnswerMode::Code => page.factor(factor, message.as_deref(), *pin, others),
            AnswerMode::Approve => page.wait(factor, message.as_deref(), others),
        },
        StepView::EnrolChoice { kinds } => page.enrol_choice(kinds),
        StepView::Enrol { .. } => page.enrol(),
        StepView::Codes { codes } => page.codes(codes.iter().map(|c| c.expose().to_owned()).collect()),
        StepView::Consent { ask, .. } => page.consent(ask),
        StepView::Refused { reason } => page.refused(*reason),
    }
}

/// The page after a portal sign-in was given up.
pub fn signed_out(screen: &Screen) -> Response {
    let view = SignedOutView { sign_in_url: Some("/".to_owned()), ..SignedOutView::default() };
    screen.show(screen.templates().signed_out(&screen.ctx(), &view))
}

struct Page<'a> {
    app: &'a App,
    ctx: Ctx,
    view: &'a View,
}

impl Page<'_> {
    fn action(&self) -> String {
        outcome::path(self.view)
    }

    fn under(&self, verb: &str) -> String {
        format!("/login/{}/{verb}", self.view.flow)
    }

    fn cancel(&self) -> Option<String> {
        Some(self.under("cancel"))
    }

    fn application(&self) -> Option<Application> {
        (self.view.party.kind != PartyKind::Portal).then(|| outcome::application(&self.view.party))
    }

    fn person(&self) -> Person {
        Person { name: self.view.person.clone().unwrap_or_default(), login: String::new() }
    }

    fn minutes(&self) -> u32 {
        let wait = self.view.retry_after.unwrap_or(Duration::from_secs(60));
        u32::try_from(wait.as_secs().div_ceil(60).max(1)).unwrap_or(u32::MAX)
    }

    fn password(&self, name: Option<&str>, fixed: bool, ticket_url: Option<String>) -> Result<String, RenderError> {
        let error = match self.view.notice {
            Some(Notice::PasswordRefused) => Some(LoginError::WrongCredentials),
            Some(Notice::Limited) => Some(LoginError::Locked { minutes: self.minutes() }),
            Some(Notice::Stale | Notice::Unexpected) => Some(LoginError::Stale),
            Some(Notice::SignInAgain) => Some(LoginError::Expired),
            Some(Notice::Unavailable) => Some(LoginError::Unavailable),
            _ => None,
        };
        let view = LoginView {
            username: name.unwrap_or_default().to_owned(),
            username_fixed: fixed,
            error,
            remark: (self.view.notice == Some(Notice::TicketRefused)).then_some(LoginRemark::Ticket),
            ticket_url,
            cancel_action: self.application().and(self.cancel()),
            ..LoginView::new(self.action(), self.application())
        };
        self.app.pages.templates.login(&self.ctx, &view)
    }

    fn change_password(
        &self,
        login: &str,
        reason: ChangeReason,
        fault: Option<&NewPasswordFault>,
    ) -> Result<String, RenderError> {
        let error = match self.view.notice {
            Some(Notice::NewPasswordRefused) => fault.map(change_error),
            Some(Notice::PasswordRefused) => Some(ChangeError::WrongOld),
            Some(Notice::Limited) => Some(ChangeError::Locked { minutes: self.minutes() }),
            Some(Notice::Unavailable) => Some(ChangeError::Unavailable),
            Some(Notice::Stale | Notice::Unexpected) => Some(ChangeError::Stale),
            _ => None,
        };
        let view = ChangePasswordView {
            action: self.action(),
            application: self.application(),
            person: Person { name: String::new(), login: login.to_owned() },
            reason: match reason {
                ChangeReason::Expired => views::ChangeReason::Expired,
                ChangeReason::Reset => views::ChangeReason::Reset,
                ChangeReason::Grace { left } => views::ChangeReason::Grace { left },
                ChangeReason::Expires { days } => views::ChangeReason::Expires { days },
            },
            may_skip: !reason.is_demanded(),
            error,
            cancel_action: self.cancel(),
        };
        self.app.pages.templates.change_password(&self.ctx, &view)
    }

    fn account(&self, display_name: &str, login: &str) -> Result<String, RenderError> {
        let person = Person { name: display_name.to_owned(), login: login.to_owned() };
        let mut ctx = self.ctx.clone();
        // The button is called `accept` as on every page; here it does not mean consent.
        ctx.hidden.push(Hidden { name: "continue".to_owned(), value: "1".to_owned() });
        let view = ContinueView { action: self.action(), application: self.application(), person };
        self.app.pages.templates.continue_as(&ctx, &view)
    }

    fn factor_error(&self) -> Option<FactorError> {
        Some(match self.view.notice? {
            Notice::CodeRefused => FactorError::WrongCode,
            Notice::Limited => FactorError::TooManyAttempts { minutes: self.minutes() },
            Notice::ChallengeGone => FactorError::Expired,
            Notice::FactorUnavailable | Notice::Unavailable => FactorError::Unavailable,
            Notice::Declined => FactorError::Declined,
            Notice::Stale | Notice::Unexpected => FactorError::Stale,
            _ => return None,
        })
    }

    fn purpose(&self) -> Purpose {
        match self.view.notice {
            Some(Notice::StepUp) => Purpose::StepUp,
            _ if self.view.party.kind == PartyKind::Portal => Purpose::SignIn,
            _ => Purpose::SignIn,
        }
    }

    fn choose(&self, factors: &[Factor]) -> Result<String, RenderError> {
        let view = ChooseFactorView {
            action: self.action(),
            application: self.application(),
            person: self.person(),
            purpose: self.purpose(),
            factors: factors.iter().map(choice).collect(),
            error: self.factor_error(),
            cancel_action: self.cancel(),
        };
        self.app.pages.templates.choose_factor(&self.ctx, &view)
    }

    fn factor(&self, factor: &Factor, message: Option<&str>, pin: bool, others: &[Factor]) -> Result<String, RenderError> {
        let view = FactorView {
            action: self.action(),
            application: self.application(),
            person: self.person(),
            purpose: self.purpose(),
            factor: choice(factor),
            digits: None,
            pin,
            prompt: message.map(str::to_owned),
            error: self.factor_error(),
            others: others.iter().map(choice).collect(),
            switch_action: self.under("switch"),
            resend_action: None,
            cancel_action: self.cancel(),
        };
        self.app.pages.templates.factor(&self.ctx, &view)
    }

    fn wait(&self, factor: &Factor, message: Option<&str>, others: &[Factor]) -> Result<String, RenderError> {
        let view = WaitView {
            poll_url: self.action(),
            seconds: 2,
            application: self.application(),
            person: self.person(),
            factor: choice(factor),
            code: message.map(str::to_owned),
            others: others.iter().map(choice).collect(),
            switch_action: self.under("switch"),
            cancel_action: self.cancel(),
        };
        self.app.pages.templates.wait(&self.ctx, &view)
    }

    fn enrol_reason(&self) -> EnrolReason {
        if self.view.notice == Some(Notice::StepUp) { EnrolReason::StepUp } else { EnrolReason::Required }
    }

    fn enrol_choice(&self, kinds: &[String]) -> Result<String, RenderError> {
        let kinds = kinds
            .iter()
            .enumerate()
            .map(|(n, kind)| EnrolKind { id: kind.clone(), kind: factor_kind(kind), recommended: n == 0 })
            .collect();
        let view = EnrolChoiceView {
            action: self.action(),
            application: self.application(),
            reason: self.enrol_reason(),
            kinds,
            skip_action: None,
            cancel_action: self.cancel(),
        };
        self.app.pages.templates.enrol_choice(&self.ctx, &view)
    }

    fn enrol(&self) -> Result<String, RenderError> {
        let StepView::Enrol { uri, key, digits, .. } = &self.view.step else { unreachable!("called for this step only") };
        let view = EnrolTotpView {
            action: self.action(),
            application: self.application(),
            reason: self.enrol_reason(),
            error: self.factor_error(),
            cancel_action: self.cancel(),
            ..key_view(uri.expose(), key.expose(), *digits)
        };
        self.app.pages.templates.enrol_totp(&self.ctx, &view)
    }

    fn codes(&self, codes: Vec<String>) -> Result<String, RenderError> {
        let view = RecoveryCodesView {
            action: self.action(),
            application: self.application(),
            account: self.view.person.clone().unwrap_or_default(),
            codes,
            created: When(self.ctx.now.0),
            replaced: false,
            error: (self.view.notice == Some(Notice::Unexpected)).then_some(templates::views::RecoveryError::NotAcknowledged),
        };
        self.app.pages.templates.recovery_codes(&self.ctx, &view)
    }

    fn consent(&self, ask: &ConsentAsk) -> Result<String, RenderError> {
        let scopes = ask.scopes.iter().map(|scope| ScopeLine { scope: scope_name(scope), claims: Vec::new() });
        let claims = ask.claims.iter().map(|name| Claim { name: name.clone(), value: String::new() }).collect::<Vec<_>>();
        let single = (!claims.is_empty()).then_some(ScopeLine { scope: ScopeName::Profile, claims });
        let view = ConsentView {
            action: self.action(),
            application: outcome::application(&self.view.party),
            redirect_uri: self.view.answer_to.clone().unwrap_or_default(),
            person: self.person(),
            scopes: scopes.chain(single).collect(),
            remember: Remember::Always,
        };
        self.app.pages.templates.consent(&self.ctx, &view)
    }

    fn refused(&self, reason: Refusal) -> Result<String, RenderError> {
        let kind = match reason {
            Refusal::Forbidden | Refusal::NoFactor | Refusal::UnmetAcr | Refusal::Denied => ErrorKind::Forbidden,
            _ => ErrorKind::Expired,
        };
        let view = ErrorView {
            application: self.application(),
            home_url: Some("/".to_owned()),
            leave_action: self.cancel(),
            ..ErrorView::new(kind)
        };
        self.app.pages.templates.error(&self.ctx, &view)
    }
}

fn change_error(fault: &NewPasswordFault) -> ChangeError {
    match fault {
        NewPasswordFault::Empty => ChangeError::Empty,
        NewPasswordFault::Differs => ChangeError::Differs,
        NewPasswordFault::Same => ChangeError::Same,
        NewPasswordFault::TooShort => ChangeError::TooShort,
        NewPasswordFault::TooLong => ChangeError::TooLong,
        NewPasswordFault::TooWeak => ChangeError::TooWeak,
        NewPasswordFault::Used => ChangeError::Used,
        NewPasswordFault::TooSoon => ChangeError::TooSoon,
        NewPasswordFault::NotAllowed => ChangeError::NotAllowed,
        NewPasswordFault::Other(words) => ChangeError::Other { words: words.clone() },
    }
}

fn choice(factor: &Factor) -> FactorChoice {
    FactorChoice { id: factor.id.clone(), kind: factor_kind(&factor.kind), name: factor.label.clone() }
}

/// A kind as people read it.
pub fn factor_kind(kind: &str) -> FactorKind {
    match kind {
        "totp" => FactorKind::Totp,
        "hotp" => FactorKind::Hotp,
        "push" => FactorKind::Push,
        "sms" => FactorKind::Sms,
        "email" => FactorKind::Email,
        "passkey" => FactorKind::Passkey,
        "webauthn" => FactorKind::SecurityKey,
        "recovery" => FactorKind::Recovery,
        other => FactorKind::Other { name: other.to_owned() },
    }
}

fn scope_name(scope: &str) -> ScopeName {
    match scope {
        "openid" => ScopeName::OpenId,
        "profile" => ScopeName::Profile,
        "email" => ScopeName::Email,
        "phone" => ScopeName::Phone,
        "address" => ScopeName::Address,
        "offline_access" => ScopeName::OfflineAccess,
        "groups" => ScopeName::Groups,
        other => ScopeName::Other { name: other.to_owned() },
    }
}

/// What the enrolment page tells about a key that a person wanted to have; most of it is read from the `otpauth://` link. What
/// the link does not say is as usual.
pub fn key_view(uri: &str, secret: &str, digits: u8) -> EnrolTotpView {
    let mut view = EnrolTotpView {
        action: String::new(),
        application: None,
        reason: EnrolReason::Wanted,
        account: String::new(),
        issuer: String::new(),
        uri: uri.to_owned(),
        secret: secret.to_owned(),
        digits,
        period: 30,
        algorithm: "SHA1".to_owned(),
        error: None,
        cancel_action: None,
    };
    let Ok(url) = url::Url::parse(uri) else { return view };
    let label = percent_decoded(url.path().trim_start_matches('/'));
    view.account = label.rsplit(':').next().unwrap_or_default().trim().to_owned();
    for (name, value) in url.query_pairs() {
        match &*name {
            "issuer" => view.issuer = value.into_owned(),
            "period" => view.period = value.parse().unwrap_or(30),
            "algorithm" => view.algorithm = value.into_owned(),
            _ => {}
        }
    }
    if url.host_str() != Some("totp") {
        view.period = 0;
    }
    view
}

fn percent_decoded(text: &str) -> String {
    // A query without `=` is one name; `+` is literal in a path.
    let text = text.replace('+', "%2B");
    url::form_urlencoded::parse(text.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}
