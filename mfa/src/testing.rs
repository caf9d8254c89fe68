//! An engine for tests: fresh database, fixed clock, seeded chance, initialised as a new installation is.

use audit::{Door, Origin};
use db::Db;
use kernel::outbound::{Outbound, OutboundConfig};
use kernel::{Clock, Entropy, Timestamp};
use keys::Keys;

use crate::budget::Rates;
use crate::initialise::Initialise;
use crate::operation::{Call, Caller, Done, Failure, Hooks, Operation, Params, perform};
use crate::policy::Zone;
use crate::{Mfa, Setup};

/// Monday 2024-01-01 10:00 UTC.
pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_704_103_200);

/// A client that calls nobody but public hosts.
pub(crate) fn outbound() -> Outbound {
    Outbound::new(OutboundConfig::default()).unwrap()
}

/// An engine on this database.
pub(crate) async fn bare(db: Db, hooks: Hooks) -> Mfa {
    let setup = Setup {
        db,
        keys: Keys::for_tests(),
        clock: Clock::fixed(NOW),
        chance: Entropy::seeded(1),
        node: "node-a".to_owned(),
        zone: Zone::utc(),
        hooks,
        rates: Rates::default(),
        outbound: outbound(),
    };
    Mfa::open(setup).await.unwrap()
}

/// An initialised engine with the administrator `admin`, password `geheim`.
pub(crate) async fn ready(db: Db) -> Mfa {
    let sys = bare(db, Hooks::default()).await;
    operate(&sys, &Initialise, Params::of([("admin", "admin"), ("password", "geheim")])).await.unwrap();
    sys
}

/// An initialised engine on SQLite.
pub(crate) async fn sqlite() -> (Mfa, db::testing::TestDb) {
    let db = db::testing::one(db::Dialect::Sqlite).await;
    (ready((*db).clone()).await, db)
}

/// A call from the API, a millisecond after the one before: identifiers sort by time.
pub(crate) fn call(sys: &Mfa, caller: Caller, params: Params) -> Call {
    sys.clock.advance(std::time::Duration::from_millis(1));
    let mut origin = Origin::local(Door::Api, sys.clock.now(), "request-1", "node-a");
    origin.client = Some("10.1.2.3".parse().unwrap());
    Call::new(origin, caller, "TEST", params)
}

/// Performs as the command line does.
pub(crate) async fn operate<O: Operation>(sys: &Mfa, op: &O, params: Params) -> Result<Done<O::Output>, Failure> {
    perform(sys, op, call(sys, Caller::Operator("cli".to_owned()), params)).await
}

/// Performs as the administrator `admin` does.
pub(crate) async fn administer<O: Operation>(sys: &Mfa, op: &O, params: Params) -> Result<Done<O::Output>, Failure> {
    perform(sys, op, call(sys, Caller::local_admin("admin"), params)).await
}

/// Parameters from JSON.
pub(crate) fn params(json: serde_json::Value) -> Params {
    Params::new(serde_json::from_value(json).unwrap()).unwrap()
}

/// Adds a policy.
pub(crate) async fn with_policy(sys: &Mfa, definition: crate::policy::Definition) {
    let mut batch = db::Batch::new();
    let id = kernel::ids::RowId::new(&sys.chance, sys.clock.now());
    let number = sys.sequences.next("policy").await.unwrap();
    crate::policy::store::insert(&mut batch, (id, number), &definition, sys.clock.now());
    sys.db.write(batch).await.unwrap();
    sys.policies.reload(&sys.db).await.unwrap();
}
