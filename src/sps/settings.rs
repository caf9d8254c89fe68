//! Settings of a service provider out of parameters.

use idp::party::sp::Settings;
use mfa::operation::{Failure, Params};
use serde_json::{Value, json};

use crate::settings_of;

/// Settings that are left out of the stored form while they are unset, with a value of their type. `debug_until` is none of them: messages
/// are watched by [`WatchSp`](super::WatchSp), which has a right of its own.
fn unset() -> [(&'static str, Value); 7] {
    [
        ("metadata_url", json!("")),
        ("metadata_certificate", json!("")),
        ("name_id_format", json!("")),
        ("required_acr", json!("")),
        ("claims", json!([])),
        ("attribute_names", json!({})),
        ("audiences", json!([])),
    ]
}

/// `base` with whatever parameters say otherwise.
///
/// # Errors
/// When a value is not of the setting's type.
pub(super) fn changed(base: &Settings, params: &Params) -> Result<Settings, Failure> {
    let changed = settings_of::changed(base, &unset(), params, "service provider")?;
    Ok(Settings { debug_until: base.debug_until, ..changed })
}
