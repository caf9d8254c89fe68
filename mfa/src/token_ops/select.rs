//! Which tokens an operation is about.

use crate::Mfa;
use crate::operation::{Call, Code, Failure, FromParams, ParamError, Params, Target};
use crate::people::ops::UserParams;
use crate::people::{Attribute, Attributes, Person};
use crate::policy::TokenFacts;
use crate::tokens::{Token, store};

/// One token by its serial, or all tokens of a person.
#[derive(Clone, Debug)]
pub enum Which {
    /// The token with this serial.
    Serial(String),
    /// All tokens of this person.
    Person(UserParams),
}

impl FromParams for Which {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        let user = UserParams::from_params(params)?;
        match params.optional("serial")? {
            Some(serial) => Ok(Self::Serial(serial)),
            None if user.user.is_some() => Ok(Self::Person(user)),
            None => Err(ParamError::Missing("serial".to_owned())),
        }
    }
}

impl Which {
    /// The tokens.
    ///
    /// # Errors
    /// [`Code::NotFound`] when there is no token of this serial, [`Code::User`] when there is no such person.
    pub(super) async fn tokens(&self, sys: &Mfa) -> Result<Vec<Token>, Failure> {
        match self {
            Self::Serial(serial) => Ok(vec![by_serial(sys, serial).await?]),
            Self::Person(user) => Ok(store::by_person(&sys.db, sys.resolve_existing(user).await?.id).await?),
        }
    }

    /// What rights are checked against.
    ///
    /// # Errors
    /// As [`Which::tokens`].
    pub(super) async fn target(&self, sys: &Mfa) -> Result<Target, Failure> {
        match self {
            Self::Serial(serial) => target(sys, &by_serial(sys, serial).await?).await,
            Self::Person(user) => Ok(Target::Person(sys.resolve_existing(user).await?)),
        }
    }
}

/// The token with this serial.
///
/// # Errors
/// [`Code::NotFound`].
pub(super) async fn by_serial(sys: &Mfa, serial: &str) -> Result<Token, Failure> {
    let found = store::by_serial(&sys.db, serial).await?;
    found.ok_or_else(|| Failure::not_found("The requested token could not be found."))
}

/// A token that may be changed.
///
/// # Errors
/// [`Code::TokenLocked`].
pub(super) fn unlocked(token: &Token) -> Result<(), Failure> {
    if token.locked {
        return Err(Failure::new(Code::TokenLocked, "This action is not possible, since the token is locked"));
    }
    Ok(())
}

/// The owner of a token, if it has one who still exists.
///
/// # Errors
/// When a resolver does not answer.
pub(crate) async fn owner(sys: &Mfa, token: &Token) -> Result<Option<Person>, Failure> {
    match &token.owner {
        Some(owner) => Ok(sys.people.by_id(owner.person).await?),
        None => Ok(None),
    }
}

/// A token as the target of an operation.
pub(crate) async fn target(sys: &Mfa, token: &Token) -> Result<Target, Failure> {
    Ok(Target::Token { owner: owner(sys, token).await?, realms: token.realms.clone(), facts: Some(facts(token)) })
}

/// What conditions may compare about a token.
pub(crate) fn facts(token: &Token) -> TokenFacts {
    let mut attributes = Attributes::new();
    let texts = [
        ("serial", token.serial.as_str()),
        ("tokentype", token.kind.spec().name),
        ("description", &token.description),
        ("rollout_state", token.rollout.name()),
    ];
    attributes.extend(texts.map(|(name, text)| (name.to_owned(), Attribute::from(text))));
    let numbers = [("failcount", token.failcount), ("maxfail", token.maxfail), ("count", token.counter)];
    attributes.extend(numbers.map(|(name, n)| (name.to_owned(), Attribute::from(n))));
    let flags = [("active", token.active), ("locked", token.locked), ("revoked", token.revoked)];
    attributes.extend(flags.map(|(name, b)| (name.to_owned(), Attribute::from(b))));
    attributes.insert("realms".to_owned(), Attribute::from(token.realms.clone()));
    TokenFacts { attributes, info: token.info.clone() }
}

/// Writes a token into the record.
pub(super) fn record(call: &mut Call, token: &Token) {
    let audit = &mut call.audit;
    if audit.serial.is_empty() {
        audit.serial.clone_from(&token.serial);
        audit.token_type = token.kind.spec().name.to_owned();
    } else {
        audit.serial = format!("{},{}", audit.serial, token.serial);
    }
}
