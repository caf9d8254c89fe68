//! Service providers of SAML that we did not write, as a browser meets them: what all of them have, and where it is.

use std::path::Path;
use std::time::Duration;

use crate::Server;

/// Id of every service provider at its server.
pub const ID: &str = "notes";

/// A running service provider. Its pages show what it learnt of a person in `#name-id`, `#email`, `#given-name` and `#context`.
pub struct ServiceProvider {
    /// The page that demands a sign-in.
    pub protected: String,
    /// As `protected`, but the person has to prove anew who they are.
    pub forced: String,
    /// As `protected`, but nothing may be shown to the person.
    pub passive: String,
    /// The algorithms whose signatures it verifies, beside `rsa-sha256`.
    pub verifies: &'static [&'static str],
    /// What it says of a message that was changed.
    pub says_of_changes: &'static str,
    /// What it says when it wanted nothing to be shown, and nobody is signed in.
    pub says_of_passive: &'static str,
    /// Its log.
    pub log: Box<dyn Fn() -> String + Send + Sync>,
    /// What has to be there as long as it runs.
    pub running: Box<dyn Send + Sync>,
}

/// Registers a service provider by its metadata, with settings as the command line takes them.
///
/// # Panics
/// When we refuse it.
pub fn register(server: &Server, metadata: &Path, settings: &[&str]) {
    let metadata = metadata.display().to_string();
    let mut args = vec!["sp", "add", ID, "--metadata", &metadata];
    args.extend(settings.iter().flat_map(|setting| ["--setting", setting]));
    server.cli_ok(&args, None);
}

/// A value as it stands in a query.
pub fn escaped(value: &str) -> String {
    url::form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

/// Changes a setting at the running server, which knows it at once.
///
/// # Panics
/// When we refuse it.
pub async fn set(server: &Server, name: &str, value: &str) {
    let admin = server.admin().await;
    let answer = server.post(&format!("/samlsp/{ID}"), Some(&admin), &[(name, value)]).await;
    assert_eq!(answer["result"]["status"], true, "{answer}");
}

/// Our metadata with whatever is there as soon as somebody may use it: the settings were made by another process, which the running server
/// learns a moment later.
///
/// # Panics
/// When it does not.
pub async fn metadata_for(server: &Server, settings: &[&str]) -> String {
    for _ in 0..100 {
        let metadata = server.saml_metadata().await;
        if metadata.contains("AttributeAuthorityDescriptor") == settings.contains(&"attribute_query=true") {
            return metadata;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("our metadata does not follow {settings:?}:\n{}", server.log());
}
