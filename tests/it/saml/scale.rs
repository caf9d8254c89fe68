//! What a look-up of a member costs in a small federation and in a large one, and what stays in memory of those that were looked up.

#![allow(clippy::print_stdout, reason = "what was measured is shown with --nocapture")]

use db::{Dialect, Stmt, args};
use idp::party::sp::Sps;
use kernel::Timestamp;
use kernel::clock::Stopwatch;
use serde_json::Value;
use symbolon::app::ISSUER;
use symbolon::federations::{AddFederation, RefreshFederation};

use super::federation::{VALID, document, name, wrapped};
use super::publisher::{Signer, entity};
use crate::support::TestApp;

db::on_every_database![a_look_up_does_not_depend_on_the_size, what_stays_at_hand_is_bounded];

/// The members of the small federation.
const FEW: usize = 10;
const LOOKS: usize = 501;
/// Members that are kept at hand, and as many more as may wait to be dropped.
const AT_HAND: (usize, usize) = (2000, 500);

static ANALYZE: Stmt = Stmt::new("ANALYZE saml_entity").mysql("ANALYZE TABLE saml_entity").sqlite("SELECT 1");

async fn import(app: &TestApp, signer: &Signer, federation: &str, (text, count): (&str, usize)) {
    let params = [("name", federation), ("metadata_certificate", &*signer.certificate())];
    app.operate(&AddFederation(app.app.sps.clone()), &params).await;
    let text = signer.sign(text, "EntitiesDescriptor");
    let done = app.operate(&RefreshFederation::given(app.app.sps.clone(), text), &[("name", federation)]).await;
    assert_eq!(done.value["services"], count, "{}", done.value);
}

/// The medians of many looks in both houses, by turns, so that both have the same of whatever else the machine does. Each at another member,
/// as a sign-in looks when nothing is at hand.
async fn medians(houses: [(&Sps, usize); 2], now: Timestamp) -> [f64; 2] {
    let mut took = [const { Vec::new() }; 2];
    for n in 0..LOOKS {
        for ((sps, count), took) in houses.into_iter().zip(&mut took) {
            // Nothing is at hand after that.
            sps.reload().await.unwrap();
            let member = name(n * 7919 % count);
            let watch = Stopwatch::start();
            let found = sps.look_up(&member, now).await.unwrap();
            took.push(watch.elapsed().as_secs_f64() * 1000.0);
            assert_eq!(found.unwrap().entity_id(), member);
        }
    }
    took.map(|mut took| {
        took.sort_unstable_by(f64::total_cmp);
        took[LOOKS / 2]
    })
}

/// Memory of this process, in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

async fn a_look_up_does_not_depend_on_the_size(on: Dialect) {
    let (small, app, signer) = (TestApp::new(on).await, TestApp::new(on).await, Signer::new());
    let (sps, now) = (&app.app.sps, app.app.clock.now());
    // As much text of each as in large federations.
    let (many, padding) = if db::testing::full_scale() { (10_000, 3600) } else { (1000, 0) };
    for (house, count) in [(&small, FEW), (&app, many)] {
        import(house, &signer, "edu", (&document(0, count, VALID, &signer.base64(), padding), count)).await;
    }
    let [among_few, among_many] = medians([(&small.app.sps, FEW), (sps, many)], now).await;
    let ratio = among_many / among_few;
    println!(
        "scale: look-up of a member on {on:?}, median of {LOOKS}: {among_few:.2} ms of {FEW}, {among_many:.2} ms of {many}: {ratio:.2} times"
    );
    goes_by_an_index(&app, on).await;

    sps.reload().await.unwrap();
    let (before, mut more) = (resident(), String::new());
    for n in 0..many {
        assert!(sps.look_up(&name(n), now).await.unwrap().is_some(), "{n}");
        if (n + 1) % 2000 == 0 || n + 1 == many {
            more += &format!(", {} KiB after {}", resident().saturating_sub(before), n + 1);
        }
    }
    println!("scale: memory of the process on {on:?}, more than before{more} members were looked up");
}

/// Both ways of looking a member up read what an index names, and do not go through all of them.
async fn goes_by_an_index(app: &TestApp, on: Dialect) {
    app.app.db.fetch_all(&ANALYZE, args![]).await.unwrap();
    let (member, row) = (name(500), app.app.sps.look_up(&name(500), app.app.clock.now()).await.unwrap().unwrap().id());
    let look_ups: Vec<&Stmt> = idp::statements().into_iter().filter(|stmt| stmt.text().contains("FROM saml_entity e")).collect();
    assert_eq!(look_ups.len(), 2);
    for stmt in look_ups {
        let by_name = stmt.text().contains("e.entity_id = ?");
        let (column, arg) = if by_name { ("entity_id", member.clone()) } else { ("row_id", row.to_string()) };
        let plan = plan(app, on, stmt, arg).await;
        assert!(goes_by(on, &plan, column), "{column}: {plan}");
        assert!(!goes_by(on, &plan, "metadata"), "{plan}");
    }
}

/// How the database would go about a statement.
async fn plan(app: &TestApp, on: Dialect, stmt: &Stmt, arg: String) -> String {
    let (word, column) = match on {
        on if on.name() == "sqlite" => ("EXPLAIN QUERY PLAN", 3),
        on if on.name() == "postgres" => ("EXPLAIN", 0),
        _ => ("EXPLAIN FORMAT=JSON", 0),
    };
    let text: &'static str = Box::leak(format!("{word} {}", stmt.text()).into_boxed_str());
    let explained: &'static Stmt = Box::leak(Box::new(Stmt::new(text)));
    let rows = app.app.db.fetch_all(explained, args![ISSUER, arg]).await.unwrap();
    let lines: Vec<String> = rows.iter().map(|row| row.get(column).unwrap()).collect();
    lines.join("\n")
}

/// Whether a plan finds members by an index over this column, and reads no others.
fn goes_by(on: Dialect, plan: &str, column: &str) -> bool {
    match on.name() {
        "sqlite" => {
            let sought = format!("{column}=?");
            !plan.contains("SCAN e") && plan.lines().any(|line| line.contains("SEARCH e ") && line.contains(&sought))
        }
        "postgres" => {
            let sought = format!("({column})::text = ");
            let is_it = |line: &str| line.contains("Index Cond:") && line.contains(&sought);
            !plan.contains("Seq Scan on saml_entity") && plan.lines().any(is_it)
        }
        _ => {
            let (plan, mut tables): (Value, _) = (serde_json::from_str(plan).unwrap(), Vec::new());
            tables_of(&plan, &mut tables);
            let is_by = |table: &&Value| table["used_key_parts"].as_array().is_some_and(|parts| parts.contains(&column.into()));
            let (by, all) = (tables.iter().copied().filter(|table| is_by(table)).count(), tables.len());
            by > 0 && by == all
        }
    }
}

/// Where a plan reads members.
fn tables_of<'p>(plan: &'p Value, found: &mut Vec<&'p Value>) {
    match plan {
        Value::Object(fields) => {
            if plan["table_name"] == "e" {
                found.push(plan);
            }
            fields.values().for_each(|value| tables_of(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| tables_of(value, found)),
        _ => {}
    }
}

async fn what_stays_at_hand_is_bounded(on: Dialect) {
    let (app, signer) = (TestApp::new(on).await, Signer::new());
    let (sps, now) = (&app.app.sps, app.app.clock.now());
    let count = AT_HAND.0 + AT_HAND.1 + 500;
    let all: String = (0..count).map(|n| entity(&name(n), "", "", "")).collect();
    import(&app, &signer, "edu", (&wrapped(VALID, &all), count)).await;
    let at_hand = || (0..count).filter(|n| sps.by_entity(&name(*n)).is_some()).count();
    assert_eq!(at_hand(), 0, "an import keeps nothing at hand");
    for n in 0..count {
        assert_eq!(sps.look_up(&name(n), now).await.unwrap().unwrap().entity_id(), name(n));
    }
    let kept = at_hand();
    assert!(kept >= AT_HAND.0 / 2 && kept <= AT_HAND.0 + AT_HAND.1, "{kept}");
    // Who is no longer at hand is found all the same.
    for n in [0, 1, count / 2, count - 1] {
        let id = sps.look_up(&name(n), now).await.unwrap().unwrap().id();
        assert_eq!(sps.look_up_row(id, now).await.unwrap().unwrap().entity_id(), name(n));
    }
}
