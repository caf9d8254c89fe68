//! `DELETE /realm/{realm}`.

use crate::Mfa;
use crate::operation::{Access, Answer, Call, Code, Failure, FromParams, Operation, ParamError, Params};
use crate::people::Realm;
use crate::people::store::attribute as attributes;
use crate::people::store::realm as store;
use crate::policy::Right;
use crate::policy::actions::rights;

/// Removes a realm. Its people and resolvers stay.
pub struct DeleteRealm;

/// Which.
pub struct RealmParam {
    realm: String,
}

impl FromParams for RealmParam {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        Ok(Self { realm: params.required("realm")?.trim().to_lowercase() })
    }
}

impl RealmParam {
    /// The realm, which must exist.
    pub(super) fn find(&self, sys: &Mfa) -> Result<Realm, Failure> {
        let directory = sys.people.directory();
        let realm = directory.realm(&self.realm).cloned();
        realm.ok_or_else(|| Failure::not_found(format!("The realm {} does not exist.", self.realm)))
    }
}

impl Operation for DeleteRealm {
    const EVENT: &'static str = "realm_delete";
    const ACCESS: Access = Access::Admin;
    type Input = RealmParam;
    /// Its id in the wire format.
    type Output = i64;

    fn right(&self, _: &RealmParam) -> Option<Right> {
        Some(rights::RESOLVERDELETE.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &RealmParam) -> Result<i64, Failure> {
        let realm = input.find(sys)?;
        if call.params.flag("delete_custom_attributes") {
            attributes::delete_of_realm(&mut call.batch, realm.id);
        } else if attributes::custom_in_realm(&sys.db, realm.id).await? > 0 {
            let what =
                "There are custom attributes of people in this realm; with delete_custom_attributes they are deleted, too.";
            return Err(Failure::new(Code::ConfigAdmin, what));
        }
        store::delete(&mut call.batch, realm.id);
        call.audit.realm.clone_from(&realm.name);
        call.reload_after();
        Ok(realm.number)
    }

    fn answer(&self, output: &i64) -> Answer {
        Answer::value(*output)
    }
}
