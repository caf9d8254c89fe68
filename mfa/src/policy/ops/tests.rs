//! Policies through their operations, on every database.

use serde_json::json;

use super::*;
use crate::operation::Params;
use crate::policy::actions::authentication::{OTPPIN, OtpPin};
use crate::policy::{Facts, PolicySet};
use crate::testing::{administer, bare, params, ready};

fn pin(set: &PolicySet) -> Option<OtpPin> {
    set.at(&Facts::default()).get(&OTPPIN).unwrap()
}

#[tokio::test]
async fn a_policy_lives_on_every_database_and_node() {
    for db in db::testing::all().await {
        let sys = ready((*db).clone()).await;
        let other = bare((*db).clone(), crate::operation::Hooks::default()).await;
        let write = json!({"name": "pin", "scope": "authentication", "action": "otppin=userstore", "realm": "default", "client": "10.0.0.0/8, -10.1.1.1"});
        let done = administer(&sys, &SetPolicy, params(write)).await.unwrap();
        assert_eq!(done.answer.value, json!({ "setPolicy pin": done.output.number }));
        assert_eq!(pin(&sys.policies.load()), Some(OtpPin::UserStore));
        assert_eq!(pin(&other.policies.load()), None);
        other.refresh().await.unwrap();
        assert_eq!(pin(&other.policies.load()), Some(OtpPin::UserStore), "{:?}", db.dialect());
        // What is not given stays.
        let change = json!({"name": "pin", "scope": "authentication", "action": {"otppin": "none"}, "priority": 3});
        administer(&sys, &SetPolicy, params(change)).await.unwrap();
        let listed = administer(&sys, &ListPolicies, Params::of([("name", "pin")])).await.unwrap().answer.value;
        assert_eq!(listed[0]["client"], json!(["10.0.0.0/8", "-10.1.1.1"]));
        assert_eq!((&listed[0]["action"], &listed[0]["priority"]), (&json!({"otppin": "none"}), &json!(3)));
        administer(&sys, &EnablePolicy(false), Params::of([("name", "pin")])).await.unwrap();
        assert_eq!(pin(&sys.policies.load()), None);
        administer(&sys, &EnablePolicy(true), Params::of([("name", "pin")])).await.unwrap();
        let rename = |from: &str, to: &str| Params::of([("old_name", from), ("name", to)]);
        administer(&sys, &RenamePolicy, rename("pin", "pins")).await.unwrap();
        let taken = administer(&sys, &RenamePolicy, rename("pins", "superuser")).await;
        assert_eq!(taken.err().unwrap().code, Code::Conflict);
        assert_eq!(administer(&sys, &RenamePolicy, rename("pin", "x")).await.err().unwrap().code, Code::NotFound);
        assert_eq!(pin(&sys.policies.load()), Some(OtpPin::Nothing));
        administer(&sys, &DeletePolicy, Params::of([("name", "pins")])).await.unwrap();
        assert_eq!(pin(&sys.policies.load()), None);
        assert_eq!(administer(&sys, &DeletePolicy, Params::of([("name", "pins")])).await.err().unwrap().code, Code::NotFound);
    }
}

#[tokio::test]
async fn bad_policies_are_refused_with_all_their_problems() {
    let (sys, _db) = crate::testing::sqlite().await;
    let write = json!({"name": "p", "scope": "authentication", "action": "otppin=magic", "realm": "nowhere", "time": "x"});
    let refused = administer(&sys, &SetPolicy, params(write)).await.err().unwrap();
    assert_eq!(refused.code, Code::Parameter);
    for part in ["otppin", "nowhere", "time"] {
        assert!(refused.message.contains(part), "{}", refused.message);
    }
    assert!(sys.policies.load().definition("p").is_none());
}

#[tokio::test]
async fn definitions_describe_what_can_be_written() {
    let (sys, _db) = crate::testing::sqlite().await;
    let defs = administer(&sys, &PolicyDefs, Params::default()).await.unwrap().answer.value;
    assert_eq!(defs["authentication"]["otppin"]["value"], json!(["tokenpin", "userstore", "none"]));
    assert_eq!(defs["user"]["enrollTOTP"]["type"], json!("bool"));
    assert_eq!(defs["admin"]["totp_hashlib"]["type"], json!("str"));
    assert_eq!(defs["admin"]["hotp_timestep"], json!(null));
    let conditions = administer(&sys, &PolicyDefs, Params::of([("scope", "conditions")])).await.unwrap().answer.value;
    assert!(conditions["comparators"]["date_within_last"].is_object());
}

#[tokio::test]
async fn settings_are_set_shown_and_removed() {
    use crate::settings::ops::{DeleteSetting, GetSettings, SetSettings};
    for db in db::testing::all().await {
        let sys = ready((*db).clone()).await;
        let done = administer(&sys, &SetSettings, Params::of([("AutoResync", "1"), ("DefaultOtpLen", "8")])).await.unwrap();
        assert_eq!(done.answer.value, json!({"AutoResync": "insert", "DefaultOtpLen": "insert"}));
        assert!(sys.settings.load().auto_resync && sys.settings.load().default_otp_len == 8);
        let odd = administer(&sys, &SetSettings, Params::of([("AutoResync", "0"), ("DefaultOtpLen", "7")])).await;
        assert_eq!(odd.err().unwrap().code, Code::Parameter);
        assert!(sys.settings.load().auto_resync, "all or none");
        let shown = administer(&sys, &GetSettings, Params::of([("key", "AutoResync")])).await.unwrap().answer.value;
        assert_eq!(shown, json!("True"));
        administer(&sys, &DeleteSetting, Params::of([("key", "AutoResync")])).await.unwrap();
        assert!(!sys.settings.load().auto_resync, "{:?}", db.dialect());
    }
}
