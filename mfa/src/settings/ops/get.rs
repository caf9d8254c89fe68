//! `GET /system/` and `GET /system/{key}`.

use std::collections::BTreeMap;

use crate::Mfa;
use crate::operation::{About, Access, Answer, Call, Caller, Failure, FromParams, Operation, ParamError, Params};
use crate::policy::actions::rights;
use crate::settings::{DECLARED, declared};

/// Reads settings. People see the public ones.
pub struct GetSettings;

/// One setting, or all.
pub struct Input {
    key: Option<String>,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { key: params.optional("key")? })
    }
}

/// The settings by name; one of them when it was named.
pub enum Output {
    /// All.
    All(BTreeMap<&'static str, String>),
    /// One, if it exists and may be seen.
    One(Option<String>),
}

impl Operation for GetSettings {
    const EVENT: &'static str = "system_get";
    const ACCESS: Access = Access::Both;
    type Input = Input;
    type Output = Output;

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<Output, Failure> {
        let all = match call.caller {
            Caller::Person(_) => false,
            Caller::Operator(_) => true,
            _ => call.ask(sys, About::Request, |_, at| at.allowed(&rights::CONFIGREAD))?,
        };
        let snapshot = sys.settings.load();
        let value = |name: &str| snapshot.text(name).unwrap_or_default();
        Ok(match &input.key {
            Some(key) => Output::One(declared(key).filter(|d| all || d.public).map(|d| value(d.name))),
            None => Output::All(DECLARED.iter().filter(|d| all || d.public).map(|d| (d.name, value(d.name))).collect()),
        })
    }

    fn answer(&self, output: &Output) -> Answer {
        match output {
            Output::All(all) => {
                Answer::value(all.iter().map(|(k, v)| ((*k).to_owned(), v.clone().into())).collect::<serde_json::Map<_, _>>())
            }
            Output::One(one) => Answer::value(one.clone()),
        }
    }
}
