//! A policy as people write it and as the wire format shows it.

use serde::{Deserialize, Serialize};

use super::syntax::ActionValues;

/// One policy. Lists keep the entries as written, with `!`, `-` and `*`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Definition {
    /// Unique name.
    pub name: String,
    /// Name of the scope.
    pub scope: String,
    /// Whether it counts at all.
    pub active: bool,
    /// 1 is the strongest.
    pub priority: u32,
    /// What it says.
    pub action: ActionValues,
    /// Realms of the person.
    pub realm: Vec<String>,
    /// Resolvers of the person.
    pub resolver: Vec<String>,
    /// Whether any resolver of the realm that knows the login may match.
    pub check_all_resolvers: bool,
    /// Logins.
    pub user: Vec<String>,
    /// Whether `user` and `adminuser` ignore case.
    pub user_case_insensitive: bool,
    /// Realms of administrators, scope `admin` only.
    pub adminrealm: Vec<String>,
    /// Names of administrators, scope `admin` only.
    pub adminuser: Vec<String>,
    /// Addresses and networks.
    pub client: Vec<String>,
    /// Products of user agents.
    pub user_agents: Vec<String>,
    /// Time ranges.
    pub time: String,
    /// Nodes.
    pub pinode: Vec<String>,
    /// Extended conditions.
    pub conditions: Vec<ConditionDef>,
    /// For people.
    pub description: Option<String>,
}

impl Default for Definition {
    fn default() -> Self {
        Self {
            name: String::new(),
            scope: String::new(),
            active: true,
            priority: 1,
            action: ActionValues::default(),
            realm: Vec::new(),
            resolver: Vec::new(),
            check_all_resolvers: false,
            user: Vec::new(),
            user_case_insensitive: false,
            adminrealm: Vec::new(),
            adminuser: Vec::new(),
            client: Vec::new(),
            user_agents: Vec::new(),
            time: String::new(),
            pinode: Vec::new(),
            conditions: Vec::new(),
            description: None,
        }
    }
}

/// One extended condition: `[section, key, comparator, value, active, handle_missing_data]` on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionDef {
    /// Where the data comes from.
    pub section: String,
    /// Which of it.
    pub key: String,
    /// How it is compared.
    pub comparator: String,
    /// With what.
    pub value: String,
    /// Whether it counts.
    pub active: bool,
    /// What holds when the data is missing.
    pub missing: Option<String>,
}

impl Serialize for ConditionDef {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let missing = self.missing.as_deref().unwrap_or("raise_error");
        (&self.section, &self.key, &self.comparator, &self.value, self.active, missing).serialize(s)
    }
}

impl<'de> Deserialize<'de> for ConditionDef {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let parts = Vec::<serde_json::Value>::deserialize(d)?;
        Self::from_json(&parts).map_err(serde::de::Error::custom)
    }
}

impl ConditionDef {
    /// Reads the five or six parts.
    ///
    /// # Errors
    /// When there are fewer or more, or they are not of the right types.
    pub fn from_json(parts: &[serde_json::Value]) -> Result<Self, String> {
        if !(5..=6).contains(&parts.len()) {
            return Err(
                "a condition has five or six parts: section, key, comparator, value, active, handle_missing_data".to_owned()
            );
        }
        let text = |at: usize| match &parts[at] {
            serde_json::Value::String(text) => Ok(text.clone()),
            serde_json::Value::Number(n) => Ok(n.to_string()),
            _ => Err(format!("part {} of a condition is text", at + 1)),
        };
        let active = match &parts[4] {
            serde_json::Value::Bool(active) => *active,
            serde_json::Value::String(text) => text.eq_ignore_ascii_case("true") || text == "1",
            serde_json::Value::Number(n) => n.as_i64() == Some(1),
            _ => return Err("part 5 of a condition is true or false".to_owned()),
        };
        let missing = match parts.get(5) {
            None | Some(serde_json::Value::Null) => None,
            Some(_) => Some(text(5)?),
        };
        Ok(Self { section: text(0)?, key: text(1)?, comparator: text(2)?, value: text(3)?, active, missing })
    }
}
