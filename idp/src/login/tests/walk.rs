//! Random walks: every input in every state, replays, second tabs, two browsers, expired and foreign flows, people who are
//! disabled, reset or locked meanwhile, passwords that must be changed, tickets in place of them, stores that are out, policies that change. Whatever happens, a success is covered by the ledger of what
//! was truly proven, in that browser, freshly enough.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;

use super::*;
use crate::assurance::{AcrRequest, FactorClass, Level};
use crate::login::{ConsentAsk, Prompts, Purpose};
use crate::ports::{ChangeReason, ConsentRule, EnrolKind, Polled};
use crate::testing::{DOMAIN_AGE, demand, sign_in};

const PEOPLE: [&str; 3] = ["ada", "bob", "eve"];
const ABSOLUTE: Duration = Duration::from_secs(12 * 3600);

#[derive(Clone, Debug)]
enum Op {
    Start {
        browser: usize,
        request: usize,
    },
    /// The right answer to whatever is shown, as this person.
    Right {
        browser: usize,
        who: usize,
    },
    /// Any input to any flow, in any browser, as any version.
    Any {
        browser: usize,
        flow: usize,
        version: Version,
        input: usize,
        who: usize,
    },
    Show {
        browser: usize,
        flow: usize,
    },
    Restart {
        browser: usize,
        flow: usize,
    },
    Wait(u64),
    World {
        change: usize,
        who: usize,
    },
}

#[derive(Clone, Copy, Debug)]
enum Version {
    Shown,
    Before,
    Of(i64),
}

fn op() -> impl Strategy<Value = Op> {
    let version = prop_oneof![4 => Just(Version::Shown), 1 => Just(Version::Before), 1 => (0..9_i64).prop_map(Version::Of)];
    prop_oneof![
        4 => (0..2_usize, 0..REQUESTS).prop_map(|(browser, request)| Op::Start { browser, request }),
        14 => (0..2_usize, 0..3_usize).prop_map(|(browser, who)| Op::Right { browser, who }),
        6 => (0..2_usize, 0..4_usize, version, 0..18_usize, 0..3_usize)
            .prop_map(|(browser, flow, version, input, who)| Op::Any { browser, flow, version, input, who }),
        1 => (0..2_usize, 0..4_usize).prop_map(|(browser, flow)| Op::Show { browser, flow }),
        1 => (0..2_usize, 0..4_usize).prop_map(|(browser, flow)| Op::Restart { browser, flow }),
        2 => prop_oneof![Just(5), Just(70), Just(700), Just(1900), Just(4000), Just(40_000)].prop_map(Op::Wait),
        2 => (0..13_usize, 0..3_usize).prop_map(|(change, who)| Op::World { change, who }),
    ]
}

const REQUESTS: usize = 10;

fn request(n: usize, world: &World) -> SignIn {
    let prompts = |set: fn(&mut Prompts)| {
        let mut prompts = Prompts::default();
        set(&mut prompts);
        SignIn { prompts, ..sign_in("app") }
    };
    let ask = ConsentAsk { scopes: vec!["email".to_owned()], claims: Vec::new() };
    match n {
        0 | 1 => sign_in("app"),
        2 => prompts(|p| p.none = true),
        3 => prompts(|p| p.login = true),
        4 => prompts(|p| p.select_account = true),
        5 => SignIn { ask, ..prompts(|p| p.consent = true) },
        6 => SignIn { ask, max_age: Some(Duration::from_secs(60)), ..sign_in("other") },
        7 => SignIn { acr: AcrRequest { values: vec!["2".to_owned()], essential: true }, ..sign_in("vault") },
        8 => SignIn::fresh_proof("factors", world.id("bob"), Duration::from_secs(300)),
        _ => SignIn { login_hint: Some("ada".to_owned()), ..sign_in("other") },
    }
}

/// One walk: two browsers, one world, and all that was ever shown.
struct Walk {
    world: World,
    logins: Logins,
    browsers: [Browser; 2],
    /// Flow, version and version before it, browser, request, when it began.
    flows: Vec<Seen>,
    current: [Option<usize>; 2],
    consents: BTreeSet<(String, String)>,
}

struct Seen {
    id: FlowId,
    version: i64,
    before: i64,
    browser: usize,
    request: SignIn,
    began: kernel::Timestamp,
    view: Option<Box<View>>,
    /// Who has consented in it.
    consent: Option<String>,
}

static SUCCESSES: AtomicUsize = AtomicUsize::new(0);

impl Walk {
    fn new(db: &db::Db, seed: u64) -> Self {
        let world = World::new(seed);
        let logins = world.logins(db);
        let browsers = ["one", "two"].map(|name| browser(&format!("{name} {seed}")));
        Self { world, logins, browsers, flows: Vec::new(), current: [None, None], consents: BTreeSet::new() }
    }

    fn origin(&self, browser: usize) -> audit::Origin {
        audit::Origin { user_agent: format!("browser {browser}"), ..self.world.origin() }
    }

    async fn go(&mut self, op: Op) {
        self.world.clock.advance(Duration::from_secs(1));
        match op {
            Op::Start { browser, request: n } => {
                let request = request(n, &self.world);
                let progress = self.logins.start(&self.origin(browser), request.clone(), &self.browsers[browser]).await;
                let began = self.world.clock.now();
                self.after(progress.unwrap(), browser, &request, began, None).await;
            }
            Op::Right { browser, who } => {
                let Some(at) = self.current[browser] else { return };
                let Some(input) = self.right(at, PEOPLE[who]) else { return };
                self.send(browser, at, self.flows[at].version, input).await;
            }
            Op::Any { browser, flow, version, input, who } => {
                let Some(at) = self.flows.len().checked_sub(1 + flow) else { return };
                let version = match version {
                    Version::Shown => self.flows[at].version,
                    Version::Before => self.flows[at].before,
                    Version::Of(n) => n,
                };
                let input = self.any(input, PEOPLE[who]);
                self.send(browser, at, version, input).await;
            }
            Op::Show { browser, flow } => {
                let Some(seen) = self.flows.iter().rev().nth(flow) else { return };
                let shown = self.logins.show(&self.origin(browser), seen.id, &self.browsers[browser]).await.unwrap();
                let own = seen.browser == browser;
                assert!(own || matches!(shown, Progress::Gone { party: None, .. }), "a foreign flow: {}", describe(&shown));
                assert!(!matches!(shown, Progress::Authenticated { .. } | Progress::Failed(_)));
            }
            Op::Restart { browser, flow } => {
                let Some(at) = self.flows.len().checked_sub(1 + flow) else { return };
                let (id, request) = (self.flows[at].id, self.flows[at].request.clone());
                let progress = self.logins.restart(&self.origin(browser), id, &self.browsers[browser]).await.unwrap();
                let began = self.world.clock.now();
                self.after(progress, browser, &request, began, None).await;
            }
            Op::Wait(seconds) => self.world.clock.advance(Duration::from_secs(seconds)),
            Op::World { change, who } => self.change(change, PEOPLE[who]),
        }
    }

    fn change(&self, change: usize, who: &str) {
        let mut world = self.world.get();
        match change {
            0 => world.person_mut(who).enabled = false,
            1 | 2 => world.person_mut(who).enabled = true,
            3 => world.person_mut(who).auth_epoch += 1,
            4 => world.tokens.iter_mut().take(1).for_each(|t| t.locked = true),
            5 => world.tokens.iter_mut().for_each(|t| t.locked = false),
            6 => world.demand = demand(Level::Single),
            7 => {
                world.demand = demand(Level::Double);
                world.demand.enrol.push(EnrolKind { kind: "hotp".to_owned() });
            }
            8 | 9 => {
                let id = world.person_mut(who).id;
                let reason = if change == 8 { ChangeReason::Expired } else { ChangeReason::Grace { left: 1 } };
                world.changes.insert(id, reason);
            }
            10 => world.out = true,
            11 => world.out = false,
            _ => {
                world.tokens.iter_mut().take(2).for_each(|t| t.kind = "push");
                world.challenges.values_mut().for_each(|c| c.state = Polled::Ready);
            }
        }
    }

    /// The right answer to what a flow shows.
    fn right(&self, at: usize, who: &str) -> Option<Input> {
        let seen = &self.flows[at];
        let mut world = self.world.get();
        Some(match &seen.view.as_ref()?.step {
            StepView::Password { fixed: true, name, .. } => password("", &world.password_of(name.as_deref().unwrap_or(who))),
            StepView::Password { .. } => password(who, &world.password_of(who)),
            StepView::ChangePassword { login, .. } => change_password(&world.password_of(login), &format!("{login} {at}")),
            StepView::Account { .. } => Input::Continue,
            StepView::Choose { factors } => Input::Choose { factor: factors.first()?.id.clone() },
            StepView::Factor { mode: crate::ports::AnswerMode::Approve, .. } => {
                world.challenges.values_mut().for_each(|c| c.state = Polled::Ready);
                Input::Approved
            }
            StepView::Factor { factor, .. } => code_input(&world.token_mut(&factor.id)?.code()),
            StepView::EnrolChoice { kinds } => Input::Enrol { kind: kinds.first()?.clone() },
            StepView::Enrol { serial, .. } => code_input(&world.token_mut(serial)?.code()),
            StepView::Codes { .. } => Input::Kept,
            StepView::Consent { .. } => Input::Consent { accept: true },
            StepView::Refused { .. } => Input::Cancel,
        })
    }

    fn any(&self, n: usize, who: &str) -> Input {
        let used = self.world.get().used.len();
        match n {
            0 => password(who, &self.world.get().password_of(who)),
            1 => password(who, "wrong"),
            2 => Input::Continue,
            3 => Input::SwitchAccount,
            4 => Input::Choose { factor: "TOTPB".to_owned() },
            5 => Input::OtherFactor,
            6 => code_input(&self.world.get().code_of(who)),
            7 => code_input("wrong"),
            8 => Input::Approved,
            9 => Input::Enrol { kind: "totp".to_owned() },
            10 => Input::Kept,
            11 => Input::Consent { accept: true },
            12 => Input::Skip,
            13 => change_password(who, "another"),
            14 => change_password("wrong", "another"),
            15 => ticket(who, used),
            16 => ticket(who, used.saturating_sub(1)),
            _ => Input::Cancel,
        }
    }

    async fn send(&mut self, browser: usize, at: usize, version: i64, input: Input) {
        let seen = &mut self.flows[at];
        let asked = seen.view.as_ref().filter(|v| matches!(v.step, StepView::Consent { .. }) && v.version == version);
        if matches!(input, Input::Consent { accept: true }) && seen.browser == browser {
            seen.consent = asked.and_then(|view| view.person.clone()).or(seen.consent.take());
        }
        let consent = seen.consent.clone();
        let (seen, origin) = (&self.flows[at], self.origin(browser));
        let (id, request, began, own) = (seen.id, seen.request.clone(), seen.began, seen.browser == browser);
        let progress = self.logins.answer(&origin, id, version, &self.browsers[browser], input).await.unwrap();
        assert!(own || matches!(progress, Progress::Gone { party: None, .. }), "a foreign flow: {}", describe(&progress));
        self.after(progress, browser, &request, began, consent).await;
    }

    async fn after(
        &mut self,
        progress: Progress,
        browser: usize,
        request: &SignIn,
        began: kernel::Timestamp,
        consent: Option<String>,
    ) {
        match progress {
            Progress::Show(view) => {
                assert!(!request.prompts.none, "shown silently");
                match self.flows.iter_mut().position(|seen| seen.id == view.flow) {
                    Some(at) => {
                        let seen = &mut self.flows[at];
                        if seen.version != view.version {
                            (seen.before, seen.version) = (seen.version, view.version);
                        }
                        seen.view = Some(view);
                        self.current[browser] = Some(at);
                    }
                    None => {
                        let (id, version) = (view.flow, view.version);
                        let request = request.clone();
                        self.flows.push(Seen {
                            id,
                            version,
                            before: 0,
                            browser,
                            request,
                            began,
                            view: Some(view),
                            consent: None,
                        });
                        self.current[browser] = Some(self.flows.len() - 1);
                    }
                }
            }
            Progress::Authenticated { success, session, .. } => {
                if let Some(token) = session {
                    self.browsers[browser].session = Some(token);
                }
                SUCCESSES.fetch_add(1, Ordering::Relaxed);
                self.check(&success, browser, request, began, consent.as_deref());
                let quiet = SignIn { ask: ConsentAsk::default(), ..sign_in("app") };
                let (origin, browser) = (self.origin(browser), &self.browsers[browser]);
                let here = self.logins.recognise(&origin, quiet, browser).await.unwrap();
                assert!(here.is_none_or(|here| here.session() == success.session()));
            }
            Progress::Failed(_) | Progress::Gone { .. } => {}
        }
        assert_eq!(self.world.get().violations, Vec::<String>::new());
    }

    /// The heart of it: is this success covered by what was truly proven?
    fn check(&mut self, s: &Authenticated, browser: usize, request: &SignIn, began: kernel::Timestamp, consent: Option<&str>) {
        let world = self.world.get();
        let person = world.person(s.person_id()).unwrap();
        assert!(person.enabled && person.auth_epoch == s.auth_epoch());
        assert!(request.subject.is_none_or(|subject| subject == person.id));

        let now = self.world.clock.now();
        let oldest = match request.max_age {
            _ if request.prompts.login => began,
            Some(age) => began - age,
            // Absolute lifetime of a session, extended by each new password within it: a password this young must be there.
            None => kernel::Timestamp::default(),
        };
        let here = format!("browser {browser}");
        let true_here = |m: &&(crate::assurance::Material, String)| {
            let (m, at) = *m;
            m.person == person.id && m.epoch == person.auth_epoch && m.at >= oldest && *at == here
        };
        let proven: Vec<_> = world.ledger.iter().filter(true_here).map(|(m, _)| m).collect();
        let classes: BTreeSet<FactorClass> = proven.iter().map(|m| m.class).collect();
        let password = proven.iter().filter(|m| m.method.opens()).map(|m| m.at).max();
        // A ticket is as old as the sign-in to the domain.
        assert!(password.is_some_and(|at| now.since(at) < ABSOLUTE + DOMAIN_AGE), "no password for {}", person.login);
        let acted = proven.iter().any(|m| m.method.opens() && !m.method.is_silent());
        assert!(acted || !request.prompts.login, "{} was to act, and their machine did", person.login);

        let has_factor = world.tokens.iter().any(|t| t.person == person.id && t.confirmed);
        let managing = request.purpose == Purpose::ManageFactors && has_factor;
        let strict = world.demand.level >= Level::Double || request.acr.essential || managing;
        assert!(!strict || classes.len() >= 2, "{} factors for {}", classes.len(), person.login);
        assert!(s.level() < Level::Double || classes.len() >= 2, "a level that was not reached");
        assert!(s.amr().contains(&"mfa".to_owned()) == (s.level() >= Level::Double));
        assert!(s.auth_time() >= oldest && s.auth_time() <= now);

        let accepted = consent == Some(&person.login);
        let key = (person.login.clone(), request.party.id.clone());
        assert!(!request.prompts.consent || accepted, "consent was demanded");
        if accepted && world.demand.consent == ConsentRule::Remember {
            self.consents.insert(key.clone());
        }
        assert!(request.ask.is_empty() || self.consents.contains(&key), "no consent of {key:?}");
    }
}

fn walks(cases: u32, db: &TestDb, runtime: &tokio::runtime::Runtime) {
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let strategy = (any::<u64>(), prop::collection::vec(op(), 10..60));
    let outcome = runner.run(&strategy, |(seed, ops)| {
        runtime.block_on(async {
            let mut walk = Walk::new(db, seed);
            for op in ops {
                walk.go(op).await;
            }
        });
        Ok(())
    });
    outcome.unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn no_walk_reaches_success_without_the_demanded_proofs() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let db = runtime.block_on(db::testing::one(Dialect::Sqlite));
    let cases = ProptestConfig::default().cases;
    walks(cases, &db, &runtime);
    let successes = SUCCESSES.load(Ordering::Relaxed);
    assert!(successes > cases as usize, "the walks see too few successes to mean anything: {successes}");
}
