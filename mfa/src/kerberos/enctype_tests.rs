//! Vectors of RFC 3961 (appendix A.1), RFC 3962 (appendix B) and RFC 8009 (appendix A).

use data_encoding::HEXLOWER_PERMISSIVE as HEX;

use super::*;

fn hex(text: &str) -> Vec<u8> {
    HEX.decode(text.split_whitespace().collect::<String>().as_bytes()).unwrap()
}

#[test]
fn folds() {
    // To 128 bits; the vector of RFC 3962 and the constants of RFC 3961 are of this length.
    assert_eq!(fold(b"kerberos"), hex("6b657262 65726f73 7b9b5b2b 93132b93"));
}

#[test]
fn steals_as_the_vectors_do() {
    let key = b"chicken teriyaki";
    let text = b"I would like the General Gau's Chicken, please, and wonton soup.";
    for (len, wanted) in [
        (17, "c6353568f2bf8cb4d8a580362da7ff7f97"),
        (31, "fc00783e0efdb2c1d445d4c8eff7ed2297687268d6ecccc0c07b25e25ecfe5"),
        (32, "39312523a78662d5be7fcbcc98ebf5a897687268d6ecccc0c07b25e25ecfe584"),
        (47, "97687268d6ecccc0c07b25e25ecfe584b3fffd940c16a18c1b5549d2f838029e39312523a78662d5be7fcbcc98ebf5"),
        (48, "97687268d6ecccc0c07b25e25ecfe5849dad8bbb96c4cdc03bc103e1a194bbd839312523a78662d5be7fcbcc98ebf5a8"),
        (
            64,
            "97687268d6ecccc0c07b25e25ecfe58439312523a78662d5be7fcbcc98ebf5a84807efe836ee89a526730dbc2f7bc8409dad8bbb96c4cdc03bc103e1a194bbd8",
        ),
    ] {
        let sealed = stolen_seal(Cipher::aes_128_cbc(), key, &text[..len]).unwrap();
        assert_eq!(sealed, hex(wanted), "{len}");
        assert_eq!(stolen_open(Cipher::aes_128_cbc(), key, &sealed).unwrap(), &text[..len]);
    }
}

#[test]
fn derives_as_the_vectors_do() {
    let key = Key::new(Enctype::Aes128Sha256, &hex("3705d96080c17728a0e800eab6e0d23c")).unwrap();
    assert_eq!(key.derived(Usage::Ticket, 0xaa).unwrap().expose(), hex("9b197dd1e8c5609d6e67c3e37c62c72e"));
    assert_eq!(key.derived(Usage::Ticket, 0x55).unwrap().expose(), hex("9fda0e56ab2d85e1569a688696c26a6c"));
    let key = Key::new(Enctype::Aes256Sha384, &hex("6d404d37faf79f9df0d33568d320669800eb4836472ea8a026d16b7182460c52")).unwrap();
    let wanted = "56ab22bee63d82d7bc5227f6773f8ea7a5eb1c825160c38312980c442e5c7e49";
    assert_eq!(key.derived(Usage::Ticket, 0xaa).unwrap().expose(), hex(wanted));
    let wanted = "69b16514e3cd8e56b82010d5c73012b622c4d00ffc23ed1f";
    assert_eq!(key.derived(Usage::Ticket, 0x55).unwrap().expose(), hex(wanted));
}

#[test]
fn opens_the_vectors_of_sha2() {
    // RFC 8009, appendix A: encryption of nothing, 6, 16 and 21 bytes with key usage 2.
    let short = Key::new(Enctype::Aes128Sha256, &hex("3705d96080c17728a0e800eab6e0d23c")).unwrap();
    let cases = [
        ("", "ef85fb890bb8472f4dab20394dca781dad877eda39d50c870c0d5a0a8e48c718"),
        ("000102030405", "84d7f30754ed987bab0bf3506beb09cfb55402cef7e6877ce99e247e52d16ed4421dfdf8976c"),
    ];
    for (plain, sealed) in cases {
        assert_eq!(short.open(Usage::Ticket, &hex(sealed)).unwrap().expose(), hex(plain));
    }
    let long = Key::new(Enctype::Aes256Sha384, &hex("6d404d37faf79f9df0d33568d320669800eb4836472ea8a026d16b7182460c52")).unwrap();
    let sealed = "41f53fa5bfe7026d91faf9be959195a058707273a96a40f0a01960621ac612748b9bbfbe7eb4ce3c";
    assert!(long.open(Usage::Ticket, &hex(sealed)).unwrap().is_empty());
}

#[test]
fn what_was_changed_does_not_open() {
    let chance = Entropy::seeded(1);
    for enctype in Enctype::ALL {
        let key = Key::new(enctype, &chance.vec(enctype.key_len())).unwrap();
        let other = Key::new(enctype, &chance.vec(enctype.key_len())).unwrap();
        for len in [0, 1, 15, 16, 17, 100] {
            let plain = chance.vec(len);
            let sealed = key.seal(Usage::Ticket, &plain, &chance).unwrap();
            assert_eq!(key.open(Usage::Ticket, &sealed).unwrap().expose(), plain);
            assert!(matches!(other.open(Usage::Ticket, &sealed), Err(Refused::WrongKey)));
            assert!(matches!(key.open(Usage::Reply, &sealed), Err(Refused::WrongKey)));
            for at in 0..sealed.len() {
                let mut changed = sealed.clone();
                changed[at] ^= 1;
                assert!(key.open(Usage::Ticket, &changed).is_err(), "{} {len} {at}", enctype.name());
                assert!(key.open(Usage::Ticket, &sealed[..at]).is_err());
            }
        }
    }
    assert!(Key::new(Enctype::Aes256Sha1, &[0; 16]).is_none());
}
