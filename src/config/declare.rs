//! The declaration of sections: name, type, default and documentation of a setting stand in one place.

use figment::Figment;
use figment::value::{Dict, Value};

use super::problem::{Problem, Problems};
use super::setting::Setting;

/// One declared setting, for the reference and the list of known names.
pub struct Declared {
    /// Section.
    pub section: &'static str,
    /// Key within the section.
    pub name: &'static str,
    /// What may be written.
    pub kind: String,
    /// The default, as written in a file; `None` when there is none.
    pub default: Option<String>,
    /// Whether the value is hidden, and may be given as `..._file`.
    pub secret: bool,
    /// What it does.
    pub doc: String,
}

/// What every section offers; implemented by `section!` only.
pub(crate) trait Section: Sized {
    const NAME: &'static str;
    const DOC: &'static str;
    fn read(reader: &mut Reader<'_>) -> Self;
    fn declared() -> Vec<Declared>;
    fn show(&self) -> Vec<(&'static str, serde_json::Value)>;
}

/// Declares a section: a struct whose fields are settings with their defaults.
macro_rules! section {
    ($(#[doc = $doc:literal])+ $name:ident = $key:literal {
        $($(#[doc = $about:literal])+ $field:ident : $ty:ty = $default:expr;)+
    }) => {
        $(#[doc = $doc])+
        #[derive(Clone)]
        pub struct $name {
            $($(#[doc = $about])+ pub $field: $ty,)+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default),+ }
            }
        }

        impl crate::config::declare::Section for $name {
            const NAME: &'static str = $key;
            const DOC: &'static str = concat!($($doc),+);

            fn read(reader: &mut crate::config::declare::Reader<'_>) -> Self {
                let default = Self::default();
                Self { $($field: reader.setting(Self::NAME, stringify!($field), default.$field)),+ }
            }

            fn declared() -> Vec<crate::config::Declared> {
                let default = Self::default();
                vec![$(crate::config::declare::declared::<$ty>(
                    Self::NAME, stringify!($field), &default.$field, concat!($($about),+),
                )),+]
            }

            fn show(&self) -> Vec<(&'static str, serde_json::Value)> {
                vec![$((stringify!($field), crate::config::Setting::show(&self.$field))),+]
            }
        }
    };
}

/// Declares the configuration as the list of its sections.
macro_rules! sections {
    ($($field:ident : $ty:ident),+ $(,)?) => {
        /// The configuration of one node, checked.
        #[derive(Clone, Default)]
        pub struct Config {
            /// The directory that holds everything of a single node.
            pub data_dir: std::path::PathBuf,
            $(#[doc = concat!("Section `", stringify!($field), "`.")] pub $field: $ty,)+
        }

        impl Config {
            fn read(reader: &mut declare::Reader<'_>, data_dir: std::path::PathBuf) -> Self {
                reader.refuse_unknown(&Self::declared());
                Self { data_dir, $($field: declare::Section::read(reader)),+ }
            }

            /// Every setting there is.
            pub fn declared() -> Vec<Declared> {
                let mut all = Vec::new();
                $(all.extend(<$ty as declare::Section>::declared());)+
                all
            }

            /// Sections with their documentation, in order.
            pub(crate) fn sections() -> Vec<(&'static str, &'static str)> {
                vec![$((<$ty as declare::Section>::NAME, <$ty as declare::Section>::DOC)),+]
            }

            /// The effective values by section and key; secrets are hidden, unset values absent.
            pub fn show(&self) -> Vec<(&'static str, Vec<(&'static str, serde_json::Value)>)> {
                vec![$((
                    <$ty as declare::Section>::NAME,
                    declare::Section::show(&self.$field).into_iter().filter(|(_, v)| !v.is_null()).collect(),
                )),+]
            }
        }
    };
}

pub(crate) use {section, sections};

pub(crate) fn declared<T: Setting>(section: &'static str, name: &'static str, default: &T, doc: &str) -> Declared {
    let shown = default.show();
    Declared {
        section,
        name,
        kind: T::kind(),
        default: if shown.is_null() { None } else { Some(toml_text(&shown)) },
        secret: T::SECRET,
        doc: doc.trim().to_owned(),
    }
}

/// A value as it would stand in a TOML file.
pub(crate) fn toml_text(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Array(items) => format!("[{}]", items.iter().map(toml_text).collect::<Vec<_>>().join(", ")),
        // JSON and TOML write basic strings, numbers and booleans alike.
        other => other.to_string(),
    }
}

/// Reads settings out of the merged sources and collects what is wrong.
pub(crate) struct Reader<'a> {
    found: &'a Figment,
    all: Dict,
    problems: Problems,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(found: &'a Figment, mut problems: Problems) -> Self {
        let all = match found.extract::<Dict>() {
            Ok(all) => all,
            Err(error) => {
                problems.add("configuration", error.to_string(), "correct the syntax");
                Dict::new()
            }
        };
        Self { found, all, problems }
    }

    pub(crate) fn finish(self) -> Problems {
        self.problems
    }

    fn value(&self, section: &str, name: &str) -> Option<&Value> {
        self.all.get(section)?.as_dict()?.get(name)
    }

    /// The value of a setting; the default when it is not given, or wrong (which is noted).
    pub(crate) fn setting<T: Setting>(&mut self, section: &str, name: &str, default: T) -> T {
        let at = format!("{section}.{name}");
        if T::SECRET {
            let file = format!("{name}_file");
            if let Some(path) = self.value(section, &file).and_then(Value::as_str).map(str::to_owned) {
                if self.value(section, name).is_some() {
                    self.wrong(&at, "is given both directly and as a file".to_owned(), format!("keep {at}_file"));
                }
                return match std::fs::read_to_string(&path) {
                    Ok(text) => self.parsed(&at, T::read(&Value::from(text.trim_end_matches(['\r', '\n']))), default),
                    Err(error) => {
                        self.wrong(
                            &format!("{at}_file"),
                            format!("cannot read {path}: {error}"),
                            "name a readable file".to_owned(),
                        );
                        default
                    }
                };
            }
        }
        match self.value(section, name) {
            None => default,
            Some(value) => {
                let read = T::read(value);
                self.parsed(&at, read, default)
            }
        }
    }

    fn parsed<T: Setting>(&mut self, at: &str, read: Result<T, String>, default: T) -> T {
        read.unwrap_or_else(|what| {
            self.wrong(at, what, format!("write {}", T::kind()));
            default
        })
    }

    fn wrong(&mut self, at: &str, what: String, mend: String) {
        let from = self.found.find_metadata(at).map(|m| match &m.source {
            Some(source) => format!("{} {source}", m.name),
            None => m.name.to_string(),
        });
        self.problems.push(Problem { at: at.to_owned(), what, mend, from });
    }

    /// Notes every name that no section declares, with the nearest one that exists.
    pub(crate) fn refuse_unknown(&mut self, declared: &[Declared]) {
        let mut unknown = Vec::new();
        for (section, content) in &self.all {
            let names: Vec<&str> = declared.iter().filter(|d| d.section == section).map(|d| d.name).collect();
            if names.is_empty() {
                unknown.push((section.clone(), suggest(section, declared.iter().map(|d| d.section)), "section"));
                continue;
            }
            let Some(content) = content.as_dict() else {
                unknown.push((section.clone(), Some(format!("[{section}]")), "value; it is a section"));
                continue;
            };
            for name in content.keys() {
                let known = declared.iter().any(|d| d.section == section && is_name(d, name));
                if !known {
                    let near = suggest(name, names.iter().copied()).map(|n| format!("{section}.{n}"));
                    unknown.push((format!("{section}.{name}"), near, "setting"));
                }
            }
        }
        for (at, near, what) in unknown {
            let mend = near
                .map_or_else(|| "remove it; `symbolon config reference` lists all".to_owned(), |n| format!("did you mean {n}?"));
            self.wrong(&at, format!("there is no such {what}"), mend);
        }
    }
}

fn is_name(declared: &Declared, name: &str) -> bool {
    declared.name == name || (declared.secret && name.strip_suffix("_file") == Some(declared.name))
}

/// The candidate with the smallest edit distance, if it is near enough to be a slip of the finger.
pub(crate) fn suggest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    candidates.map(|c| (distance(name, c), c)).min().filter(|(d, c)| *d <= 1 + c.len() / 4).map(|(_, c)| c.to_owned())
}

fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let change = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
