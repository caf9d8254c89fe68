//! What a store has said: JSON, a refusal, or nothing that could be used.

use kernel::outbound::{Answer, OutboundError};
use serde_json::{Map, Value};

use super::request::Request;
use super::response::text_of;
use crate::resolvers::ResolverError;

/// Longest words of a store that are repeated.
const LONGEST: usize = 200;

/// That a call was not made or not answered. A URL may hold what somebody typed, so it is not repeated.
pub(super) fn not_answered(e: &OutboundError) -> ResolverError {
    ResolverError::Unavailable(match e {
        OutboundError::Url(_) => "its URL cannot be called: only https can, unless outbound.allow lists the host".to_owned(),
        other => other.to_string(),
    })
}

/// Whether the call was carried out.
pub(in crate::resolvers) fn succeeded(answer: &Answer) -> bool {
    (200..300).contains(&answer.status)
}

/// The JSON of a successful answer.
///
/// # Errors
/// [`ResolverError::Unavailable`] says what came instead.
pub(in crate::resolvers) fn document(answer: &Answer) -> Result<Value, ResolverError> {
    if !succeeded(answer) {
        return Err(refusal(answer));
    }
    // Depth is bounded by the parser, size by the client.
    serde_json::from_slice(&answer.body).map_err(|_| {
        let kind: String = answer.content_type.chars().filter(|c| !c.is_control()).take(60).collect();
        ResolverError::Unavailable(format!("it does not answer with JSON, but with `{kind}`"))
    })
}

/// That an answer tells a failure, as an error. Its words may hold what was sent: see [`refusal_to_password`].
pub(in crate::resolvers) fn refusal(answer: &Answer) -> ResolverError {
    let said = words(answer).map(|words| format!(": {words}")).unwrap_or_default();
    ResolverError::Unavailable(format!("{}{said}", status(answer)))
}

/// That an answer to a password tells a failure, without a word of it: it may hold the password.
pub(in crate::resolvers) fn refusal_to_password(answer: &Answer) -> ResolverError {
    ResolverError::Unavailable(status(answer))
}

fn status(answer: &Answer) -> String {
    match answer.status {
        300..400 => "it sends us elsewhere, where we do not go".to_owned(),
        status => format!("it answers with status {status}"),
    }
}

/// Whether an answer says that nobody is there. What stands before a store says the same of everything, in a page: that counts for
/// nothing, and so does a refusal to look.
pub(in crate::resolvers) fn is_nobody(answer: &Answer) -> bool {
    let structured = || serde_json::from_slice(&answer.body).is_ok_and(|said: Value| said.is_object() || said.is_array());
    matches!(answer.status, 404 | 410) && structured()
}

/// Whether an answer does not let anybody be found, for whatever reason.
pub(in crate::resolvers) fn finds_nobody(answer: &Answer) -> bool {
    matches!(answer.status, 400 | 404 | 410 | 422)
}

/// What a failure says in the usual places.
pub(in crate::resolvers) fn words(answer: &Answer) -> Option<String> {
    let document: Value = serde_json::from_slice(&answer.body).ok()?;
    let places = ["/error/message", "/error_description", "/errorMessage", "/detail", "/message", "/error"];
    let found = places.iter().find_map(|place| text_of(document.pointer(place)?))?;
    let clean: String = found.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    Some(clean).filter(|words| !words.is_empty())
}

/// Whether an answer is what is configured to be a failure.
pub(in crate::resolvers) fn is_failure(request: &Request, document: &Value) -> bool {
    let contains = |marks: &Map<String, Value>| marks.iter().all(|(name, value)| document.get(name) == Some(value));
    request.failure.as_ref().is_some_and(contains)
}
