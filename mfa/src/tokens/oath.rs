//! What HOTP (RFC 4226) and TOTP (RFC 6238) share: the truncated HMAC, seeds and their text forms, the memory that a token
//! keeps between attempts.

use hmac::{Hmac, Mac};
use kernel::{Entropy, SecretBytes, SecretText};
use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq;

/// The hash below the HMAC; tokeninfo `hashlib`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hash {
    /// SHA-1, what every authenticator application knows.
    #[default]
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl Hash {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sha1, Self::Sha256, Self::Sha512];

    /// Reads `sha1`, `sha256` or `sha512`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hash| hash.name().eq_ignore_ascii_case(text))
    }

    /// The name in tokeninfo and policies.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    /// Bytes of a generated seed: the output size of the hash (RFC 4226 R6 and RFC 6238 section 5.1).
    pub const fn seed_size(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

/// An HMAC keyed once and used for many counters.
pub struct Generator {
    mac: Keyed,
    digits: u8,
}

#[derive(Clone)]
enum Keyed {
    Sha1(Hmac<Sha1>),
    Sha256(Hmac<Sha256>),
    Sha512(Hmac<Sha512>),
}

fn keyed<M: Mac + hmac::digest::KeyInit>(seed: &[u8]) -> M {
    <M as Mac>::new_from_slice(seed).expect("HMAC takes keys of every length")
}

impl Generator {
    /// Keys the HMAC. `digits` is 6 to 8 (RFC 4226 section 5.3); others are brought into that range.
    pub fn new(hash: Hash, seed: &SecretBytes, digits: u8) -> Self {
        let seed = seed.expose();
        let mac = match hash {
            Hash::Sha1 => Keyed::Sha1(keyed(seed)),
            Hash::Sha256 => Keyed::Sha256(keyed(seed)),
            Hash::Sha512 => Keyed::Sha512(keyed(seed)),
        };
        Self { mac, digits: digits.clamp(6, 8) }
    }

    fn truncated(&self, counter: u64) -> u32 {
        match self.mac.clone() {
            Keyed::Sha1(mac) => truncate(&mac.chain_update(counter.to_be_bytes()).finalize().into_bytes()),
            Keyed::Sha256(mac) => truncate(&mac.chain_update(counter.to_be_bytes()).finalize().into_bytes()),
            Keyed::Sha512(mac) => truncate(&mac.chain_update(counter.to_be_bytes()).finalize().into_bytes()),
        }
    }

    fn number(&self, counter: u64) -> u32 {
        self.truncated(counter) % 10_u32.pow(u32::from(self.digits))
    }

    /// The value at `counter`, with leading zeros.
    pub fn code(&self, counter: u64) -> SecretText {
        SecretText::new(format!("{:0width$}", self.number(counter), width = usize::from(self.digits)))
    }

    /// Whether `otp` is the value at `counter`.
    pub fn is_at(&self, otp: &str, counter: i64) -> bool {
        self.find(otp, counter..counter.saturating_add(1)).is_some()
    }

    /// The first counter of `range` whose value is `otp`. Negative counters do not exist and are passed over.
    pub fn find(&self, otp: &str, range: std::ops::Range<i64>) -> Option<i64> {
        let wanted = self.parse(otp)?;
        range
            .filter_map(|counter| u64::try_from(counter).ok().map(|unsigned| (counter, unsigned)))
            .find(|(_, unsigned)| bool::from(self.number(*unsigned).ct_eq(&wanted)))
            .map(|(counter, _)| counter)
    }

    /// The OTP as a number; `None` unless it has exactly the token's number of ASCII digits.
    fn parse(&self, otp: &str) -> Option<u32> {
        let plain = otp.len() == usize::from(self.digits) && otp.bytes().all(|b| b.is_ascii_digit());
        if plain { otp.parse().ok() } else { None }
    }
}

/// Dynamic truncation (RFC 4226 section 5.3).
fn truncate(mac: &[u8]) -> u32 {
    let offset = usize::from(mac[mac.len() - 1] & 0x0f);
    u32::from_be_bytes([mac[offset] & 0x7f, mac[offset + 1], mac[offset + 2], mac[offset + 3]])
}

/// What an OATH token remembers between attempts, beside its counter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// Seconds that the token's clock is ahead of ours (tokeninfo `timeShift`).
    #[serde(rename = "timeShift", skip_serializing_if = "Option::is_none")]
    pub shift: Option<f64>,
    /// Counter of the first of two values of an automatic resynchronisation (tokeninfo `otp1c`).
    #[serde(rename = "otp1c", skip_serializing_if = "Option::is_none")]
    pub first: Option<i64>,
    /// Seconds since the epoch until which the second value may come (tokeninfo `dueDate`).
    #[serde(rename = "dueDate", skip_serializing_if = "Option::is_none")]
    pub due: Option<i64>,
}

impl Memory {
    /// Reads what a token keeps; nothing readable is nothing remembered.
    pub fn read(stored: Option<&str>) -> Self {
        stored.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    /// The stored form; `None` when there is nothing to remember.
    pub fn write(&self) -> Option<String> {
        if *self == Self::default() { None } else { serde_json::to_string(self).ok() }
    }
}

/// Why a seed given by the caller is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeedError {
    /// Not an even number of hexadecimal digits.
    #[error("the key is not hexadecimal")]
    Hex,
    /// Not base32 with its leading checksum.
    #[error("the key is not base32 with a matching checksum")]
    Base32Check,
    /// Empty or longer than [`MAX_SEED`].
    #[error("the key is empty or too long")]
    Length,
    /// The format is neither `hex` nor `base32check`.
    #[error("otpkeyformat must be hex or base32check")]
    Format,
}

/// Longest seed that is accepted, in bytes.
pub const MAX_SEED: usize = 512;

/// Reads a seed in the format that `otpkeyformat` names: `hex` (default) or `base32check`.
///
/// # Errors
/// [`SeedError`] says what is wrong with the text.
pub fn read_seed(text: &SecretText, format: Option<&str>) -> Result<SecretBytes, SeedError> {
    let text = text.expose().trim();
    if text.len() > 4 * MAX_SEED {
        return Err(SeedError::Length);
    }
    let bytes = match format.unwrap_or("hex") {
        "hex" => data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes()).map_err(|_| SeedError::Hex)?,
        "base32check" => base32check(text)?,
        _ => return Err(SeedError::Format),
    };
    if bytes.is_empty() || bytes.len() > MAX_SEED { Err(SeedError::Length) } else { Ok(SecretBytes::new(bytes)) }
}

/// `base32(first 4 bytes of SHA-1(payload) + payload)`, in any case, padding optional.
fn base32check(text: &str) -> Result<Vec<u8>, SeedError> {
    let folded = text.trim_end_matches('=').to_ascii_uppercase();
    let bytes = data_encoding::BASE32_NOPAD.decode(folded.as_bytes()).map_err(|_| SeedError::Base32Check)?;
    let (sum, payload) = bytes.split_at_checked(4).ok_or(SeedError::Base32Check)?;
    if Sha1::digest(payload)[..4] == *sum { Ok(payload.to_vec()) } else { Err(SeedError::Base32Check) }
}

/// A fresh seed of `size` bytes.
pub fn generate_seed(chance: &Entropy, size: usize) -> SecretBytes {
    SecretBytes::new(chance.vec(size))
}

/// Two-step enrolment: joins our half of the seed with the half that the application made: PBKDF2-HMAC-SHA1 with the
/// lower-case hex text of our half as password and the other half as salt.
pub fn join_halves(ours: &SecretBytes, theirs: &SecretBytes, rounds: u32, size: usize) -> SecretBytes {
    let password = SecretText::new(data_encoding::HEXLOWER.encode(ours.expose()));
    let mut joined = vec![0; size];
    pbkdf2::pbkdf2_hmac::<Sha1>(password.expose().as_bytes(), theirs.expose(), rounds, &mut joined);
    SecretBytes::new(joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(hash: Hash, seed: &[u8], digits: u8, counters: &[u64]) -> Vec<String> {
        let generator = Generator::new(hash, &SecretBytes::new(seed), digits);
        counters.iter().map(|c| generator.code(*c).expose().to_owned()).collect()
    }

    #[test]
    fn rfc4226_appendix_d() {
        let counters: Vec<u64> = (0..10).collect();
        assert_eq!(
            codes(Hash::Sha1, b"12345678901234567890", 6, &counters),
            ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]
        );
    }

    #[test]
    fn rfc6238_appendix_b() {
        let times = [59_u64, 1_111_111_109, 1_111_111_111, 1_234_567_890, 2_000_000_000, 20_000_000_000];
        let steps: Vec<u64> = times.iter().map(|t| t / 30).collect();
        assert_eq!(
            codes(Hash::Sha1, b"12345678901234567890", 8, &steps),
            ["94287082", "07081804", "14050471", "89005924", "69279037", "65353130"]
        );
        assert_eq!(
            codes(Hash::Sha256, b"12345678901234567890123456789012", 8, &steps),
            ["46119246", "68084774", "67062674", "91819424", "90698825", "77737706"]
        );
        assert_eq!(
            codes(Hash::Sha512, &b"1234567890".repeat(7)[..64], 8, &steps),
            ["90693936", "25091201", "99943326", "93441116", "38618901", "47863826"]
        );
    }

    #[test]
    fn finds_only_exact_digits() {
        let generator = Generator::new(Hash::Sha1, &SecretBytes::new(*b"12345678901234567890"), 6);
        assert_eq!(generator.find("969429", 0..10), Some(3));
        assert_eq!(generator.find("969429", -5..3), None);
        for wrong in ["96942", "0969429", "+69429", "９69429", " 69429", ""] {
            assert_eq!(generator.find(wrong, 0..10), None, "{wrong}");
        }
    }

    #[test]
    fn seeds_are_read_in_both_formats() {
        let hex = read_seed(&"3132AbcD".into(), None).unwrap();
        assert_eq!(hex.expose(), [0x31, 0x32, 0xab, 0xcd]);
        let mut checked = Sha1::digest(b"secret")[..4].to_vec();
        checked.extend_from_slice(b"secret");
        let text = data_encoding::BASE32.encode(&checked);
        for form in [text.clone(), text.to_lowercase(), text.trim_end_matches('=').to_owned()] {
            assert_eq!(read_seed(&form.as_str().into(), Some("base32check")).unwrap().expose(), b"secret");
        }
        assert_eq!(read_seed(&"xyz".into(), None).err(), Some(SeedError::Hex));
        assert_eq!(read_seed(&"".into(), None).err(), Some(SeedError::Length));
        assert_eq!(read_seed(&"AAAAAAAA".into(), Some("base32check")).err(), Some(SeedError::Base32Check));
        assert_eq!(read_seed(&"00".into(), Some("base64")).err(), Some(SeedError::Format));
    }

    #[test]
    fn memory_survives_storage() {
        let memory = Memory { shift: Some(-12.5), first: Some(7), due: None };
        assert_eq!(Memory::read(memory.write().as_deref()), memory);
        assert_eq!(Memory::default().write(), None);
        assert_eq!(Memory::read(Some("not json")), Memory::default());
    }
}
