use std::time::Duration;

use audit::Door;
use db::{Batch, WriteError};
use kernel::Timestamp;

use super::testing::{PASSWORD, World, attempt, code};
use super::*;
use crate::policy::actions::authentication::OtpPin;
use crate::tokens::hotp::Hotp;
use crate::tokens::totp::Totp;
use crate::tokens::{KindRef, Rollout, Token, store};

fn message(outcome: &Outcome) -> &str {
    &outcome.message
}

fn accepted(outcome: &Outcome) -> Option<&FactorProof> {
    match &outcome.verdict {
        Verdict::Accepted(proof) => Some(proof),
        _ => None,
    }
}

fn asked(outcome: &Outcome) -> Option<&Asked> {
    match &outcome.verdict {
        Verdict::Challenged(asked) => Some(asked),
        _ => None,
    }
}

#[tokio::test]
async fn pin_and_value() {
    let world = World::new().await;
    world.token(&Hotp, "H1", "1234").await;
    let right = world.check(&format!("1234{}", code(0).expose())).await;
    assert_eq!(message(&right), "matching 1 tokens");
    let proof = accepted(&right).unwrap();
    assert!(proof.knowledge && proof.serial == "H1" && proof.person == Some(world.person.id));
    let replay = world.check(&format!("1234{}", code(0).expose())).await;
    assert_eq!(message(&replay), "wrong otp value. previous otp used again");
    assert_eq!(message(&world.check(&format!("1234{}", code(500).expose())).await), "wrong otp value");
    assert_eq!(message(&world.check(&format!("1235{}", code(1).expose())).await), "wrong otp pin");
    assert_eq!(message(&world.check("").await), "wrong otp pin");
    assert_eq!(world.stored("H1").await.failcount, 4);
    assert!(accepted(&world.check(&format!("1234{}", code(1).expose())).await).is_some());
    let token = world.stored("H1").await;
    assert_eq!((token.failcount, token.counter, token.uses.accepted), (0, 2, 2));
}

#[tokio::test]
async fn otp_before_pin_and_no_pin_at_all() {
    let mut world = World::new().await;
    world.token(&Hotp, "H1", "1234").await;
    world.rules.pin_first = false;
    assert!(accepted(&world.check(&format!("{}1234", code(0).expose())).await).is_some());
    world.rules.pin = OtpPin::Nothing;
    assert_eq!(message(&world.check(&format!("{}1234", code(1).expose())).await), "wrong otp pin");
    assert!(!accepted(&world.check(code(1).expose()).await).unwrap().knowledge);
}

#[tokio::test]
async fn the_fail_counter_locks_and_rests() {
    let mut world = World::new().await;
    world.token(&Hotp, "H1", "").await;
    for _ in 0..10 {
        assert_eq!(message(&world.check("000000").await), "wrong otp value");
    }
    assert_eq!(message(&world.check(code(0).expose()).await), "Failcounter exceeded");
    world.rules.clear_after = Some(Duration::from_secs(600));
    assert_eq!(message(&world.check(code(0).expose()).await), "Failcounter exceeded");
    world.clock.advance(Duration::from_secs(3600));
    assert_eq!(message(&world.check("000000").await), "wrong otp value");
    assert_eq!(world.stored("H1").await.failcount, 1);
    assert!(accepted(&world.check(code(0).expose()).await).is_some());
}

#[tokio::test]
async fn every_reason_not_to_use_a_token() {
    let world = World::new().await;
    type Change = fn(&mut Token, Timestamp);
    let cases: [(&str, Change); 7] = [
        ("Token is disabled", |t, _| t.active = false),
        ("Token is disabled", |t, _| t.locked = true),
        ("Outside validity period", |t, at| t.valid_from = Some(at + Duration::from_secs(1))),
        ("Outside validity period", |t, at| t.valid_until = Some(at - Duration::from_secs(1))),
        ("Authentication counter exceeded", |t, _| (t.uses.tried, t.uses.tried_max) = (3, 3)),
        ("Token is not yet enrolled", |t, _| t.rollout = Rollout::Verify),
        ("This action is not possible, since the token is locked", |t, _| (t.active, t.locked, t.revoked) = (false, true, true)),
    ];
    for (at, (expected, change)) in cases.into_iter().enumerate() {
        let serial = format!("C{at}");
        world.token_with(&Hotp, &serial, "", |token| change(token, world.clock.now())).await;
        let outcome = world.check_as(Who::Serial(serial.clone()), code(0).expose(), |_| {}).await;
        assert!(matches!(outcome.verdict, Verdict::Rejected(_)));
        assert_eq!(message(&outcome), expected, "{serial}");
    }
}

#[tokio::test]
async fn a_limit_of_uses_holds() {
    let world = World::new().await;
    world.token_with(&Hotp, "H1", "", |t| t.uses.accepted_max = 2).await;
    assert!(accepted(&world.check(code(0).expose()).await).is_some());
    assert!(accepted(&world.check(code(1).expose()).await).is_some());
    assert_eq!(message(&world.check(code(2).expose()).await), "Authentication counter exceeded");
}

#[tokio::test]
async fn several_tokens_are_ranked() {
    let mut world = World::new().await;
    world.token(&Hotp, "H1", "1111").await;
    world.token(&Totp, "T1", "2222").await;
    world.rules.challenge_kinds = vec!["totp".to_owned()];
    // The value of one outranks everything about the other.
    assert_eq!(accepted(&world.check(&format!("1111{}", code(0).expose())).await).unwrap().serial, "H1");
    // The PIN of the TOTP asks, though it is a wrong PIN for the HOTP: nothing is counted.
    let outcome = world.check("2222").await;
    assert_eq!(asked(&outcome).unwrap().prompts.len(), 1);
    assert_eq!(message(&outcome), "please enter otp: ");
    assert_eq!(world.stored("H1").await.failcount, 0);
    // A wrong value counts only where the PIN was right.
    world.check("1111000000").await;
    assert_eq!((world.stored("H1").await.failcount, world.stored("T1").await.failcount), (1, 0));
    // A wrong PIN counts everywhere, if the setting says so.
    world.check("3333000000").await;
    assert_eq!((world.stored("H1").await.failcount, world.stored("T1").await.failcount), (2, 1));
    world.rules.count_wrong_pin = false;
    world.check("3333000000").await;
    assert_eq!((world.stored("H1").await.failcount, world.stored("T1").await.failcount), (2, 1));
    world.rules.reset_all = true;
    assert!(accepted(&world.check(&format!("1111{}", code(1).expose())).await).is_some());
    assert_eq!((world.stored("H1").await.failcount, world.stored("T1").await.failcount), (0, 0));
}

#[tokio::test]
async fn a_challenge_is_answered_once_by_whom_it_asked() {
    let mut world = World::new().await;
    world.token(&Hotp, "H1", "1111").await;
    world.token(&Hotp, "H2", "1111").await;
    world.rules.challenge_kinds = vec!["HOTP".to_owned()];
    let outcome = world.check("1111").await;
    let set = asked(&outcome).unwrap().set.clone();
    assert_eq!((set.code.len(), set.challenges.len()), (20, 2));
    // Somebody else, the pages, and the value without the transaction get nothing.
    let stranger = world.stranger.clone();
    assert!(accepted(&world.answer(&set.code, Who::Person(stranger), Door::Validate, &code(0)).await).is_none());
    let me = || Who::Person(world.person.clone());
    assert!(accepted(&world.answer(&set.code, me(), Door::Pages, &code(0)).await).is_none());
    assert_eq!(
        message(&world.answer(&set.code, me(), Door::Validate, &"000000".into()).await),
        "Response did not match the challenge."
    );
    assert_eq!(world.stored("H1").await.failcount, 2);
    let right = world.answer(&set.code, me(), Door::Validate, &code(0)).await;
    assert_eq!(message(&right), "Found matching challenge");
    assert_eq!(accepted(&right).unwrap().transaction.as_deref(), Some(set.code.as_str()));
    assert!(accepted(&right).unwrap().knowledge);
    assert!(accepted(&world.answer(&set.code, me(), Door::Validate, &code(1)).await).is_none());
    let late = asked(&world.check("1111").await).unwrap().set.code.clone();
    world.clock.advance(Duration::from_secs(121));
    assert!(accepted(&world.answer(&late, me(), Door::Validate, &code(1)).await).is_none());
}

#[tokio::test]
async fn the_value_alone_is_enough_where_the_form_says_so() {
    let world = World::new().await;
    world.token(&Hotp, "H1", "1111").await;
    let outcome = world.check_as(world.me(), code(0).expose(), |a| a.form = Form::ValueOnly).await;
    assert!(!accepted(&outcome).unwrap().knowledge);
    assert_eq!(
        message(&world.check_as(world.me(), code(0).expose(), |a| a.form = Form::ValueOnly).await),
        "wrong otp value. previous otp used again"
    );
}

#[tokio::test]
async fn a_success_is_one_statement() {
    let world = World::new().await;
    world.token(&Totp, "T1", "1111").await;
    world.token(&Hotp, "H1", "2222").await;
    let origin = world.now(Door::Validate);
    let attempt = attempt(&origin, world.me(), &format!("1111{}", world.totp().expose()));
    let mut batch = Batch::new();
    assert!(accepted(&world.mfa.authenticate(&attempt, &world.rules, &mut batch).await.unwrap()).is_some());
    assert_eq!(batch.steps().len(), 1);
}

#[tokio::test]
async fn odd_text_is_no_error() {
    let world = World::new().await;
    let long = "x".repeat(100_000);
    for odd in ["\0", "'", "ü", long.as_str()] {
        let serial = world.check_as(Who::Serial(odd.to_owned()), "1234", |_| {}).await;
        assert!(matches!(serial.verdict, Verdict::Rejected(Rejection::Unknown)));
        let transaction = world.check_as(world.me(), odd, |a| a.transaction = Some(odd.to_owned())).await;
        assert!(matches!(transaction.verdict, Verdict::Rejected(_)));
    }
}

#[tokio::test]
async fn guesses_are_bounded() {
    let world = World::new().await;
    world.token_with(&Hotp, "H1", "", |t| t.maxfail = 1000).await;
    let mut looked_at = 0;
    for _ in 0..40 {
        let outcome = world.check("000000").await;
        looked_at += usize::from(!matches!(outcome.verdict, Verdict::Limited { .. }));
    }
    assert_eq!(looked_at, 20);
    assert!(matches!(world.check(code(0).expose()).await.verdict, Verdict::Limited { .. }));
    assert!(accepted(&world.check_as(world.me(), code(0).expose(), |a| a.device = Some("cookie".to_owned())).await).is_some());
    world.clock.advance(Duration::from_secs(180));
    assert!(accepted(&world.check(code(1).expose()).await).is_some());
}

#[tokio::test]
async fn the_password_may_stand_for_the_pin() {
    let mut world = World::new().await;
    world.token(&Hotp, "H1", "1111").await;
    world.rules.pin = OtpPin::UserStore;
    assert_eq!(message(&world.check(&format!("1111{}", code(0).expose())).await), "wrong otp pin");
    assert!(accepted(&world.check(&format!("{PASSWORD}{}", code(0).expose())).await).unwrap().knowledge);
}

#[tokio::test]
async fn who_is_disabled_gets_nothing() {
    let mut world = World::new().await;
    world.token(&Hotp, "H1", "").await;
    let mut batch = Batch::new();
    world.mfa.people.disable(&mut batch, world.person.id, true);
    world.mfa.db.write(batch).await.unwrap();
    world.mfa.people.forget(world.person.id).await;
    world.person = world.mfa.people.by_id(world.person.id).await.unwrap().unwrap();
    for who in [world.me(), Who::Serial("H1".to_owned())] {
        let outcome = world.check_as(who, code(0).expose(), |_| {}).await;
        assert!(matches!(outcome.verdict, Verdict::Rejected(Rejection::Barred)));
    }
}

#[tokio::test]
async fn recovery_codes_are_spent_one_by_one() {
    let world = World::new().await;
    let codes = world.recovery("R1").await;
    assert!(accepted(&world.check(codes[3].expose()).await).is_some());
    assert!(accepted(&world.check(codes[3].expose()).await).is_none());
    assert!(accepted(&world.check(codes[0].expose()).await).is_some());
    assert_eq!(world.stored("R1").await.counter, 0b1001);
}

#[tokio::test]
async fn a_change_of_the_pin_undoes_a_check_under_way() {
    let world = World::new().await;
    world.token(&Hotp, "H1", "1111").await;
    let mut batch = Batch::new();
    let origin = world.now(Door::Validate);
    let attempt = attempt(&origin, world.me(), &format!("1111{}", code(0).expose()));
    let outcome = world.mfa.authenticate(&attempt, &world.rules, &mut batch).await.unwrap();
    assert!(accepted(&outcome).is_some());
    let before = world.stored("H1").await;
    let mut change = Batch::new();
    store::save(&mut change, &before, &Token { description: "x".to_owned(), ..before.clone() });
    world.mfa.db.write(change).await.unwrap();
    assert!(matches!(world.mfa.db.write(batch).await, Err(WriteError::Guard("token: one-time value"))));
}

#[tokio::test]
async fn a_seed_moved_to_another_token_does_not_open() {
    let world = World::new().await;
    world.token(&Hotp, "H1", "").await;
    world.token(&Hotp, "H2", "").await;
    let (one, two) = (world.stored("H1").await, world.stored("H2").await);
    let mut change = Batch::new();
    store::save(&mut change, &two, &Token { seed: one.seed.clone(), ..two.clone() });
    world.mfa.db.write(change).await.unwrap();
    let mut batch = Batch::new();
    let origin = world.now(Door::Validate);
    let attempt = attempt(&origin, Who::Serial("H2".to_owned()), code(0).expose());
    assert!(matches!(world.mfa.authenticate(&attempt, &world.rules, &mut batch).await, Err(EngineError::Seed { .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_code_one_login_on_every_database() {
    for db in db::testing::all().await {
        let size = if db.dialect() == db::Dialect::Sqlite { 1000 } else { 64 };
        let world = World::unlimited((*db).clone()).await;
        for kind in [&Hotp as KindRef, &Totp] {
            let serial = kind.spec().prefix;
            world.token(kind, serial, "").await;
            let right = if serial == "TOTP" { world.totp() } else { code(0) };
            assert_eq!(world.storm(serial, right.expose(), size).await, 1, "{serial} on {:?}", db.dialect());
        }
        let codes = world.recovery("R1").await;
        assert_eq!(world.storm("R1", codes[5].expose(), size).await, 1, "recovery on {:?}", db.dialect());
    }
}
