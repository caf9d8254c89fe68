//! The base64 of crypt(3): an alphabet of its own, least significant bits first, no padding.

pub(super) use super::super::sha_crypt::ALPHABET;

/// The six bits of a character.
pub(super) fn value(c: u8) -> Option<u32> {
    ALPHABET.iter().position(|known| *known == c).and_then(|at| u32::try_from(at).ok())
}

pub(super) fn encode(bytes: &[u8]) -> String {
    let (mut out, mut bits, mut held) = (String::with_capacity(bytes.len() * 4 / 3 + 1), 0u32, 0);
    let mut put = |bits: u32| out.push(char::from(ALPHABET[(bits & 63) as usize]));
    for byte in bytes {
        bits |= u32::from(*byte) << held;
        held += 8;
        while held >= 6 {
            put(bits);
            bits >>= 6;
            held -= 6;
        }
    }
    if held > 0 {
        put(bits);
    }
    out
}

/// `None` for other characters, and for bits that make no whole byte and are not zero.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let (mut out, mut bits, mut held) = (Vec::with_capacity(text.len() * 3 / 4), 0u32, 0);
    for c in text.bytes() {
        bits |= value(c)? << held;
        held += 6;
        if held >= 8 {
            out.push((bits & 255) as u8);
            bits >>= 8;
            held -= 8;
        }
    }
    (bits == 0).then_some(out)
}

/// A whole number of six bits for each character.
pub(super) fn number(text: &str) -> Option<u32> {
    let mut number = 0u64;
    for (at, c) in text.bytes().enumerate() {
        number |= u64::from(value(c)?).checked_shl(u32::try_from(at).ok()? * 6)?;
    }
    u32::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn what_is_encoded_is_decoded(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..80)) {
            proptest::prop_assert_eq!(decode(&encode(&bytes)), Some(bytes));
        }
    }
}
