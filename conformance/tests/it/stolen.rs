//! A stolen database yields nothing: no seed, password, PIN or client secret stands anywhere in the data directory or the log, in
//! no usual encoding.

use conformance::server::file_containing;
use conformance::{Server, oath};
use data_encoding::{BASE32, BASE64, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};

const SEED: &[u8; 20] = b"\x9a\x17\xc3PLANTED\xe1\x02\x44\xb8\x7f\x90\x3d\xaa\x51\x06";
const PASSWORD: &str = "planted-Password-7731";
const PIN: &str = "planted-pin-5521";
const CLIENT_SECRET: &str = "planted-client-secret-0123456789-abcdef";

fn encodings(name: &str, bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut all = vec![(format!("{name}, raw"), bytes.to_vec())];
    for (form, text) in [
        ("hex", HEXLOWER.encode(bytes)),
        ("HEX", HEXUPPER.encode(bytes)),
        ("base32", BASE32.encode(bytes).trim_end_matches('=').to_owned()),
        ("base64", BASE64.encode(bytes).trim_end_matches('=').to_owned()),
        ("base64url", BASE64URL_NOPAD.encode(bytes)),
    ] {
        all.push((format!("{name}, {form}"), text.into_bytes()));
    }
    all
}

#[tokio::test]
async fn no_planted_secret_is_found() {
    let mut server = Server::start().await;
    let admin = server.admin().await;
    server.api_add_person(&admin, "mallory", PASSWORD).await;
    let seed = HEXLOWER.encode(SEED);
    let token = server.enrol_seed(&admin, "hotp", "mallory", PIN, &seed).await;
    server.add_client("planted", CLIENT_SECRET, "https://rp.example/cb", "https://rp.example/");
    let code = &oath::hotp_list(&seed, 3)[1];
    assert!(conformance::api::accepted(&server.check("mallory", &format!("{PIN}{code}")).await));
    // Refusals must not leak what was typed, either.
    server.check("mallory", &format!("{PIN}000000")).await;
    server.post("/auth", None, &[("username", "mallory"), ("password", PASSWORD)]).await;
    let mut planted = encodings("seed", SEED);
    for (name, text) in [("password", PASSWORD), ("pin", PIN), ("client secret", CLIENT_SECRET)] {
        planted.extend(encodings(name, text.as_bytes()));
    }
    planted.push(("api token".to_owned(), admin.clone().into_bytes()));

    let search = |server: &Server, when: &str| {
        let log = server.log();
        for (name, bytes) in &planted {
            assert_eq!(file_containing(&server.data(), bytes), None, "{when}: {name}");
            assert!(!log.as_bytes().windows(bytes.len()).any(|w| w == bytes), "{when}: {name} in the log");
        }
    };
    search(&server, "running, with write-ahead log");
    server.stop();
    search(&server, "stopped");
    // The search itself finds what is there: the serial is no secret.
    assert!(file_containing(&server.data(), token.serial.as_bytes()).is_some());
}
