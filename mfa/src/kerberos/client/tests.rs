//! What is taken of a centre, and what is not. The exchanges themselves are tried against MIT Kerberos.

use std::time::Duration;

use kernel::{Clock, Entropy, Timestamp};
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::super::SKEW;
use super::super::der::{Der, SEQUENCE};
use super::super::enctype::Enctype;
use super::answers::{Answer, Recipe, Ways};
use super::requests::Wanted;
use super::testing::{Grant, error, key, ways};
use super::trouble::Told;
use super::*;

const NOW: Timestamp = Timestamp(1_700_000_000_000_000);
const CLIENT: &str = "svc@EXAMPLE.TEST";
const SERVICE: &str = "ldap/dc1.example.test@EXAMPLE.TEST";

fn grant() -> Grant {
    Grant {
        first: false,
        client: CLIENT,
        services: [SERVICE; 2],
        key: key(Enctype::Aes256Sha384, 3),
        nonce: 77,
        flags: [0; 4],
        authenticated: NOW - Duration::from_secs(600),
        starts: Some(NOW),
        ends: NOW + Duration::from_secs(36_000),
        addresses: false,
    }
}

fn opened(bytes: &[u8], first: bool) -> Result<Credential, Trouble> {
    let (client, service) = (Principal::parse(CLIENT).unwrap(), Principal::parse(SERVICE).unwrap());
    let wanted = Wanted { client: &client, service: &service, nonce: 77, enctypes: &[], now: NOW };
    match Answer::read(bytes, first)? {
        Answer::Granted(granted) => granted.open(&key(Enctype::Aes256Sha384, 3), &wanted),
        Answer::Refused(told) => Err(told.trouble(NOW)),
    }
}

fn kind(change: impl FnOnce(&mut Grant)) -> Option<Kind> {
    let mut grant = grant();
    change(&mut grant);
    opened(&grant.written(), grant.first).err().map(|trouble| trouble.kind)
}

#[test]
fn only_what_was_asked_for_is_taken() {
    let credential = opened(&grant().written(), false).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(credential.until, NOW + Duration::from_secs(36_000) - SKEW);
    for change in [
        (|_| {}) as fn(&mut Grant),
        |g| (g.first, g.authenticated) = (true, NOW - SKEW),
        |g| g.services = ["LDAP/DC1.example.test@EXAMPLE.TEST"; 2],
        |g| g.starts = None,
        |g| g.starts = Some(NOW + SKEW),
        |g| g.ends = NOW + Duration::from_secs(1),
    ] {
        assert_eq!(kind(change), None);
    }
    for (change, expected) in [
        ((|g| g.nonce = 78) as fn(&mut Grant), Kind::Odd),
        (|g| g.client = "other@EXAMPLE.TEST", Kind::Odd),
        (|g| g.client = "svc@OTHER.TEST", Kind::Odd),
        (|g| g.services = ["krbtgt/OTHER.TEST@EXAMPLE.TEST"; 2], Kind::UnknownService),
        (|g| g.services = ["ldap/dc2.example.test@EXAMPLE.TEST"; 2], Kind::UnknownService),
        (|g| g.services[0] = "ldap/dc2.example.test@EXAMPLE.TEST", Kind::Odd),
        (|g| g.services[1] = "ldap/dc2.example.test@EXAMPLE.TEST", Kind::Odd),
        (|g| g.services = ["ldap/dc1.example.test@OTHER.TEST"; 2], Kind::UnknownService),
        (|g| g.key = key(Enctype::Aes256Sha384, 4), Kind::WrongKey),
        (|g| g.key = key(Enctype::Aes256Sha1, 3), Kind::WrongKey),
        (|g| g.flags = [1, 0, 0, 0], Kind::Odd),
        (|g| g.addresses = true, Kind::Odd),
        (|g| g.starts = Some(NOW + SKEW + Duration::from_secs(1)), Kind::Skew),
        (|g| g.authenticated = NOW + SKEW + Duration::from_secs(1), Kind::Skew),
        (|g| g.ends = NOW, Kind::Skew),
        (|g| g.first = true, Kind::Skew),
    ] {
        assert_eq!(kind(change), Some(expected));
    }
    // The answer to one question is none to the other.
    assert_eq!(opened(&grant().written(), true).err().map(|e| e.kind), Some(Kind::Odd));
}

#[test]
fn errors_say_what_is_wrong() {
    for (code, expected) in [
        (6, Kind::UnknownClient),
        (7, Kind::UnknownService),
        (14, Kind::Enctype),
        (18, Kind::Barred),
        (24, Kind::WrongKey),
        (37, Kind::Skew),
        (60, Kind::Centre),
    ] {
        let told = opened(&error(code, NOW - Duration::from_secs(900), None), true).err().unwrap();
        assert_eq!(told.kind, expected);
        assert!(told.what.contains(&format!("(error {code}")), "{told}");
        assert_eq!(told.what.contains("900 seconds"), code == 37, "{told}");
    }
}

#[test]
fn recipes_are_read() {
    let list = ways(&[(23, None, None), (18, Some("EXAMPLE.TESTsvc"), Some(8192)), (20, None, None)]);
    let read = |bytes: &[u8]| Ways::read(Der::new(bytes).take(SEQUENCE)?);
    let recipes = vec![
        Recipe { enctype: Enctype::Aes256Sha1, salt: Some(b"EXAMPLE.TESTsvc".to_vec()), params: Some(vec![0, 0, 0x20, 0]) },
        Recipe { enctype: Enctype::Aes256Sha384, salt: None, params: None },
    ];
    assert_eq!(read(&list), Ok(Ways { time: true, recipes }));
}

#[test]
fn settings_are_read() {
    let read = |client: &str, centres: &str| {
        Settings::read(client, centres, Secret::Password("x".into()), Duration::from_secs(1)).err().unwrap_or_default()
    };
    assert_eq!(read(" svc@EXAMPLE.TEST ", ""), "");
    assert!(read("cn=svc,dc=example,dc=org", "").contains("BINDDN"));
    assert!(read("svc@EXAMPLE.TEST", "http://kdc").contains("KERBEROS_KDC"));
}

/// However many wait, a centre is asked once, and a failure is not repeated at once: wrong keys lock accounts.
#[tokio::test]
async fn many_who_wait_ask_once() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let centre = listener.local_addr().unwrap().to_string();
    let counting = tokio::spawn(async move {
        let mut asked = 0;
        while let Ok(Ok((mut stream, _))) = tokio::time::timeout(Duration::from_secs(2), listener.accept()).await {
            asked += 1;
            let len = stream.read_u32().await.unwrap();
            let mut question = vec![0; usize::try_from(len).unwrap()];
            stream.read_exact(&mut question).await.unwrap();
            let data = ways(&[(18, Some("salt"), Some(4096))]);
            // The second question has the proof.
            let answer = if asked % 2 == 1 { error(25, NOW, Some(&data)) } else { error(24, NOW, None) };
            stream.write_u32(u32::try_from(answer.len()).unwrap()).await.unwrap();
            stream.write_all(&answer).await.unwrap();
        }
        asked
    });
    let settings = Settings::read(CLIENT, &centre, Secret::Password("falsch".into()), Duration::from_secs(5)).unwrap();
    let client = Client::new(settings, Clock::fixed(NOW), Entropy::seeded(1));
    let all = (0..10).map(|n| client.ticket("ldap", if n % 2 == 0 { "dc1.example.test" } else { "dc2.example.test" }));
    for outcome in futures::future::join_all(all).await {
        assert_eq!(outcome.err().map(|trouble| trouble.kind), Some(Kind::WrongKey));
    }
    assert_eq!(counting.await.unwrap(), 2);
}

proptest! {
    #[test]
    fn changed_answers_never_panic(at: usize, with: u8, cut: usize, noise in prop::collection::vec(any::<u8>(), 0..200)) {
        let data = ways(&[(18, Some("salt"), Some(4096))]);
        for (first, whole) in [(false, grant().written()), (true, error(25, NOW, Some(&data)))] {
            let mut bytes = whole.clone();
            let at = at % bytes.len();
            bytes[at] = with;
            if opened(&bytes, first).is_ok() {
                // The sealed part is what counts: nothing in it was changed.
                prop_assert!(!first);
            }
            prop_assert!(opened(&whole[..cut % whole.len()], first).is_err());
        }
        let mut bytes = data.clone();
        let at = at % bytes.len();
        bytes[at] = with;
        for odd in [&bytes[..], &noise] {
            let _ = Der::new(odd).take(SEQUENCE).and_then(Ways::read);
            let _ = Told::read(odd);
            prop_assert!(opened(odd, true).is_err());
        }
    }
}
