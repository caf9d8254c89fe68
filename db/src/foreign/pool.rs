//! A few connections that are used again. Never more than allowed, also when a server has frozen: a connection that did not answer is
//! closed, not given back.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use kernel::clock::Stopwatch;
use sqlx::{Connection, Executor};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::connect::{Entry, connect};
use super::{Bounds, ForeignError, Server};

/// How long a connection may rest and still be trusted to answer.
const FRESH: Duration = Duration::from_secs(2);
/// How long a connection may rest before it is closed.
const REST: Duration = Duration::from_secs(300);

pub(super) struct Pool<F: Entry> {
    server: Server,
    bounds: Bounds,
    places: Semaphore,
    idle: Mutex<Vec<Idle<F>>>,
}

struct Idle<F: Entry> {
    connection: F::Connection,
    opened: Stopwatch,
    rested: Stopwatch,
}

/// A connection in use. Closed when dropped, unless it is [given back](Lent::give_back).
pub(super) struct Lent<'a, F: Entry> {
    pub(super) connection: F::Connection,
    /// Whether it has been used before.
    pub(super) used: bool,
    opened: Stopwatch,
    pool: &'a Pool<F>,
    _place: SemaphorePermit<'a>,
}

impl<F: Entry> Lent<'_, F> {
    pub(super) fn give_back(self) {
        let Self { connection, opened, pool, .. } = self;
        let idle = Idle { connection, opened, rested: Stopwatch::start() };
        pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(idle);
    }
}

impl<F: Entry> Pool<F>
where
    for<'c> &'c mut F::Connection: Executor<'c, Database = F>,
{
    pub(super) fn new(server: Server, bounds: Bounds) -> Self {
        Self { server, bounds, places: Semaphore::new(bounds.connections.max(1)), idle: Mutex::new(Vec::new()) }
    }

    pub(super) fn server(&self) -> &Server {
        &self.server
    }

    pub(super) fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// A connection: a rested one that answers, unless a `new` one is wanted.
    pub(super) async fn take(&self, new: bool) -> Result<Lent<'_, F>, ForeignError> {
        let place = tokio::time::timeout(self.bounds.patience, self.places.acquire()).await;
        let place = place.map_err(|_| ForeignError::Unavailable("no connection became free in time".to_owned()))?;
        let place = place.map_err(|_| ForeignError::Unavailable("closed".to_owned()))?;
        if !new && let Some(idle) = self.rested().await {
            let Idle { connection, opened, .. } = idle;
            return Ok(Lent { connection, used: true, opened, pool: self, _place: place });
        }
        let connection = connect::<F>(&self.server, &self.bounds).await?;
        Ok(Lent { connection, used: false, opened: Stopwatch::start(), pool: self, _place: place })
    }

    async fn rested(&self) -> Option<Idle<F>> {
        loop {
            let mut idle = self.pop()?;
            if idle.rested.elapsed() < FRESH {
                return Some(idle);
            }
            if let Ok(Ok(())) = tokio::time::timeout(self.bounds.patience, idle.connection.ping()).await {
                return Some(idle);
            }
        }
    }

    /// The one used last; those that are too old go.
    fn pop(&self) -> Option<Idle<F>> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let recycle = self.bounds.recycle;
        idle.retain(|idle| idle.rested.elapsed() < REST && recycle.is_none_or(|age| idle.opened.elapsed() < age));
        idle.pop()
    }
}
