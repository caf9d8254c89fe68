//! What is remembered lets nobody in who is not to be let in.

use audit::Door;
use db::Batch;

use super::ops::ValidateCheck;
use super::testing::{SEED, World, code};
use super::*;
use crate::operation::{Call, Caller, Code, Done, Params, perform};
use crate::tokens::hotp::Hotp;
use crate::tokens::store;

db::statements! {
    NARROW = "UPDATE token SET count_window = 1, sync_window = 1";
    OFF = "UPDATE token SET active = FALSE";
    REVOKED = "UPDATE token SET revoked = TRUE";
    LOCKED = "UPDATE token SET locked = TRUE";
    FAILED = "UPDATE token SET failcount = maxfail";
    FAILED_ONCE = "UPDATE token SET failcount = 3";
    USED = "UPDATE token SET counter = 5";
    WORN_OUT = "UPDATE token SET accepted = 7, accepted_max = 7";
    GONE = "DELETE FROM token";
}

impl World {
    async fn validate(&self, pass: &str) -> Done<Outcome> {
        let params = Params::of([("user", self.person.login.as_str()), ("pass", pass)]);
        let call = Call::new(self.now(Door::Validate), Caller::Anonymous, "POST /validate/check", params);
        perform(&self.mfa, &ValidateCheck, call).await.unwrap_or_else(|e| panic!("{}", e.message))
    }

    async fn value(&self, counter: u64) -> Outcome {
        self.validate(&format!("1234{}", code(counter).expose())).await.output
    }

    /// Somebody with one token, who was let in with its first value.
    async fn remembered() -> Self {
        let world = Self::new().await;
        world.token(&Hotp, "H1", "1234").await;
        assert!(right(&world.value(0).await) && world.remembers());
        world
    }

    fn remembers(&self) -> bool {
        self.mfa.recall.holds(self.person.id)
    }
}

fn right(outcome: &Outcome) -> bool {
    matches!(outcome.verdict, Verdict::Accepted(_))
}

#[tokio::test]
async fn who_was_let_in_is_remembered_as_they_are() {
    let world = World::remembered().await;
    world.mfa.db.execute(&NARROW, db::args![]).await.unwrap();
    // Only who has not looked finds this value.
    assert!(right(&world.value(7).await) && world.remembers());
    assert_eq!(world.value(7).await.message, "wrong otp value. previous otp used again");
    assert!(!world.remembers(), "whoever was refused is looked up");
    assert!(!right(&world.value(12).await), "the window as it is now");
    assert!(right(&world.value(8).await));
    let token = world.stored("H1").await;
    assert_eq!((token.counter, token.failcount, token.uses.accepted), (9, 0, 3));
}

#[tokio::test]
async fn what_has_changed_elsewhere_is_noticed() {
    for (change, says) in [
        (&OFF, "Token is disabled"),
        (&REVOKED, ""),
        (&LOCKED, ""),
        (&FAILED, "Failcounter exceeded"),
        (&USED, "wrong otp value"),
        (&WORN_OUT, ""),
        (&GONE, "The user has no tokens assigned"),
    ] {
        let world = World::remembered().await;
        world.mfa.db.execute(change, db::args![]).await.unwrap();
        let params = Params::of([("user", "ada"), ("pass", &format!("1234{}", code(1).expose()))]);
        let call = Call::new(world.now(Door::Validate), Caller::Anonymous, "POST /validate/check", params);
        match perform(&world.mfa, &ValidateCheck, call).await {
            Ok(done) => {
                assert!(!right(&done.output) && !done.audit.success, "{}", change.text());
                assert!(done.output.message.contains(says), "{}: {}", change.text(), done.output.message);
            }
            Err(refused) => assert!(matches!(refused.code, Code::TokenLocked | Code::Hidden), "{}", change.text()),
        }
        assert!(!world.remembers(), "{}", change.text());
    }
    // Failures elsewhere are forgotten with a success here.
    let world = World::remembered().await;
    world.mfa.db.execute(&FAILED_ONCE, db::args![]).await.unwrap();
    assert!(right(&world.value(1).await));
    assert_eq!(world.stored("H1").await.failcount, 0);
}

#[tokio::test]
async fn other_pins_seeds_and_tokens_count_at_once() {
    let world = World::remembered().await;
    let before = world.stored("H1").await;
    let mut after = before.clone();
    after.pin = world.mfa.pins.store(before.id, &"9999".into()).await.unwrap();
    let mut batch = Batch::new();
    store::save(&mut batch, &before, &after);
    world.mfa.db.write(batch).await.unwrap();
    assert!(!right(&world.value(1).await), "the PIN of before");
    assert!(right(&world.validate(&format!("9999{}", code(1).expose())).await.output));

    let before = world.stored("H1").await;
    let mut after = before.clone();
    let place = before.id.to_string();
    after.seed = world.mfa.keys.sealer().seal(&keys::Place::new("token", "seed", &place), &SEED[..10]);
    let mut batch = Batch::new();
    store::save(&mut batch, &before, &after);
    world.mfa.db.write(batch).await.unwrap();
    assert!(!right(&world.validate(&format!("9999{}", code(2).expose())).await.output), "the seed of before");

    let world = World::remembered().await;
    world.token(&Hotp, "H2", "5678").await;
    assert!(right(&world.validate(&format!("5678{}", code(0).expose())).await.output), "a token that is new");
}

#[tokio::test]
async fn one_value_counts_once_among_many_at_a_time() {
    let world = World::remembered().await;
    // As many as neither fail counter nor budget minds.
    for counter in 1..4 {
        let many = futures::future::join_all((0..6).map(|_| world.value(counter))).await;
        assert_eq!(many.iter().filter(|outcome| right(outcome)).count(), 1);
    }
}

#[tokio::test]
async fn a_wrong_guess_counts_once() {
    let world = World::remembered().await;
    assert!(!right(&world.validate("1234000000").await.output));
    assert_eq!(world.stored("H1").await.failcount, 1);
    for _ in 0..18 {
        assert!(!right(&world.validate("1235000000").await.output));
    }
    let world_is_full = world.validate("1235000000").await;
    assert!(!matches!(world_is_full.output.verdict, Verdict::Limited { .. }), "twenty failures are admitted");
    let limited = world.validate("1235000000").await;
    assert!(matches!(limited.output.verdict, Verdict::Limited { .. }));
}
