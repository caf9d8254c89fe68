//! Looks whether the store answers, step by step, and says at which step it does not and how that may be mended.

use super::advanced::Advanced;
use crate::resolvers::ResolverError;

/// People that are named.
const NAMED: usize = 3;

/// Enters the store and looks for people.
///
/// # Errors
/// Names the step that fails, and says what may help.
pub(super) async fn diagnose(store: &Advanced) -> Result<String, ResolverError> {
    let told = |step: &str, e: ResolverError, advice: &str| match e {
        ResolverError::Unavailable(what) => ResolverError::Unavailable(format!("{step}: {what}. {advice}")),
        other => other,
    };
    let letting_in = "Are the address and the account of the service right, and may it be called (outbound.allow)?";
    store.channel.enter().await.map_err(|e| told("authorization", e, letting_in))?;
    let reading = "Are base_url and the endpoint right, and may the service account read people?";
    let mut report = if store.config.list.is_some() {
        let names = store.some().await.map_err(|e| told("list of people", e, reading))?;
        if names.is_empty() {
            return Err(ResolverError::Unavailable(
                "it answers, but tells of nobody with both userid and username: is attribute_mapping right?".to_owned(),
            ));
        }
        found(&names)
    } else {
        store.by_login("symbolon-connection-test").await.map_err(|e| told("look-up of a name", e, reading))?;
        "It answers. People can be looked up, but not listed: there is no config_get_user_list.".to_owned()
    };
    if store.config.user_auth.is_none() {
        report.push_str(" | Passwords cannot be checked: there is no config_user_auth.");
    }
    if !store.config.verifies {
        report.push_str(" | The certificate is not checked, so anybody on the way can read the passwords: set verify_tls.");
    }
    if store.config.by_id.origin().starts_with("http://") {
        report.push_str(" | The connection is not encrypted.");
    }
    if let Some(remark) = store.manner.remark() {
        report.push_str(" | ");
        report.push_str(&remark);
    }
    Ok(report)
}

/// How many there are, and the first.
pub(in crate::resolvers) fn found(names: &[String]) -> String {
    let more = if names.len() >= super::list::MOST { "at least " } else { "" };
    let first: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
    format!("{more}{} users were found: {}{}", names.len(), first.join(", "), if names.len() > NAMED { ", ..." } else { "." })
}
