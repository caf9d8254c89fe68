//! Actions of scope `authorization` that add to the detail of an answer or drop it.

use async_trait::async_trait;
use serde_json::{Map, Value};

use crate::Mfa;
use crate::operation::{Answer, Authentication, Call, Failure, Hook};
use crate::people::Person;
use crate::policy::actions::authorization::{
    ADD_RESOLVER_IN_RESPONSE, ADD_USER_IN_RESPONSE, NO_DETAIL_ON_FAIL, NO_DETAIL_ON_SUCCESS,
};
use crate::policy::{Policies, Scope};

pub(super) struct Answers(pub(super) Policies);

#[async_trait]
impl Hook for Answers {
    fn takes_part(&self, event: &str) -> bool {
        matches!(event, "auth" | "validate_check") && self.0.load().is_active(Scope::Authorization)
    }

    async fn after(&self, sys: &Mfa, call: &mut Call, _: &str, answer: &mut Answer) -> Result<(), Failure> {
        let person = match call.audit.person {
            Some(id) => sys.people.by_id(id).await?,
            None => None,
        };
        let realm = call.audit.realm.clone();
        call.ask(sys, person.as_ref(), |_, at| {
            match answer.authentication {
                Some(Authentication::Accept) => {
                    if let Some(person) = &person {
                        let detail = answer.detail.get_or_insert_with(Map::new);
                        if at.any(&ADD_USER_IN_RESPONSE)? {
                            detail.insert("user".to_owned(), shown(person));
                        }
                        if at.any(&ADD_RESOLVER_IN_RESPONSE)? {
                            detail.insert("user-resolver".to_owned(), person.resolver.clone().into());
                            detail.insert("user-realm".to_owned(), realm.into());
                        }
                    }
                    if at.any(&NO_DETAIL_ON_SUCCESS)? {
                        answer.detail = None;
                    }
                }
                Some(Authentication::Reject) if at.any(&NO_DETAIL_ON_FAIL)? => answer.detail = None,
                _ => {}
            }
            Ok(())
        })
    }
}

fn shown(person: &Person) -> Value {
    let known = person.attributes.iter();
    let mut user: Map<String, Value> =
        known.map(|(name, value)| (name.clone(), serde_json::to_value(value).unwrap_or_default())).collect();
    user.insert("username".to_owned(), person.login.clone().into());
    user.insert("userid".to_owned(), person.uid.clone().into());
    user.insert("password".to_owned(), "".into());
    Value::Object(user)
}
