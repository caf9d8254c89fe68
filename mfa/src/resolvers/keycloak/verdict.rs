//! What a direct grant of Keycloak says of a password.

use kernel::outbound::Answer;
use serde_json::Value;

use crate::resolvers::web::answer;
use crate::resolvers::web::manner::right;
use crate::resolvers::{PasswordCheck, PasswordNote, ResolverError};

/// Reads the answer of the token endpoint.
///
/// # Errors
/// When the client is refused, or Keycloak does not check: that says nothing about the password.
pub(super) fn verdict(uid: &str, said: &Answer) -> Result<PasswordCheck, ResolverError> {
    let document: Value = serde_json::from_slice(&said.body).unwrap_or_default();
    if answer::succeeded(said) {
        return match document.get("access_token").and_then(Value::as_str) {
            // Where the token does not tell, the name is looked up once more.
            Some(_) if owner(said).is_none_or(|owner| owner == uid) => Ok(right()),
            Some(_) => Ok(PasswordCheck::default()),
            None => Err(ResolverError::Unavailable("its answer to a password holds no token".to_owned())),
        };
    }
    let member = |name: &str| document.get(name).and_then(Value::as_str).unwrap_or_default();
    match (said.status, member("error"), member("error_description")) {
        // The password is right, but there is something to be done at Keycloak first, such as setting another one.
        (400, "invalid_grant", "Account is not fully set up") => {
            Ok(PasswordCheck { note: PasswordNote::Demands, ..PasswordCheck::default() })
        }
        (400 | 401, "invalid_grant", _) => Ok(PasswordCheck::default()),
        _ => Err(answer::refusal_to_password(said)),
    }
}

/// Whom the access token of an answer is about, when that can be read. It came from Keycloak itself, so its signature does not matter.
pub(super) fn owner(said: &Answer) -> Option<String> {
    let document: Value = serde_json::from_slice(&said.body).ok()?;
    let token = document.get("access_token")?.as_str()?;
    let claims = data_encoding::BASE64URL_NOPAD.decode(token.split('.').nth(1)?.as_bytes()).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    claims.get("sub")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolvers::web::testing::said;

    fn outcome(status: u16, body: &str) -> Option<(bool, PasswordNote)> {
        verdict("u1", &said(status, body)).ok().map(|check| (check.ok, check.note))
    }

    #[test]
    fn every_answer() {
        let token =
            |claims: &str| format!(r#"{{"access_token": "e30.{}.x"}}"#, data_encoding::BASE64URL_NOPAD.encode(claims.as_bytes()));
        let (wrong, demands) = ((false, PasswordNote::None), (false, PasswordNote::Demands));
        for (status, body, expected) in [
            (200, r#"{"access_token": "opaque"}"#.to_owned(), Some((true, PasswordNote::None))),
            (200, token(r#"{"sub": "u1"}"#), Some((true, PasswordNote::None))),
            (200, token(r#"{"sub": "u2"}"#), Some(wrong)),
            (200, "{}".to_owned(), None),
            (200, "<html>".to_owned(), None),
            (401, r#"{"error": "invalid_grant", "error_description": "Invalid user credentials"}"#.to_owned(), Some(wrong)),
            (400, r#"{"error": "invalid_grant", "error_description": "Account disabled"}"#.to_owned(), Some(wrong)),
            (400, r#"{"error": "invalid_grant", "error_description": "Account is not fully set up"}"#.to_owned(), Some(demands)),
            (401, r#"{"error": "invalid_client"}"#.to_owned(), None),
            (400, r#"{"error": "unauthorized_client"}"#.to_owned(), None),
            (404, r#"{"error": "Realm does not exist"}"#.to_owned(), None),
            (500, String::new(), None),
            (302, String::new(), None),
        ] {
            assert_eq!(outcome(status, &body), expected, "{status} {body}");
        }
    }
}
