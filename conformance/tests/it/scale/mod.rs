//! A directory as large as they come: what a sign-in, a page of tokens and a search for orphans cost is counted in its own log.

#![allow(clippy::print_stdout, reason = "what was measured is shown with --nocapture")]

mod house;
mod search;

use std::time::Duration;

use conformance::full_scale;
use kernel::clock::Stopwatch;
use serde_json::Value;
use testbed::PASSWORD;

use house::{House, LEFT};
use search::Search;

/// People, and the latency of their directory.
fn scale() -> (usize, Duration) {
    if full_scale() { (1_000_000, Duration::from_millis(20)) } else { (10_000, Duration::from_millis(2)) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_of_any_size() {
    let (people, latency) = scale();
    let watch = Stopwatch::start();
    let mut house = House::open(people, latency).await;
    println!("scale: {people} people and tokens, {latency:?} of latency; made in {:.0} s", watch.elapsed().as_secs_f64());
    let admin = house.server.admin().await;
    sign_ins(&house, people).await;
    pages(&house, &admin, people).await;
    orphans(&mut house, &admin, people).await;
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// One search and one bind for each, whoever signs in for the first time; one search for nobody.
async fn sign_ins(house: &House, people: usize) {
    let sign_in = async |name: &str| {
        let answer = house.server.post("/auth", None, &[("username", name), ("password", PASSWORD)]).await;
        answer["result"]["value"]["token"].is_string()
    };
    // Connections are opened, and the server learns of the resolver.
    for name in house.people(people / 2, 3) {
        let watch = Stopwatch::start();
        while !sign_in(&name).await {
            assert!(watch.elapsed() < Duration::from_secs(30), "{name} does not get in");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    let (before, mut times) = (house.asked(), Vec::new());
    let names = house.people(people / 4, 50);
    for name in &names {
        let watch = Stopwatch::start();
        assert!(sign_in(name).await, "{name}");
        times.push(watch.elapsed());
    }
    let after = house.asked();
    assert_eq!((after.0 - before.0, after.1 - before.1), (names.len(), names.len()), "one search and one bind for each");
    println!("scale: first sign-ins take {:?} (median): one search, one bind", median(times));
    assert!(!sign_in("nobody@staff").await);
    let nobody = house.asked();
    assert_eq!((nobody.0 - after.0, nobody.1 - after.1), (1, 0), "nobody is looked for once");
}

/// One search for each page, however long it is and wherever it lies.
async fn pages(house: &House, admin: &str, people: usize) {
    for (size, page) in [(100, 1), (100, people / 100 / 2), (100, people / 100), (1_000, 2)] {
        let (before, watch) = (house.asked(), Stopwatch::start());
        let path = format!("/token/?pagesize={size}&page={page}&sortby=serial");
        let shown = house.server.get(&path, Some(admin)).await;
        let took = watch.elapsed();
        let tokens = shown["result"]["value"]["tokens"].as_array().expect("tokens");
        let named = tokens.iter().filter(|token| token["username"] != "").count();
        assert_eq!((tokens.len(), named), (size, size - size / LEFT), "{path}");
        assert_eq!(house.asked().0 - before.0, 1, "{path}: one search");
        println!("scale: page {page} of {size} tokens of as many people takes {took:?}: one search");
    }
}

/// They are found with few questions and in little memory, and nobody is taken for gone who is not.
async fn orphans(house: &mut House, admin: &str, people: usize) {
    let (before, gone) = (house.asked().0, people / LEFT);
    let found = Search::run(&house.server, &["--json"]);
    let searches = house.asked().0 - before;
    let summary = &found.summary;
    let is = |name: &str| summary[name].as_u64().and_then(|n| usize::try_from(n).ok());
    assert_eq!((found.code, is("looked"), is("orphans"), is("undecided")), (0, Some(people), Some(gone), Some(0)), "{summary}");
    assert!(found.rows.iter().all(|row| row["missing"] == "person" && row["serial"].as_str().is_some_and(|s| s.ends_with("99"))));
    assert_eq!(found.rows.len(), gone);
    // 250 at a time, and a few to look around.
    // Those of each page who are missing are asked for once more.
    assert!(searches <= people / 250 + people / 1_000 + 11, "{searches} searches");
    println!(
        "scale: {gone} orphans among {people} tokens are found in {:.1} s, with {searches} searches, in {} MB of memory",
        summary["seconds"].as_f64().unwrap_or_default(),
        found.peak / 1024
    );
    assert!(found.peak < 200 * 1024, "{} kB of memory", found.peak);
    if full_scale() {
        assert!(found.notes.lines().filter(|line| line.contains(" of 1000000 tokens")).count() > 3, "progress: {}", found.notes);
    }
    let middle = format!("01K0{:022}", people / 2 - 1);
    let rest = Search::run(&house.server, &["--json", "--after", &middle]);
    assert_eq!((rest.rows.len(), rest.summary["looked"].as_u64()), (gone / 2, Some(people as u64 / 2)));

    let deleted = Search::run(&house.server, &["--json", "--action", "delete", "--resolver", "staff"]);
    assert_eq!((deleted.code, deleted.summary["changed"].as_u64()), (0, Some(gone as u64)), "{}", deleted.summary);
    println!("scale: they are deleted in {:.1} s", deleted.summary["seconds"].as_f64().unwrap_or_default());
    let left: Value = house.server.get("/token/?pagesize=1", Some(admin)).await;
    assert_eq!(left["result"]["value"]["count"].as_u64(), Some((people - gone) as u64));
    let audit = house.server.get("/audit/?action=symbolon%20token%20orphans&page_size=1", Some(admin)).await;
    assert_eq!(audit["result"]["value"]["count"].as_u64(), Some(gone as u64), "a record for each: {audit}");

    house.slapd.stop();
    let unknown = Search::run(&house.server, &["--json", "--action", "delete"]);
    assert_eq!((unknown.code, unknown.rows.len()), (4, 0), "{}", unknown.notes);
    assert_eq!(unknown.summary["undecided"].as_u64(), Some((people - gone) as u64));
    assert!(unknown.notes.contains("staff"), "{}", unknown.notes);
}
