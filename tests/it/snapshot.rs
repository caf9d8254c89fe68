//! Directories in memory: one that a static holds would stay on the disk for good.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The content of a directory: paths within it, modes, and what files hold.
pub struct Snapshot(Vec<(PathBuf, u32, Option<Vec<u8>>)>);

impl Snapshot {
    /// Reads a directory and all below it.
    pub fn of(dir: &Path) -> Self {
        let mut all = Vec::new();
        Self::read(dir, Path::new(""), &mut all);
        Self(all)
    }

    fn read(dir: &Path, within: &Path, all: &mut Vec<(PathBuf, u32, Option<Vec<u8>>)>) {
        for entry in fs::read_dir(dir.join(within)).unwrap().map(Result::unwrap) {
            let path = within.join(entry.file_name());
            let about = entry.metadata().unwrap();
            let mode = about.permissions().mode();
            if about.is_dir() {
                all.push((path.clone(), mode, None));
                Self::read(dir, &path, all);
            } else {
                all.push((path, mode, Some(fs::read(entry.path()).unwrap())));
            }
        }
    }

    /// Writes it to a directory, which is made unless it is there.
    pub fn restore(&self, dir: &Path) {
        fs::create_dir_all(dir).unwrap();
        fs::set_permissions(dir, Permissions::from_mode(0o700)).unwrap();
        for (path, mode, content) in &self.0 {
            let path = dir.join(path);
            match content {
                Some(bytes) => fs::write(&path, bytes).unwrap(),
                None => fs::create_dir(&path).unwrap(),
            }
            fs::set_permissions(path, Permissions::from_mode(*mode)).unwrap();
        }
    }
}
