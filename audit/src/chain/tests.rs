mod late;

use db::testing::TestDb;
use db::{Args, Batch, Stmt};
use kernel::ids::AuditId;
use kernel::{Clock, Entropy};
use keys::{Keys, RingConfig};

use super::*;
use crate::{Door, Origin, Record, store};

struct Bench {
    db: TestDb,
    audit: Audit,
    chain: Chain,
    clock: Clock,
    dir: tempfile::TempDir,
    entries: std::sync::Mutex<Vec<AuditId>>,
}

impl Bench {
    async fn with(db: TestDb, change: impl FnOnce(&mut ChainConfig)) -> Self {
        let clock = Clock::fixed(Timestamp::from_seconds(1_700_000_000));
        let keys = Keys::for_tests();
        let audit = Audit::new(db.clone(), &keys, clock.clone(), Entropy::seeded(1));
        let config = RingConfig::new("https://id.example");
        let ring = Ring::open(db.clone(), &keys, clock.clone(), Entropy::system(), config).await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        let checkpoint_file = Some(dir.path().join("checkpoints.log"));
        let mut config = ChainConfig { checkpoint_file, ..ChainConfig::default() };
        change(&mut config);
        let chain = Chain::new(audit.clone(), ring, config);
        Self { db, audit, chain, clock, dir, entries: std::sync::Mutex::default() }
    }

    async fn all() -> Vec<Self> {
        Self::all_with(|_| ()).await
    }

    async fn all_with(change: impl Fn(&mut ChainConfig)) -> Vec<Self> {
        let mut out = Vec::new();
        for db in db::testing::all().await {
            out.push(Self::with(db, &change).await);
        }
        out
    }

    fn entry(&self, batch: &mut Batch) {
        self.clock.advance(Duration::from_millis(10));
        let origin = Origin::local(Door::Job, self.clock.now(), "r", "n");
        let mut record = Record::new(&origin, "POST /validate/check");
        record.user = "hans".to_owned();
        let id = self.audit.append(batch, record);
        self.entries.lock().unwrap().push(id);
    }

    async fn entries(&self, n: usize) {
        let mut batch = Batch::new();
        (0..n).for_each(|_| self.entry(&mut batch));
        self.db.write(batch).await.unwrap();
    }

    async fn seal(&self) -> Sealed {
        self.chain.seal_once(self.clock.now()).await.unwrap()
    }

    async fn verify(&self) -> Verified {
        self.chain.verify([], |_| ()).await.unwrap()
    }

    fn outside(&self) -> Vec<String> {
        read_checkpoints(&self.dir.path().join("checkpoints.log")).unwrap()
    }

    fn id(&self, position: usize) -> AuditId {
        self.entries.lock().unwrap()[position - 1]
    }

    async fn tamper(&self, stmt: &'static Stmt, args: Args) {
        assert!(self.db.execute(stmt, args).await.unwrap() >= 1, "{}", stmt.text());
    }

    /// Expects that the first bad row is found, with its kind and number.
    async fn expect(&self, fault: Fault, position: Option<i64>) {
        let finding = self.verify().await.finding.expect("nothing was noticed");
        assert_eq!((finding.fault, finding.position), (fault, position), "{finding} on {:?}", self.db.dialect());
    }
}

static SET_INFO: Stmt = Stmt::new("UPDATE audit_entry SET info = ? WHERE id = ?");
static SET_DOOR: Stmt = Stmt::new("UPDATE audit_entry SET door = ? WHERE id = ?");
static SET_SUCCESS: Stmt = Stmt::new("UPDATE audit_entry SET success = ? WHERE id = ?");
static SET_MAC: Stmt = Stmt::new("UPDATE audit_entry SET mac = ? WHERE id = ?");
static SET_ID: Stmt = Stmt::new("UPDATE audit_entry SET id = ? WHERE id = ?");
static DELETE: Stmt = Stmt::new("DELETE FROM audit_entry WHERE id = ?");
static COPY: Stmt = Stmt::new(
    "INSERT INTO audit_entry (id, at, started_at, duration, action, success, authentication, serial, token_type, container_serial, \
     container_type, user_name, realm, resolver, person, administrator, action_detail, info, node, client, relay, user_agent, \
     user_agent_version, door, request, issuer, log_level, clearance_level, thread_id, policies, reasons, mac) \
     SELECT ?, at, started_at, duration, action, success, authentication, serial, token_type, container_serial, \
     container_type, user_name, realm, resolver, person, administrator, action_detail, info, node, client, relay, user_agent, \
     user_agent_version, door, request, issuer, log_level, clearance_level, thread_id, policies, reasons, mac \
     FROM audit_entry WHERE id = ?",
);
static MOVE_LINK: Stmt = Stmt::new("UPDATE audit_chain SET position = ? WHERE position = ?");
static SET_LINK: Stmt = Stmt::new("UPDATE audit_chain SET link = ? WHERE position = ?");
static SET_LINK_ENTRY: Stmt = Stmt::new("UPDATE audit_chain SET entry_id = ?, entry_mac = ? WHERE position = ?");
static CUT: Stmt = Stmt::new("DELETE FROM audit_chain WHERE position > ?");
static CUT_ENTRIES: Stmt = Stmt::new("DELETE FROM audit_entry WHERE id > ?");
static CUT_CHECKPOINTS: Stmt = Stmt::new("DELETE FROM audit_checkpoint WHERE position > ?");
static SET_STATEMENT: Stmt = Stmt::new("UPDATE audit_checkpoint SET statement = ? WHERE position = ?");
static MAKE_ANCHOR: Stmt = Stmt::new("UPDATE audit_checkpoint SET anchor = ? WHERE position = ?");

#[tokio::test]
async fn entries_are_sealed_in_order_with_late_ones_behind() {
    for b in Bench::all().await {
        assert_eq!(b.seal().await, Sealed::default());
        let mut late = Batch::new();
        b.entry(&mut late);
        b.entries(40).await;
        let done = b.seal().await;
        assert_eq!((done.entries, done.refused, done.checkpoint), (40, 0, true));
        b.db.write(late).await.unwrap();
        assert_eq!(b.verify().await.unsealed, 1);
        assert_eq!(b.seal().await.entries, 1);
        assert_eq!(b.seal().await, Sealed::default());
        let verified = b.verify().await;
        assert_eq!((verified.is_good(), verified.until, verified.unsealed, verified.checkpoints), (true, 41, 0, 1));
    }
}

#[tokio::test]
async fn what_commits_very_late_is_found_by_a_long_look() {
    // The walk is held back, or it would be faster in so short a log.
    let b = Bench::with(db::testing::one(db::Dialect::Sqlite).await, |config| config.sweep = 0).await;
    let mut late = Batch::new();
    b.entry(&mut late);
    b.clock.advance(Duration::from_secs(30));
    b.entries(2).await;
    assert_eq!(b.seal().await.entries, 2);
    b.db.write(late).await.unwrap();
    assert_eq!(b.seal().await.entries, 0);
    b.clock.advance(Duration::from_secs(60));
    assert_eq!(b.seal().await.entries, 1);
}

#[tokio::test]
async fn more_than_a_page_and_several_sealers_at_a_time() {
    for b in Bench::all().await {
        b.entries(600).await;
        let fresh = || Chain { state: Arc::default(), ..b.chain.clone() };
        let (one, two, now) = (fresh(), fresh(), b.clock.now());
        let (first, second) = tokio::join!(one.seal_once(now), two.seal_once(now));
        let mut sealed = first.unwrap().entries + second.unwrap().entries;
        // Whoever was refused goes on with the next pass.
        sealed += one.seal_once(now).await.unwrap().entries;
        assert_eq!(sealed, 600, "{:?}", b.db.dialect());
        let verified = b.verify().await;
        assert_eq!((verified.finding, verified.until, verified.unsealed), (None, 600, 0));
    }
}

#[tokio::test]
async fn changed_entries_are_noticed() {
    for b in Bench::all().await {
        b.entries(20).await;
        b.seal().await;
        let id = b.id(10);
        b.tamper(&SET_INFO, db::args!["x", id]).await;
        b.expect(Fault::Edited, Some(10)).await;
        b.tamper(&SET_INFO, db::args!["", id]).await;
        b.tamper(&SET_SUCCESS, db::args![true, id]).await;
        b.expect(Fault::Edited, Some(10)).await;
        b.tamper(&SET_SUCCESS, db::args![false, id]).await;
        b.tamper(&SET_DOOR, db::args!["window", id]).await;
        b.expect(Fault::Edited, Some(10)).await;
        b.tamper(&SET_DOOR, db::args!["job", id]).await;
        assert!(b.verify().await.is_good());
        // A genuine entry with another's tag, and another entry in its place.
        let row = b.db.fetch_optional(&store::entry::ENTRY_BY_ID, db::args![id]).await.unwrap().unwrap();
        let (entry, mac) = store::entry::read(&row, 0).unwrap();
        b.tamper(&SET_MAC, db::args!["x", id]).await;
        b.expect(Fault::Tag, Some(10)).await;
        b.tamper(&SET_MAC, db::args![&mac, id]).await;
        b.tamper(&DELETE, db::args![id]).await;
        b.expect(Fault::Deleted, Some(10)).await;
        b.db.execute(&store::entry::ENTRY_INSERT, store::entry::insert_args(entry, mac)).await.unwrap();
        assert!(b.verify().await.is_good());
        let elsewhere = AuditId::new(&Entropy::system(), b.clock.now());
        b.tamper(&SET_ID, db::args![elsewhere, id]).await;
        b.expect(Fault::Deleted, Some(10)).await;
    }
}

/// What another process wrote, or this one before it was started anew.
#[tokio::test]
async fn entries_of_others_are_read_before_they_are_sealed() {
    for b in Bench::all().await {
        b.entries(5).await;
        b.audit.recent.clear();
        b.tamper(&SET_INFO, db::args!["x", b.id(3)]).await;
        let done = b.seal().await;
        assert_eq!((done.entries, done.refused), (4, 1));
        b.expect(Fault::Inserted, None).await;
        b.tamper(&SET_INFO, db::args!["", b.id(3)]).await;
        assert_eq!(b.seal().await.entries, 1);
        assert!(b.verify().await.is_good());
    }
}

#[tokio::test]
async fn entries_that_are_edited_before_they_are_sealed_are_noticed() {
    for b in Bench::all().await {
        b.entries(5).await;
        b.tamper(&SET_INFO, db::args!["x", b.id(3)]).await;
        assert_eq!(b.seal().await.entries, 5);
        b.expect(Fault::Edited, Some(3)).await;
    }
}

#[tokio::test]
async fn inserted_entries_are_never_sealed() {
    for b in Bench::all().await {
        b.entries(3).await;
        b.seal().await;
        let row = b.db.fetch_optional(&store::entry::ENTRY_BY_ID, db::args![b.id(2)]).await.unwrap().unwrap();
        let (mut entry, mac) = store::entry::read(&row, 0).unwrap();
        entry.id = AuditId::new(&Entropy::system(), b.clock.now());
        let id = entry.id.to_string();
        b.db.execute(&store::entry::ENTRY_INSERT, store::entry::insert_args(entry, mac)).await.unwrap();
        b.entries(1).await;
        let done = b.seal().await;
        assert_eq!((done.entries, done.refused), (1, 1));
        b.expect(Fault::Inserted, None).await;
        assert_eq!(b.verify().await.finding.unwrap().entry, Some(id));
    }
}

#[tokio::test]
async fn a_changed_chain_is_noticed() {
    for b in Bench::all().await {
        b.entries(20).await;
        b.seal().await;
        let links = store::chain::walk(&b.db, 0, 100).await.unwrap();
        let link = |position: usize| &links[position - 1].link;
        // Whole rows change places.
        for (to, from) in [(1000, 7), (7, 8), (8, 1000)] {
            b.tamper(&MOVE_LINK, db::args![i64::from(to), i64::from(from)]).await;
        }
        b.expect(Fault::Reordered, Some(7)).await;
        for (to, from) in [(1000, 7), (7, 8), (8, 1000)] {
            b.tamper(&MOVE_LINK, db::args![i64::from(to), i64::from(from)]).await;
        }
        // Entries change places, links stay.
        let swap = |to: usize, from: usize| db::args![&link(from).entry, &link(from).mac, to as i64];
        b.tamper(&SET_LINK_ENTRY, db::args!["x", "x", 7i64]).await;
        b.tamper(&SET_LINK_ENTRY, swap(8, 7)).await;
        b.tamper(&SET_LINK_ENTRY, swap(7, 8)).await;
        b.expect(Fault::Reordered, Some(7)).await;
        b.tamper(&SET_LINK_ENTRY, db::args!["x", "x", 7i64]).await;
        b.tamper(&SET_LINK_ENTRY, swap(8, 8)).await;
        b.tamper(&SET_LINK_ENTRY, swap(7, 7)).await;
        assert!(b.verify().await.is_good());
        b.tamper(&SET_LINK, db::args!["x", 9i64]).await;
        b.expect(Fault::Link, Some(9)).await;
        b.tamper(&SET_LINK, db::args![&link(9).link, 9i64]).await;
        // The end is cut off with everything that the database knows about it.
        let outside = b.outside();
        b.tamper(&CUT, db::args![15i64]).await;
        b.expect(Fault::Deleted, Some(16)).await;
        b.tamper(&CUT_ENTRIES, db::args![b.id(15)]).await;
        b.tamper(&CUT_CHECKPOINTS, db::args![15i64]).await;
        assert!(b.verify().await.is_good());
        let verified = b.chain.verify(outside, |_| ()).await.unwrap();
        assert_eq!(verified.finding.map(|f| (f.fault, f.position)), Some((Fault::Deleted, Some(16))));
        // A link in the middle is gone.
        b.tamper(&MOVE_LINK, db::args![2000i64, 5i64]).await;
        b.expect(Fault::Deleted, Some(5)).await;
    }
}

#[tokio::test]
async fn changed_checkpoints_are_noticed() {
    for b in Bench::all().await {
        for _ in 0..2 {
            b.entries(10).await;
            b.clock.advance(Duration::from_secs(60));
            assert!(b.seal().await.checkpoint);
        }
        let outside = b.outside();
        assert_eq!(outside.len(), 2);
        let verified = b.chain.verify(outside.clone(), |_| ()).await.unwrap();
        assert_eq!((verified.finding, verified.checkpoints), (None, 4));
        b.tamper(&SET_STATEMENT, db::args![&outside[1], 10i64]).await;
        b.expect(Fault::Checkpoint, Some(10)).await;
        b.tamper(&SET_STATEMENT, db::args!["x", 10i64]).await;
        b.expect(Fault::Checkpoint, Some(10)).await;
        b.tamper(&SET_STATEMENT, db::args![&outside[0], 10i64]).await;
        // A checkpoint is no anchor.
        b.tamper(&MAKE_ANCHOR, db::args![true, 10i64]).await;
        b.expect(Fault::Checkpoint, None).await;
        b.tamper(&MAKE_ANCHOR, db::args![false, 10i64]).await;
        let forged = b.chain.verify(["nonsense".to_owned()], |_| ()).await.unwrap();
        assert_eq!(forged.finding.map(|f| f.fault), Some(Fault::Checkpoint));
        assert!(b.verify().await.is_good());
    }
}

#[tokio::test]
async fn retention_drops_closed_ranges_and_the_chain_holds() {
    for b in Bench::all().await {
        let mut edges = Vec::new();
        for _ in 0..3 {
            b.entries(10).await;
            b.clock.advance(Duration::from_secs(3600));
            edges.push(b.clock.now());
            b.seal().await;
        }
        let now = b.clock.now();
        assert_eq!(b.chain.drop_before(edges[0] - Duration::from_secs(4000), now).await.unwrap(), 0);
        assert_eq!(b.chain.drop_before(edges[1], now).await.unwrap(), 20);
        assert_eq!(b.chain.drop_before(edges[1], now).await.unwrap(), 0);
        let verified = b.chain.verify(b.outside(), |_| ()).await.unwrap();
        assert_eq!((verified.finding, verified.from, verified.until), (None, 20, 30));
        // Everything is dropped, and the chain goes on.
        assert_eq!(b.chain.drop_before(now, now).await.unwrap(), 10);
        b.entries(5).await;
        assert_eq!(b.seal().await.entries, 5);
        let verified = b.verify().await;
        assert_eq!((verified.finding, verified.from, verified.until), (None, 30, 35));
        // Dropping more than the anchor says is tampering.
        let fresh = Chain { state: Arc::default(), ..b.chain.clone() };
        assert_eq!(fresh.seal_once(b.clock.now()).await.unwrap().entries, 0);
        store::chain::drop_range(&b.db, 30, 32).await.unwrap();
        b.expect(Fault::Deleted, Some(31)).await;
    }
}
