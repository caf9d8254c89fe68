//! Settings that are possible and yet rarely meant.

use crate::config::Config;

use super::{Finding, warning};

pub(super) fn check(config: &Config) -> Vec<Finding> {
    let mut found = Vec::new();
    let url = &config.server.public_url;
    if url.is_loopback() {
        found.push(warning(
            format!("the public URL {} is for this machine only", url.origin()),
            "set server.public_url before others use the service",
        ));
    }
    if url.is_https() && !config.tls.is_on() && config.server.trusted_proxies.is_empty() {
        found.push(warning(
            "TLS ends in front of this service, but no proxy is trusted: every client seems to be the proxy",
            "set server.trusted_proxies, or tls.certificate and tls.key",
        ));
    }
    if config.audit.checkpoint_file.is_none() {
        found.push(warning(
            format!("checkpoints of the audit log stay beside it, in {}", config.checkpoint_file().display()),
            "ship that file to another machine, or set audit.checkpoint_file to one that is shipped",
        ));
    }
    if let Some(weakness) = db::transport::weakness(config.database.url.expose()) {
        found.push(warning(weakness, "whoever is on the way could read and change everything; see the guide on databases"));
    }
    if !config.is_embedded() && config.database.migrate_on_start {
        found.push(warning(
            "`serve` migrates a database that other nodes may share, without a backup",
            "set database.migrate_on_start = false and run `symbolon migrate` after a backup",
        ));
    }
    found
}
