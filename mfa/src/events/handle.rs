//! The event handlers of a running engine: compiled by event, a hook around operations.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use db::revision::{self, Held, Revisions};
use db::{Db, DbError};

use super::binding::{Binding, Position};
use super::handler::Act;
use super::{counter, handler, store};
use crate::Mfa;
use crate::operation::{Answer, Call, Failure, Hook};
use crate::revision::Topic;

/// The event handlers. Cheap to clone; all clones see a reload at once.
#[derive(Clone)]
pub struct Events(Arc<Inner>);

struct Inner {
    by_event: ArcSwap<HashMap<String, Bound>>,
    held: Held,
}

/// What is bound to one event, in order.
#[derive(Clone, Default)]
struct Bound {
    before: Vec<Ready>,
    after: Vec<Ready>,
}

#[derive(Clone)]
struct Ready {
    name: Arc<str>,
    abort_on_error: bool,
    act: Arc<dyn Act>,
}

impl Events {
    /// Loads and compiles all bindings.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open(db: &Db) -> Result<Self, DbError> {
        let events = Self(Arc::new(Inner { by_event: ArcSwap::default(), held: Topic::Event.held() }));
        events.reload(db).await?;
        Ok(events)
    }

    /// Loads and compiles all bindings again.
    ///
    /// # Errors
    /// When the database fails; the present ones stay.
    pub async fn reload(&self, db: &Db) -> Result<(), DbError> {
        self.0.held.load(&revision::read(db).await?, self.load_all(db)).await
    }

    async fn load_all(&self, db: &Db) -> Result<(), DbError> {
        let mut bindings: Vec<Binding> = store::all(db).await?.into_iter().map(|stored| stored.binding).collect();
        bindings.sort_by(|a, b| (a.ordering, &a.name).cmp(&(b.ordering, &b.name)));
        self.0.by_event.store(Arc::new(compile(&bindings)));
        Ok(())
    }

    /// Reloads if the revision is another.
    ///
    /// # Errors
    /// As [`Events::reload`].
    pub async fn refresh(&self, db: &Db, revisions: &Revisions) -> Result<(), DbError> {
        self.0.held.refresh(revisions, self.load_all(db)).await
    }

    /// How far a counter has come.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn counter(&self, db: &Db, name: &str) -> Result<i64, DbError> {
        counter::read(db, name).await
    }
}

fn compile(bindings: &[Binding]) -> HashMap<String, Bound> {
    let mut by_event: HashMap<String, Bound> = HashMap::new();
    for binding in bindings.iter().filter(|binding| binding.active) {
        let problems = binding.problems();
        let action = handler(&binding.handlermodule).and_then(|h| h.actions.iter().find(|a| a.name == binding.action));
        let Some(action) = action.filter(|_| problems.is_empty()) else {
            tracing::error!(handler = binding.name, "the event handler is not used: {}", problems.join("; "));
            continue;
        };
        let ready = Ready {
            name: binding.name.as_str().into(),
            abort_on_error: binding.abort_on_error,
            act: (action.bind)(&binding.options),
        };
        for event in &binding.event {
            let bound = by_event.entry(event.clone()).or_default();
            match binding.position {
                Position::Pre => bound.before.push(ready.clone()),
                Position::Post => bound.after.push(ready.clone()),
            }
        }
    }
    by_event
}

fn outcome(ready: &Ready, event: &str, outcome: Result<(), Failure>) -> Result<(), Failure> {
    match outcome {
        Err(failure) if ready.abort_on_error => Err(failure),
        Err(failure) => {
            tracing::warn!(handler = &*ready.name, event, "the event handler failed: {failure}");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

#[async_trait]
impl Hook for Events {
    fn takes_part(&self, event: &str) -> bool {
        self.0.by_event.load().contains_key(event)
    }

    async fn before(&self, sys: &Mfa, call: &mut Call, event: &str) -> Result<(), Failure> {
        let by_event = self.0.by_event.load_full();
        for ready in by_event.get(event).map(|bound| bound.before.as_slice()).unwrap_or_default() {
            outcome(ready, event, ready.act.act(sys, call, None).await)?;
        }
        Ok(())
    }

    async fn after(&self, sys: &Mfa, call: &mut Call, event: &str, answer: &mut Answer) -> Result<(), Failure> {
        let by_event = self.0.by_event.load_full();
        for ready in by_event.get(event).map(|bound| bound.after.as_slice()).unwrap_or_default() {
            outcome(ready, event, ready.act.act(sys, call, Some(answer)).await)?;
        }
        Ok(())
    }
}
