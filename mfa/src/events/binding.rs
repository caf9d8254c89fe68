//! A binding as an administrator writes it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::handler;
use super::handler::Options;
use crate::operation::EVENTS;

/// Before or after the operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Position {
    /// Before it runs.
    Pre,
    /// After it has decided.
    #[default]
    Post,
}

/// A handler bound to events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Binding {
    /// Unique name.
    pub name: String,
    /// Names of the events.
    pub event: Vec<String>,
    /// Name of the handler.
    pub handlermodule: String,
    /// Before or after.
    pub position: Position,
    /// Name of the action.
    pub action: String,
    /// Options of the action.
    pub options: Options,
    /// Conditions; none can be declared yet, so it must be empty.
    pub conditions: BTreeMap<String, String>,
    /// Lower comes first.
    pub ordering: i64,
    /// Whether it counts.
    pub active: bool,
    /// Whether a failure of the handler stops the operation.
    pub abort_on_error: bool,
}

impl Binding {
    /// Everything that is wrong with it; empty when it may be written.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.name.is_empty() || self.name.len() > 255 {
            problems.push("a name has 1 to 255 bytes".to_owned());
        }
        if self.event.is_empty() {
            problems.push("at least one event is needed".to_owned());
        }
        for event in self.event.iter().filter(|event| !EVENTS.contains(&event.as_str())) {
            problems.push(format!("there is no event {event}"));
        }
        for condition in self.conditions.keys() {
            problems.push(format!("there is no condition {condition}"));
        }
        let Some(handler) = handler(&self.handlermodule) else {
            problems.push(format!("there is no handler {}", self.handlermodule));
            return problems;
        };
        if !handler.positions.contains(&self.position) {
            problems.push(format!("{} cannot take part there", handler.name));
        }
        match handler.actions.iter().find(|action| action.name == self.action) {
            Some(action) => problems.extend(action.problems(&self.options)),
            None => problems.push(format!("{} has no action {}", handler.name, self.action)),
        }
        problems
    }
}
