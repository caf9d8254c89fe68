//! The pages: what each of them shows, as plain data.
//!
//! Addresses named `action` receive the page's form by POST; addresses named `..._url` are followed by GET. Where an
//! address is optional, its absence removes the control.

mod account;
mod change_password;
mod common;
mod consent;
mod enrol;
mod error;
mod factor;
mod login;
mod my_factors;
mod portal;
mod recovery;
mod wait;

pub use account::{AccountRow, AccountsView, ContinueView, SignOutView, SignedOutView, SigningOutView};
pub use change_password::{ChangeError, ChangePasswordView, ChangeReason};
pub use common::{Application, FactorChoice, FactorKind, Person};
pub use consent::{Claim, ConsentView, Remember, ScopeLine, ScopeName};
pub use enrol::{EnrolChoiceView, EnrolKind, EnrolReason, EnrolTotpView};
pub use error::{ErrorKind, ErrorView, FormPostField, FormPostView};
pub use factor::{ChooseFactorView, FactorError, FactorView, Purpose};
pub use login::{LoginError, LoginRemark, LoginView};
pub use my_factors::{
    FactorRow, FactorState, MyFactorsView, PortalError, PortalNotice, RecoveryState, RemoveFactorView, SessionRow,
};
pub use portal::{Attention, HomeView, LastSignIn, PortalNav};
pub use recovery::{RecoveryCodesView, RecoveryError};
pub use wait::WaitView;

use crate::macros::views;
use crate::{Ctx, RenderError, Templates};

/// A page's data with samples of it.
trait View: Sized {
    /// Named samples: each state that looks different.
    fn samples() -> Vec<(&'static str, Self)>;
}

/// Renders one page with data that it holds.
type Render = Box<dyn Fn(&Templates, &Ctx) -> Result<String, RenderError>>;

/// A page filled with sample data.
pub struct Sample {
    /// Name of the page, as the method of [`Templates`].
    pub page: &'static str,
    /// Name of the state shown.
    pub case: &'static str,
    render: Render,
}

impl Sample {
    /// Renders the sample.
    pub fn render(&self, templates: &Templates, ctx: &Ctx) -> Result<String, RenderError> {
        (self.render)(templates, ctx)
    }
}

views! {
    /// User name and password.
    login(LoginView) = "login.html";
    /// A new password, demanded or advised.
    change_password(ChangePasswordView) = "change_password.html";
    /// Which of several factors to use.
    choose_factor(ChooseFactorView) = "choose_factor.html";
    /// A code: one-time or recovery.
    factor(FactorView) = "factor.html";
    /// Waiting for an answer on another device.
    wait(WaitView) = "wait.html";
    /// Which kind of factor to add.
    enrol_choice(EnrolChoiceView) = "enrol_choice.html";
    /// Adding an authenticator app.
    enrol_totp(EnrolTotpView) = "enrol_totp.html";
    /// New recovery codes, shown once.
    recovery_codes(RecoveryCodesView) = "recovery_codes.html";
    /// What an application will learn.
    consent(ConsentView) = "consent.html";
    /// Which of the signed-in accounts to use.
    accounts(AccountsView) = "accounts.html";
    /// Going on with the one signed-in account.
    continue_as(ContinueView) = "continue.html";
    /// Asking whether to sign out.
    sign_out(SignOutView) = "sign_out.html";
    /// Telling applications of the sign-out.
    signing_out(SigningOutView) = "signing_out.html";
    /// After signing out.
    signed_out(SignedOutView) = "signed_out.html";
    /// Something went wrong.
    error(ErrorView) = "error.html";
    /// Answer to a relying party that travels as a form.
    form_post(FormPostView) = "form_post.html";
    /// The portal's first page.
    home(HomeView) = "home.html";
    /// The person's factors, recovery codes and sessions.
    my_factors(MyFactorsView) = "my_factors.html";
    /// Asking whether to remove a factor.
    remove_factor(RemoveFactorView) = "remove_factor.html";
}
