//! `meta` of a resource (RFC 7643 section 3.1).

use kernel::Timestamp;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::schema::Resource;

/// What is said about every resource. The times are those of its creation and of its last change.
pub(super) fn of(resource: &Resource, base: &str, id: &str, times: (Timestamp, Timestamp), tag: &str) -> Value {
    json!({
        "resourceType": resource.name,
        "created": moment(times.0),
        "lastModified": moment(times.1),
        "location": location(resource, base, id),
        "version": tag,
    })
}

/// Where a resource is.
pub(super) fn location(resource: &Resource, base: &str, id: &str) -> String {
    format!("{base}{}/{id}", resource.endpoint)
}

fn moment(at: Timestamp) -> String {
    let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.0) * 1000).ok();
    at.and_then(|at| at.format(&Rfc3339).ok()).unwrap_or_default()
}
