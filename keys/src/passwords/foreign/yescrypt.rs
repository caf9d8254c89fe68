//! yescrypt, the default of crypt(3) on present systems: `$y$PARAMETERS$SALT$HASH`.

use yescrypt::{Mode, Params};

use super::{MOST_MEMORY, Maker, crypt64};

pub(super) const MAKERS: &[Maker] = &[];

struct Parsed {
    params: Params,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

fn parse(stored: &str) -> Option<Parsed> {
    let mut parts = stored.strip_prefix("$y$")?.split('$');
    let params = params(parts.next()?)?;
    let (salt, hash) = (crypt64::decode(parts.next()?)?, crypt64::decode(parts.next()?)?);
    (parts.next().is_none() && salt.len() <= 64 && hash.len() == 32).then_some(Parsed { params, salt, hash })
}

/// The flavour that crypt(3) makes, the binary logarithm of N, and r; p is 1 and there is no further time.
fn params(text: &str) -> Option<Params> {
    let [b'j', log_n, r] = *text.as_bytes() else { return None };
    let (log_n, r) = (crypt64::value(log_n)? + 1, crypt64::value(r).filter(|r| *r < 48)? + 1);
    let memory = 1u64.checked_shl(log_n)?.checked_mul(128 * u64::from(r))?;
    if !(4..=24).contains(&log_n) || memory > MOST_MEMORY {
        return None;
    }
    Params::new(Mode::default(), 1 << log_n, r, 1).ok()
}

pub(super) fn recognises(stored: &str) -> bool {
    parse(stored).is_some()
}

pub(super) fn verify(stored: &str, password: &[u8]) -> bool {
    let Some(Parsed { params, salt, hash }) = parse(stored) else { return false };
    let mut made = [0; 32];
    yescrypt::yescrypt(password, &salt, &params, &mut made).is_ok() && crate::constant_time_eq(&made, &hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cost_is_bounded() {
        for good in ["j9T", "j75", "jAT", "jCT"] {
            assert!(params(good).is_some(), "{good}");
        }
        for bad in ["", "j", "j9", "jzT", "jFT", "j9z", "j9T0", "k9T", "i9T", "j..", "äT"] {
            assert!(params(bad).is_none(), "{bad}");
        }
    }
}
