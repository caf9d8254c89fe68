//! How many tokens a person and a realm may have.
//!
//! A limit is looked at twice: when it is decided, for the words of the refusal, and by a guard of the commit, so that several who
//! enrol at the same time cannot exceed it together. Guards are pushed before the token that they make room for.

use db::{Batch, Db};
use kernel::ids::PersonId;

use crate::operation::Failure;
use crate::policy::actions::enrollment::{
    MAX_ACTIVE_KIND_PER_USER, MAX_ACTIVE_TOKEN_PER_USER, MAX_KIND_PER_USER, MAX_TOKEN_PER_REALM, MAX_TOKEN_PER_USER,
};
use crate::policy::{At, Fault};
use crate::tokens::store::turn::{self, Counted};
use crate::tokens::{KindRef, Token, store};

/// The limits for one kind of token, as policies say.
pub struct Limits {
    kind: KindRef,
    all: Option<u32>,
    of_kind: Option<u32>,
    active: Option<u32>,
    active_of_kind: Option<u32>,
    realm: Option<u32>,
}

fn below(count: usize, limit: Option<u32>, message: &str) -> Result<(), Failure> {
    match limit {
        Some(limit) if count >= usize::try_from(limit).unwrap_or(usize::MAX) => Err(Failure::policy(message)),
        _ => Ok(()),
    }
}

impl Limits {
    /// Asks policies.
    ///
    /// # Errors
    /// [`Fault`] when policies contradict each other or cannot be decided.
    pub fn read(kind: KindRef, at: &At<'_>) -> Result<Self, Fault> {
        let name = kind.spec().name;
        Ok(Self {
            kind,
            all: at.get(&MAX_TOKEN_PER_USER)?,
            of_kind: at.get(&MAX_KIND_PER_USER.of(name))?,
            active: at.get(&MAX_ACTIVE_TOKEN_PER_USER)?,
            active_of_kind: at.get(&MAX_ACTIVE_KIND_PER_USER.of(name))?,
            realm: at.get(&MAX_TOKEN_PER_REALM)?,
        })
    }

    fn is_of_kind(&self, token: &Token) -> bool {
        token.kind.spec().name == self.kind.spec().name
    }

    /// Whether a person with these tokens may have one more, active one.
    ///
    /// # Errors
    /// [`Failure`] of policy when a limit is reached.
    pub fn admit(&self, tokens: &[Token]) -> Result<(), Failure> {
        let of_kind = tokens.iter().filter(|token| self.is_of_kind(token)).count();
        below(tokens.len(), self.all, "The number of tokens for this user is limited!")?;
        below(of_kind, self.of_kind, "The number of tokens of this type for this user is limited!")?;
        self.admit_active(tokens)
    }

    /// Whether one more of these tokens may become active.
    ///
    /// # Errors
    /// [`Failure`] of policy when a limit is reached.
    pub fn admit_active(&self, tokens: &[Token]) -> Result<(), Failure> {
        let active = || tokens.iter().filter(|token| token.active);
        let of_kind = active().filter(|token| self.is_of_kind(token)).count();
        below(active().count(), self.active, "The number of active tokens for this user is limited!")?;
        below(of_kind, self.active_of_kind, "The number of active tokens of this type for this user is limited!")
    }

    /// Whether each of these realms may have one more token.
    ///
    /// # Errors
    /// [`Failure`] of policy when a limit is reached; when the database fails.
    pub async fn admit_to_realms(&self, db: &Db, realms: &[String]) -> Result<(), Failure> {
        let Some(limit) = self.realm else { return Ok(()) };
        for realm in realms {
            if store::count_of_realm(db, realm).await? >= i64::from(limit) {
                return Err(Failure::policy("The maximum number of tokens for the realm is reached!"));
            }
        }
        Ok(())
    }

    /// The batch commits only if [`Limits::admit`] holds then.
    pub fn hold(&self, batch: &mut Batch, person: PersonId) {
        let name = self.kind.spec().name;
        hold(batch, person, [(self.all, Counted::All), (self.of_kind, Counted::Kind(name))]);
        self.hold_active(batch, person);
    }

    /// The batch commits only if [`Limits::admit_active`] holds then.
    pub fn hold_active(&self, batch: &mut Batch, person: PersonId) {
        let name = self.kind.spec().name;
        hold(batch, person, [(self.active, Counted::Active), (self.active_of_kind, Counted::ActiveKind(name))]);
    }

    /// The batch commits only if [`Limits::admit_to_realms`] holds then.
    pub fn hold_realms(&self, batch: &mut Batch, realms: &[String]) {
        let Some(limit) = self.realm else { return };
        // Always in the same order, or two who wait for each other would never end.
        let mut realms: Vec<&String> = realms.iter().collect();
        realms.sort_unstable();
        realms.dedup();
        realms.into_iter().for_each(|realm| turn::fewer_in_realm(batch, realm, limit));
    }
}

fn hold<const N: usize>(batch: &mut Batch, person: PersonId, limits: [(Option<u32>, Counted<'_>); N]) {
    for (limit, counted) in limits {
        if let Some(limit) = limit {
            turn::fewer(batch, person, counted, limit);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Mfa;
    use crate::operation::{Code, Operation, Params};
    use crate::people::ops::AddUser;
    use crate::policy::{Definition, parse_actions};
    use crate::testing::{administer, operate, params, ready, sqlite, with_policy};
    use crate::token_ops::{DisableToken, EnableToken, InitToken, ListTokens};

    async fn person(sys: &Mfa, login: &str) {
        operate(sys, &AddUser, Params::of([("user", login), ("resolver", "internal"), ("password", "geheim")])).await.unwrap();
    }

    async fn limited(sys: &Mfa, action: &str) {
        let (name, scope, action) = ("limit".to_owned(), "enrollment".to_owned(), parse_actions(action).unwrap());
        with_policy(sys, Definition { name, scope, action, ..Definition::default() }).await;
    }

    /// How many of these calls at the same time succeed; the others are refused for the limit and for nothing else.
    async fn at_once<O: Operation + Send + Sync + 'static>(sys: &Mfa, op: fn() -> O, calls: Vec<Value>) -> usize {
        let calls = calls.into_iter().map(|json| {
            let sys = sys.clone();
            tokio::spawn(async move { administer(&sys, &op(), params(json)).await.map(drop) })
        });
        let mut done = 0;
        for outcome in futures::future::join_all(calls).await {
            match outcome.unwrap() {
                Ok(()) => done += 1,
                Err(failure) => assert!(failure.code == Code::Policy, "{failure}"),
            }
        }
        done
    }

    async fn count(sys: &Mfa, filter: Value) -> u64 {
        administer(sys, &ListTokens, params(filter)).await.unwrap().output.count
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn enrolments_at_the_same_time_stay_within_the_limits() {
        for db in db::testing::all().await {
            let sys = ready((*db).clone()).await;
            for login in ["ada", "bob", "eve"] {
                person(&sys, login).await;
            }
            limited(&sys, "max_token_per_user=5, totp_max_token_per_user=3, max_token_per_realm=6").await;
            let totp = |user: &str| json!({"type": "totp", "genkey": 1, "user": user});
            let hotp = |user: &str| json!({"type": "hotp", "genkey": 1, "user": user});
            assert_eq!(at_once(&sys, || InitToken, vec![totp("ada"); 8]).await, 3, "of a kind, on {:?}", db.dialect());
            assert_eq!(at_once(&sys, || InitToken, vec![hotp("ada"); 8]).await, 2, "of a person, on {:?}", db.dialect());
            let others = [vec![hotp("bob"); 4], vec![hotp("eve"); 4]].concat();
            assert_eq!(at_once(&sys, || InitToken, others).await, 1, "of a realm, on {:?}", db.dialect());
            assert_eq!(count(&sys, json!({})).await, 6);
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn tokens_enabled_at_the_same_time_stay_within_the_limit() {
        for db in db::testing::all().await {
            let sys = ready((*db).clone()).await;
            person(&sys, "ada").await;
            for n in 0..4 {
                let serial = format!("H{n}");
                let json = json!({"type": "hotp", "genkey": 1, "user": "ada", "serial": serial});
                administer(&sys, &InitToken, params(json)).await.unwrap();
            }
            administer(&sys, &DisableToken, params(json!({"user": "ada"}))).await.unwrap();
            limited(&sys, "max_active_token_per_user=2").await;
            let calls = (0..4).map(|n| json!({"serial": format!("H{n}")})).collect();
            assert_eq!(at_once(&sys, || EnableToken, calls).await, 2, "{:?}", db.dialect());
            assert_eq!(count(&sys, json!({"active": "1"})).await, 2);
        }
    }

    #[tokio::test]
    async fn what_is_enabled_or_completed_counts_at_once() {
        let (sys, _db) = sqlite().await;
        person(&sys, "ada").await;
        let begin = |serial: &str| json!({"type": "totp", "2stepinit": 1, "user": "ada", "serial": serial});
        for serial in ["T1", "T2"] {
            administer(&sys, &InitToken, params(begin(serial))).await.unwrap();
        }
        limited(&sys, "max_active_token_per_user=1").await;
        // Both were begun while none was active: one of them can be completed.
        let complete = |serial: &str| params(json!({"type": "totp", "serial": serial, "otpkey": "0011223344556677"}));
        administer(&sys, &InitToken, complete("T1")).await.unwrap();
        let second = administer(&sys, &InitToken, complete("T2")).await;
        assert_eq!(second.err().map(|failure| failure.code), Some(Code::Policy));
        administer(&sys, &DisableToken, params(json!({"user": "ada"}))).await.unwrap();
        let both = administer(&sys, &EnableToken, params(json!({"user": "ada"}))).await;
        assert_eq!(both.err().map(|failure| failure.code), Some(Code::Policy));
        assert_eq!(count(&sys, json!({"active": "1"})).await, 0, "all of them or none");
        // Another seed brings a disabled token back to life: that counts too.
        administer(&sys, &EnableToken, params(json!({"serial": "T1"}))).await.unwrap();
        let json = json!({"type": "totp", "serial": "T2", "genkey": 1, "rollover": 1});
        let again = administer(&sys, &InitToken, params(json)).await;
        assert_eq!(again.err().map(|failure| failure.code), Some(Code::Policy));
    }
}
