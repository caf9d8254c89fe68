//! The end of enrolments that their owners began and did not complete. A key that was shown on some screen and never confirmed is not
//! to lie around, nor to count against how many tokens a person may have.

use std::time::Duration;

use audit::Origin;
use kernel::Timestamp;
use kernel::ids::TokenId;

use super::select::{owner, record};
use crate::Mfa;
use crate::challenge;
use crate::operation::{Access, Answer, Call, Caller, Failure, Operation, Params, perform};
use crate::tokens::store;

/// Removes one token, if its enrolment is still unfinished.
struct ExpireEnrolment {
    token: TokenId,
    begun_before: Timestamp,
}

impl Operation for ExpireEnrolment {
    const EVENT: &'static str = "enrolment_expire";
    const ACCESS: Access = Access::Operator;
    type Input = ();
    /// Whether there was something to remove.
    type Output = bool;

    async fn run(&self, sys: &Mfa, call: &mut Call, (): &()) -> Result<bool, Failure> {
        // Completing it raises the version of the token, so that of both only one commits.
        let Some(token) = store::unfinished(&sys.db, self.token, self.begun_before).await? else {
            store::enrolment::over(&mut call.batch, self.token);
            return Ok(false);
        };
        record(call, &token);
        // A user store that does not answer must not keep the token.
        match owner(sys, &token).await {
            Ok(Some(owner)) => call.concerns(&owner),
            Ok(None) | Err(_) => call.audit.person = token.owner.as_ref().map(|owner| owner.person),
        }
        store::delete(&mut call.batch, &token);
        challenge::store::forget_token(&mut call.batch, token.id);
        Ok(true)
    }

    fn answer(&self, removed: &bool) -> Answer {
        Answer::value(*removed)
    }
}

impl Mfa {
    /// Removes up to `most` tokens that their owners began to enrol longer ago than the setting `EnrollmentExpiry` says and did not
    /// complete; returns how many were due. Each of them is recorded. Call again while it returns `most`.
    ///
    /// # Errors
    /// [`Failure`]; those that were removed before stay removed.
    pub async fn expire_enrolments(&self, origin: &Origin, most: u32) -> Result<usize, Failure> {
        let hours = self.settings.load().enrollment_expiry;
        if hours == 0 {
            return Ok(0);
        }
        let begun_before = origin.at - Duration::from_secs(u64::from(hours) * 3600);
        let due = store::enrolment::before(&self.db, begun_before, most).await?;
        for token in &due {
            let caller = Caller::Operator("cleanup".to_owned());
            let call = Call::new(origin.clone(), caller, "expire enrolment", Params::default());
            perform(self, &ExpireEnrolment { token: *token, begun_before }, call).await?;
        }
        Ok(due.len())
    }
}

#[cfg(test)]
mod tests {
    use audit::Door;
    use serde_json::{Value, json};

    use super::*;
    use crate::people::Person;
    use crate::people::ops::AddUser;
    use crate::settings::ops::SetSettings;
    use crate::testing::{administer, call, operate, params, ready};
    use crate::token_ops::{InitToken, own};
    use crate::tokens::oath::{Generator, Hash};

    const HOUR: Duration = Duration::from_secs(3600);

    async fn person(sys: &Mfa, login: &str) -> Person {
        operate(sys, &AddUser, Params::of([("user", login), ("resolver", "internal"), ("password", "geheim")])).await.unwrap();
        sys.people.resolve(&sys.name(login, None)).await.unwrap().unwrap()
    }

    async fn begin(sys: &Mfa, who: &Person) -> own::Begun {
        own::begin(sys, call(sys, Caller::Person(who.clone()), Params::default()), "totp").await.unwrap()
    }

    async fn sweep(sys: &Mfa, most: u32) -> usize {
        sys.expire_enrolments(&Origin::local(Door::Job, sys.clock.now(), "job", "n"), most).await.unwrap()
    }

    async fn left(sys: &Mfa, who: &Person) -> Vec<String> {
        sys.tokens_of(who.id).await.unwrap().into_iter().map(|token| token.serial).collect()
    }

    fn now(sys: &Mfa, begun: &own::Begun) -> kernel::SecretText {
        let seed = data_encoding::BASE32.decode(begun.key.expose().as_bytes()).unwrap();
        let step = u64::try_from(sys.clock.now().seconds() / 30).unwrap();
        Generator::new(Hash::Sha1, &kernel::SecretBytes::new(seed), 6).code(step)
    }

    async fn given(sys: &Mfa, json: Value) {
        administer(sys, &InitToken, params(json)).await.unwrap();
    }

    #[tokio::test]
    async fn only_what_owners_began_and_left_is_removed() {
        for db in db::testing::all().await {
            let sys = ready((*db).clone()).await;
            let (ada, eve) = (person(&sys, "ada").await, person(&sys, "eve").await);
            given(&sys, json!({"type": "totp", "genkey": 1, "user": "ada", "serial": "ADMIN1", "confirm": 1})).await;
            given(&sys, json!({"type": "totp", "2stepinit": 1, "user": "ada", "serial": "ADMIN2"})).await;
            for _ in 0..3 {
                begin(&sys, &ada).await;
            }
            let kept = begin(&sys, &eve).await;
            let token = sys.tokens_of(eve.id).await.unwrap().remove(0);
            let confirming = call(&sys, Caller::Person(eve.clone()), Params::default());
            own::confirm(&sys, confirming, &token, &now(&sys, &kept)).await.unwrap();
            sys.clock.advance(23 * HOUR);
            let young = begin(&sys, &ada).await;
            assert_eq!(sweep(&sys, 10).await, 0, "{:?}", db.dialect());
            sys.clock.advance(2 * HOUR);
            assert_eq!((sweep(&sys, 2).await, sweep(&sys, 2).await, sweep(&sys, 2).await), (2, 1, 0));
            assert_eq!(left(&sys, &ada).await, ["ADMIN1", "ADMIN2", &young.serial]);
            assert_eq!(left(&sys, &eve).await, [kept.serial]);
        }
    }

    #[tokio::test]
    async fn an_enrolment_that_is_completed_meanwhile_stays() {
        let (sys, _db) = crate::testing::sqlite().await;
        let ada = person(&sys, "ada").await;
        let begun = begin(&sys, &ada).await;
        let token = sys.tokens_of(ada.id).await.unwrap().remove(0);
        sys.clock.advance(25 * HOUR);
        // The sweep has found it when its owner comes back.
        let confirming = call(&sys, Caller::Person(ada.clone()), Params::default());
        own::confirm(&sys, confirming, &token, &now(&sys, &begun)).await.unwrap();
        let op = ExpireEnrolment { token: token.id, begun_before: sys.clock.now() };
        assert!(!operate(&sys, &op, Params::default()).await.unwrap().output);
        assert_eq!(left(&sys, &ada).await, [begun.serial]);
    }

    #[tokio::test]
    async fn the_expiry_is_a_setting() {
        let (sys, _db) = crate::testing::sqlite().await;
        let ada = person(&sys, "ada").await;
        begin(&sys, &ada).await;
        administer(&sys, &SetSettings, params(json!({"EnrollmentExpiry": "0"}))).await.unwrap();
        sys.clock.advance(1000 * HOUR);
        assert_eq!(sweep(&sys, 10).await, 0);
        administer(&sys, &SetSettings, params(json!({"EnrollmentExpiry": "1001"}))).await.unwrap();
        assert_eq!(sweep(&sys, 10).await, 0);
        sys.clock.advance(2 * HOUR);
        assert_eq!(sweep(&sys, 10).await, 1);
    }
}
