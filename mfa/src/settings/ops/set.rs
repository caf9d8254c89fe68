//! `POST /system/setConfig` and `POST /system/setDefault`.

use std::collections::BTreeMap;

use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, FromParams, Operation, ParamError, Params};
use crate::policy::Right;
use crate::policy::actions::rights;
use crate::revision::{self, Topic};
use crate::settings::{Snapshot, declared};

/// Sets one or more settings: all or none.
pub struct SetSettings;

/// Names and texts, checked.
pub struct Input {
    values: BTreeMap<String, String>,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        let mut values = BTreeMap::new();
        let mut trial = Snapshot::default();
        for name in params.names().filter(|name| *name != "session" && !name.ends_with(".type") && !name.ends_with(".desc")) {
            let text = params.text(name)?.unwrap_or_default();
            trial.set(name, &text).map_err(|what| ParamError::wrong(name, what))?;
            values.insert(name.to_owned(), trial.text(name).unwrap_or(text));
        }
        if values.is_empty() { Err(ParamError::Missing("a setting".to_owned())) } else { Ok(Self { values }) }
    }
}

impl Operation for SetSettings {
    const EVENT: &'static str = "system_set";
    const ACCESS: Access = Access::Admin;
    type Input = Input;
    /// What became of each: `insert` or `update`.
    type Output = BTreeMap<String, &'static str>;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::CONFIGWRITE.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<Self::Output, Failure> {
        let mut done = BTreeMap::new();
        for (name, text) in input.values.iter().filter(|(name, _)| declared(name).is_some()) {
            let known = db::setting::get(&sys.db, name).await?.is_some();
            db::setting::put(&mut call.batch, name, text, false);
            done.insert(name.clone(), if known { "update" } else { "insert" });
        }
        revision::raise(&mut call.batch, Topic::Setting);
        call.audit.info = done.keys().cloned().collect::<Vec<_>>().join(", ");
        call.reload_after();
        Ok(done)
    }

    fn answer(&self, output: &Self::Output) -> Answer {
        Answer::value(output.iter().map(|(k, v)| (k.clone(), (*v).into())).collect::<serde_json::Map<_, _>>())
    }
}
