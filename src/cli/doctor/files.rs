//! Files that only the service may read.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::config::Config;

use super::{Finding, bad, good};

pub(super) fn check(config: &Config) -> Vec<Finding> {
    let database = config.data_dir.join("symbolon.db");
    let settings = crate::config::default_file(&config.data_dir);
    let mut paths = vec![(config.keys_dir(), "700"), (config.keys_dir().join("master.keys"), "600")];
    if !database_is_elsewhere(config) {
        paths.push((database, "600"));
    }
    paths.push((settings, "600"));
    if let Some(key) = &config.tls.key {
        paths.push((key.clone(), "600"));
    }
    if let Some(keytab) = &config.kerberos.keytab {
        paths.push((keytab.clone(), "600"));
    }
    let data_dir_is_closed = mode(&config.data_dir).is_some_and(|mode| mode & 0o077 == 0);
    let open: Vec<Finding> = paths
        .into_iter()
        // What lies in a directory that nobody else can enter is closed, too.
        .filter(|(path, _)| !(data_dir_is_closed && path.starts_with(&config.data_dir)))
        .filter_map(|(path, wanted)| open(&path, wanted))
        .collect();
    if open.is_empty() { vec![good("keys and data are closed to other users of this machine")] } else { open }
}

fn database_is_elsewhere(config: &Config) -> bool {
    !config.database.url.is_empty()
}

fn mode(path: &Path) -> Option<u32> {
    std::fs::metadata(path).ok().map(|meta| meta.permissions().mode() & 0o777)
}

fn open(path: &Path, wanted: &str) -> Option<Finding> {
    let mode = mode(path).filter(|mode| mode & 0o077 != 0)?;
    let path = path.display();
    Some(bad(format!("{path} is open to others (mode {mode:04o})"), format!("run: chmod {wanted} {path}")))
}
