//! Keys made of passwords (RFC 3962 section 4, RFC 8009 section 4).

use kernel::{SecretBytes, SecretText};
use sha1::Sha1;
use sha2::{Sha256, Sha384};

use super::Refused;
use super::enctype::{Enctype, Key};

/// Rounds: fewer than every centre asks for would be an attempt to have a password shown that is easily guessed, more than these only
/// keep us busy.
const ROUNDS: std::ops::RangeInclusive<u32> = 4_096..=2_000_000;

/// The key that a password and a salt make, with the parameters that the centre says (four bytes: the rounds), or those of the type.
///
/// # Errors
/// When the parameters are of no possible form or size.
pub(super) fn key(enctype: Enctype, password: &SecretText, salt: &[u8], params: Option<&[u8]>) -> Result<Key, Refused> {
    let usual = match enctype {
        Enctype::Aes128Sha1 | Enctype::Aes256Sha1 => 4_096,
        Enctype::Aes128Sha256 | Enctype::Aes256Sha384 => 32_768,
    };
    let bad = Refused::Malformed("parameters for the key of a password that are not taken");
    let rounds = match params {
        None => usual,
        Some(bytes) => u32::from_be_bytes(bytes.try_into().map_err(|_| bad)?),
    };
    if !ROUNDS.contains(&rounds) {
        return Err(bad);
    }
    stretched(enctype, password, salt, rounds)
}

fn stretched(enctype: Enctype, password: &SecretText, salt: &[u8], rounds: u32) -> Result<Key, Refused> {
    let (len, password) = (enctype.key_len(), password.expose().as_bytes());
    let mut bytes = vec![0; len];
    let named = [enctype.name().as_bytes(), &[0], salt].concat();
    match enctype {
        Enctype::Aes128Sha1 | Enctype::Aes256Sha1 => pbkdf2::pbkdf2_hmac::<Sha1>(password, salt, rounds, &mut bytes),
        Enctype::Aes128Sha256 => pbkdf2::pbkdf2_hmac::<Sha256>(password, &named, rounds, &mut bytes),
        Enctype::Aes256Sha384 => pbkdf2::pbkdf2_hmac::<Sha384>(password, &named, rounds, &mut bytes),
    }
    let bytes = SecretBytes::new(bytes);
    let first = Key::new(enctype, bytes.expose()).ok_or(Refused::WrongKey)?;
    Key::new(enctype, first.derive(b"kerberos", len)?.expose()).ok_or(Refused::WrongKey)
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER_PERMISSIVE as HEX;

    use super::*;

    /// RFC 3962 appendix B, RFC 8009 appendix A.
    #[test]
    fn makes_the_keys_of_the_vectors() {
        let chance = HEX.decode(b"10df9dd783e5bc8acea1730e74355f61").unwrap();
        let sha2_salt = [&chance[..], b"ATHENA.MIT.EDUraeburn"].concat();
        let long = "X".repeat(64);
        for (enctype, password, salt, rounds, key) in [
            (Enctype::Aes128Sha1, "password", &b"ATHENA.MIT.EDUraeburn"[..], 1, "42263c6e89f4fc28b8df68ee09799f15"),
            (
                Enctype::Aes256Sha1,
                "password",
                b"ATHENA.MIT.EDUraeburn",
                1,
                "fe697b52bc0d3ce14432ba036a92e65bbb52280990a2fa27883998d72af30161",
            ),
            (Enctype::Aes128Sha1, "password", b"ATHENA.MIT.EDUraeburn", 1200, "4c01cd46d632d01e6dbe230a01ed642a"),
            (
                Enctype::Aes256Sha1,
                "password",
                b"ATHENA.MIT.EDUraeburn",
                1200,
                "55a6ac740ad17b4846941051e1e8b0a7548d93b0ab30a8bc3ff16280382b8c2a",
            ),
            (Enctype::Aes128Sha1, &long, b"pass phrase equals block size", 1200, "59d1bb789a828b1aa54ef9c2883f69ed"),
            (Enctype::Aes128Sha256, "password", &sha2_salt, 32768, "089bca48b105ea6ea77ca5d2f39dc5e7"),
            (
                Enctype::Aes256Sha384,
                "password",
                &sha2_salt,
                32768,
                "45bd806dbf6a833a9cffc1c94589a222367a79bc21c413718906e9f578a78467",
            ),
        ] {
            let made = stretched(enctype, &password.into(), salt, rounds).unwrap();
            assert_eq!(
                made.written(),
                Key::new(enctype, &HEX.decode(key.as_bytes()).unwrap()).unwrap().written(),
                "{rounds} {key}"
            );
        }
    }

    #[test]
    fn rounds_are_bounded() {
        let made = |params: &[u8]| key(Enctype::Aes128Sha1, &"x".into(), b"s", Some(params)).is_ok();
        assert!(made(&[0, 0, 0x10, 0]));
        for params in [&[][..], &[0, 0, 0, 1], &[0, 0, 0x0f, 0xff], &[0; 4], &[255; 4], &[0, 0, 0x10], &[0, 0, 0x10, 0, 0]] {
            assert!(!made(params), "{params:?}");
        }
    }
}
