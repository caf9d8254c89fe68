//! Entries that come later than their successors were sealed.

use super::*;

#[tokio::test]
async fn what_commits_later_than_any_look_back_is_sealed_when_the_walk_comes_by() {
    for b in Bench::all_with(|config| config.sweep = 8).await {
        let (mut early, mut late) = (Batch::new(), Batch::new());
        b.entry(&mut early);
        b.entries(20).await;
        b.entry(&mut late);
        b.entries(20).await;
        b.clock.advance(Duration::from_secs(7200));
        b.entries(5).await;
        assert_eq!(b.seal().await.entries, 45);
        // Hours later, in the wrong order, with everything around them sealed.
        b.db.write(late).await.unwrap();
        b.db.write(early).await.unwrap();
        let overdue = b.verify().await.overdue;
        assert_eq!(overdue, Some(Overdue { entries: 2, first: b.id(1).to_string() }), "{:?}", b.db.dialect());
        // 42 entries lie before the look back, eight of them are walked over in a pass.
        let mut sealed = Vec::new();
        for _ in 0..7 {
            b.clock.advance(Duration::from_secs(1));
            sealed.push(b.seal().await.entries);
        }
        assert_eq!(sealed.iter().sum::<u64>(), 2, "{sealed:?} on {:?}", b.db.dialect());
        assert!(sealed.iter().all(|entries| *entries < 2), "a pass walked over more than it should: {sealed:?}");
        let verified = b.verify().await;
        assert_eq!((verified.finding, verified.until, verified.unsealed, verified.overdue), (None, 47, 0, None));
        // The walk begins anew.
        let mut again = Batch::new();
        b.entry(&mut again);
        b.clock.advance(Duration::from_secs(7200));
        b.entries(1).await;
        b.seal().await;
        b.db.write(again).await.unwrap();
        let mut found = 0;
        for _ in 0..14 {
            b.clock.advance(Duration::from_secs(1));
            found += b.seal().await.entries;
        }
        assert_eq!(found, 1, "{:?}", b.db.dialect());
    }
}

/// Its entries come an hour before everything that is sealed, all the time.
#[tokio::test]
async fn entries_of_a_node_with_a_slow_clock_are_sealed() {
    for b in Bench::all().await {
        let slow = Clock::fixed(b.clock.now());
        let node = Audit { clock: slow.clone(), recent: b.audit.recent.clone(), ..b.audit.clone() };
        b.clock.advance(Duration::from_secs(3600));
        for _ in 0..3 {
            b.entries(4).await;
            assert_eq!(b.seal().await.entries, 4);
            slow.advance(Duration::from_secs(1));
            let mut batch = Batch::new();
            node.append(&mut batch, Record::new(&Origin::local(Door::Job, slow.now(), "r", "slow"), "x"));
            b.db.write(batch).await.unwrap();
            assert_eq!(b.verify().await.overdue.map(|overdue| overdue.entries), Some(1));
            b.clock.advance(Duration::from_secs(1));
            let sealed = b.seal().await.entries + b.seal().await.entries;
            assert_eq!(sealed, 1, "{:?}", b.db.dialect());
        }
        assert_eq!((b.verify().await.finding, b.verify().await.unsealed), (None, 0));
    }
}

/// The newest link says that everything up to an hour from now is sealed, and then nobody seals for long.
#[tokio::test]
async fn a_fast_clock_before_a_standstill_hides_nothing() {
    for b in Bench::all().await {
        let fast = Clock::fixed(b.clock.now() + Duration::from_secs(7200));
        let node = Audit { clock: fast.clone(), ..b.audit.clone() };
        let mut batch = Batch::new();
        node.append(&mut batch, Record::new(&Origin::local(Door::Job, fast.now(), "r", "fast"), "x"));
        b.db.write(batch).await.unwrap();
        assert_eq!(b.seal().await.entries, 1);
        b.entries(3).await;
        b.clock.advance(Duration::from_secs(3600));
        let fresh = Chain { state: Arc::default(), ..b.chain.clone() };
        assert_eq!(fresh.seal_once(b.clock.now()).await.unwrap().entries, 3, "{:?}", b.db.dialect());
        assert_eq!(b.verify().await.unsealed, 0);
    }
}

#[tokio::test]
async fn a_command_seals_everything_at_once() {
    for b in Bench::all_with(|config| config.sweep = 1).await {
        let mut late = Batch::new();
        (0..3).for_each(|_| b.entry(&mut late));
        b.clock.advance(Duration::from_secs(7200));
        b.entries(10).await;
        b.seal().await;
        b.db.write(late).await.unwrap();
        let now = b.clock.now();
        assert_eq!(b.chain.seal_all(now).await.unwrap().entries, 3);
        assert_eq!(b.chain.seal_all(now).await.unwrap(), Sealed::default());
        assert!(b.verify().await.is_good());
    }
}

#[tokio::test]
async fn a_fresh_entry_is_not_overdue() {
    for b in Bench::all().await {
        b.entries(3).await;
        let verified = b.verify().await;
        assert_eq!((verified.unsealed, verified.overdue), (3, None));
        b.clock.advance(Duration::from_secs(61));
        let verified = b.verify().await;
        assert_eq!(verified.overdue, Some(Overdue { entries: 3, first: b.id(1).to_string() }));
        assert!(verified.is_good());
        b.seal().await;
        assert_eq!(b.verify().await.overdue, None);
    }
}

/// Whoever cuts off the end of the chain and keeps the entries is betrayed, even if no checkpoint is left.
#[tokio::test]
async fn entries_whose_links_were_cut_off_are_overdue() {
    for b in Bench::all().await {
        b.entries(10).await;
        b.seal().await;
        b.clock.advance(Duration::from_secs(600));
        b.tamper(&CUT, db::args![6i64]).await;
        b.tamper(&CUT_CHECKPOINTS, db::args![6i64]).await;
        assert_eq!(b.verify().await.overdue, Some(Overdue { entries: 4, first: b.id(7).to_string() }));
    }
}

/// An identifier may be anything that a column takes.
#[tokio::test]
async fn no_identifier_hides_an_entry() {
    for b in Bench::all().await {
        b.entries(2).await;
        let genuine = b.id(2).to_string();
        b.seal().await;
        for id in ["", "!", "00000000000000000000000000", "zzz", "~~~~"] {
            b.tamper(&COPY, db::args![id, &genuine]).await;
            assert!(!b.verify().await.is_good(), "an entry with the identifier `{id}` was not found on {:?}", b.db.dialect());
            b.tamper(&DELETE, db::args![id]).await;
            assert!(b.verify().await.is_good());
        }
    }
}

#[tokio::test]
async fn an_old_dated_entry_that_was_put_in_by_hand_is_refused_and_found() {
    for b in Bench::all_with(|config| config.sweep = 4).await {
        b.entries(10).await;
        let old = b.clock.now();
        b.clock.advance(Duration::from_secs(7200));
        b.entries(10).await;
        b.seal().await;
        let row = b.db.fetch_optional(&store::entry::ENTRY_BY_ID, db::args![b.id(2)]).await.unwrap().unwrap();
        let (mut entry, mac) = store::entry::read(&row, 0).unwrap();
        entry.id = AuditId::new(&Entropy::system(), old);
        let id = entry.id.to_string();
        b.db.execute(&store::entry::ENTRY_INSERT, store::entry::insert_args(entry, mac)).await.unwrap();
        let mut done = Sealed::default();
        for _ in 0..5 {
            b.clock.advance(Duration::from_secs(1));
            let pass = b.seal().await;
            (done.entries, done.refused) = (done.entries + pass.entries, done.refused + pass.refused);
        }
        assert_eq!(done.entries, 0);
        assert!(done.refused >= 1, "the walk did not meet it on {:?}", b.db.dialect());
        assert_eq!(b.chain.seal_all(b.clock.now()).await.unwrap().entries, 0);
        b.expect(Fault::Inserted, None).await;
        let verified = b.verify().await;
        assert_eq!((verified.finding.unwrap().entry, verified.overdue), (Some(id), None));
    }
}
