//! `DELETE /system/{key}`.

use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, FromParams, Operation, ParamError, Params};
use crate::policy::Right;
use crate::policy::actions::rights;
use crate::revision::{self, Topic};
use crate::settings::declared;

/// Removes a setting: its default holds again.
pub struct DeleteSetting;

/// Which.
pub struct Input {
    key: String,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { key: params.required("key")? })
    }
}

impl Operation for DeleteSetting {
    const EVENT: &'static str = "system_delete";
    const ACCESS: Access = Access::Admin;
    type Input = Input;
    /// The name.
    type Output = String;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::CONFIGDELETE.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<String, Failure> {
        // Settings of other parts share the table and are none of this operation's business.
        if declared(&input.key).is_none() || db::setting::get(&sys.db, &input.key).await?.is_none() {
            return Err(Failure::not_found(format!("The setting {} is not set.", input.key)));
        }
        db::setting::delete(&mut call.batch, &input.key);
        revision::raise(&mut call.batch, Topic::Setting);
        call.audit.info.clone_from(&input.key);
        call.reload_after();
        Ok(input.key.clone())
    }

    fn answer(&self, output: &String) -> Answer {
        Answer::value(output.clone())
    }
}
