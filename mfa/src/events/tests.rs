//! Event handlers on every database.

use serde_json::json;

use super::ops::*;
use crate::operation::{Code, Params};
use crate::people::ops::{AddUser, ListUsers};
use crate::testing::{administer, params, ready};

#[tokio::test]
async fn counters_count_what_was_committed() {
    for db in db::testing::all().await {
        let sys = ready((*db).clone()).await;
        let count = async || sys.events.counter(&sys.db, "users").await.unwrap();
        let bind = async |json: serde_json::Value| administer(&sys, &SetBinding, params(json)).await.map(|done| done.output);
        let up = json!({"name": "up", "event": ["user_add"], "handlermodule": "Counter", "action": "increase_counter",
            "options": {"counter_name": "users"}});
        let up = bind(up).await.unwrap();
        let add =
            async |login: &str| administer(&sys, &AddUser, Params::of([("user", login), ("resolver", "internal")])).await.is_ok();
        assert!(add("hans").await && add("eva").await && !add("hans").await);
        assert_eq!(count().await, 2, "{:?}", db.dialect());
        let down = json!({"name": "down", "event": "user_list", "handlermodule": "Counter", "action": "decrease_counter",
            "position": "pre", "option.counter_name": "users"});
        let down = bind(down).await.unwrap();
        for expected in [1, 0, 0] {
            administer(&sys, &ListUsers, Params::default()).await.unwrap();
            assert_eq!(count().await, expected);
        }
        let negative = json!({"id": down, "name": "down", "event": "user_list", "handlermodule": "Counter",
            "action": "decrease_counter", "options": "{\"counter_name\": \"users\", \"allow_negative_values\": \"True\"}"});
        assert_eq!(bind(negative).await.unwrap(), down);
        administer(&sys, &ListUsers, Params::default()).await.unwrap();
        assert_eq!(count().await, -1);
        administer(&sys, &DeleteBinding, params(json!({"eid": up}))).await.unwrap();
        assert!(add("otto").await);
        assert_eq!(count().await, -1);
        let listed = administer(&sys, &ListBindings, Params::default()).await.unwrap().answer.value;
        assert_eq!((listed.as_array().map(Vec::len), &listed[0]["id"]), (Some(1), &json!(down)));
        let taken = json!({"name": "down", "event": "auth", "handlermodule": "Counter", "action": "reset_counter",
            "option.counter_name": "x"});
        assert_eq!(bind(taken).await.err().unwrap().code, Code::Conflict);
    }
}

#[tokio::test]
async fn bad_bindings_are_refused_with_all_their_problems() {
    let (sys, _db) = crate::testing::sqlite().await;
    let bad = json!({"name": "x", "event": ["nonsense"], "handlermodule": "Counter", "action": "increase_counter",
        "options": {"speed": "5"}, "conditions": {"realm": "home"}});
    let refused = administer(&sys, &SetBinding, params(bad)).await.err().unwrap();
    for part in ["nonsense", "counter_name is missing", "no option speed", "no condition realm"] {
        assert!(refused.message.contains(part), "{}", refused.message);
    }
}
