//! `POST /token/set`: attributes of a token.

use kernel::Timestamp;

use super::change::{Strength, each};
use super::description;
use super::select::Which;
use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, FromParams, Operation, ParamError, Params, Target};
use crate::policy::Right;
use crate::policy::actions::rights;
use crate::policy::dates::moment;
use crate::tokens::{KINDS, Token};

/// Sets attributes of tokens.
pub struct SetToken;

/// Which tokens, and what is set.
pub struct Input {
    which: Which,
    change: Change,
}

/// What is set; the rest stays.
#[derive(Clone, Default)]
pub(super) struct Change {
    description: Option<String>,
    count_window: Option<i64>,
    sync_window: Option<i64>,
    max_failcount: Option<i64>,
    tried_max: Option<i64>,
    accepted_max: Option<i64>,
    valid_from: Option<Option<Timestamp>>,
    valid_until: Option<Option<Timestamp>>,
    info: Vec<(String, String)>,
}

/// Reads a moment; an empty one removes the limit.
pub(super) fn period(params: &Params, name: &str) -> Result<Option<Option<Timestamp>>, ParamError> {
    match params.text(name)? {
        None => Ok(None),
        Some(text) if text.trim().is_empty() => Ok(Some(None)),
        Some(text) => {
            moment(&text).map(|moment| Some(Some(moment.at))).ok_or_else(|| ParamError::wrong(name, "a date is expected"))
        }
    }
}

impl FromParams for Change {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        let settable = KINDS.iter().flat_map(|kind| kind.spec().info).filter(|key| key.settable).map(|key| key.name);
        let mut info = Vec::new();
        for name in settable {
            if let Some(value) = params.optional(name)?.filter(|_| !info.iter().any(|(known, _)| known == name)) {
                info.push((name.to_owned(), value));
            }
        }
        Ok(Self {
            description: description::read(params)?,
            count_window: params.number("count_window", 1..=10_000)?,
            sync_window: params.number("sync_window", 1..=100_000)?,
            max_failcount: params.number("max_failcount", 1..=10_000)?,
            tried_max: params.number("count_auth_max", 0..=i64::MAX)?,
            accepted_max: params.number("count_auth_success_max", 0..=i64::MAX)?,
            valid_from: period(params, "validity_period_start")?,
            valid_until: period(params, "validity_period_end")?,
            info,
        })
    }
}

impl Change {
    /// The token as it shall be, and how many of its attributes were set.
    fn apply(&self, token: &Token) -> Result<(Token, i64), Failure> {
        let (mut after, mut set) = (token.clone(), 0);
        macro_rules! put {
            ($($value:ident => $field:expr),+ $(,)?) => {$(
                if let Some(value) = &self.$value {
                    $field = value.clone();
                    set += 1;
                }
            )+};
        }
        put!(
            description => after.description,
            count_window => after.count_window,
            sync_window => after.sync_window,
            max_failcount => after.maxfail,
            tried_max => after.uses.tried_max,
            accepted_max => after.uses.accepted_max,
            valid_from => after.valid_from,
            valid_until => after.valid_until,
        );
        for (name, value) in &self.info {
            let Some(key) = token.kind.spec().info.iter().find(|key| key.name == name && key.settable) else { continue };
            if !(key.accepts)(value) {
                return Err(ParamError::wrong(name, "this value is not possible").into());
            }
            after.info.insert(name.clone(), value.clone());
            set += 1;
        }
        Ok((after, set))
    }
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { which: Which::from_params(params)?, change: Change::from_params(params)? })
    }
}

impl Operation for SetToken {
    const EVENT: &'static str = "token_set";
    const ACCESS: Access = Access::Admin;
    type Input = Input;
    /// How many attributes were set.
    type Output = i64;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::SET.clone())
    }

    async fn target(&self, sys: &Mfa, _: &Call, input: &Input) -> Result<Target, Failure> {
        input.which.target(sys).await
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<i64, Failure> {
        let mut total = 0;
        let decide = |token: &Token| {
            let (after, set) = input.change.apply(token)?;
            total += set;
            Ok((set > 0).then_some(after))
        };
        each(sys, call, &input.which, Strength::Neutral, decide).await?;
        Ok(total)
    }

    fn answer(&self, set: &i64) -> Answer {
        Answer::value(*set)
    }
}
