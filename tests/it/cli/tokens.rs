use db::Dialect;

use super::Place;

db::on_every_database![a_token_from_enrolment_to_its_end];

async fn a_token_from_enrolment_to_its_end(on: Dialect) {
    let place = Place::ready(on).await;
    place.ok(&["user", "add", "dana"], "");
    place.refused(1, &["token", "enrol", "--user", "nobody"], "", "does not exist");
    place.refused(1, &["token", "enrol", "--type", "magic", "--user", "dana"], "", "magic");
    place.refused(2, &["token", "enrol", "--seed-stdin", "--user", "dana"], "", "standard input");
    place.refused(1, &["token", "enrol", "--seed-stdin", "--user", "dana"], "no hexadecimal", "");
    assert_eq!(place.json(&["token", "list"])["count"], 0);
    let shown = place.ok(&["token", "enrol", "--user", "dana", "--serial", "T1"], "");
    assert!(shown.contains("serial: T1") && shown.contains("link: otpauth://totp/"), "{shown}");
    let state = || {
        let token = place.json(&["token", "show", "T1"]);
        (token["username"].as_str().unwrap().to_owned(), token["active"].as_bool().unwrap())
    };
    assert_eq!(state(), ("dana".to_owned(), true));
    place.ok(&["token", "disable", "T1"], "");
    assert_eq!(state(), ("dana".to_owned(), false));
    place.ok(&["token", "enable", "T1"], "");
    place.ok(&["token", "reset", "T1"], "");
    let listed = place.ok(&["token", "list", "--user", "dana", "--type", "totp"], "");
    assert!(listed.contains("dana@default") && listed.contains("active"), "{listed}");
    place.ok(&["token", "delete", "T1"], "");
    for verb in ["show", "enable", "disable", "reset", "delete"] {
        place.refused(1, &["token", verb, "T1"], "", "");
    }
}
