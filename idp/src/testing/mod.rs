//! A small world for tests: people, tokens and policies in memory, with a ledger of what was truly proven. The ports on it
//! keep the rules of [`crate::ports`]; whatever succeeds above them must be covered by the ledger.

mod factors;
mod people;
mod rest;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use audit::{Door, Origin};
use kernel::ids::PersonId;
use kernel::{Clock, Entropy, SecretText, Timestamp};

pub(crate) use people::DOMAIN_AGE;

use crate::assurance::{FactorClass, Level, Material};
use crate::login::{Browser, LoginSettings, Logins, SignIn};
use crate::party::{Party, PartyKind};
use crate::ports::{ChangeReason, ConsentRule, Demand, EnrolKind, Event, Person, Polled, Ports};

/// A token of the world. Its n-th code is `<serial>-<n>`; each is good once.
pub(crate) struct Token {
    pub(crate) serial: String,
    pub(crate) person: PersonId,
    pub(crate) kind: &'static str,
    pub(crate) spent: u32,
    pub(crate) confirmed: bool,
    pub(crate) locked: bool,
}

impl Token {
    /// The code that is good next.
    pub(crate) fn code(&self) -> String {
        format!("{}-{}", self.serial, self.spent + 1)
    }
}

pub(crate) struct Pending {
    pub(crate) person: PersonId,
    pub(crate) serial: String,
    pub(crate) state: Polled,
}

/// All that is there.
pub(crate) struct Inner {
    pub(crate) people: Vec<(Person, String)>,
    pub(crate) tokens: Vec<Token>,
    pub(crate) challenges: BTreeMap<String, Pending>,
    pub(crate) demand: Demand,
    /// What was truly proven, in order, and in which browser (told by its user agent).
    pub(crate) ledger: Vec<(Material, String)>,
    /// Enrolments that should not have been begun.
    pub(crate) violations: Vec<String>,
    /// How many codes were looked at.
    pub(crate) tried: u32,
    pub(crate) events: Vec<Event>,
    pub(crate) recovery_issued: Vec<PersonId>,
    pub(crate) limited: bool,
    /// The store does not answer.
    pub(crate) out: bool,
    /// The store does not say who somebody is.
    pub(crate) silent: bool,
    /// Whose password should be changed, and why.
    pub(crate) changes: BTreeMap<PersonId, ChangeReason>,
    /// Tickets that were used.
    pub(crate) used: Vec<String>,
    next: u32,
}

impl Inner {
    pub(crate) fn fresh_name(&mut self, prefix: &str) -> String {
        self.next += 1;
        format!("{prefix}{}", self.next)
    }

    pub(crate) fn person(&self, id: PersonId) -> Option<&Person> {
        self.people.iter().map(|(p, _)| p).find(|p| p.id == id)
    }

    pub(crate) fn person_mut(&mut self, login: &str) -> &mut Person {
        self.people.iter_mut().map(|(p, _)| p).find(|p| p.login == login).expect("a person of the world")
    }

    pub(crate) fn token_mut(&mut self, serial: &str) -> Option<&mut Token> {
        self.tokens.iter_mut().find(|t| t.serial == serial)
    }

    /// The password that is good for a person now.
    pub(crate) fn password_of(&self, login: &str) -> String {
        self.people.iter().find(|(p, _)| p.login == login).map_or_else(String::new, |(_, password)| password.clone())
    }

    /// Whether the person has shown themselves in this browser, and not their machine for them, since `since`, under their present epoch.
    pub(crate) fn opened_since(&self, id: PersonId, browser: &str, since: Timestamp) -> bool {
        let epoch = self.person(id).map(|p| p.auth_epoch);
        let opened =
            |m: &Material| m.person == id && m.method.opens() && !m.method.is_silent() && m.at >= since && Some(m.epoch) == epoch;
        self.ledger.iter().any(|(m, at)| opened(m) && at == browser)
    }

    /// The code that is good next for the first usable token of a person.
    pub(crate) fn code_of(&self, login: &str) -> String {
        let person = self.people.iter().find(|(p, _)| p.login == login).map(|(p, _)| p.id);
        let token = self.tokens.iter().find(|t| Some(t.person) == person && t.confirmed && !t.locked);
        token.map_or_else(|| "none".to_owned(), Token::code)
    }
}

/// The world; all clones share it.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) inner: Arc<Mutex<Inner>>,
    pub(crate) clock: Clock,
    pub(crate) chance: Entropy,
}

pub(crate) const START: Timestamp = Timestamp::from_seconds(1_700_000_000);

impl World {
    /// Ada (no token), Bob (one TOTP) and Eve (two TOTP), each with their name as password; two factors are demanded.
    pub(crate) fn new(seed: u64) -> Self {
        let chance = Entropy::seeded(seed);
        let people = ["ada", "bob", "eve"].map(|login| (somebody(&chance, login), login.to_owned())).to_vec();
        let token = |serial: &str, owner: usize| Token {
            serial: serial.to_owned(),
            person: people[owner].0.id,
            kind: "totp",
            spent: 0,
            confirmed: true,
            locked: false,
        };
        let tokens = vec![token("TOTPB", 1), token("TOTPE1", 2), token("TOTPE2", 2)];
        let inner = Inner {
            tokens,
            people,
            challenges: BTreeMap::new(),
            demand: demand(Level::Double),
            ledger: Vec::new(),
            violations: Vec::new(),
            tried: 0,
            events: Vec::new(),
            recovery_issued: Vec::new(),
            limited: false,
            out: false,
            silent: false,
            changes: BTreeMap::new(),
            used: Vec::new(),
            next: 0,
        };
        Self { inner: Arc::new(Mutex::new(inner)), clock: Clock::fixed(START), chance }
    }

    pub(crate) fn get(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn ports(&self) -> Ports {
        let world = Arc::new(self.clone());
        Ports { people: world.clone(), factors: world.clone(), decisions: world.clone(), budgets: world.clone(), events: world }
    }

    pub(crate) fn logins(&self, db: &db::Db) -> Logins {
        let keys = keys::Keys::for_tests();
        Logins::new(db.clone(), &keys, self.chance.clone(), self.ports(), LoginSettings::default())
    }

    pub(crate) fn origin(&self) -> Origin {
        Origin {
            at: self.clock.now(),
            request: "r1".to_owned(),
            door: Door::Pages,
            client: Some([192, 0, 2, 1].into()),
            relay: None,
            user_agent: "test".to_owned(),
            language: None,
            node: "n1".to_owned(),
            issuer: "https://id.example".to_owned(),
        }
    }

    pub(crate) fn id(&self, login: &str) -> PersonId {
        self.get().person_mut(login).id
    }
}

fn somebody(chance: &Entropy, login: &str) -> Person {
    Person {
        id: PersonId::new(chance, START),
        login: login.to_owned(),
        realm: "default".to_owned(),
        display_name: login.to_uppercase(),
        attributes: BTreeMap::new(),
        auth_epoch: 1,
        enabled: true,
    }
}

/// What policy demands when nothing special is said.
pub(crate) fn demand(level: Level) -> Demand {
    Demand {
        allowed: true,
        level,
        kinds: None,
        ask_pin: false,
        max_ages: Vec::<(FactorClass, Duration)>::new(),
        enrol: vec![EnrolKind { kind: "totp".to_owned() }],
        recovery_codes: true,
        session_idle: Duration::from_secs(3600),
        session_absolute: Duration::from_secs(12 * 3600),
        consent: ConsentRule::Remember,
        known_device: Duration::ZERO,
        reasons: Vec::new(),
    }
}

/// A party of others.
pub(crate) fn party(id: &str) -> Party {
    Party { kind: PartyKind::Oidc, id: id.to_owned(), name: id.to_owned(), trusted: false, ..Party::portal() }
}

/// A plain request of a party.
pub(crate) fn sign_in(id: &str) -> SignIn {
    SignIn::new(party(id), format!("ticket of {id}"))
}

/// A browser with its cookies.
pub(crate) fn browser(binding: &str) -> Browser {
    Browser { binding: SecretText::new(binding), session: None, device: None, is_transient: false }
}
