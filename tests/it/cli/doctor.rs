use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use db::Dialect;
use serde_json::Value;

use super::Place;

db::on_every_database![a_new_installation_is_sound, what_is_wrong_is_named, a_certificate_that_ended_is_found];

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn with_state(said: &Value, state: &str) -> Vec<String> {
    let all = said["findings"].as_array().unwrap().iter().filter(|f| f["state"] == state);
    all.map(|f| f["what"].as_str().unwrap().to_owned()).collect()
}

async fn a_new_installation_is_sound(on: Dialect) {
    let place = Place::ready(on).await;
    let said = place.json(&["doctor"]);
    assert_eq!(said["wrong"], 0, "{said}");
    let warnings = with_state(&said, "warning").join("\n");
    assert!(warnings.contains("public URL") && !warnings.contains("policy"), "{warnings}");
}

async fn what_is_wrong_is_named(on: Dialect) {
    let place = Place::ready(on).await;
    place.ok(&["policy", "disable", "require-second-factor"], "");
    let relaxed = ["policy", "set", "ease", "--scope", "enrollment", "--action", "enroll_without_factor"];
    place.ok(&relaxed, "");
    let said = place.json(&["doctor"]);
    let warnings = with_state(&said, "warning").join("\n");
    assert!(warnings.contains("second factor of everybody") && warnings.contains("policy ease"), "{warnings}");
    mode(&place.data(), 0o755);
    mode(&place.data().join("keys/master.keys"), 0o644);
    let said = place.run(&["doctor", "--json"], "");
    assert_eq!(said.exit, 1, "{said:?}");
    let first = serde_json::from_str(said.out.lines().next().unwrap()).unwrap();
    assert!(with_state(&first, "wrong").iter().any(|what| what.contains("master.keys")), "{said:?}");
    mode(&place.data().join("keys/master.keys"), 0o600);
    std::fs::remove_dir_all(place.data().join("keys")).unwrap();
    assert_eq!(place.run(&["doctor"], "").exit, 1);
}

async fn a_certificate_that_ended_is_found(on: Dialect) {
    use openssl::asn1::Asn1Time;
    let place = Place::ready(on).await;
    let key = openssl::pkey::PKey::ec_gen("prime256v1").unwrap();
    let mut certificate = openssl::x509::X509::builder().unwrap();
    certificate.set_pubkey(&key).unwrap();
    certificate.set_not_before(&Asn1Time::from_unix(1_500_000_000).unwrap()).unwrap();
    certificate.set_not_after(&Asn1Time::from_unix(1_600_000_000).unwrap()).unwrap();
    certificate.sign(&key, openssl::hash::MessageDigest::sha256()).unwrap();
    std::fs::write(place.root().join("c.pem"), certificate.build().to_pem().unwrap()).unwrap();
    std::fs::write(place.root().join("k.pem"), key.private_key_to_pem_pkcs8().unwrap()).unwrap();
    mode(&place.root().join("k.pem"), 0o600);
    let tls = ["--set", "tls.certificate=c.pem", "--set", "tls.key=k.pem", "--set", "server.public_url=https://id.example.org"];
    let said = place.run(&[&["doctor"][..], &tls].concat(), "");
    assert_eq!(said.exit, 1);
    assert!(said.out.contains("the TLS certificate has ended"), "{said:?}");
}
