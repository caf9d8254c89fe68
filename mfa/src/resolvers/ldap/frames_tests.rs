//! The guard: what passes it, the library can read.

use ldap3::asn1::{PL, StructureTag, Tag};
use ldap3::{LdapResult, ResultEntry};
use proptest::prelude::*;

use super::super::record::Record;
use super::*;

fn element(tag: u8, body: &[u8]) -> Vec<u8> {
    let len = body.len();
    let mut out = vec![tag];
    match len {
        0..=127 => out.push(u8::try_from(len).unwrap()),
        128..=255 => out.extend([0x81, u8::try_from(len).unwrap()]),
        _ => {
            out.push(0x84);
            out.extend(u32::try_from(len).unwrap().to_be_bytes());
        }
    }
    out.extend(body);
    out
}

fn message(operation: Vec<u8>, controls: &[u8]) -> Vec<u8> {
    let mut body = element(INTEGER, &[7]);
    body.extend(operation);
    body.extend(controls);
    element(SEQUENCE, &body)
}

fn entry(dn: &[u8], name: &[u8], values: &[&[u8]]) -> Vec<u8> {
    let set: Vec<u8> = values.iter().flat_map(|value| element(OCTETS, value)).collect();
    let attribute = element(SEQUENCE, &[element(OCTETS, name), element(SET, &set)].concat());
    message(element(ENTRY, &[element(OCTETS, dn), element(SEQUENCE, &attribute)].concat()), &[])
}

fn done(tag: u8, code: &[u8], text: &[u8], more: &[u8]) -> Vec<u8> {
    let body = [element(ENUMERATED, code), element(OCTETS, b""), element(OCTETS, text), more.to_vec()].concat();
    message(element(tag, &body), &[])
}

#[test]
fn sound_answers_pass() {
    let paged = element(
        CONTROLS,
        &element(SEQUENCE, &[element(OCTETS, b"1.2.840.113556.1.4.319"), element(OCTETS, b"0\x05\x02\x01\0\x04\0")].concat()),
    );
    let critical = element(CONTROLS, &element(SEQUENCE, &[element(OCTETS, b"1.2"), element(BOOLEAN, &[0xff])].concat()));
    let with = |controls: &[u8]| message(element(SEARCH_DONE, b"\x0a\x01\0\x04\0\x04\0"), controls);
    for mut sound in [
        entry(b"uid=a,dc=x", b"uid", &[b"a", b"\xff\0<b>"]),
        entry(b"", b"", &[]),
        done(0x61, &[49], b"80090308: data 52e\0", &[]),
        done(0x61, &[10], b"", &element(0xa3, &element(OCTETS, b"ldap://h/"))),
        done(0x78, &[0], b"", &[element(0x8a, b"1.2"), element(0x8b, b"\xff")].concat()),
        message(element(REFERENCE, &element(OCTETS, b"ldap://h/")), &[]),
        with(&paged),
        with(&critical),
    ] {
        assert_eq!(check_answer(&mut sound), Ok(Pass::On), "{sound:?}");
    }
}

#[test]
fn text_is_made_readable_but_names_are_not_changed() {
    let mut latin = done(0x61, &[49], b"ung\xfcltig", &[]);
    check_answer(&mut latin).unwrap();
    assert!(latin.windows(8).any(|w| w == b"ung?ltig"));
    let mut unreadable = entry(b"uid=\xfc,dc=x", b"uid", &[]);
    assert_eq!(check_answer(&mut unreadable), Ok(Pass::On), "it is told that there is one");
    assert!(unreadable.windows(10).any(|w| w == [UNREADABLE; 10]));
    let mut name = entry(b"uid=a", b"u\xfcd", &[b"\xfc"]);
    assert_eq!(check_answer(&mut name), Ok(Pass::On));
    assert!(name.windows(3).any(|w| w == b"u?d") && name.contains(&0xfc), "the value stays");
}

#[test]
fn unsound_answers_are_refused() {
    let mut deep = element(OCTETS, b"");
    for _ in 0..200 {
        deep = element(SEQUENCE, &deep);
    }
    let control =
        |body: &[u8]| message(element(SEARCH_DONE, b"\x0a\x01\0\x04\0\x04\0"), &element(CONTROLS, &element(SEQUENCE, body)));
    for mut unsound in [
        Vec::new(),
        b"\x30".to_vec(),
        b"\x30\x80".to_vec(),
        b"\x30\x05\x02\x01\x01".to_vec(),
        message(element(0x61, b""), &[]),
        message(element(0x61, b"\x0a\x00\x04\0\x04\0"), &[]),
        message(element(0x61, b"\x0a\x01\x31\x04\x01"), &[]),
        message(element(0x7f, b"\x0a\x01\0\x04\0\x04\0"), &[]),
        done(0x61, &[0xff], b"", &[]),
        done(0x61, &[0], b"", &element(0x83, b"x")),
        done(0x61, &[0], b"", &element(0xa7, b"")),
        done(0x61, &[0], b"", &deep),
        message(element(ENTRY, &element(OCTETS, b"dn")), &[]),
        message(element(ENTRY, &[element(OCTETS, b"dn"), element(SEQUENCE, &element(SEQUENCE, b""))].concat()), &[]),
        message(element(REFERENCE, &element(SEQUENCE, b"")), &[]),
        message(element(SEARCH_DONE, b"\x0a\x01\0\x04\0\x04\0"), &element(0xa1, b"")),
        control(&element(INTEGER, &[1])),
        control(&[element(OCTETS, b"1.2"), element(BOOLEAN, b"")].concat()),
        control(&[element(OCTETS, b"1.2"), element(SEQUENCE, b"")].concat()),
    ] {
        assert!(check_answer(&mut unsound).is_err(), "{unsound:?}");
    }
}

#[tokio::test]
async fn messages_are_read_whole_and_bounded() {
    let whole = entry(b"uid=a", b"uid", &[&[b'x'; 300]]);
    let mut two = [whole.clone(), whole.clone()].concat();
    let mut from = two.as_slice();
    assert_eq!(read(&mut from).await.unwrap().as_ref(), Some(&whole));
    assert_eq!(read(&mut from).await.unwrap().as_ref(), Some(&whole));
    assert!(read(&mut from).await.unwrap().is_none());
    two.truncate(whole.len() + 5);
    let mut from = two.as_slice();
    read(&mut from).await.unwrap();
    assert!(read(&mut from).await.is_err(), "it ends within a message");
    for huge in [&b"\x30\x84\x7f\xff\xff\xff"[..], b"\x30\x84\xff\xff\xff\xff", b"\x30\x88\0\0\0\0\0\0\0\x01", b"GET / HTTP/1.1"]
    {
        assert!(read(&mut &huge[..]).await.is_err(), "{huge:?}");
    }
}

fn constructed(tag: &StructureTag) -> &[StructureTag] {
    match &tag.payload {
        PL::C(parts) => parts,
        PL::P(_) => &[],
    }
}

/// Has the library read what passed the guard, as it would after it; it panics at what it does not expect.
fn library_reads(bytes: &[u8]) {
    let (rest, tag) = ldap3::asn1::parse_tag(bytes).expect("readable");
    assert!(rest.is_empty());
    let PL::C(mut parts) = tag.payload else { panic!("no sequence") };
    if parts.len() == 3 {
        parts.pop();
    }
    let operation: StructureTag = parts.pop().expect("an operation");
    match operation.id {
        4 => {
            ldap3::SearchEntry::construct(ResultEntry::new(operation.clone()));
            let name = constructed(&operation).first().map(|name| name.payload.clone());
            let unreadable = matches!(name, Some(PL::P(bytes)) if bytes.first() == Some(&UNREADABLE));
            assert_eq!(Record::read(ResultEntry::new(operation)).is_none(), unreadable);
        }
        19 => drop(ldap3::parse_refs(operation)),
        _ => drop(LdapResult::from(Tag::StructureTag(operation))),
    }
}

fn sound() -> impl Strategy<Value = Vec<u8>> {
    let bytes = || proptest::collection::vec(any::<u8>(), 0..20);
    prop_oneof![
        (bytes(), bytes(), proptest::collection::vec(bytes(), 0..4))
            .prop_map(|(dn, name, values)| { entry(&dn, &name, &values.iter().map(Vec::as_slice).collect::<Vec<_>>()) }),
        (prop_oneof![Just(0x61), Just(0x65), Just(0x78), Just(0x67)], any::<u8>(), bytes(), bytes())
            .prop_map(|(tag, code, text, url)| done(tag, &[code], &text, &element(0xa3, &element(OCTETS, &url)))),
        bytes().prop_map(|url| message(element(REFERENCE, &element(OCTETS, &url)), &[])),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(super::super::fuzz::cases(2_000)))]

    #[test]
    fn what_passes_can_be_read(mut bytes in sound(), changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4)) {
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if check_answer(&mut bytes) == Ok(Pass::On) && head(&bytes).is_ok_and(|(_, op)| op.end <= bytes.len()) {
            // What stands behind the message is no part of it.
            let whole = Elements::new(&bytes).expect(SEQUENCE).unwrap();
            library_reads(&bytes[..whole.end]);
        }
    }

    #[test]
    fn any_bytes_are_no_danger(mut bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        let _ = head(&bytes);
        if check_answer(&mut bytes) == Ok(Pass::On) {
            let whole = Elements::new(&bytes).expect(SEQUENCE).unwrap();
            library_reads(&bytes[..whole.end]);
        }
    }
}
