use std::net::IpAddr;

use audit::{Door, Origin};
use kernel::Entropy;
use kernel::ids::PersonId;

use super::*;

const START: Timestamp = Timestamp::from_seconds(1_700_000_000);

fn origin(address: &str) -> Origin {
    let mut origin = Origin::local(Door::Pages, START, "r", "n");
    origin.client = Some(address.parse::<IpAddr>().unwrap());
    origin
}

fn rates(burst: u32) -> Rates {
    let rate = Rate { burst, interval: Duration::from_secs(60) };
    Rates { subject: rate, device: rate, network: Rate { burst: burst * 2, ..rate }, relay: rate }
}

fn person() -> PersonId {
    PersonId::new(&Entropy::system(), START)
}

async fn fail(budgets: &Budgets, guess: &Guess<'_>, now: Timestamp) -> bool {
    let Ok(permit) = budgets.check(guess, now).await else { return false };
    let mut batch = Batch::new();
    permit.wrong(&mut batch);
    budgets.0.db.write(batch).await.unwrap();
    true
}

#[tokio::test]
async fn limits_outlive_a_restart_and_reach_other_nodes() {
    for db in db::testing::all().await {
        let (person, home) = (person(), origin("10.0.0.1"));
        let guess = Guess { secret: Secret::Otp, subject: Subject::Person(person), origin: &home, device: None };
        let (one, other) = (Budgets::new((*db).clone(), rates(3)), Budgets::new((*db).clone(), rates(3)));
        for _ in 0..2 {
            assert!(fail(&one, &guess, START).await);
        }
        other.follow(START).await.unwrap();
        assert!(fail(&other, &guess, START).await);
        assert!(!fail(&other, &guess, START).await);
        one.follow(START).await.unwrap();
        assert!(!fail(&one, &guess, START).await);
        let restarted = Budgets::new((*db).clone(), rates(3));
        restarted.follow(START).await.unwrap();
        let Err(CheckError::Limited(limited)) = restarted.check(&guess, START).await else { panic!("forgotten") };
        assert_eq!(limited.retry_after, Duration::from_secs(60));
        assert!(fail(&restarted, &guess, START + Duration::from_secs(60)).await);
        restarted.sweep(START + Duration::from_secs(3600)).await.unwrap();
        assert!(fail(&restarted, &guess, START + Duration::from_secs(3600)).await);
    }
}

#[tokio::test]
async fn what_is_right_costs_nothing_and_parallel_guesses_gain_nothing() {
    let db = db::testing::one(db::Dialect::Sqlite).await;
    let budgets = Budgets::new((*db).clone(), rates(3));
    let home = origin("2001:db8::1");
    let guess = Guess { secret: Secret::Password, subject: Subject::Person(person()), origin: &home, device: None };
    for _ in 0..100 {
        budgets.check(&guess, START).await.unwrap().right();
    }
    assert!(budgets.buckets().is_empty());
    let mut waiting = Vec::new();
    while let Ok(permit) = budgets.check(&guess, START).await {
        waiting.push(permit);
    }
    assert_eq!(waiting.len(), 3);
    waiting.pop().unwrap().right();
    assert!(budgets.check(&guess, START).await.is_ok());
}

#[tokio::test]
async fn buckets_are_apart() {
    let db = db::testing::one(db::Dialect::Sqlite).await;
    let budgets = Budgets::new((*db).clone(), rates(3));
    let (person, home) = (person(), origin("10.0.0.1"));
    let guess = Guess { secret: Secret::Otp, subject: Subject::Person(person), origin: &home, device: None };
    while fail(&budgets, &guess, START).await {}
    // Other secrets and a known device of the same person are not concerned, the same person from elsewhere is.
    assert!(fail(&budgets, &Guess { secret: Secret::Password, ..guess }, START).await);
    assert!(fail(&budgets, &Guess { device: Some("cookie"), ..guess }, START).await);
    let away = origin("192.0.2.9");
    assert!(!fail(&budgets, &Guess { origin: &away, ..guess }, START).await);
    // A network is exhausted by several people, a device in it is not.
    for name in ["a", "b", "c"] {
        fail(&budgets, &Guess { subject: Subject::Unknown(name), ..guess }, START).await;
    }
    let neighbour = origin("10.0.0.200");
    let stranger = Guess { subject: Subject::Unknown("d"), origin: &neighbour, ..guess };
    assert!(!fail(&budgets, &stranger, START).await);
    assert!(fail(&budgets, &Guess { device: Some("cookie"), ..stranger }, START).await);
    // Whoever does not exist is limited like everybody, however the name is spelt.
    let spelt = |name| Guess { subject: Subject::Unknown(name), origin: &away, ..guess };
    assert!(fail(&budgets, &spelt("Nobody"), START).await && fail(&budgets, &spelt(" nobody"), START).await);
    assert!(fail(&budgets, &spelt("NOBODY"), START).await && !fail(&budgets, &spelt("nobody"), START).await);
}

#[tokio::test]
async fn memory_is_bounded_without_forgetting() {
    let db = db::testing::one(db::Dialect::Sqlite).await;
    let budgets = Budgets::with_capacity((*db).clone(), rates(1), 8);
    let nowhere = Origin::local(Door::Pages, START, "r", "n");
    let names: Vec<String> = (0..40).map(|n| format!("user{n}")).collect();
    let guess = |name| Guess { secret: Secret::Otp, subject: Subject::Unknown(name), origin: &nowhere, device: None };
    for name in &names {
        assert!(fail(&budgets, &guess(name), START).await, "{name}");
    }
    for name in &names {
        assert!(!fail(&budgets, &guess(name), START).await, "{name}");
    }
}

#[tokio::test]
async fn a_limit_does_not_tell_who_exists() {
    let db = db::testing::one(db::Dialect::Sqlite).await;
    let budgets =
        Budgets::new((*db).clone(), Rates { network: Rate { burst: 99, interval: Duration::from_secs(1) }, ..rates(3) });
    let (hans, home) = (person(), origin("10.0.0.1"));
    let named = |name, person| {
        let subject = Subject::Typed { name, person };
        Guess { secret: Secret::Password, subject, origin: &home, device: None }
    };
    let limit = async |guess: &Guess<'_>| match budgets.check(guess, START).await {
        Err(CheckError::Limited(limited)) => Some(limited.hidden),
        _ => None,
    };
    for (here, there, person) in [("hans@here", "hans@there", Some(hans)), ("nobody@here", "nobody@there", None)] {
        for _ in 0..3 {
            assert!(fail(&budgets, &named(here, person), START).await);
        }
        assert_eq!(limit(&named(here, person)).await, Some(false), "{here}");
        // The same person by another name is limited too, which nobody may see.
        assert_eq!(limit(&named(there, person)).await, person.map(|_| true), "{there}");
    }
}
