//! The fields of a policy as parameters; those that are not given keep what they were.

use crate::operation::{FromParams, ParamError, Params};
use crate::policy::{ActionValues, ConditionDef, Definition};

/// Fields that were given.
#[derive(Default)]
pub struct Patch {
    /// Name from the path.
    pub name: String,
    scope: Option<String>,
    action: Option<ActionValues>,
    active: Option<bool>,
    priority: Option<u32>,
    realm: Option<Vec<String>>,
    resolver: Option<Vec<String>>,
    user: Option<Vec<String>>,
    adminrealm: Option<Vec<String>>,
    adminuser: Option<Vec<String>>,
    client: Option<Vec<String>>,
    user_agents: Option<Vec<String>>,
    pinode: Option<Vec<String>>,
    time: Option<String>,
    check_all_resolvers: Option<bool>,
    user_case_insensitive: Option<bool>,
    conditions: Option<Vec<ConditionDef>>,
    description: Option<String>,
}

impl FromParams for Patch {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        let action = params.raw("action").map(ActionValues::from_json).transpose();
        Ok(Self {
            name: params.required("name")?,
            scope: params.optional("scope")?,
            action: action.map_err(|what| ParamError::wrong("action", what))?,
            active: params.maybe_flag("active"),
            priority: params.number("priority", 1..=1_000_000)?.and_then(|n| u32::try_from(n).ok()),
            realm: params.list("realm")?,
            resolver: params.list("resolver")?,
            user: params.list("user")?,
            adminrealm: params.list("adminrealm")?,
            adminuser: params.list("adminuser")?,
            client: params.list("client")?,
            user_agents: params.list("user_agents")?,
            pinode: params.list("pinode")?,
            time: params.text("time")?,
            check_all_resolvers: params.maybe_flag("check_all_resolvers"),
            user_case_insensitive: params.maybe_flag("user_case_insensitive"),
            conditions: conditions(params)?,
            description: params.text("description")?,
        })
    }
}

fn conditions(params: &Params) -> Result<Option<Vec<ConditionDef>>, ParamError> {
    let wrong = |what: String| ParamError::wrong("conditions", what);
    let json = match params.raw("conditions") {
        None => return Ok(None),
        Some(serde_json::Value::String(text)) if text.trim().is_empty() => return Ok(Some(Vec::new())),
        Some(serde_json::Value::String(text)) => serde_json::from_str(text).map_err(|e| wrong(e.to_string()))?,
        Some(json) => json.clone(),
    };
    serde_json::from_value(json).map(Some).map_err(|e| wrong(e.to_string()))
}

impl Patch {
    /// The definition after the change.
    pub fn apply(&self, old: Option<&Definition>) -> Definition {
        let mut def = old.cloned().unwrap_or_default();
        def.name.clone_from(&self.name);
        // What the wire format resets when it is not given, as opposed to what it keeps.
        def.active = self.active.unwrap_or(true);
        def.check_all_resolvers = self.check_all_resolvers.unwrap_or(false);
        def.user_case_insensitive = self.user_case_insensitive.unwrap_or(def.user_case_insensitive);
        def.priority = self.priority.unwrap_or(1);
        let put = |field: &mut Vec<String>, given: &Option<Vec<String>>| {
            if let Some(given) = given {
                field.clone_from(given);
            }
        };
        put(&mut def.realm, &self.realm);
        put(&mut def.resolver, &self.resolver);
        put(&mut def.user, &self.user);
        put(&mut def.adminrealm, &self.adminrealm);
        put(&mut def.adminuser, &self.adminuser);
        put(&mut def.client, &self.client);
        put(&mut def.user_agents, &self.user_agents);
        put(&mut def.pinode, &self.pinode);
        if let Some(scope) = &self.scope {
            def.scope.clone_from(scope);
        }
        if let Some(action) = &self.action {
            def.action.clone_from(action);
        }
        if let Some(time) = &self.time {
            def.time.clone_from(time);
        }
        if let Some(conditions) = &self.conditions {
            def.conditions.clone_from(conditions);
        }
        if let Some(description) = &self.description {
            def.description = Some(description.clone()).filter(|text| !text.is_empty());
        }
        def
    }
}
