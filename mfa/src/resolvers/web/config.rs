//! The parameters as what they mean. Text becomes values here, once; nothing is parsed when somebody signs in.

use std::time::Duration;

use kernel::outbound::Outbound;

use super::channel;
use super::people::PeopleMap;
use super::request::{Reading, Request, Written, written};
use super::template::Values;
use crate::resolvers::{ParamValues, ResolverError};

/// Tags of a request that has a person in it.
const PERSON: &[&str] = &["userid", "username"];

/// How the groups of a person are asked for.
pub(in crate::resolvers) struct Groups {
    pub(super) request: Request,
    /// The name of a group within its record.
    pub(super) name: String,
    /// Our attribute that takes the names.
    pub(super) key: String,
}

/// What of a record may be the name that somebody types. Whatever counts must be nothing that people choose for themselves.
#[derive(Clone, Copy, Default)]
pub(in crate::resolvers) struct CalledBy {
    pub(super) login: bool,
    pub(super) uid: bool,
    pub(super) email: bool,
}

impl CalledBy {
    fn read(text: &str) -> Result<Self, String> {
        let mut by = Self::default();
        for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            match name {
                "username" => by.login = true,
                "userid" => by.uid = true,
                "email" => by.email = true,
                other => return Err(format!("`{other}` is not known: username, userid and email are")),
            }
        }
        Some(by).filter(|by| by.login || by.uid || by.email).ok_or_else(|| "username, userid or email is needed".to_owned())
    }
}

/// Everything, read.
pub(in crate::resolvers) struct Config {
    pub(in crate::resolvers) people: PeopleMap,
    pub(super) called_by: CalledBy,
    pub(in crate::resolvers) by_id: Request,
    pub(super) by_name: Option<Request>,
    pub(in crate::resolvers) list: Option<Request>,
    pub(super) user_auth: Option<Request>,
    pub(super) create: Option<Request>,
    pub(super) edit: Option<Request>,
    pub(super) delete: Option<Request>,
    pub(super) groups: Option<Groups>,
    pub(super) editable: bool,
    pub(super) verifies: bool,
    pub(super) timeout: Duration,
}

/// What a kind knows besides its parameters.
pub(in crate::resolvers) struct Known<'a> {
    /// Tags with fixed values.
    pub(in crate::resolvers) fixed: Values,
    /// What relative endpoints of password checks follow, when it is not `base_url`.
    pub(in crate::resolvers) login_base: Option<&'a str>,
    /// Names of uid and login in records without a mapping.
    pub(in crate::resolvers) uid: &'a str,
    pub(in crate::resolvers) login: &'a str,
}

/// The request of one parameter; `None` without an endpoint.
///
/// # Errors
/// Names the parameter.
pub(in crate::resolvers) fn request(
    params: &ParamValues,
    name: &str,
    tags: &[&str],
    known: &Known<'_>,
) -> Result<Option<Request>, ResolverError> {
    parse(params, name, tags, known).map_err(|e| ResolverError::Parameters(format!("{name}: {e}")))
}

fn shape(params: &ParamValues, name: &str) -> Result<Written, String> {
    match params.text(name).trim() {
        "" => Ok(Written::default()),
        text => serde_json::from_str(text).map_err(|e| format!("a JSON object is expected: {e}")),
    }
}

fn parse(params: &ParamValues, name: &str, tags: &[&str], known: &Known<'_>) -> Result<Option<Request>, String> {
    let base = if name == "config_user_auth" { known.login_base } else { None };
    let base = base.unwrap_or(params.text("base_url").trim());
    Request::read(&shape(params, name)?, &Reading { base, fixed: &known.fixed, tags, headers: params.text("headers") })
}

impl Config {
    /// Passwords are not checked, whatever is configured.
    pub(in crate::resolvers) fn no_passwords(&mut self) {
        self.user_auth = None;
    }

    /// Reads the parameters, and makes the client for them.
    ///
    /// # Errors
    /// [`ResolverError::Parameters`] names the parameter that is wrong.
    pub(in crate::resolvers) fn read(
        params: &ParamValues,
        known: &Known<'_>,
        out: &Outbound,
    ) -> Result<(Self, Outbound), ResolverError> {
        let wrong = |name: &str, e: &str| ResolverError::Parameters(format!("{name}: {e}"));
        let people = PeopleMap::read(params.text("attribute_mapping"), known.uid, known.login);
        let people = people.map_err(|e| wrong("attribute_mapping", &e))?;
        let attributes = people.attributes.keys().map(String::as_str);
        let all: Vec<&str> = attributes.chain(PERSON.iter().copied()).chain(["password"]).collect();
        let one = |name: &str, tags: &[&str]| request(params, name, tags, known);
        let by_id = one("config_get_user_by_id", &["userid"])?;
        let (out, timeout) = channel::client(params, out)?;
        let config = Self {
            by_id: by_id.ok_or_else(|| wrong("config_get_user_by_id", "an endpoint is needed"))?,
            by_name: one("config_get_user_by_name", &["username"])?,
            list: one("config_get_user_list", &all)?,
            user_auth: one("config_user_auth", &["userid", "username", "password"])?,
            create: one("config_create_user", &all)?,
            edit: one("config_edit_user", &all)?,
            delete: one("config_delete_user", PERSON)?,
            groups: groups(params, one("config_get_user_groups", PERSON)?).map_err(|e| wrong("config_get_user_groups", &e))?,
            called_by: CalledBy::read(params.text("called_by")).map_err(|e| wrong("called_by", &e))?,
            editable: params.flag("Editable"),
            verifies: params.flag("verify_tls"),
            timeout,
            people,
        };
        if config.by_name.is_none() && config.list.is_none() {
            return Err(wrong("config_get_user_by_name", "an endpoint is needed"));
        }
        if config.user_auth.as_ref().is_some_and(|request| !request.has("password")) {
            return Err(wrong("config_user_auth", "the tag {password} is missing, so every password would be right"));
        }
        Ok((config, out))
    }
}

fn groups(params: &ParamValues, request: Option<Request>) -> Result<Option<Groups>, String> {
    let from = shape(params, "config_get_user_groups")?;
    let Some(request) = request.filter(|_| from.active()) else {
        return if from.active() { Err("an endpoint is needed".to_owned()) } else { Ok(None) };
    };
    let (name, key) = (written(&from.user_groups_attribute), written(&from.pi_user_groups_key));
    if name.is_empty() {
        return Err("user_groups_attribute is needed".to_owned());
    }
    Ok(Some(Groups { request, name, key: if key.is_empty() { "groups".to_owned() } else { key } }))
}
