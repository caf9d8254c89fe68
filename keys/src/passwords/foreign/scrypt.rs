//! scrypt (RFC 7914) as `$scrypt$ln=16,r=8,p=1$SALT$HASH` (passlib) and as `$7$` of crypt(3).

use data_encoding::BASE64_NOPAD;

use super::{MOST_MEMORY, MOST_WORK, Maker, crypt64};

pub(super) const MAKERS: &[Maker] = &[];

struct Parsed {
    log_n: u32,
    r: u32,
    p: u32,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

fn parse(stored: &str) -> Option<Parsed> {
    let parsed = match stored.strip_prefix("$7$") {
        Some(rest) => crypt(rest)?,
        None => passlib(stored.strip_prefix("$scrypt$")?)?,
    };
    let Parsed { log_n, r, p, salt, hash } = &parsed;
    let memory = 1u64.checked_shl(*log_n)?.checked_mul(128)?.checked_mul(u64::from(*r))?;
    let work = memory.checked_mul(u64::from(*p))?;
    let sound = (1..=24).contains(log_n) && *r > 0 && *p > 0 && salt.len() <= 1024 && (16..=64).contains(&hash.len());
    (sound && memory <= MOST_MEMORY && work <= MOST_WORK).then_some(parsed)
}

/// `log_n` as one character, `r` and `p` as five each, the salt as it is, and the hash.
fn crypt(rest: &str) -> Option<Parsed> {
    let (numbers, rest) = rest.split_at_checked(11)?;
    let (salt, hash) = rest.rsplit_once('$')?;
    let hash = crypt64::decode(hash)?;
    let (log_n, r, p) =
        (crypt64::number(numbers.get(..1)?)?, crypt64::number(numbers.get(1..6)?)?, crypt64::number(numbers.get(6..)?)?);
    (hash.len() == 32).then(|| Parsed { log_n, r, p, salt: salt.as_bytes().to_vec(), hash })
}

fn passlib(rest: &str) -> Option<Parsed> {
    let mut parts = rest.split('$');
    let mut numbers = parts.next()?.split(',');
    let mut number = |name: &str| numbers.next()?.strip_prefix(name)?.strip_prefix('=')?.parse::<u32>().ok();
    let (log_n, r, p) = (number("ln")?, number("r")?, number("p")?);
    let decode = |text: &str| BASE64_NOPAD.decode(text.as_bytes()).ok();
    let (salt, hash) = (decode(parts.next()?)?, decode(parts.next()?)?);
    (numbers.next().is_none() && parts.next().is_none()).then_some(Parsed { log_n, r, p, salt, hash })
}

pub(super) fn recognises(stored: &str) -> bool {
    parse(stored).is_some()
}

pub(super) fn verify(stored: &str, password: &[u8]) -> bool {
    let Some(Parsed { log_n, r, p, salt, hash }) = parse(stored) else { return false };
    let mut made = vec![0; hash.len()];
    // The library wants some room beside the memory that the numbers ask for.
    let room = MOST_MEMORY + (64 << 20);
    let done = openssl::pkcs5::scrypt(password, &salt, 1 << log_n, r.into(), p.into(), room, &mut made);
    done.is_ok() && crate::constant_time_eq(&made, &hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cost_is_bounded() {
        let stored = |numbers: &str| format!("$scrypt${numbers}$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        for good in ["ln=16,r=8,p=1", "ln=14,r=8,p=4", "ln=1,r=1,p=1", "ln=17,r=8,p=1"] {
            assert!(recognises(&stored(good)), "{good}");
        }
        for bad in [
            "ln=40,r=8,p=1",
            "ln=64,r=8,p=1",
            "ln=20,r=8,p=1",
            "ln=16,r=8,p=1000",
            "ln=16,r=0,p=1",
            "ln=1,r=4294967295,p=1",
            "ln=0,r=1,p=1",
        ] {
            assert!(!recognises(&stored(bad)), "{bad}");
        }
        assert!(!recognises("$7$zzzzzzzzzzzsalt$AAAA") && !recognises("$7$C6..../") && !recognises("$7$ääääää$x"));
    }
}
