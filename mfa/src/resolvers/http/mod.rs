//! People behind an HTTP API of any kind, described by its requests.
//!
//! * **basic**: one request that tells of one person, by the name that was typed. It is login name and uid; there are no lists and no
//!   passwords.
//! * **advanced**: a request for each purpose ([`crate::resolvers::web::advanced`]).

mod basic;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use kernel::ids::RowId;
use kernel::outbound::Answer;

use super::web::advanced::Advanced;
use super::web::config::{self, Config, Known};
use super::web::manner::{Manner, right};
use super::web::params::request_params;
use super::web::token::{Always, Configured, Grant};
use super::web::{Values, answer};
use super::{Env, Param, ParamType, ParamValues, PasswordCheck, Resolver, ResolverError, ResolverKind};

static PARAMS: &[Param] = request_params! {
    base_url: "", attribute_mapping: "{}", advanced: "false", headers: "",
    authorization: "", user_auth: "", by_id: "", by_name: "", list: "", create: "", edit: "", delete: "", groups: "";
    param("endpoint", ParamType::Text, Some(""), "Basic: the URL of the request for one person. Tag: {userid}, the name that was typed."),
    param("method", ParamType::Text, Some("GET"), "Basic: GET, POST, PUT, PATCH or DELETE."),
    param(
        "requestMapping",
        ParamType::Text,
        Some(""),
        "Basic: JSON object of what is sent, such as {\"id\": \"{userid}\"}: as parameters of GET and DELETE, otherwise as JSON.",
    ),
    param(
        "responseMapping",
        ParamType::Text,
        Some(""),
        "Basic: JSON object: our attribute to text with the names of the answer in braces, such as {\"username\": \"{data.login}\"}.",
    ),
    param("hasSpecialErrorHandler", ParamType::Bool, Some("false"), "Basic: an answer that contains errorResponse is a failure."),
    param("errorResponse", ParamType::Text, Some(""), "Basic: JSON object that tells a failure, such as {\"success\": false}."),
};

/// How the kind is declared.
pub(super) static KIND: ResolverKind =
    ResolverKind { name: "httpresolver", description: "An HTTP API", params: PARAMS, presets: &[], build };

/// It has no statements.
pub(super) const STATEMENTS: &[&db::Stmt] = &[];

fn build(_: RowId, params: &ParamValues, env: &Env) -> Result<Arc<dyn Resolver>, ResolverError> {
    let account = Values::of([("username", params.text("username")), ("password", params.text("password"))]);
    let known = Known { fixed: Values::default(), login_base: None, uid: "userid", login: "username" };
    let grant = authorization(params, &known, account.clone())?;
    if !params.flag("advanced") {
        return Ok(Arc::new(basic::Basic::new(params, env, grant)?));
    }
    let config = Config::read(params, &known, &env.outbound)?;
    Ok(Arc::new(Advanced::new(config, grant, Box::new(Any), env.clock.clone())))
}

/// The request that lets us in, where there is one.
///
/// # Errors
/// As [`config::request`].
pub(super) fn authorization(params: &ParamValues, known: &Known<'_>, account: Values) -> Result<Box<dyn Grant>, ResolverError> {
    let request = config::request(params, "config_authorization", &["username", "password"], known)?;
    Ok(match request {
        Some(request) => Box::new(Configured { request, values: account }),
        None => Box::new(Always(Vec::new())),
    })
}

/// An API of which nothing is known.
struct Any;

impl Manner for Any {
    fn verdict(&self, _: &Config, _: &str, answer: &Answer) -> Result<PasswordCheck, ResolverError> {
        match answer.status {
            200..300 => Ok(right()),
            400 | 401 | 403 | 404 | 422 | 423 => Ok(PasswordCheck::default()),
            _ => Err(answer::refusal_to_password(answer)),
        }
    }
}
