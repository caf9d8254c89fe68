//! Client assertions: JWTs that a client signs to say who it is (RFC 7523 section 3). Pure.

use std::time::Duration;

use kernel::Timestamp;
use serde_json::{Map, Value};

/// Clocks may differ by so much.
const SKEW: Duration = Duration::from_secs(30);
/// An assertion may not live longer, so that the table of used ones stays small.
const LONGEST: Duration = Duration::from_secs(3600);
/// Longest `jti`.
const LONGEST_JTI: usize = 255;

/// What has to be remembered of an assertion that is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Once {
    pub(super) jti: String,
    /// Until then it must not be accepted again.
    pub(super) until: Timestamp,
}

/// Checks the claims of an assertion whose signature is right. `audiences` are the values of `aud` that mean us.
///
/// # Errors
/// What is wrong, for the log.
pub(super) fn check(
    claims: &Map<String, Value>,
    client_id: &str,
    audiences: &[&str],
    now: Timestamp,
) -> Result<Once, &'static str> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(client_id) || text("sub") != Some(client_id) {
        return Err("iss or sub of the assertion is not the client_id");
    }
    let ours = match claims.get("aud") {
        Some(Value::String(aud)) => audiences.contains(&aud.as_str()),
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).any(|aud| audiences.contains(&aud)),
        _ => false,
    };
    if !ours {
        return Err("aud of the assertion is neither the issuer nor the endpoint");
    }
    let time = |name: &str| match claims.get(name) {
        None => Ok(None),
        Some(value) => value.as_f64().filter(|t| t.is_finite()).map(|t| Some(Timestamp::from_seconds(t as i64))).ok_or(()),
    };
    let exp = time("exp").ok().flatten().ok_or("exp of the assertion is missing or no number")?;
    if exp + SKEW <= now {
        return Err("the assertion has expired");
    }
    if exp > now + LONGEST + SKEW {
        return Err("the assertion lives for more than an hour");
    }
    for name in ["nbf", "iat"] {
        let from = time(name).map_err(|()| "nbf or iat of the assertion is no number")?;
        if from.is_some_and(|from| from > now + SKEW) {
            return Err("the assertion is from the future");
        }
    }
    match text("jti").filter(|jti| (1..=LONGEST_JTI).contains(&jti.len())) {
        Some(jti) => Ok(Once { jti: jti.to_owned(), until: exp + SKEW }),
        None => Err("jti of the assertion is missing or absurdly long"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);
    const AUDIENCES: &[&str] = &["https://id.example", "https://id.example/oidc/token"];

    fn claims(change: Value) -> Map<String, Value> {
        let mut claims = json!({
            "iss": "rp", "sub": "rp", "aud": "https://id.example", "exp": NOW.seconds() + 60, "iat": NOW.seconds(), "jti": "1"
        });
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims.as_object().unwrap().clone()
    }

    fn good(change: Value) -> bool {
        check(&claims(change), "rp", AUDIENCES, NOW).is_ok()
    }

    #[test]
    fn bounds() {
        let now = NOW.seconds();
        assert!(good(json!({})));
        assert!(good(json!({"aud": "https://id.example/oidc/token"})) && good(json!({"aud": ["x", "https://id.example"]})));
        assert!(good(json!({"exp": now - 29})) && good(json!({"exp": now as f64 + 0.5})));
        assert!(good(json!({"nbf": now + 8, "iat": now + 8})));
        for bad in [
            json!({"iss": "other"}),
            json!({"sub": null}),
            json!({"aud": "https://other.example"}),
            json!({"aud": []}),
            json!({"aud": null}),
            json!({"exp": null}),
            json!({"exp": "soon"}),
            json!({"exp": now - 30}),
            json!({"exp": now + 4000}),
            json!({"nbf": now + 61}),
            json!({"iat": now + 61}),
            json!({"iat": "now"}),
            json!({"jti": ""}),
            json!({"jti": null}),
            json!({"jti": "x".repeat(256)}),
        ] {
            assert!(!good(bad.clone()), "{bad}");
        }
    }
}
