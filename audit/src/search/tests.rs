use db::{Batch, Db};
use kernel::{Clock, Entropy};
use keys::{Keys, Ring, RingConfig};

use super::*;
use crate::{Audit, ChainConfig, Door, Origin, Record};

async fn bench(db: Db, clock: &Clock) -> (Audit, Chain) {
    let keys = Keys::for_tests();
    let audit = Audit::new(db.clone(), &keys, clock.clone(), Entropy::seeded(1));
    let config = RingConfig::new("https://id.example");
    let ring = Ring::open(db, &keys, clock.clone(), Entropy::system(), config).await.unwrap();
    (audit.clone(), Chain::new(audit, ring, ChainConfig::default()))
}

static EDIT: db::Stmt = db::Stmt::new("UPDATE audit_entry SET info = 'x' WHERE id = ?");

#[tokio::test]
async fn pages_filters_and_checks() {
    for db in db::testing::all().await {
        let clock = Clock::fixed(Timestamp::from_seconds(1_700_000_000));
        let (audit, chain) = bench(db.clone(), &clock).await;
        let mut ids = Vec::new();
        for n in 0..40 {
            clock.advance(Duration::from_secs(60));
            let mut record = Record::new(&Origin::local(Door::Api, clock.now(), "r", "n"), "POST /token/init");
            record.user = format!("user_{}", n % 4);
            record.serial = format!("TOTP{n:04}");
            record.success = n % 2 == 0;
            let mut batch = Batch::new();
            ids.push(audit.append(&mut batch, record));
            db.write(batch).await.unwrap();
            if n == 34 {
                chain.seal_once(clock.now()).await.unwrap();
            }
        }
        let now = clock.now();
        let find = async |search: Search| chain.search(&search, now).await.unwrap();
        let first = find(Search::new()).await;
        assert_eq!((first.count, first.current, first.prev, first.next), (40, 1, None, Some(2)));
        let numbers: Vec<_> = first.entries.iter().map(|f| f.number).collect();
        assert_eq!(numbers, (26..=40).rev().collect::<Vec<_>>());
        assert!(first.entries.iter().all(|f| f.genuine));
        // The youngest waits for the sealer; those before it should have been sealed long ago.
        assert_eq!(first.entries.iter().filter(|f| f.in_line).count(), 11);
        let last = find(Search::new().page(3, 15)).await;
        assert_eq!((last.entries.len(), last.next, last.prev), (10, None, Some(2)));
        assert!(last.entries.iter().all(|f| f.in_line && f.genuine));
        let oldest = find(Search::new().sort(Order::Ascending)).await;
        assert_eq!(oldest.entries[0].entry.id, ids[0]);

        let count = async |column: &str, pattern: &str| find(Search::new().filter(column, pattern).unwrap()).await.count;
        assert_eq!(count("user", "user_1").await, 10);
        assert_eq!(count("user", "*_1").await, 10);
        assert_eq!(count("user", "!user_1").await, 30);
        assert_eq!(count("user", "!*1").await, 30);
        assert_eq!(count("serial", "TOTP001*").await, 10);
        assert_eq!(count("success", "1").await, 20);
        assert_eq!(count("number", "7").await, 1);
        assert_eq!(count("date", "2023-11-14T22:20*").await, 1, "{:?}", db.dialect());
        assert_eq!(count("date", "!2023-11-14*").await, 0);
        assert_eq!(count("user", "*").await, 40);
        for (column, pattern) in [("nothing", "x"), ("number", "x"), ("date", "*x*"), ("success", "maybe"), ("sig_check", "OK")] {
            assert!(matches!(Search::new().filter(column, pattern), Err(SearchError::Filter(_))), "{column}");
        }
        let own = Search::new().only("user", "user_*").unwrap();
        assert_eq!(find(own).await.count, 0);
        let realms = Search::new().one_of("realm", &["a".to_owned()]).unwrap();
        assert_eq!(find(realms).await.count, 0);
        assert_eq!(find(Search::new().since(now - Duration::from_secs(600))).await.count, 11);

        db.execute(&EDIT, db::args![ids[39]]).await.unwrap();
        let page = find(Search::new().page(1, 1)).await;
        let row = page.entries[0].to_json();
        assert_eq!((&row["sig_check"], &row["missing_line"]), (&"FAIL".into(), &"OK".into()));
        assert_eq!(row["date"], "2023-11-14T22:53:20.000000+00:00");
        assert_eq!(row.len(), COLUMNS.len());

        let chunk = chain.chunk(&Search::new(), Some(ids[2]), 10, now).await.unwrap();
        assert_eq!(chunk.iter().map(|f| f.entry.id).collect::<Vec<_>>(), [ids[1], ids[0]]);
        assert!(csv::row(&chunk[0]).starts_with("'2','2023-11-14T"));
        assert!(csv::header().starts_with("'number','date','sig_check'"));
    }
}
