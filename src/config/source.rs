//! Where values come from: file, environment, command line.

use std::path::PathBuf;

use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Error, Figment, Metadata, Profile, Provider};

use super::problem::Problems;

const PREFIX: &str = "SYMBOLON__";

/// The sources of a configuration.
#[derive(Clone, Default)]
pub struct Sources {
    /// The data directory.
    pub data_dir: PathBuf,
    /// The file named by `--config`; otherwise `symbolon.toml` in the data directory is read if it exists.
    pub file: Option<PathBuf>,
    /// Environment variables; tests give their own.
    pub environment: Vec<(String, String)>,
    /// Values from flags: `section.key` and text.
    pub flags: Vec<(String, String)>,
}

impl Sources {
    /// Sources with the environment of this process.
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn of_process(data_dir: PathBuf, file: Option<PathBuf>, flags: Vec<(String, String)>) -> Self {
        // Names and values that are not UTF-8 cannot be ours.
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with(PREFIX))
            .collect();
        Self { data_dir, file, environment, flags }
    }

    /// Merges them, weakest first. Notes a file that was named but cannot be read, and variables that are no settings.
    pub(crate) fn read(&self, problems: &mut Problems) -> Figment {
        let mut found = Figment::new();
        let path = self.file.clone().unwrap_or_else(|| super::default_file(&self.data_dir));
        match std::fs::read_to_string(&path) {
            Ok(text) => found = found.merge(File { name: path.display().to_string(), text }),
            Err(error) if self.file.is_some() || error.kind() != std::io::ErrorKind::NotFound => {
                problems.add(path.display().to_string(), format!("cannot be read: {error}"), "name a readable TOML file");
            }
            Err(_) => {}
        }
        let mut settings = Vec::new();
        for (name, value) in &self.environment {
            let Some(rest) = name.strip_prefix(PREFIX) else { continue };
            match rest.to_ascii_lowercase().split_once("__") {
                Some((section, key)) => settings.push((format!("{section}.{key}"), value.clone())),
                None => problems.add(name, "names no setting", format!("write {PREFIX}SECTION__KEY")),
            }
        }
        found
            .merge(Texts { name: "the environment", settings })
            .merge(Texts { name: "the command line", settings: self.flags.clone() })
    }
}

/// A TOML file with its name kept for messages.
struct File {
    name: String,
    text: String,
}

impl Provider for File {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone())
    }
    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        Toml::string(&self.text).data()
    }
}

/// Values that are all text: nothing is guessed, so that a password of digits stays what it is.
struct Texts {
    name: &'static str,
    settings: Vec<(String, String)>,
}

impl Provider for Texts {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name)
    }
    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        let mut sections: Map<String, Dict> = Map::new();
        for (at, value) in &self.settings {
            let (section, key) = at.split_once('.').unwrap_or((at, ""));
            sections.entry(section.to_owned()).or_default().insert(key.to_owned(), Value::from(value.clone()));
        }
        let dict = sections.into_iter().map(|(section, keys)| (section, Value::from(keys))).collect();
        Ok(Map::from([(Profile::Default, dict)]))
    }
}
