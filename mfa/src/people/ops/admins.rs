//! Local administrators, from the command line.

use kernel::SecretText;

use crate::Mfa;
use crate::operation::{Access, Answer, Call, Code, Failure, FromParams, Operation, ParamError, Params};

/// An administrator as parameters describe them. Not `Debug`.
pub struct Input {
    name: String,
    email: Option<String>,
    password: Option<SecretText>,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { name: params.required("name")?, email: params.text("email")?, password: params.secret("password")? })
    }
}

/// Adds a local administrator.
pub struct AddAdmin;

impl Operation for AddAdmin {
    const EVENT: &'static str = "admin_add";
    const ACCESS: Access = Access::Operator;
    type Input = Input;
    type Output = ();

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<(), Failure> {
        let password = input.password.as_ref().ok_or_else(|| ParamError::Missing("password".to_owned()))?;
        let email = input.email.as_deref().unwrap_or_default();
        sys.people.admins().add(&mut call.batch, &input.name, email, password).await?;
        call.audit.info.clone_from(&input.name);
        Ok(())
    }

    fn answer(&self, (): &()) -> Answer {
        Answer::value(true)
    }

    fn constraint(&self, name: &str) -> Option<Failure> {
        (name == "administrator_name").then(|| Failure::new(Code::Conflict, "The administrator exists already."))
    }
}

/// Changes password or mail address of a local administrator.
pub struct ChangeAdmin;

impl Operation for ChangeAdmin {
    const EVENT: &'static str = "admin_change";
    const ACCESS: Access = Access::Operator;
    type Input = Input;
    type Output = ();

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<(), Failure> {
        let admins = sys.people.admins();
        admins.change(&mut call.batch, &input.name, input.email.as_deref(), input.password.as_ref()).await?;
        call.audit.info.clone_from(&input.name);
        Ok(())
    }

    fn answer(&self, (): &()) -> Answer {
        Answer::value(true)
    }
}

/// Removes a local administrator; the last one stays.
pub struct RemoveAdmin;

impl Operation for RemoveAdmin {
    const EVENT: &'static str = "admin_remove";
    const ACCESS: Access = Access::Operator;
    type Input = Input;
    type Output = ();

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<(), Failure> {
        sys.people.admins().remove(&mut call.batch, &input.name).await?;
        call.audit.info.clone_from(&input.name);
        Ok(())
    }

    fn answer(&self, (): &()) -> Answer {
        Answer::value(true)
    }
}
