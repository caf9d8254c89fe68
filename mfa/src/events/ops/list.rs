//! `GET /event/`.

use serde_json::Value;

use crate::Mfa;
use crate::events::{Binding, store};
use crate::operation::{Access, Answer, Call, Failure, Operation};
use crate::policy::Right;
use crate::policy::actions::rights;

/// Lists bindings.
pub struct ListBindings;

impl Operation for ListBindings {
    const EVENT: &'static str = "event_list";
    const ACCESS: Access = Access::Admin;
    type Input = ();
    /// Bindings with their ids in the wire format.
    type Output = Vec<(i64, Binding)>;

    fn right(&self, (): &()) -> Option<Right> {
        Some(rights::EVENTHANDLING_READ.clone())
    }

    async fn run(&self, sys: &Mfa, _: &mut Call, (): &()) -> Result<Self::Output, Failure> {
        Ok(store::all(&sys.db).await?.into_iter().map(|stored| (stored.number, stored.binding)).collect())
    }

    fn answer(&self, output: &Self::Output) -> Answer {
        let shown = |(number, binding): &(i64, Binding)| {
            let mut value = serde_json::to_value(binding).unwrap_or_default();
            if let Value::Object(map) = &mut value {
                map.insert("id".to_owned(), (*number).into());
            }
            value
        };
        Answer::value(output.iter().map(shown).collect::<Vec<_>>())
    }
}
