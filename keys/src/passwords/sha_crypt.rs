//! `$5$` and `$6$`: SHA-256-crypt and SHA-512-crypt (Ulrich Drepper, "Unix crypt using SHA-256 and SHA-512"), as found in
//! passwd files and SQL user tables.

use sha2::digest::Output;
use sha2::{Digest, Sha256, Sha512};

pub(super) const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const DEFAULT_ROUNDS: u32 = 5000;
/// The specification allows 999,999,999; more than this would be a way to keep a core busy.
const MOST_ROUNDS: u32 = 5_000_000;
/// The effort grows with the square of the length; longer ones are refused.
const LONGEST_PASSWORD: usize = 1024;

struct Parsed<'a> {
    sha512: bool,
    rounds: u32,
    salt: &'a [u8],
    hash: &'a [u8],
}

pub(super) fn recognises(stored: &str) -> bool {
    parse(stored).is_some()
}

pub(super) fn verify(stored: &str, password: &[u8]) -> bool {
    let Some(Parsed { sha512, rounds, salt, hash }) = parse(stored) else { return false };
    if password.len() > LONGEST_PASSWORD {
        return false;
    }
    let made = if sha512 {
        encode(&digest::<Sha512>(password, salt, rounds), &order_512())
    } else {
        encode(&digest::<Sha256>(password, salt, rounds), &order_256())
    };
    crate::constant_time_eq(&made, hash)
}

/// A new hash. The salt has up to 16 characters of the alphabet.
pub(super) fn hash(sha512: bool, rounds: u32, salt: &str, password: &[u8]) -> String {
    let made = if sha512 {
        encode(&digest::<Sha512>(password, salt.as_bytes(), rounds), &order_512())
    } else {
        encode(&digest::<Sha256>(password, salt.as_bytes(), rounds), &order_256())
    };
    let made: String = made.into_iter().map(char::from).collect();
    format!("${}$rounds={rounds}${salt}${made}", if sha512 { 6 } else { 5 })
}

fn parse(stored: &str) -> Option<Parsed<'_>> {
    let (sha512, rest) = match stored.strip_prefix("$6$") {
        Some(rest) => (true, rest),
        None => (false, stored.strip_prefix("$5$")?),
    };
    let (rounds, rest) = match rest.strip_prefix("rounds=") {
        Some(rest) => {
            let (rounds, rest) = rest.split_once('$')?;
            (rounds.parse::<u32>().ok().filter(|r| *r <= MOST_ROUNDS)?.max(1000), rest)
        }
        None => (DEFAULT_ROUNDS, rest),
    };
    let (salt, hash) = rest.split_once('$')?;
    let salt = &salt.as_bytes()[..salt.len().min(16)];
    let length = if sha512 { 86 } else { 43 };
    (hash.len() == length).then_some(Parsed { sha512, rounds, salt, hash: hash.as_bytes() })
}

/// The numbers refer to the steps of the specification.
fn digest<D: Digest>(password: &[u8], salt: &[u8], rounds: u32) -> Output<D> {
    // 4 to 8: digest B.
    let b = D::new().chain_update(password).chain_update(salt).chain_update(password).finalize();
    // 1 to 3, 9 to 12: digest A.
    let mut a = D::new().chain_update(password).chain_update(salt);
    repeat::<D>(&mut a, &b, password.len());
    let mut bits = password.len();
    while bits > 0 {
        a.update(if bits & 1 == 1 { &b[..] } else { password });
        bits >>= 1;
    }
    let a = a.finalize();
    // 13 to 16: sequence P.
    let mut dp = D::new();
    for _ in 0..password.len() {
        dp.update(password);
    }
    let p = sequence(&dp.finalize(), password.len());
    // 17 to 20: sequence S.
    let mut ds = D::new();
    for _ in 0..16 + usize::from(a[0]) {
        ds.update(salt);
    }
    let s = sequence(&ds.finalize(), salt.len());
    // 21: the rounds.
    let mut previous = a;
    for round in 0..rounds {
        let odd = round & 1 == 1;
        let mut c = D::new();
        c.update(if odd { &p[..] } else { &previous[..] });
        if round % 3 != 0 {
            c.update(&s);
        }
        if round % 7 != 0 {
            c.update(&p);
        }
        c.update(if odd { &previous[..] } else { &p[..] });
        previous = c.finalize();
    }
    previous
}

fn repeat<D: Digest>(into: &mut D, block: &[u8], length: usize) {
    into.update(sequence(block, length));
}

/// The block repeated, cut to `length`.
fn sequence(block: &[u8], length: usize) -> Vec<u8> {
    block.iter().copied().cycle().take(length).collect()
}

/// 22: groups of three bytes in an order of their own, four characters each, least significant bits first.
pub(super) fn encode(digest: &[u8], order: &[[Option<usize>; 3]]) -> Vec<u8> {
    let byte = |index: Option<usize>| index.map_or(0, |i| u32::from(digest[i]));
    let mut out = Vec::with_capacity(88);
    for [high, middle, low] in order {
        let mut word = byte(*high) << 16 | byte(*middle) << 8 | byte(*low);
        let characters = 4 - usize::from(high.is_none()) - usize::from(middle.is_none());
        for _ in 0..characters {
            out.push(ALPHABET[(word & 0x3f) as usize]);
            word >>= 6;
        }
    }
    out
}

/// 0 21 42, 22 43 1, 44 2 23, ... , and byte 63 alone.
fn order_512() -> Vec<[Option<usize>; 3]> {
    let group = |i: usize| match i % 3 {
        0 => [i, i + 21, i + 42],
        1 => [i + 21, i + 42, i],
        _ => [i + 42, i, i + 21],
    };
    let mut order: Vec<_> = (0..21).map(|i| group(i).map(Some)).collect();
    order.push([None, None, Some(63)]);
    order
}

/// 0 10 20, 21 1 11, 12 22 2, ... , and bytes 31 and 30.
fn order_256() -> Vec<[Option<usize>; 3]> {
    let group = |i: usize| match i % 3 {
        0 => [i, i + 10, i + 20],
        1 => [i + 20, i, i + 10],
        _ => [i + 10, i + 20, i],
    };
    let mut order: Vec<_> = (0..10).map(|i| group(i).map(Some)).collect();
    order.push([None, Some(31), Some(30)]);
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the specification's own test program, and made with `openssl passwd`.
    #[test]
    fn foreign_hashes() {
        for (stored, password) in VECTORS {
            assert!(recognises(stored), "{stored}");
            assert!(verify(stored, password.as_bytes()), "{stored}");
            assert!(!verify(stored, format!("{password}x").as_bytes()), "{stored}");
        }
    }

    #[rustfmt::skip]
    const VECTORS: &[(&str, &str)] = &[
        ("$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5", "Hello world!"),
        ("$5$saltstringsaltst$a5C8Ofk71MUIoKve2QuP9FMl.dwNgseF5tR1LGAL7iB", "Hello world!"),
        ("$6$saltstringsaltst$e.3mR68CqZEpesEX1HlFZT6sEanSOjM/b5UoDyDo00a8syek2cJldMjrbtKP86.FJvzluVR7nc3DNzelAwTxj.", "Hello world!"),
        ("$5$saltstringsaltst$37CelltD6iMn9nFf.xJrAnACdAdHwtWz5Z4YML7HKcB", "a"),
        ("$6$saltstringsaltst$V1bh5AHnO3DyboxHV1xFR.ZTBMQwPKb/sYKJwWCI0cb45VrOhnf0a5zVHniCe0J7RFPjPafO68RNA8if98eul1", "a"),
        ("$5$saltstringsaltst$htDXRR6ziOYDX0oKmRSJFOi6MHRzS5/ZJHiMf2VPk60", "Grüße, 17 Zeichen"),
        ("$6$saltstringsaltst$rHPReNTqMvhnM9xfJFcwMURmf9tIO1tS9UDfLwyarMhLNYg5qSzmz5/87nEkzJqx0OiQB403Dmyk.6LyvHl6g.", "Grüße, 17 Zeichen"),
        ("$5$saltstringsaltst$Pq9ov2Vo62COYoeHnXGny2arFfqFSynnfJ9xyjs7ZX7", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
        ("$6$saltstringsaltst$Q19Pk7QgqyH2wCETucELuaWMNtplciIgtVbE6ttvDgffR03hko23OxmKgMTh1FX62uxA5hX1a9pzzKdYOiuyy0", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
        ("$6$rounds=10000$roundzzz$deOfWn51xgudE/kzPujhm6MEPMN3okxHihrrRzInErnh6KE/Ewpp95iBQyRLkntWFgfx4Q1SuHTbn71bIuNqQ/", "geheim"),
        ("$6$rounds=2000$abc$1Hq0wDtWjDVKZrpkkz7xYrg8RiLbJNeHTOEOnFwsxh.O7.lLawCyJ.v4d6rlSs3jxjFEFfNDKQ9l.Iz/0h5TK.", "geheim"),
        (
            "$5$rounds=1400$anotherlongsalts$Rx.j8H.h8HjEDGomFU8bDkXm3XIUnzyxf12oP84Bnq1",
            "a very much longer text to encrypt.  This one even stretches over morethan one line.",
        ),
    ];
}
