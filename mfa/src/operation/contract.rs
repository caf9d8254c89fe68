//! What an operation states about itself.

use std::future::Future;

use serde_json::{Map, Value};

use super::call::Call;
use super::failure::Failure;
use super::params::{ParamError, Params};
use crate::Mfa;
use crate::people::Person;
use crate::policy::{Right, TokenFacts};

/// Typed input, read from raw parameters.
pub trait FromParams: Sized {
    /// Reads and checks the parameters.
    ///
    /// # Errors
    /// Names the parameter that is missing or wrong.
    fn from_params(params: &Params) -> Result<Self, ParamError>;
}

impl FromParams for () {
    fn from_params(_: &Params) -> Result<Self, ParamError> {
        Ok(())
    }
}

/// Who may ask at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody, also without having signed in.
    Everybody,
    /// Administrators, and people for themselves.
    Both,
    /// Administrators.
    Admin,
    /// Clients with a key of their own; the operation knows which and checks what it may do.
    Service,
    /// Who has the machine: the command line.
    Operator,
}

/// Whom or what an operation touches; decides which policies grant the right to it.
#[derive(Default)]
pub enum Target {
    /// Nobody: configuration, or a list that the operation limits itself ([`Call::at`] and [`At::limit`](crate::policy::At::limit)).
    #[default]
    Nobody,
    /// A person.
    Person(Person),
    /// A token.
    Token {
        /// Its owner, if it has one.
        owner: Option<Person>,
        /// Its realms.
        realms: Vec<String>,
        /// What conditions may compare.
        facts: Option<TokenFacts>,
    },
    /// A person who is not there yet.
    Newcomer {
        /// Where they will live.
        resolver: String,
        /// Realms that show this resolver.
        realms: Vec<String>,
        /// Their login name.
        login: String,
    },
}

/// The outcome of an authentication, as the wire format names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authentication {
    /// Accepted.
    Accept,
    /// Refused.
    Reject,
    /// A challenge was triggered.
    Challenge,
    /// Declined by the person.
    Declined,
}

impl Authentication {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accept => "ACCEPT",
            Self::Reject => "REJECT",
            Self::Challenge => "CHALLENGE",
            Self::Declined => "DECLINED",
        }
    }
}

/// The answer as the management API gives it; events and policies may rewrite it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// `result.value`.
    pub value: Value,
    /// `detail`.
    pub detail: Option<Map<String, Value>>,
    /// `result.authentication`, for authentications.
    pub authentication: Option<Authentication>,
}

impl Answer {
    /// A value without detail.
    pub fn value(value: impl Into<Value>) -> Self {
        Self { value: value.into(), ..Self::default() }
    }

    /// A secret that was not accepted, in these words.
    pub fn rejected(message: impl Into<Value>) -> Self {
        let detail = Map::from_iter([("message".to_owned(), message.into())]);
        Self { authentication: Some(Authentication::Reject), ..Self::value(false).with_detail(detail) }
    }

    /// Adds detail.
    #[must_use]
    pub fn with_detail(mut self, detail: Map<String, Value>) -> Self {
        self.detail = Some(detail);
        self
    }
}

/// One thing that can be done.
pub trait Operation: Sync {
    /// Its event; one of [`EVENTS`](super::EVENTS) when event handlers may be bound to it.
    const EVENT: &'static str;
    /// Who may ask at all.
    const ACCESS: Access;
    /// Whether it only looks and is asked often: it leaves no record, as long as hooks have nothing to write either.
    const QUIET: bool = false;
    /// What it reads.
    type Input: FromParams + Send + Sync;
    /// What it decides.
    type Output: Send;

    /// The right that is needed. Operations without one are open to whom [`Operation::ACCESS`] lets in.
    fn right(&self, input: &Self::Input) -> Option<Right> {
        let _ = input;
        None
    }

    /// Whom or what it touches.
    ///
    /// # Errors
    /// When that does not exist.
    fn target(&self, sys: &Mfa, call: &Call, input: &Self::Input) -> impl Future<Output = Result<Target, Failure>> + Send {
        let _ = (sys, call, input);
        async { Ok(Target::Nobody) }
    }

    /// Decides. May run several times; whatever it changes goes into [`Call::batch`].
    ///
    /// # Errors
    /// When nothing is to be written. A refusal that must be stored is no error.
    fn run(&self, sys: &Mfa, call: &mut Call, input: &Self::Input) -> impl Future<Output = Result<Self::Output, Failure>> + Send;

    /// The answer of the management API.
    fn answer(&self, output: &Self::Output) -> Answer;

    /// What the violation of a constraint or unique index means.
    fn constraint(&self, name: &str) -> Option<Failure> {
        let _ = name;
        None
    }
}
