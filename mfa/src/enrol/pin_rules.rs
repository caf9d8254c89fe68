//! What a PIN must look like, and random PINs.

use kernel::{Entropy, SecretText};

use crate::operation::{Code, Failure};
use crate::policy::At;
use crate::policy::actions::held::{OTP_PIN_CONTENTS, OTP_PIN_MAXLENGTH, OTP_PIN_MINLENGTH};

/// Longest PIN without a policy.
const MAX: usize = 31;

/// Checks a PIN against length and contents policies. An empty PIN is a PIN of length 0.
///
/// # Errors
/// [`Failure`] of policy that says what is wrong, never what the PIN was.
pub fn check(pin: &SecretText, at: &At<'_>) -> Result<(), Failure> {
    let length = pin.expose().chars().count();
    let (min, max) = (at.get(&OTP_PIN_MINLENGTH)?.map_or(0, usize::from), at.get(&OTP_PIN_MAXLENGTH)?.map_or(MAX, usize::from));
    if length < min {
        return Err(Failure::policy(format!("The minimum OTP PIN length is {min}")));
    }
    if length > max {
        return Err(Failure::policy(format!("The maximum OTP PIN length is {max}")));
    }
    match at.get(&OTP_PIN_CONTENTS)? {
        Some(rule) if !matches(pin.expose(), &rule) => {
            Err(Failure::new(Code::Policy, "The PIN does not contain what it must, or contains what it must not."))
        }
        _ => Ok(()),
    }
}

fn in_class(class: char, c: char) -> bool {
    match class {
        'c' => c.is_ascii_alphabetic(),
        'n' => c.is_ascii_digit(),
        's' => c.is_ascii_punctuation(),
        _ => false,
    }
}

/// Whether text meets a contents rule: `cn` (each class occurs), `+cn` (one of them occurs), `-s` (none of them occurs), `[123]`
/// (nothing else occurs).
fn matches(text: &str, rule: &str) -> bool {
    let occurs = |class: char| text.chars().any(|c| in_class(class, c));
    if let Some(allowed) = rule.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return text.chars().all(|c| allowed.contains(c));
    }
    if let Some(classes) = rule.strip_prefix('-') {
        return !classes.chars().any(occurs);
    }
    let known = |c: char| "cns".chars().any(|class| in_class(class, c));
    match rule.strip_prefix('+') {
        Some(classes) => classes.chars().any(occurs),
        None => rule.chars().all(occurs) && text.chars().all(known),
    }
}

/// A random PIN of letters and digits.
pub fn random(chance: &Entropy, length: u8) -> SecretText {
    SecretText::new(chance.chars(b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789", usize::from(length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents() {
        for (text, rule, expected) in [
            ("1234", "n", true),
            ("abcd", "n", false),
            ("a1", "cn", true),
            ("11", "cn", false),
            ("a1!", "cn", true),
            ("a1ö", "cn", false),
            ("11", "+cn", true),
            ("!!", "+cn", false),
            ("a1", "-s", true),
            ("a1!", "-s", false),
            ("1221", "[12]", true),
            ("1231", "[12]", false),
            ("", "", true),
        ] {
            assert_eq!(matches(text, rule), expected, "{text} {rule}");
        }
    }
}
