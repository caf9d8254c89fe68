//! Contexts: what a service sees of them, and what is not taken from it. What the services of others see is tried against MIT Kerberos.

use data_encoding::HEXLOWER_PERMISSIVE as HEX;
use kernel::{Entropy, Timestamp};
use proptest::prelude::*;

use super::super::super::enctype::Enctype;
use super::super::super::messages::{Authenticator, Request, written};
use super::super::super::principal::Principal;
use super::super::testing;
use super::*;

const NOW: Timestamp = Timestamp(1_700_000_000_123_456);

fn chance() -> Entropy {
    Entropy::seeded(9)
}

fn credential(enctype: Enctype) -> Credential {
    Credential {
        ticket: testing::ticket(&Principal::parse("ldap/localhost@EXAMPLE.TEST").unwrap()),
        session: testing::key(enctype, 7),
        client: Principal::parse("svc@EXAMPLE.TEST").unwrap(),
        until: NOW,
    }
}

/// The answer of a service: when the authenticator was made as it says, and a key of its own.
fn answer(session: &Key, at: Timestamp, subkey: Option<&Key>) -> Vec<u8> {
    let inner = [
        der::field(0, TIME, written(at).as_bytes()),
        der::number_field(1, at.0.rem_euclid(1_000_000)),
        subkey.map(|key| der::field(2, SEQUENCE, &key.written())).unwrap_or_default(),
        der::number_field(3, 41),
    ];
    let plain = der::element(application(27), &der::element(SEQUENCE, &inner.concat()));
    let sealed = session.seal(Usage::Reply, &plain, &chance()).unwrap();
    let reply = super::super::super::messages::reply(session.enctype(), &sealed);
    der::element(application(0), &[&der::element(OID, KERBEROS)[..], &REPLY, &reply].concat())
}

/// A message of the service: RFC 4121 section 4.2.6.2, without encryption, turned by so much.
fn message(key: &Key, flags: u8, number: u64, turn: u16, text: &[u8]) -> Vec<u8> {
    let head = |extra: u16, turn: u16| {
        [&[5, 4, flags, 0xff][..], &extra.to_be_bytes(), &turn.to_be_bytes(), &number.to_be_bytes()].concat()
    };
    let sum = key.checksum(Usage::FromService, &[text, &head(0, 0)].concat()).unwrap();
    let mut body = [text, &sum].concat();
    let by = usize::from(turn) % body.len();
    body.rotate_right(by);
    [head(u16::try_from(sum.len()).unwrap(), turn), body].concat()
}

fn begun(enctype: Enctype, binding: Option<&[u8]>) -> (Begun, Vec<u8>) {
    Begun::new(&credential(enctype), binding, (NOW, &chance())).unwrap()
}

#[test]
fn a_service_reads_the_request() {
    for enctype in Enctype::ALL {
        let (begun, token) = begun(enctype, Some(b"tls-server-end-point:x"));
        let request = opened(&token).unwrap().strip_prefix(&REQUEST).unwrap();
        let request = Request::read(request).unwrap();
        assert!(request.mutual && !request.between_users);
        assert_eq!(request.service.to_string(), "ldap/localhost@EXAMPLE.TEST");
        let plain = testing::key(enctype, 7).open(Usage::Authenticator, request.authenticator.cipher).unwrap();
        let read = Authenticator::read(&plain).unwrap();
        assert_eq!((read.client.to_string().as_str(), read.at()), ("svc@EXAMPLE.TEST", NOW));
        let (kind, bytes) = read.checksum.unwrap();
        assert_eq!((kind, bytes.len(), &bytes[..4], &bytes[20..]), (GSS_CHECKSUM, 24, &[16, 0, 0, 0][..], &[10, 0, 0, 0][..]));
        let marked = begun.subkey.written();
        assert!(plain.expose().windows(marked.len()).any(|window| window == marked));
    }
}

/// Of a structure as RFC 2744 section 3.11 has it, in the byte order of RFC 4121: five numbers and the text.
#[test]
fn bindings_are_hashed() {
    let structure = [&[0; 16][..], &[3, 0, 0, 0], b"abc"].concat();
    let digest = hash(MessageDigest::md5(), &structure).unwrap();
    assert_eq!(bound(Some(b"abc")).unwrap()[..], digest[..]);
    assert_eq!(bound(None).unwrap(), [0; 16]);
    assert_ne!(bound(Some(b"")).unwrap(), [0; 16]);
}

#[test]
fn messages_go_both_ways() {
    for (enctype, own) in [(Enctype::Aes256Sha1, true), (Enctype::Aes256Sha384, false), (Enctype::Aes128Sha256, true)] {
        let session = testing::key(enctype, 7);
        let subkey = own.then(|| testing::key(Enctype::Aes128Sha1, 8));
        let (begun, _) = begun(enctype, None);
        let (first, key) = (u64::from(begun.number), subkey.clone().unwrap_or_else(|| begun.subkey.clone()));
        let mut context = begun.established(&answer(&session, NOW, subkey.as_ref())).unwrap();
        let flags = FROM_ACCEPTOR | if own { WITH_SUBKEY } else { 0 };
        for (number, turn) in [(41, 0), (42, 3), (43, 28), (44, 65_535)] {
            assert_eq!(context.unwrap(&message(&key, flags, number, turn, b"\x07\0\xff\xff")).unwrap(), b"\x07\0\xff\xff");
        }
        for (flags, number) in
            [(flags, 44), (flags, 46), (flags ^ FROM_ACCEPTOR, 45), (flags ^ WITH_SUBKEY, 45), (flags | SEALED, 45)]
        {
            assert!(context.unwrap(&message(&key, flags, number, 0, b"\x07\0\0\0")).is_err(), "{flags} {number}");
        }
        assert!(context.unwrap(&message(&session, flags, 45, 0, b"\x07\0\0\0")).is_err());
        for number in [first, first + 1] {
            let sent = context.wrap(&[1, 0, 0, 0]).unwrap();
            let flags = flags ^ FROM_ACCEPTOR;
            let signed = [&[1, 0, 0, 0, 5, 4, flags, 0xff, 0, 0, 0, 0][..], &number.to_be_bytes()].concat();
            let sum = key.checksum(Usage::FromClient, &signed).unwrap();
            let extra = u8::try_from(sum.len()).unwrap();
            let head = [&[5, 4, flags, 0xff, 0, extra, 0, 0][..], &number.to_be_bytes()].concat();
            assert_eq!(sent, [&head[..], &[1, 0, 0, 0], &sum].concat());
        }
    }
}

#[test]
fn who_does_not_know_the_key_is_nobody() {
    let session = testing::key(Enctype::Aes256Sha1, 7);
    let other = testing::key(Enctype::Aes256Sha1, 9);
    let kind = |token: &[u8]| begun(Enctype::Aes256Sha1, None).0.established(token).err().map(|trouble| trouble.kind);
    assert_eq!(kind(&answer(&session, NOW, None)), None);
    assert_eq!(kind(&answer(&other, NOW, None)), Some(Kind::Odd));
    assert_eq!(kind(&answer(&session, Timestamp(NOW.0 + 1), None)), Some(Kind::Odd));
    assert_eq!(kind(&answer(&testing::key(Enctype::Aes128Sha1, 7), NOW, None)), Some(Kind::Odd));
    let error = testing::error(37, NOW, None);
    let token = der::element(application(0), &[&der::element(OID, KERBEROS)[..], &ERROR, &error].concat());
    assert_eq!(kind(&token), Some(Kind::Skew));
    assert_eq!(refusal(&token, NOW).map(|trouble| trouble.kind), Some(Kind::Skew));
    assert!(refusal(b"", NOW).is_none() && refusal(&answer(&session, NOW, None), NOW).is_none());
}

/// RFC 8009 appendix A: checksums with key usage 2.
#[test]
fn checksums_of_the_vectors() {
    let text: Vec<u8> = (0..0x15).collect();
    for (enctype, key, sum) in [
        (Enctype::Aes128Sha256, "3705d96080c17728a0e800eab6e0d23c", "d78367186643d67b411cba9139fc1dee"),
        (
            Enctype::Aes256Sha384,
            "6d404d37faf79f9df0d33568d320669800eb4836472ea8a026d16b7182460c52",
            "45ee791567eefca37f4ac1e0222de80d43c3bfa06699672a",
        ),
    ] {
        let key = Key::new(enctype, &HEX.decode(key.as_bytes()).unwrap()).unwrap();
        assert_eq!(key.checksum(Usage::Ticket, &text).unwrap(), HEX.decode(sum.as_bytes()).unwrap());
    }
}

proptest! {
    #[test]
    fn changed_answers_are_refused(at: usize, flip in 1_u8.., cut: usize) {
        let session = testing::key(Enctype::Aes128Sha256, 7);
        let whole = answer(&session, NOW, None);
        let mut bytes = whole.clone();
        let at = at % bytes.len();
        bytes[at] ^= flip;
        // A few bytes say nothing: lengths and numbers that can be written in several ways.
        if let Ok(context) = begun(Enctype::Aes128Sha256, None).0.established(&bytes) {
            prop_assert_eq!(context.theirs, 41);
        }
        prop_assert!(begun(Enctype::Aes128Sha256, None).0.established(&whole[..cut % whole.len()]).is_err());
    }

    #[test]
    fn changed_messages_are_refused(at: usize, flip in 1_u8.., cut: usize, noise in prop::collection::vec(any::<u8>(), 0..80)) {
        let key = testing::key(Enctype::Aes256Sha1, 7);
        let context = || Context { key: key.clone(), of_service: false, ours: 1, theirs: 41 };
        let whole = message(&key, FROM_ACCEPTOR, 41, 0, b"\x01\0\0\0");
        prop_assert!(context().unwrap(&whole).is_ok());
        let mut bytes = whole.clone();
        let at = at % bytes.len();
        bytes[at] ^= flip;
        // How far a message is turned is not part of what is signed, and turning it by its whole length changes nothing.
        let turned = at == 6 || at == 7;
        prop_assert!(turned || context().unwrap(&bytes).is_err(), "{at}");
        prop_assert!(context().unwrap(&whole[..cut % whole.len()]).is_err());
        prop_assert!(context().unwrap(&noise).is_err());
    }
}
