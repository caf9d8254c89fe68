//! Encryption types (RFC 3961): AES in CBC with ciphertext stealing, with HMAC-SHA-1 (RFC 3962) and HMAC-SHA-2 (RFC 8009).
//! DES, triple DES and RC4 are not here: a ticket under such a key is refused.

use hmac::{Hmac, Mac};
use kernel::{Entropy, SecretBytes};
use openssl::symm::{Cipher, Crypter, Mode};
use sha1::Sha1;
use sha2::{Sha256, Sha384};

use super::Refused;
use super::der::{self, OCTETS};

const BLOCK: usize = 16;

/// For derived keys: encryption, integrity of what is encrypted, and checksums (RFC 3961 section 5.3).
const SEALING: u8 = 0xaa;
const INTEGRITY: u8 = 0x55;
const CHECKSUM: u8 = 0x99;

/// What is encrypted or has a checksum (RFC 4120 section 7.5.1; of tokens, RFC 4121 section 2).
#[derive(Clone, Copy)]
pub(super) enum Usage {
    /// The time, by which a client proves its key to the centre.
    ClientTime = 1,
    Ticket = 2,
    /// What the centre says of a ticket to whoever has the client's key.
    FirstReply = 3,
    /// The request for a further ticket.
    FurtherBody = 6,
    FurtherAuthenticator = 7,
    /// What the centre says of a ticket to whoever has the first one.
    FurtherReply = 8,
    Authenticator = 11,
    Reply = 12,
    FromService = 22,
    FromClient = 24,
}

/// An encryption type that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enctype {
    /// `aes128-cts-hmac-sha1-96`
    Aes128Sha1,
    /// `aes256-cts-hmac-sha1-96`
    Aes256Sha1,
    /// `aes128-cts-hmac-sha256-128`
    Aes128Sha256,
    /// `aes256-cts-hmac-sha384-192`
    Aes256Sha384,
}

impl Enctype {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Aes128Sha1, Self::Aes256Sha1, Self::Aes128Sha256, Self::Aes256Sha384];

    /// By its number.
    pub fn of(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|enctype| enctype.number() == number)
    }

    /// Its number.
    pub const fn number(self) -> i64 {
        match self {
            Self::Aes128Sha1 => 17,
            Self::Aes256Sha1 => 18,
            Self::Aes128Sha256 => 19,
            Self::Aes256Sha384 => 20,
        }
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aes128Sha1 => "aes128-cts-hmac-sha1-96",
            Self::Aes256Sha1 => "aes256-cts-hmac-sha1-96",
            Self::Aes128Sha256 => "aes128-cts-hmac-sha256-128",
            Self::Aes256Sha384 => "aes256-cts-hmac-sha384-192",
        }
    }

    /// The number of its kind of checksum.
    pub(super) const fn checksum(self) -> i64 {
        match self {
            Self::Aes128Sha1 => 15,
            Self::Aes256Sha1 => 16,
            Self::Aes128Sha256 => 19,
            Self::Aes256Sha384 => 20,
        }
    }

    pub(super) const fn key_len(self) -> usize {
        match self {
            Self::Aes128Sha1 | Self::Aes128Sha256 => 16,
            Self::Aes256Sha1 | Self::Aes256Sha384 => 32,
        }
    }

    pub(super) const fn tag_len(self) -> usize {
        match self {
            Self::Aes128Sha1 | Self::Aes256Sha1 => 12,
            Self::Aes128Sha256 => 16,
            Self::Aes256Sha384 => 24,
        }
    }

    fn cipher(self) -> Cipher {
        match self.key_len() {
            16 => Cipher::aes_128_cbc(),
            _ => Cipher::aes_256_cbc(),
        }
    }
}

/// A key with its type.
#[derive(Clone)]
pub struct Key {
    enctype: Enctype,
    bytes: SecretBytes,
}

impl Key {
    /// A key; `None` when it is not as long as its type wants.
    pub fn new(enctype: Enctype, bytes: &[u8]) -> Option<Self> {
        (bytes.len() == enctype.key_len()).then(|| Self { enctype, bytes: SecretBytes::new(bytes) })
    }

    /// Its type.
    pub const fn enctype(&self) -> Enctype {
        self.enctype
    }

    /// Opens what was encrypted for this use.
    ///
    /// # Errors
    /// [`Refused::WrongKey`] when the key is another or anything was changed.
    pub(super) fn open(&self, usage: Usage, sealed: &[u8]) -> Result<SecretBytes, Refused> {
        let split = sealed.len().checked_sub(self.enctype.tag_len()).filter(|len| *len >= BLOCK);
        let (body, tag) = sealed.split_at(split.ok_or(Refused::Malformed("too little is encrypted"))?);
        let plain = match self.enctype {
            Enctype::Aes128Sha1 | Enctype::Aes256Sha1 => {
                let plain = SecretBytes::new(stolen_open(self.enctype.cipher(), self.derived(usage, SEALING)?.expose(), body)?);
                self.verify(usage, plain.expose(), tag)?;
                plain
            }
            Enctype::Aes128Sha256 | Enctype::Aes256Sha384 => {
                self.verify(usage, &[&[0; BLOCK], body].concat(), tag)?;
                SecretBytes::new(stolen_open(self.enctype.cipher(), self.derived(usage, SEALING)?.expose(), body)?)
            }
        };
        // The first block is chance.
        Ok(SecretBytes::new(&plain.expose()[BLOCK..]))
    }

    /// Encrypts for this use.
    pub(super) fn seal(&self, usage: Usage, plain: &[u8], chance: &Entropy) -> Result<Vec<u8>, Refused> {
        let padded = [&chance.bytes::<BLOCK>()[..], plain].concat();
        let mut body = stolen_seal(self.enctype.cipher(), self.derived(usage, SEALING)?.expose(), &padded)?;
        let tag = match self.enctype {
            Enctype::Aes128Sha1 | Enctype::Aes256Sha1 => self.tag(usage, &padded)?,
            Enctype::Aes128Sha256 | Enctype::Aes256Sha384 => self.tag(usage, &[&[0; BLOCK], &body[..]].concat())?,
        };
        body.extend(tag);
        Ok(body)
    }

    fn verify(&self, usage: Usage, message: &[u8], tag: &[u8]) -> Result<(), Refused> {
        let expected = self.tag(usage, message)?;
        if keys::constant_time_eq(&expected, tag) { Ok(()) } else { Err(Refused::WrongKey) }
    }

    fn tag(&self, usage: Usage, message: &[u8]) -> Result<Vec<u8>, Refused> {
        self.mac(&self.derived(usage, INTEGRITY)?, message)
    }

    /// The checksum of a message for this use.
    pub(super) fn checksum(&self, usage: Usage, message: &[u8]) -> Result<Vec<u8>, Refused> {
        self.mac(&self.derived(usage, CHECKSUM)?, message)
    }

    fn mac(&self, key: &SecretBytes, message: &[u8]) -> Result<Vec<u8>, Refused> {
        let mut tag = match self.enctype {
            Enctype::Aes128Sha1 | Enctype::Aes256Sha1 => mac_of::<Hmac<Sha1>>(key.expose(), message)?,
            Enctype::Aes128Sha256 => mac_of::<Hmac<Sha256>>(key.expose(), message)?,
            Enctype::Aes256Sha384 => mac_of::<Hmac<Sha384>>(key.expose(), message)?,
        };
        tag.truncate(self.enctype.tag_len());
        Ok(tag)
    }

    /// The key for a purpose of this use.
    fn derived(&self, usage: Usage, purpose: u8) -> Result<SecretBytes, Refused> {
        let [a, b, c, d] = (usage as u32).to_be_bytes();
        let short = purpose != SEALING && self.enctype == Enctype::Aes256Sha384;
        self.derive(&[a, b, c, d, purpose], if short { 24 } else { self.enctype.key_len() })
    }

    /// What follows from the key for a label (RFC 3961 section 5.1, RFC 8009 section 3).
    pub(super) fn derive(&self, label: &[u8], len: usize) -> Result<SecretBytes, Refused> {
        let base = self.bytes.expose();
        match self.enctype {
            Enctype::Aes128Sha1 | Enctype::Aes256Sha1 => {
                let (mut out, mut block) = (Vec::with_capacity(32), fold(label));
                while out.len() < len {
                    block = run(self.enctype.cipher(), Mode::Encrypt, base, &block)?;
                    out.extend(&block);
                }
                out.truncate(len);
                Ok(SecretBytes::new(out))
            }
            Enctype::Aes128Sha256 => expand::<Hmac<Sha256>>(base, label, len),
            Enctype::Aes256Sha384 => expand::<Hmac<Sha384>>(base, label, len),
        }
    }

    /// The key as it stands in a message (`EncryptionKey`).
    pub(super) fn written(&self) -> Vec<u8> {
        [der::number_field(0, self.enctype.number()), der::field(1, OCTETS, self.bytes.expose())].concat()
    }
}

fn mac_of<M: Mac + hmac::digest::KeyInit>(key: &[u8], message: &[u8]) -> Result<Vec<u8>, Refused> {
    let mut mac = <M as Mac>::new_from_slice(key).map_err(|_| Refused::WrongKey)?;
    mac.update(message);
    Ok(mac.finalize().into_bytes().to_vec())
}

/// KDF-HMAC-SHA2 (RFC 8009 section 3): one block of it is enough for every key here.
fn expand<M: Mac + hmac::digest::KeyInit>(base: &[u8], label: &[u8], len: usize) -> Result<SecretBytes, Refused> {
    let bits = u32::try_from(len * 8).unwrap_or(0).to_be_bytes();
    let mut out = mac_of::<M>(base, &[&[0, 0, 0, 1], label, &[0], &bits].concat())?;
    out.truncate(len);
    Ok(SecretBytes::new(out))
}

/// `n-fold` to 16 bytes (RFC 3961 section 5.1).
fn fold(text: &[u8]) -> Vec<u8> {
    let (n, k) = (BLOCK, text.len());
    let (mut a, mut b) = (n, k);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    let len = n * k / a;
    let bits = k * 8;
    // Copy number i is rotated right by 13 * i bits.
    let bit = |at: usize| (text[at / 8] >> (7 - at % 8)) & 1;
    let byte = |at: usize| {
        let turn = 13 * (at / k);
        (0..8).fold(0, |byte, i| byte << 1 | bit((at % k * 8 + i + bits * 13 - turn % bits) % bits))
    };
    let mut out = vec![0_u8; n];
    let mut carry = 0_u16;
    for at in (0..len).rev() {
        let sum = u16::from(out[at % n]) + u16::from(byte(at)) + carry;
        out[at % n] = (sum & 0xff) as u8;
        carry = sum >> 8;
    }
    for at in (0..n).rev() {
        let sum = u16::from(out[at]) + carry;
        out[at] = (sum & 0xff) as u8;
        carry = sum >> 8;
    }
    out
}

/// CBC from a block of zeros over whole blocks.
fn run(cipher: Cipher, mode: Mode, key: &[u8], blocks: &[u8]) -> Result<Vec<u8>, Refused> {
    let failed = |_| Refused::WrongKey;
    let mut crypter = Crypter::new(cipher, mode, key, Some(&[0; BLOCK])).map_err(failed)?;
    crypter.pad(false);
    let mut out = vec![0; blocks.len() + BLOCK];
    let len = crypter.update(blocks, &mut out).map_err(failed)?;
    let len = len + crypter.finalize(&mut out[len..]).map_err(failed)?;
    out.truncate(len);
    Ok(out)
}

/// Length of the last, possibly shorter, block.
const fn last_block(len: usize) -> usize {
    (len - 1) % BLOCK + 1
}

/// CBC with ciphertext stealing (CBC-CS3): the last two blocks change places and the last one is cut.
fn stolen_seal(cipher: Cipher, key: &[u8], plain: &[u8]) -> Result<Vec<u8>, Refused> {
    let mut padded = plain.to_vec();
    padded.resize(plain.len().next_multiple_of(BLOCK), 0);
    let sealed = run(cipher, Mode::Encrypt, key, &padded)?;
    let Some(head) = sealed.len().checked_sub(2 * BLOCK) else { return Ok(sealed) };
    let (before, last) = sealed[head..].split_at(BLOCK);
    Ok([&sealed[..head], last, &before[..last_block(plain.len())]].concat())
}

fn stolen_open(cipher: Cipher, key: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Refused> {
    if sealed.len() <= BLOCK {
        return run(cipher, Mode::Decrypt, key, sealed);
    }
    let cut = last_block(sealed.len());
    let (head, two) = sealed.split_at(sealed.len() - BLOCK - cut);
    let (last, before) = two.split_at(BLOCK);
    // What was cut off stands behind the padding of the last block, which is of zeros.
    let mut whole = [&[0; BLOCK], last].concat();
    whole = run(cipher, Mode::Decrypt, key, &whole)?;
    let stolen = &whole[BLOCK + cut..];
    let plain = run(cipher, Mode::Decrypt, key, &[head, before, stolen, last].concat())?;
    Ok(plain[..sealed.len()].to_vec())
}

#[cfg(test)]
#[path = "enctype_tests.rs"]
mod tests;
