//! What happened on the pages and at the endpoints of clients, into the audit.

use async_trait::async_trait;
use audit::{Origin, Record};
use db::Batch;
use idp::ports::{Event, EventKind, Events, PortError};
use mfa::notices::{By, Notice, What};

use super::Engine;

#[async_trait]
impl Events for Engine {
    async fn record(&self, origin: &Origin, batch: &mut Batch, event: Event) -> Result<(), PortError> {
        let mut record = Record::new(origin, event.kind.name());
        record.success = event.success;
        record.authentication = match event.kind {
            EventKind::SignedIn => "ACCEPT",
            EventKind::SignInFailed => "REJECT",
            _ => "",
        }
        .to_owned();
        if let Some(person) = &event.person {
            (record.user, record.realm) = (person.login.clone(), person.realm.clone());
            record.person = Some(person.id);
        }
        record.serial = event.serial.unwrap_or_default();
        record.info = event.info;
        record.action_detail = [
            event.party.map(|party| format!("{} {}", party.kind.name(), party.id)),
            event.flow.map(|flow| format!("flow {flow}")),
            event.session.map(|session| format!("session {session}")),
        ]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ");
        record.reasons = event
            .reasons
            .into_iter()
            .map(|r| audit::Reason { policy: r.policy, scope: "sso".to_owned(), action: r.action, value: r.value })
            .collect();
        if event.kind == EventKind::SignedOutEverywhere
            && let Some(id) = record.person
        {
            match self.mfa.people.by_id(id).await {
                Ok(Some(person)) => Notice::new(origin, By::Person, &person, What::SignedOutEverywhere).enqueue(&self.mfa, batch),
                Ok(None) => {}
                // Sessions end whether or not anybody can be told of it.
                Err(error) => tracing::warn!(person = %id, %error, "nobody is told of the end of the sessions"),
            }
        }
        self.mfa.audit.append(batch, record);
        Ok(())
    }
}
