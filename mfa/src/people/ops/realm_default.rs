//! `GET`, `POST` and `DELETE /defaultrealm`.

use serde_json::{Map, Value};

use super::realm_delete::RealmParam;
use super::realm_list::{Listed, listed, shown};
use crate::Mfa;
use crate::operation::{Access, Answer, Call, Failure, Operation};
use crate::people::store::realm as store;
use crate::policy::Right;
use crate::policy::actions::rights;

/// Tells which realm is meant when none is named.
pub struct GetDefaultRealm;

impl Operation for GetDefaultRealm {
    const EVENT: &'static str = "default_realm_get";
    const ACCESS: Access = Access::Admin;
    type Input = ();
    type Output = Option<Listed>;

    async fn run(&self, sys: &Mfa, _: &mut Call, (): &()) -> Result<Option<Listed>, Failure> {
        let directory = sys.people.directory();
        let realm = directory.default_realm().and_then(|name| directory.realm(name));
        Ok(realm.map(|realm| listed(&directory, realm)))
    }

    fn answer(&self, output: &Option<Listed>) -> Answer {
        let shown: Map<String, Value> = output.iter().map(|listed| (listed.realm.name.clone(), shown(listed))).collect();
        Answer::value(shown)
    }
}

/// Makes a realm the one that is meant when none is named.
pub struct SetDefaultRealm;

impl Operation for SetDefaultRealm {
    const EVENT: &'static str = "default_realm_set";
    const ACCESS: Access = Access::Admin;
    type Input = RealmParam;
    /// Its id in the wire format.
    type Output = i64;

    fn right(&self, _: &RealmParam) -> Option<Right> {
        Some(rights::RESOLVERWRITE.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &RealmParam) -> Result<i64, Failure> {
        let realm = input.find(sys)?;
        store::set_default(&mut call.batch, Some(realm.id));
        call.audit.realm.clone_from(&realm.name);
        call.reload_after();
        Ok(realm.number)
    }

    fn answer(&self, output: &i64) -> Answer {
        Answer::value(*output)
    }
}

/// Leaves no realm that is meant when none is named.
pub struct ClearDefaultRealm;

impl Operation for ClearDefaultRealm {
    const EVENT: &'static str = "default_realm_clear";
    const ACCESS: Access = Access::Admin;
    type Input = ();
    /// The id of the realm that it was; 0 when there was none.
    type Output = i64;

    fn right(&self, (): &()) -> Option<Right> {
        Some(rights::RESOLVERDELETE.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, (): &()) -> Result<i64, Failure> {
        let directory = sys.people.directory();
        let old = directory.default_realm().and_then(|name| directory.realm(name)).map_or(0, |realm| realm.number);
        store::set_default(&mut call.batch, None);
        call.reload_after();
        Ok(old)
    }

    fn answer(&self, output: &i64) -> Answer {
        Answer::value(*output)
    }
}
