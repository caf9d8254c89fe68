//! A small world for tests of the engine: one person, some tokens, a clock that stands still.

use std::time::Duration;

use audit::{Door, Origin};
use db::testing::TestDb;
use db::{Batch, Db, WriteError};
use kernel::ids::TokenId;
use kernel::{Clock, Entropy, SecretBytes, SecretText, Timestamp};
use keys::{Keys, Place};

use super::*;
use crate::budget::{Rate, Rates};
use crate::initialise::Initialise;
use crate::operation::{Hooks, Params};
use crate::people::Person;
use crate::people::ops::AddUser;
use crate::policy::Zone;
use crate::system::Setup;
use crate::testing::operate;
use crate::tokens::init::{Defaults, Request};
use crate::tokens::oath::{Generator, Hash};
use crate::tokens::recovery::Recovery;
use crate::tokens::{Info, Kind, KindRef, Owner, Rollout, Token, Uses, store};

/// The seed of every OATH token.
pub(crate) const SEED: &[u8] = b"12345678901234567890";
const START: Timestamp = Timestamp::from_seconds(1_700_000_000);

/// The value of such a token at a counter.
pub(crate) fn code(counter: u64) -> SecretText {
    Generator::new(Hash::Sha1, &SecretBytes::new(SEED), 6).code(counter)
}

pub(crate) struct World {
    pub(crate) mfa: Mfa,
    pub(crate) clock: Clock,
    pub(crate) person: Person,
    pub(crate) stranger: Person,
    pub(crate) rules: Rules,
    pub(crate) origin: Origin,
    _home: Option<TestDb>,
}

/// The password of everybody.
pub(crate) const PASSWORD: &str = "correct horse";

/// People in the first realm.
async fn household(mfa: &Mfa, logins: &[&str]) -> Vec<Person> {
    operate(mfa, &Initialise, Params::of([("admin", "admin"), ("password", "geheim")])).await.unwrap();
    let mut people = Vec::new();
    for login in logins {
        let params = Params::of([("user", login), ("resolver", "internal"), ("password", PASSWORD)]);
        operate(mfa, &AddUser, params).await.unwrap();
        people.push(mfa.people.resolve(&mfa.name(login, None)).await.unwrap().expect("just added"));
    }
    people
}

impl World {
    pub(crate) async fn new() -> Self {
        let home = db::testing::one(db::Dialect::Sqlite).await;
        let mut world = Self::on((*home).clone(), Rates::default()).await;
        world._home = Some(home);
        world
    }

    /// A world in which no number of guesses is too high.
    pub(crate) async fn unlimited(db: Db) -> Self {
        let rate = Rate { burst: u32::MAX, interval: Duration::from_micros(1) };
        Self::on(db, Rates { subject: rate, device: rate, network: rate, relay: rate }).await
    }

    async fn on(db: Db, rates: Rates) -> Self {
        let (clock, chance, keys) = (Clock::fixed(START), Entropy::system(), Keys::for_tests());
        let (node, zone, hooks) = ("n".to_owned(), Zone::utc(), Hooks::default());
        let outbound = crate::testing::outbound();
        let setup = Setup { db, keys, clock: clock.clone(), chance: chance.clone(), node, zone, hooks, rates, outbound };
        let mfa = Mfa::open(setup).await.unwrap();
        let origin = Origin::local(Door::Validate, START, "r", "n");
        let [person, stranger] = household(&mfa, &["ada", "eve"]).await.try_into().expect("two people");
        Self { mfa, clock, person, stranger, rules: Rules::default(), origin, _home: None }
    }

    pub(crate) fn me(&self) -> Who {
        Who::Person(self.person.clone())
    }

    pub(crate) async fn token(&self, kind: KindRef, serial: &str, pin: &str) {
        self.token_with(kind, serial, pin, |_| {}).await;
    }

    pub(crate) async fn token_with(&self, kind: KindRef, serial: &str, pin: &str, change: impl FnOnce(&mut Token)) {
        self.insert(kind, serial, pin, SecretBytes::new(SEED), 6, change).await;
    }

    async fn insert(
        &self,
        kind: KindRef,
        serial: &str,
        pin: &str,
        seed: SecretBytes,
        otplen: u8,
        change: impl FnOnce(&mut Token),
    ) {
        let id = TokenId::new(&self.mfa.chance, START);
        let place = id.to_string();
        let number = i64::from(u32::from_le_bytes(self.mfa.chance.bytes()));
        let mut token = Token {
            id,
            number,
            serial: serial.to_owned(),
            kind,
            owner: Some(Owner {
                person: self.person.id,
                resolver: self.person.resolver.clone(),
                uid: self.person.uid.clone(),
                realm: self.person.realm.clone(),
            }),
            realms: vec![self.person.realm.clone()],
            pin: self.mfa.pins.store(id, &pin.into()).await.unwrap(),
            seed: self.mfa.keys.sealer().seal(&Place::new("token", "seed", &place), seed.expose()),
            otplen,
            counter: 0,
            count_window: 10,
            sync_window: 1000,
            failcount: 0,
            maxfail: 10,
            failed_at: None,
            uses: Uses::default(),
            valid_from: None,
            valid_until: None,
            last_auth: None,
            active: true,
            locked: false,
            revoked: false,
            rollout: Rollout::None,
            description: String::new(),
            info: Info::new(),
            memory: None,
            version: 1,
            created_at: START,
        };
        change(&mut token);
        let mut batch = Batch::new();
        store::insert(&mut batch, &token);
        self.mfa.db.write(batch).await.unwrap();
    }

    /// A token with recovery codes, and the codes.
    pub(crate) async fn recovery(&self, serial: &str) -> Vec<SecretText> {
        let defaults = Defaults::default();
        let made = Recovery
            .init(&Request { get: &|_| None, defaults: &defaults, kind: "recovery" }, &self.mfa.chance)
            .unwrap_or_else(|e| panic!("{e}"));
        self.insert(&Recovery, serial, "", made.seed, made.otplen, |_| {}).await;
        made.codes
    }

    pub(crate) async fn stored(&self, serial: &str) -> Token {
        store::by_serial(&self.mfa.db, serial).await.unwrap().expect("the token exists")
    }

    /// The value that a TOTP shows now.
    pub(crate) fn totp(&self) -> SecretText {
        code(u64::try_from(self.clock.now().seconds() / 30).unwrap())
    }

    pub(crate) fn now(&self, door: Door) -> Origin {
        Origin { at: self.clock.now(), door, ..self.origin.clone() }
    }

    /// Checks and commits; decides again when a guard fails.
    pub(crate) async fn perform(&self, attempt: &Attempt<'_>) -> Outcome {
        loop {
            let mut batch = Batch::new();
            let outcome = self.mfa.authenticate(attempt, &self.rules, &mut batch).await.unwrap();
            match self.mfa.db.write(batch).await {
                Ok(_) => return outcome,
                Err(WriteError::Guard(_)) => {}
                Err(e) => panic!("{e}"),
            }
        }
    }

    pub(crate) async fn check(&self, secret: &str) -> Outcome {
        self.check_as(self.me(), secret, |_| {}).await
    }

    pub(crate) async fn check_as(&self, who: Who, secret: &str, change: impl FnOnce(&mut Attempt<'_>)) -> Outcome {
        self.check_at(Door::Validate, who, secret, change).await
    }

    pub(crate) async fn check_at(&self, door: Door, who: Who, secret: &str, change: impl FnOnce(&mut Attempt<'_>)) -> Outcome {
        let origin = self.now(door);
        let mut attempt = attempt(&origin, who, secret);
        change(&mut attempt);
        self.perform(&attempt).await
    }

    pub(crate) async fn answer(&self, transaction: &str, who: Who, door: Door, value: &SecretText) -> Outcome {
        self.check_at(door, who, value.expose(), |a| a.transaction = Some(transaction.to_owned())).await
    }

    /// How many of so many parallel submissions of one value are accepted.
    pub(crate) async fn storm(&self, serial: &str, secret: &str, size: usize) -> usize {
        let origin = self.now(Door::Validate);
        let one = || async {
            let attempt = attempt(&origin, Who::Serial(serial.to_owned()), secret);
            usize::from(matches!(self.perform(&attempt).await.verdict, Verdict::Accepted(_)))
        };
        futures::future::join_all((0..size).map(|_| one())).await.into_iter().sum()
    }
}

/// An attempt with PIN and value, or PIN alone.
pub(crate) fn attempt<'a>(origin: &'a Origin, who: Who, secret: &str) -> Attempt<'a> {
    let form = Form::default();
    Attempt { origin, who, secret: secret.into(), transaction: None, form, kind: None, device: None }
}
