//! What the password grant of Entra ID says of a password (the codes AADSTS... of its answers).
//!
//! Entra ID looks at the password before it asks for more. Right passwords of people of whom it demands another factor, a new
//! password or another place are right, and let nobody in: what it demands, only its own pages can ask for.

use kernel::outbound::Answer;
use serde_json::Value;

use crate::resolvers::web::answer;
use crate::resolvers::web::manner::right;
use crate::resolvers::{PasswordCheck, PasswordNote, ResolverError};

/// The password is right, and more is demanded: expired (50055, and that of a directory behind, 50144), another factor (50072, 50074,
/// 50076, 50079, 50125, 50158), conditions of access (53000 to 53004, 530003).
const DEMANDS: &[i64] = &[50055, 50144, 50072, 50074, 50076, 50079, 50125, 50158, 53000, 53001, 53002, 53003, 53004, 530_003];
/// Locked after too many guesses, or asked from an address with a bad name.
const LOCKED: i64 = 50053;
/// Wrong (50126, 50064), unknown (50034, 50020, 51004), disabled (50057), no password here (50056, 50155, 50177, 81016).
const WRONG: &[i64] = &[50126, 50064, 50034, 50020, 51004, 50057, 50056, 50155, 50177, 81016];

/// Reads the answer of the token endpoint.
///
/// # Errors
/// When the application is refused or may not ask, or Entra ID does not check: that says nothing about the password.
pub(super) fn verdict(uid: &str, said: &Answer) -> Result<PasswordCheck, ResolverError> {
    let document: Value = serde_json::from_slice(&said.body).unwrap_or_default();
    if answer::succeeded(said) {
        if document.get("access_token").and_then(Value::as_str).is_none_or(str::is_empty) {
            return Err(ResolverError::Unavailable("its answer to a password holds no token".to_owned()));
        }
        // The name may belong to somebody else since it was looked up.
        let about = named(said);
        return Ok(if about.is_none_or(|about| about.eq_ignore_ascii_case(uid)) { right() } else { PasswordCheck::default() });
    }
    let note = |note| Ok(PasswordCheck { note, ..PasswordCheck::default() });
    match code(&document).filter(|_| (400..500).contains(&said.status)) {
        Some(code) if DEMANDS.contains(&code) => {
            tracing::info!(code, "Entra ID demands more than the password");
            note(PasswordNote::Demands)
        }
        Some(LOCKED) => note(PasswordNote::Locked),
        Some(code) if WRONG.contains(&code) => note(PasswordNote::None),
        Some(code) => Err(ResolverError::Unavailable(format!("Entra ID does not check passwords: AADSTS{code}"))),
        None => Err(ResolverError::Unavailable(format!("Entra ID does not check passwords: status {}", said.status))),
    }
}

/// The number of an error: the first of `error_codes`, or that of the description.
fn code(document: &Value) -> Option<i64> {
    let listed = document.pointer("/error_codes/0").and_then(Value::as_i64);
    let described = || {
        let text = document.get("error_description")?.as_str()?;
        let digits: String = text.strip_prefix("AADSTS")?.chars().take_while(char::is_ascii_digit).take(9).collect();
        digits.parse().ok()
    };
    listed.or_else(described)
}

/// The object that the ID token of an answer is about, when there is one that can be read.
pub(super) fn named(said: &Answer) -> Option<String> {
    let document: Value = serde_json::from_slice(&said.body).ok()?;
    owner(document.get("id_token")?.as_str()?)
}

/// The object that an ID token is about. It came from Entra ID itself, so its signature does not matter.
fn owner(token: &str) -> Option<String> {
    let claims = data_encoding::BASE64URL_NOPAD.decode(token.split('.').nth(1)?.as_bytes()).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    claims.get("oid")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolvers::web::testing::said;

    fn outcome(status: u16, body: &str) -> Option<(bool, PasswordNote)> {
        verdict("u1", &said(status, body)).ok().map(|check| (check.ok, check.note))
    }

    #[test]
    fn every_code() {
        for (code, expected) in [
            (50126, Some(PasswordNote::None)),
            (50034, Some(PasswordNote::None)),
            (50057, Some(PasswordNote::None)),
            (50053, Some(PasswordNote::Locked)),
            (50055, Some(PasswordNote::Demands)),
            (50076, Some(PasswordNote::Demands)),
            (50079, Some(PasswordNote::Demands)),
            (53003, Some(PasswordNote::Demands)),
            // The secret of the application is wrong or has expired, it is not known, consent is missing.
            (7_000_215, None),
            (7_000_222, None),
            (700_016, None),
            (65001, None),
            (90002, None),
            (1, None),
        ] {
            let listed =
                format!(r#"{{"error": "invalid_grant", "error_description": "AADSTS{code}: x", "error_codes": [{code}]}}"#);
            let described = format!(r#"{{"error": "interaction_required", "error_description": "AADSTS{code}: x"}}"#);
            for body in [listed, described] {
                assert_eq!(outcome(400, &body), expected.map(|note| (false, note)), "{body}");
            }
        }
        assert_eq!(outcome(500, r#"{"error_codes": [50126]}"#), None);
        assert_eq!(outcome(400, r#"{"error": "invalid_grant"}"#), None);
        assert_eq!(outcome(400, "<html>"), None);
    }

    #[test]
    fn tokens_are_for_who_was_asked_about() {
        let token = |claims: &str| {
            let claims = data_encoding::BASE64URL_NOPAD.encode(claims.as_bytes());
            format!(r#"{{"access_token": "x", "id_token": "e30.{claims}.x"}}"#)
        };
        assert_eq!(outcome(200, &token(r#"{"oid": "U1"}"#)), Some((true, PasswordNote::None)));
        assert_eq!(outcome(200, &token(r#"{"oid": "u2"}"#)), Some((false, PasswordNote::None)));
        assert_eq!(outcome(200, r#"{"access_token": "x"}"#), Some((true, PasswordNote::None)));
        assert_eq!((outcome(200, "{}"), outcome(200, "<html>")), (None, None));
    }
}
