//! Policies, budgets and events of the world.

use async_trait::async_trait;
use audit::Origin;

use super::World;
use crate::ports::{Budgets, Costly, Decisions, Demand, Event, Events, Permit, PortError, SsoFacts};

#[async_trait]
impl Decisions for World {
    async fn demand(&self, _: SsoFacts<'_>) -> Result<Demand, PortError> {
        Ok(self.get().demand.clone())
    }
}

#[async_trait]
impl Budgets for World {
    async fn spend(&self, _: &Origin, _: Costly) -> Result<Permit, PortError> {
        Ok(if self.get().limited { Permit::Limited { retry_after: None } } else { Permit::Granted })
    }
}

#[async_trait]
impl Events for World {
    async fn record(&self, _: &Origin, _: &mut db::Batch, event: Event) -> Result<(), PortError> {
        self.get().events.push(event);
        Ok(())
    }
}
