use db::Dialect;

use super::Place;

db::on_every_database![what_is_not_given_stays, decisions_are_explained];

async fn what_is_not_given_stays(on: Dialect) {
    let place = Place::ready(on).await;
    let set =
        ["policy", "set", "pin", "--scope", "authentication", "--action", "otppin=userstore", "--field", "client=10.0.0.0/8"];
    place.ok(&set, "");
    place.ok(&["policy", "disable", "pin"], "");
    place.ok(&["policy", "set", "pin", "--priority", "3"], "");
    let shown = place.json(&["policy", "show", "pin"]);
    assert_eq!(shown["client"][0], "10.0.0.0/8");
    assert_eq!((&shown["active"], &shown["priority"]), (&false.into(), &3.into()));
    place.refused(1, &["policy", "set", "pin", "--action", "otppin=magic"], "", "tokenpin, userstore, none");
    place.refused(2, &["policy", "set", "pin", "--field", "colour=red"], "", "no field colour");
    assert_eq!(place.json(&["policy", "show", "pin"]), shown);
    place.ok(&["policy", "delete", "pin"], "");
    place.refused(1, &["policy", "show", "pin"], "", "no policy pin");
}

async fn decisions_are_explained(on: Dialect) {
    let place = Place::ready(on).await;
    let outcome = || {
        let all = place.json(&["explain", "sso", "require_second_factor"])["policies"].clone();
        all.as_array().unwrap().iter().find(|p| p["policy"] == "require-second-factor").unwrap()["outcome"].clone()
    };
    assert_eq!(outcome(), serde_json::json!({ "applies": "true" }));
    place.ok(&["policy", "disable", "require-second-factor"], "");
    assert_eq!(outcome(), serde_json::json!({ "dropped_at": "inactive" }));
    place.refused(2, &["explain", "nowhere", "x"], "", "no scope nowhere");
    place.refused(2, &["explain", "sso", "x"], "", "no action x");
    place.refused(1, &["explain", "sso", "require_second_factor", "--user", "nobody"], "", "does not exist");
}
