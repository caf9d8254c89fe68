//! Operations against the databases themselves: what the suite of the door cannot reach.

use std::sync::Arc;

use db::Dialect;
use kernel::ids::RowId;
use serde_json::{Value, json};

use super::client::{Client, Right};
use super::ops::{AddGroup, AddUser, ChangeGroup, ChangeUser, GetUser, How, RemoveUser};
use crate::Mfa;
use crate::operation::{Caller, Code, Done, Failure, Operation, Params, perform};
use crate::testing::{call, ready};

db::on_every_database![
    groups_in_groups_end_somewhere,
    of_two_changes_one_wins,
    who_is_removed_is_in_no_group,
    names_of_groups_reach_policies,
];

async fn engine(on: Dialect) -> (Mfa, Arc<Client>, db::testing::TestDb) {
    let db = db::testing::one(on).await;
    let sys = ready((*db).clone()).await;
    let resolver_id = sys.people.directory().resolver("internal").unwrap().id;
    let id = RowId::new(&sys.chance, sys.clock.now());
    let client = Client { id, name: "hr".to_owned(), resolver_id, rights: Right::ALL.to_vec(), created_at: sys.clock.now() };
    (sys, Arc::new(client), db)
}

async fn done<O: Operation>(sys: &Mfa, op: &O, params: Value) -> Result<Done<O::Output>, Failure> {
    let params = Params::new(serde_json::from_value(params).unwrap()).unwrap();
    perform(sys, op, call(sys, Caller::Service("scim:hr".to_owned()), params)).await
}

async fn add_user(sys: &Mfa, client: &Arc<Client>, name: &str) -> String {
    let user = done(sys, &AddUser(Arc::clone(client)), json!({ "resource": { "userName": name } })).await.unwrap();
    user.output["id"].as_str().unwrap().to_owned()
}

async fn add_group(sys: &Mfa, client: &Arc<Client>, name: &str, members: &[&str]) -> String {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    let group = json!({ "resource": { "displayName": name, "members": members } });
    done(sys, &AddGroup(Arc::clone(client)), group).await.unwrap().output["id"].as_str().unwrap().to_owned()
}

async fn groups_of(sys: &Mfa, client: &Arc<Client>, id: &str) -> Vec<String> {
    let user = done(sys, &GetUser(Arc::clone(client)), json!({ "id": id })).await.unwrap().output;
    let name = |group: &Value| format!("{} {}", group["display"].as_str().unwrap(), group["type"].as_str().unwrap());
    user.get("groups").and_then(Value::as_array).into_iter().flatten().map(name).collect()
}

async fn groups_in_groups_end_somewhere(on: Dialect) {
    let (sys, client, _db) = engine(on).await;
    let ada = add_user(&sys, &client, "ada").await;
    let inner = add_group(&sys, &client, "inner", &[&ada]).await;
    let outer = add_group(&sys, &client, "outer", &[&inner]).await;
    // A circle, and a second way to the same group.
    let circle = json!({ "Operations": [{ "op": "add", "path": "members", "value": [{ "value": outer }] }] });
    done(&sys, &ChangeGroup(Arc::clone(&client), How::Patch), json!({ "id": inner, "resource": circle })).await.unwrap();
    add_group(&sys, &client, "all", &[&outer, &ada]).await;
    assert_eq!(groups_of(&sys, &client, &ada).await, ["all direct", "inner direct", "outer indirect"], "{on:?}");
}

async fn of_two_changes_one_wins(on: Dialect) {
    let (sys, client, _db) = engine(on).await;
    let id = add_user(&sys, &client, "ada").await;
    let seen = done(&sys, &GetUser(Arc::clone(&client)), json!({ "id": id })).await.unwrap().output;
    let tag = seen["meta"]["version"].as_str().unwrap();
    let change = |title: &str| {
        let body = json!({ "Operations": [{ "op": "replace", "path": "title", "value": title }] });
        json!({ "id": id, "if_match": tag, "resource": body })
    };
    let op = ChangeUser(Arc::clone(&client), How::Patch);
    let (one, two) = tokio::join!(done(&sys, &op, change("one")), done(&sys, &op, change("two")));
    let lost: Vec<u64> = [&one, &two].into_iter().filter_map(|done| done.as_ref().err()).map(status).collect();
    assert_eq!(lost, [412], "{on:?}: one has won, the other is told");
    // Without a condition both are applied, whichever is later.
    let blind = |title: &str| {
        let mut change = change(title);
        change.as_object_mut().unwrap().remove("if_match");
        change
    };
    let (one, two) = tokio::join!(done(&sys, &op, blind("one")), done(&sys, &op, blind("two")));
    assert!(one.is_ok() && two.is_ok(), "{on:?}");
    // The same member twice at once is one member.
    let group = add_group(&sys, &client, "staff", &[]).await;
    let add = json!({ "Operations": [{ "op": "add", "path": "members", "value": [{ "value": id }] }] });
    let (op, add) = (ChangeGroup(Arc::clone(&client), How::Patch), json!({ "id": group, "resource": add }));
    let (one, two) = tokio::join!(done(&sys, &op, add.clone()), done(&sys, &op, add));
    assert!(one.is_ok() && two.is_ok(), "{on:?}");
    let members = super::store::group::members(&sys.db, &[RowId::parse(&group).unwrap()], 10).await.unwrap();
    assert_eq!(members.len(), 1, "{on:?}");
}

fn status(failure: &Failure) -> u64 {
    failure.detail.as_ref().and_then(|detail| detail["status"].as_u64()).unwrap_or(0)
}

async fn who_is_removed_is_in_no_group(on: Dialect) {
    let (sys, client, _db) = engine(on).await;
    let ada = add_user(&sys, &client, "ada").await;
    let group = add_group(&sys, &client, "staff", &[&ada]).await;
    done(&sys, &RemoveUser(Arc::clone(&client)), json!({ "id": ada })).await.unwrap();
    let add = json!({ "Operations": [{ "op": "add", "path": "members", "value": [{ "value": ada }] }] });
    let op = ChangeGroup(Arc::clone(&client), How::Patch);
    let refused = done(&sys, &op, json!({ "id": group, "resource": add })).await.err().unwrap();
    assert_eq!((refused.code, status(&refused)), (Code::Parameter, 400), "{on:?}");
    let members = super::store::group::members(&sys.db, &[RowId::parse(&group).unwrap()], 10).await.unwrap();
    assert_eq!(members, [], "{on:?}");
}

async fn names_of_groups_reach_policies(on: Dialect) {
    let (sys, client, _db) = engine(on).await;
    let ada = add_user(&sys, &client, "ada").await;
    let inner = add_group(&sys, &client, "Staff", &[&ada]).await;
    add_group(&sys, &client, "Everybody", &[&inner]).await;
    let groups = async || {
        let person = sys.people.resolve_in("internal", "ada", None).await.unwrap().unwrap();
        let resolved = sys.people.resolve(&sys.name("ada", None)).await.unwrap().unwrap();
        assert_eq!(person.attributes, resolved.attributes, "{on:?}: what is remembered is as it is");
        person.attributes.get("groups").map(|groups| groups.texts().to_vec()).unwrap_or_default()
    };
    assert_eq!(groups().await, ["Everybody", "Staff"]);
    let leave = json!({ "Operations": [{ "op": "remove", "path": format!("members[value eq \"{ada}\"]") }] });
    done(&sys, &ChangeGroup(Arc::clone(&client), How::Patch), json!({ "id": inner, "resource": leave })).await.unwrap();
    assert_eq!(groups().await, Vec::<String>::new());
}
